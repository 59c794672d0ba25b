"""From the tables that a setup names to a fleet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.fleet.default import speech_commands_fleet
from roundlot.fleet.files import closest
from roundlot.fleet.fleet import Fleet
from roundlot.fleet.scores import ScoreTable
from roundlot.fleet.sections import FleetSource
from roundlot.fleet.tables import Table, read_table
from roundlot.fleet.validation import counts, names
from roundlot.theory import InvalidProblemError

IntArray = npt.NDArray[np.int64]
_CLIENT_COLUMNS = ("client", "processors", "speed", "link", "group")


def load_fleet(source: FleetSource, folder: Path, name: str, scores: ScoreTable | None) -> Fleet:
    """The fleet that ``source`` describes, with paths relative to ``folder``."""
    if source.source == "speech-commands":
        fleet = speech_commands_fleet(seed=source.join_seed)
    elif source.source == "scores":
        fleet = fleet_of_scores(scores, name)
    else:
        fleet = _from_tables(source, folder, name)
    if source.first_clients is not None:
        fleet = fleet.first(source.first_clients)
    fleet = _with_least(fleet, source.least_samples)
    return _as_phones_can(fleet) if source.source == "speech-commands" else fleet


def _with_least(fleet: Fleet, least: int) -> Fleet:
    if least == 1:
        return fleet
    assumption = f"a client trains a model only if it holds at least {least} samples of it"
    online = fleet.restricted(fleet.samples >= least)
    return replace(online, assumptions=(*online.assumptions, assumption))


def _as_phones_can(fleet: Fleet) -> Fleet:
    """Nobody trains more models at once than are left to train."""
    return replace(fleet, processors=np.minimum(fleet.processors, fleet.available.sum(axis=1)))


def fleet_of_scores(scores: ScoreTable | None, name: str) -> Fleet:
    """The fleet of a score table's rows: as many processors as rows, equal data wherever scored."""
    if scores is None:
        raise InvalidProblemError(
            'fleet.source is "scores", so scores.source must be norms, losses or scores with a path'
        )
    clients, first, rows = np.unique(
        np.array(scores.clients, dtype=str), return_index=True, return_counts=True
    )
    order = np.argsort(first, kind="stable")
    return Fleet(
        name=name,
        clients=tuple(clients[order].tolist()),
        models=scores.models,
        samples=scores.available[first[order]].astype(np.int64),
        processors=rows[order],
        assumptions=("every client holds as much data of a model as any other that has a score",),
    )


def _from_tables(source: FleetSource, folder: Path, name: str) -> Fleet:
    data = read_table(folder / str(source.samples or source.labels), "data table")
    clients = names(data.texts("client"), "client")
    holdings = _labels(data, clients, source) if source.labels else _samples(data, source)
    devices = _devices(source, folder, clients)
    return Fleet(name=name, clients=clients, **holdings, **devices)


def _samples(data: Table, source: FleetSource) -> dict[str, Any]:
    models = source.models or tuple(c for c in data.columns if c not in _CLIENT_COLUMNS)
    if not models:
        raise InvalidProblemError(f"{data.what} {data.path} has no model: add a column per model")
    return {"models": models, "samples": data.numbers(models)}


def _labels(data: Table, clients: Sequence[str], source: FleetSource) -> dict[str, Any]:
    labels = tuple(c for c in data.columns if c not in _CLIENT_COLUMNS)
    belongs = dict(source.label_model or ())
    models = source.models or tuple(dict.fromkeys(belongs.values()))
    for label, model in belongs.items():
        if label not in labels:
            raise InvalidProblemError(
                f"fleet.label_model: {data.path} has no label {label!r}; {closest(label, labels)}"
            )
        if model not in models:
            raise InvalidProblemError(
                f"fleet.label_model: label {label!r} names model {model!r}, which is not in "
                f"fleet.models; {closest(model, models)}"
            )
    index = {model: s for s, model in enumerate(models)}
    label_model = np.array([index[belongs[w]] if w in belongs else -1 for w in labels])
    table = counts(data.numbers(labels), "label_counts", clients, labels)
    samples = np.stack([table[:, label_model == s].sum(axis=1) for s in range(len(models))], axis=1)
    return {
        "models": models,
        "samples": samples,
        "label_counts": table,
        "label_names": labels,
        "label_model": label_model,
    }


def _devices(source: FleetSource, folder: Path, clients: Sequence[str]) -> dict[str, Any]:
    one_each = np.ones(len(clients), dtype=np.int64)
    if source.clients is None:
        return {
            "processors": one_each,
            "assumptions": ("every client trains one model per round",),
        }
    table = read_table(folder / source.clients, "clients table")
    unknown = [c for c in table.columns if c not in _CLIENT_COLUMNS]
    if unknown:
        raise InvalidProblemError(
            f"clients table {table.path}: column {unknown[0]!r} has no meaning here; "
            + closest(unknown[0], _CLIENT_COLUMNS)
        )
    rows = match_rows(names(table.texts("client"), "client"), clients, table.path)
    found = {
        column: table.numbers([column])[rows, 0]
        for column in ("processors", "speed", "link")
        if column in table.columns
    }
    return {"processors": one_each} | found


def match_rows(given: Sequence[str], wanted: Sequence[str], path: Path) -> IntArray:
    """The row of ``given`` for each of ``wanted``; both must name the same clients."""
    row = {client: index for index, client in enumerate(given)}
    missing = [client for client in wanted if client not in row]
    if missing:
        raise InvalidProblemError(
            f"{path} has no row for client {missing[0]!r} (and {len(missing) - 1} more); add it, "
            "or drop the client from the data table"
        )
    if len(row) > len(wanted):
        extra = next(iter(row.keys() - set(wanted)))
        raise InvalidProblemError(
            f"{path} names client {extra!r}, which the data table does not; "
            "drop it there or give it data"
        )
    return np.array([row[client] for client in wanted], dtype=np.int64)
