"""A score table brought in line with a fleet: its clients, its models, its processors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from roundlot.fleet.files import closest
from roundlot.fleet.fleet import Fleet
from roundlot.fleet.scores import PlainScores, ScoreTable
from roundlot.theory import InvalidProblemError

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]


def online(fleet: Fleet, scores: ScoreTable) -> BoolArray:
    """``(N, S)``: which pairs of the fleet have a score; the same for all of a client's processors.

    Raises:
        InvalidProblemError: a score where the client holds no samples, a client scored on some
            processors only.
    """
    rows = _aligned(fleet, scores)
    mask = ~np.isnan(rows)
    first = np.concatenate([[0], np.cumsum(fleet.processors)[:-1]])
    per_client: BoolArray = mask[first]
    uneven = (mask != fleet.expand(per_client)).any(axis=1)
    if uneven.any():
        name = fleet.clients[int(fleet.client[int(np.argmax(uneven))])]
        raise InvalidProblemError(
            f"client {name!r} has a score on some of its processors only; a client that is short "
            "of processors has fewer rows and a smaller processors count, not empty cells"
        )
    extra = np.argwhere(per_client & ~fleet.available)
    if extra.size:
        client, model = (int(index) for index in extra[0])
        raise InvalidProblemError(
            f"client {fleet.clients[client]!r} has a score for {fleet.models[model]!r} but no "
            "samples of it; leave the cell empty or give it samples"
        )
    return per_client


def align_scores(fleet: Fleet, scores: ScoreTable) -> FloatArray:
    """``(V, S)`` values in the fleet's order, 0 where a pair is not available.

    Raises:
        InvalidProblemError: clients or models that the other does not name, a wrong number of
            rows, an available pair without a value.
    """
    rows = _aligned(fleet, scores)
    missing = np.argwhere(np.isnan(rows) & fleet.expand(fleet.available))
    if missing.size:
        row, model = (int(index) for index in missing[0])
        raise InvalidProblemError(
            f"client {fleet.clients[int(fleet.client[row])]!r} holds samples of "
            f"{fleet.models[model]!r} but has no value for it; fill in the cell"
        )
    return np.where(fleet.expand(fleet.available), rows, 0.0)


def processor_scores(fleet: Fleet, scores: ScoreTable, *, weighted: bool) -> FloatArray:
    """``(V, S)`` scores in the fleet's order, times ``d / B`` if ``weighted``."""
    values = align_scores(fleet, scores)
    return values * fleet.weights if weighted else values


def _aligned(fleet: Fleet, scores: ScoreTable) -> FloatArray:
    if isinstance(scores, PlainScores):
        return _in_order(fleet, scores.values)
    values = scores.values[:, _columns(fleet, scores.models)]
    known, first = np.unique(np.array(fleet.clients, dtype=str), return_index=True)
    named = np.array(scores.clients, dtype=str)
    at = np.minimum(np.searchsorted(known, named), known.size - 1)
    ours = known[at] == named
    owner = first[at[ours]]
    rows = np.bincount(owner, minlength=fleet.n_clients)
    _check_rows(fleet, rows, per_processor=scores.per_processor)
    ordered = values[ours][np.argsort(owner, kind="stable")]
    return ordered if scores.per_processor else fleet.expand(ordered)


def _in_order(fleet: Fleet, values: FloatArray) -> FloatArray:
    n, v, s = fleet.n_clients, fleet.n_processors, fleet.n_models
    if values.shape == (v, s):
        return values
    if values.shape == (n, s):
        return np.asarray(fleet.expand(values), dtype=np.float64)
    raise InvalidProblemError(
        f"the array of scores has shape {values.shape}; this fleet needs clients x models "
        f"{(n, s)} or processors x models {(v, s)}"
    )


def _columns(fleet: Fleet, models: Sequence[str]) -> IntArray:
    for given, expected in ((models, fleet.models), (fleet.models, models)):
        for name in given:
            if name not in expected:
                whose = "the fleet" if expected is fleet.models else "the score table"
                raise InvalidProblemError(
                    f"{whose} has no model {name!r}; {closest(name, expected)}"
                )
    return np.array([models.index(name) for name in fleet.models], dtype=np.int64)


def _check_rows(fleet: Fleet, rows: IntArray, *, per_processor: bool) -> None:
    wrong = np.flatnonzero(rows != (fleet.processors if per_processor else 1))
    if wrong.size:
        index = int(wrong[0])
        needed = int(fleet.processors[index]) if per_processor else 1
        raise InvalidProblemError(
            f"the score table has {rows[index]} rows for client {fleet.clients[index]!r}, which "
            f"needs {needed}; give one row per client, or one per processor for all clients"
        )
