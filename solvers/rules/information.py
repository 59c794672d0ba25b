"""What is known when probabilities have to be chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roundlot.theory import InvalidProblemError, Problem
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray
from roundlot.theory.cells import numbers_or_nan, real_numbers
from roundlot.theory.names import entries_of, names_of
from roundlot.theory.positions import fields_by_position
from roundlot.theory.problem.alignment import (
    in_order_of_models,
    in_order_of_pairs,
    in_order_of_rows,
)
from roundlot.theory.text import short_repr


@fields_by_position()
@dataclass(frozen=True, kw_only=True, eq=False)
class Observed:
    """One past round, as a server remembers it.

    Attributes:
        probabilities: ``(V, S)``, what the round was drawn with.
        norms: ``(V, S)``, norms ``a`` of what was drawn, without model weights; NaN elsewhere.

    Raises:
        InvalidProblemError: a wrong shape, a negative norm, a norm seen where ``p = 0``.
    """

    probabilities: FloatArray
    norms: FloatArray

    __repr__ = short_repr

    def __post_init__(self) -> None:
        for name in ("probabilities", "norms"):
            array = np.array(getattr(self, name), dtype=np.float64)
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        if self.norms.ndim != 2 or self.norms.shape != self.probabilities.shape:
            raise InvalidProblemError(
                f"norms have shape {self.norms.shape}, probabilities {self.probabilities.shape}; "
                "give two tables (V, S)"
            )
        p, norms = self.probabilities, self.norms
        if not np.all((p >= 0.0) & (p <= 1.0)):
            raise InvalidProblemError("probabilities of a past round must lie in [0, 1]")
        if np.isinf(norms).any() or (norms < 0.0).any():
            raise InvalidProblemError("norms of a past round must be >= 0, or NaN where not drawn")
        if np.any(self.seen & (p <= 0.0)):
            raise InvalidProblemError("a norm was seen where the probability is 0; put NaN there")

    @property
    def seen(self) -> BoolArray:
        """``(V, S)``, what was drawn."""
        return ~np.isnan(self.norms)


@dataclass(frozen=True, kw_only=True, eq=False)
class Information:
    """What a server knows before the draw; None is what it does not know.

    Attributes:
        scores: ``(V, S)``, norms of the weighted updates, model weights included.
        weights: ``(V, S)``, aggregation weights ``d / B``.
        norms: ``(V, S)``, norms of this round's updates, without any weights.
        losses: ``(V, S)``, loss of each model on each processor's client, before training.
        step_norms: ``(S,)``, norms of the full steps ``‖Σ_v u‖``.
        client: ``(V,)``, the label of the client that each processor belongs to.
        last_norms: ``(V, S)``, norms ``a`` (without model weights) when each pair was last drawn,
            NaN where it never was.
        residuals: ``(V, S)``, norms of what a remembered update leaves of the next, NaN where a
            pair was never heard.
        history: past rounds, oldest first, for the online rules.
        updates: ``S`` tables ``(V, dim_s)``, weighted updates ``u``, 0 where not available.
    """

    scores: FloatArray | None = None
    weights: FloatArray | None = None
    norms: FloatArray | None = None
    losses: FloatArray | None = None
    step_norms: FloatArray | None = None
    client: IntArray | None = None
    last_norms: FloatArray | None = None
    residuals: FloatArray | None = None
    history: tuple[Observed, ...] | None = None
    updates: tuple[FloatArray, ...] | None = None

    __repr__ = short_repr


def gather(
    problem: Problem,
    *,
    losses: npt.ArrayLike | None = None,
    step_norms: npt.ArrayLike | None = None,
    client: npt.ArrayLike | None = None,
    last_norms: npt.ArrayLike | None = None,
    history: Sequence[Observed] | None = None,
    updates: Sequence[npt.ArrayLike] | None = None,
) -> Information:
    """Everything that a problem and these tables tell, checked.

    Args:
        problem: gives the scores and, where it has them, the weights.
        losses: ``(V, S)``, finite and ``>= 0`` where a pair is available; ignored elsewhere.
        step_norms: ``(S,)``, finite and ``>= 0``.
        client: ``(V,)``, a label for each processor.
        last_norms: ``(V, S)``, finite and ``>= 0``, or NaN where never seen.
        history: past rounds of ``(V, S)`` tables; they give the last norms, too.
        updates: ``S`` tables ``(V, dim_s)``, whose norms are the scores; give step norms if not.

    Raises:
        InvalidProblemError: a wrong shape, a NaN, an infinity, a negative value; updates that the
            scores are not the norms of.
    """
    shape = problem.scores.shape
    losses, last_norms = (
        in_order_of_pairs(problem, given, name)
        for given, name in ((losses, "losses"), (last_norms, "last_norms"))
    )
    step_norms = in_order_of_models(problem, step_norms, "step_norms")
    client = in_order_of_rows(problem, client, "client")
    if losses is not None:
        losses = np.where(problem.available, _shaped(losses, "losses", shape), 0.0)
    past = None if history is None else _rounds(history, shape)
    if last_norms is None and past is not None:
        last_norms = _last(past, shape)
    tables = None if updates is None else _tables(problem, updates)
    if step_norms is None and tables is not None:
        step_norms = [row_norms(table.sum(axis=0)[None])[0] for table in tables]
    return Information(
        scores=problem.weighted_scores,
        weights=problem.weights,
        losses=None if losses is None else _sizes(losses, "losses"),
        step_norms=None
        if step_norms is None
        else _sizes(_shaped(step_norms, "step_norms", shape[1:]), "step_norms"),
        client=None if client is None else _labels(client, shape[0]),
        last_norms=None if last_norms is None else _remembered(last_norms, shape),
        history=past,
        updates=tables,
    )


def _tables(problem: Problem, updates: Sequence[npt.ArrayLike]) -> tuple[FloatArray, ...]:
    given_tables = entries_of(updates, "updates: give a list of tables, one for each model")
    if len(given_tables) != problem.n_models:
        raise InvalidProblemError(
            f"updates has {len(given_tables)} tables; give {problem.n_models}, one for each model"
        )
    tables = []
    for model, (given, mask) in enumerate(zip(given_tables, problem.available.T, strict=True)):
        table = real_numbers(given, f"updates[{model}]")
        if table.ndim != 2 or len(table) != problem.n_processors:
            raise InvalidProblemError(
                f"updates[{model}] has shape {table.shape}; give ({problem.n_processors}, dim)"
            )
        if not mask.all():
            table = np.where(mask[:, None], table, 0.0)
        norms, scores = row_norms(table), problem.scores[:, model]
        if not np.allclose(norms, scores, rtol=1e-6, atol=1e-9 * float(scores.max())):
            row = int(np.argmax(np.abs(norms - scores)))
            raise InvalidProblemError(
                f"updates[{model}][{row}] has norm {norms[row]:g}, its score is {scores[row]:g}; "
                "give the weighted updates that the scores are the norms of"
            )
        tables.append(table)
    return tuple(tables)


def row_norms(table: FloatArray) -> FloatArray:
    """``(V,)`` of rows; in a unit in which the largest square is near 1."""
    top = float(np.abs(table).max(initial=0.0))
    if not 0.0 < top < np.inf:
        return np.asarray(np.linalg.norm(table, axis=1))
    unit = int(np.frexp(top)[1])
    return np.asarray(np.ldexp(np.linalg.norm(np.ldexp(table, -unit), axis=1), unit))


def _remembered(values: npt.ArrayLike, shape: tuple[int, ...]) -> FloatArray:
    array = _shaped(values, "last_norms", shape)
    _sizes(np.where(np.isnan(array), 0.0, array), "last_norms")
    array.flags.writeable = False
    return array


def _last(past: tuple[Observed, ...], shape: tuple[int, ...]) -> FloatArray:
    last = np.full(shape, np.nan)
    for round_ in past:
        last = np.where(round_.seen, round_.norms, last)
    return last


def _rounds(history: Sequence[Observed], shape: tuple[int, ...]) -> tuple[Observed, ...]:
    rounds = entries_of(history, "history: give a list of past rounds")
    for number, past in enumerate(rounds):
        if not isinstance(past, Observed):
            raise InvalidProblemError(f"history[{number}] is {past!r:.50}; give an Observed")
        if past.norms.shape != shape:
            raise InvalidProblemError(
                f"history[{number}] has shape {past.norms.shape}; give {shape}"
            )
    return tuple(rounds)


def _shaped(values: npt.ArrayLike, name: str, shape: tuple[int, ...]) -> FloatArray:
    array = numbers_or_nan(values, name)
    if array.shape != shape:
        raise InvalidProblemError(f"{name} has shape {array.shape}; give {shape}")
    return array


def _sizes(array: FloatArray, name: str) -> FloatArray:
    bad = ~np.isfinite(array) | (array < 0.0)
    if bad.any():
        where = tuple(int(index) for index in np.argwhere(bad)[0])
        raise InvalidProblemError(
            f"{name}[{', '.join(map(str, where))}] is {array[where]:g}; it must be finite and >= 0"
        )
    array.flags.writeable = False
    return array


def _labels(client: npt.ArrayLike, rows: int) -> IntArray:
    labels = names_of(client, "client")
    shape = np.shape(client) if isinstance(client, np.ndarray) else (len(labels),)
    if shape != (rows,):
        raise InvalidProblemError(f"client has shape {shape}; give ({rows},)")
    index = np.unique(np.array(labels), return_inverse=True)[1].reshape(-1).astype(np.int64)
    index.flags.writeable = False
    return index
