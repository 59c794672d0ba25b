"""Where fleets come from: tables that a setup names, a table of scores, the shipped lists.

The shipped one joins real speakers, real phones and real links by a declared random match.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from roundlot.data import data_bytes
from roundlot.fleet.columns import model_columns
from roundlot.fleet.data_sets import is_data_set, read_data_set
from roundlot.fleet.fleet import Fleet
from roundlot.fleet.scores import ScoreTable
from roundlot.fleet.sections import FleetSource
from roundlot.fleet.tables import Table, read_table
from roundlot.fleet.validation import counts, names
from roundlot.setup.reading import closest
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.cells import Role
from roundlot.theory.random_streams import PHONE, PHONE_LINK, SeededStream

if TYPE_CHECKING:
    import polars as pl

_CLIENT_COLUMNS = ("client", "processors", "speed", "link", "group")
_ROLES = {"processors": Role.PROCESSORS}
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
COMMANDS = ("yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go")
MODELS = ("digits", "commands", "words")
MEDIAN_SPEED = 100.0  # samples per second of the list's median phone, a round number

_ASSUMPTIONS = (
    "which speaker owns which phone on which link is a random match with seed {seed}: every phone "
    "and every trace of the lists is used as often as any other",
    "a phone trains 1 model per round below 4 GB of memory, 2 below 8 GB, 3 from 8 GB on, and "
    "never more than its owner holds data for",
    "a phone's training speed is proportional to its AI-Benchmark CPU float score; the median "
    "phone of the list trains 100 samples per second",
    "a link is as fast as the mean of its trace, at all times",
)


class Loaded(NamedTuple):
    """A fleet, and what a reader should know of how it was read.

    Attributes:
        fleet: the fleet.
        everybody: all clients, those too that ``first_clients`` leaves out.
        ignored: columns of its table that are neither a model nor about the client.
    """

    fleet: Fleet
    everybody: tuple[str, ...]
    ignored: tuple[str, ...]


def load_fleet(
    source: FleetSource,
    folder: Path,
    name: str,
    scores: ScoreTable | None,
    levels: Sequence[str] = (),
) -> Loaded:
    """The fleet that ``source`` describes, with paths relative to ``folder``.

    The table of clients may also have the columns ``levels``, in which limits name groups.
    """
    ignored: tuple[str, ...] = ()
    if source.source == "speech-commands":
        fleet = speech_commands_fleet(seed=source.join_seed)
    elif source.source == "scores":
        fleet = fleet_of_scores(scores, name, allow_unreachable=source.allow_unreachable)
    else:
        fleet, ignored = _from_tables(source, folder, name, levels)
    everybody = fleet.clients
    if source.first_clients is not None:
        fleet = fleet.first(source.first_clients)
    fleet = _with_least(fleet, source.least_samples)
    fleet = _as_phones_can(fleet) if source.source == "speech-commands" else fleet
    return Loaded(fleet, everybody, ignored)


def _with_least(fleet: Fleet, least: int) -> Fleet:
    if least == 1:
        return fleet
    assumption = f"a client trains a model only if it holds at least {least} samples of it"
    online = fleet.restricted(fleet.samples >= least)
    return replace(online, assumptions=(*online.assumptions, assumption))


def _as_phones_can(fleet: Fleet) -> Fleet:
    """Nobody trains more models at once than are left to train."""
    most = np.maximum(fleet.available.sum(axis=1), 1)  # an offline phone is still a phone
    return replace(fleet, processors=np.minimum(fleet.processors, most))


def fleet_of_scores(
    scores: ScoreTable | None, name: str, *, allow_unreachable: bool = False
) -> Fleet:
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
        allow_unreachable=allow_unreachable,
        assumptions=("every client holds as much data of a model as any other that has a score",),
    )


def _from_data_set(
    source: FleetSource, place: Path, folder: Path, name: str, levels: Sequence[str]
) -> Fleet:
    data = read_data_set(place)
    models = source.models or ("model",)
    if len(models) > 1:
        raise InvalidProblemError(
            f"fleet.models names {len(models)} models and data set {place} trains one; name one"
        )
    devices = _devices(source, folder, data.clients, levels)
    return Fleet(name=name, clients=data.clients, **data.holdings(models[0]), **devices)


def _from_tables(
    source: FleetSource, folder: Path, name: str, levels: Sequence[str]
) -> tuple[Fleet, tuple[str, ...]]:
    place = folder / str(source.samples or source.labels)
    if source.samples and is_data_set(place):
        return _from_data_set(source, place, folder, name, levels), ()
    data = read_table(place, "data table")
    clients = names(data.texts("client"), "client")
    known = model_columns(data, _CLIENT_COLUMNS, None if source.labels else source.models)
    if source.labels:
        holdings = _labels(data, clients, source, known.models)
    else:
        holdings = {"models": known.models, "samples": _held(data, known.models)}
    devices = _devices(source, folder, clients, levels)
    devices["allow_unreachable"] = source.allow_unreachable
    beside = tuple(c for c in data.columns if c in _CLIENT_COLUMNS[1:])
    ignored = (*data.dropped, *known.ignored, *beside)
    return Fleet(name=name, clients=clients, **holdings, **devices), ignored


def _held(data: Table, columns: Sequence[str]) -> FloatArray:
    """Samples, 0 where there is no value."""
    samples = data.numbers(columns, role=Role.SAMPLES)
    return np.where(np.isnan(samples), 0.0, samples)


def _labels(
    data: Table, clients: Sequence[str], source: FleetSource, labels: Sequence[str]
) -> dict[str, Any]:
    belongs = dict(source.label_model or ())
    models = source.models or tuple(dict.fromkeys(belongs.values()))
    there, trained = set(labels), set(models)
    for label, model in belongs.items():
        if label not in there:
            raise InvalidProblemError(
                f"fleet.label_model: {data.path} has no label {label!r}; {closest(label, labels)}"
            )
        if model not in trained:
            raise InvalidProblemError(
                f"fleet.label_model: label {label!r} names model {model!r}, which is not in "
                f"fleet.models; {closest(model, models)}"
            )
    index = {model: s for s, model in enumerate(models)}
    label_model = np.array([index[belongs[w]] if w in belongs else -1 for w in labels])
    table = counts(_held(data, labels), "label_counts", clients, labels)
    samples = np.stack([table[:, label_model == s].sum(axis=1) for s in range(len(models))], axis=1)
    return {
        "models": models,
        "samples": samples,
        "label_counts": table,
        "label_names": tuple(labels),
        "label_model": label_model,
    }


def _devices(
    source: FleetSource, folder: Path, clients: Sequence[str], levels: Sequence[str]
) -> dict[str, Any]:
    one_each = np.ones(len(clients), dtype=np.int64)
    if source.clients is None:
        return {
            "processors": one_each,
            "assumptions": ("every client trains one model per round",),
        }
    table = read_table(folder / source.clients, "clients table")
    known = (*_CLIENT_COLUMNS, *(level for level in levels if level not in _CLIENT_COLUMNS))
    unknown = [c for c in table.columns if c not in known]
    if unknown:
        raise InvalidProblemError(
            f"clients table {table.path}: column {unknown[0]!r} has no meaning here; "
            + closest(unknown[0], known)
        )
    rows = match_rows(names(table.texts("client"), "client"), clients, table.path)
    found = {
        column: table.numbers([column], role=_ROLES.get(column, Role.LIMIT))[rows, 0]
        for column in ("processors", "speed", "link")
        if column in table.columns
    }
    return {"processors": one_each} | found


def match_rows(given: Sequence[str], wanted: Sequence[str], path: Path) -> IntArray:
    """The row of ``given`` for each of ``wanted``; both must name the same clients."""
    row = {client: index for index, client in enumerate(given)}
    missing = [client for client in wanted if client not in row]
    if missing:
        more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        raise InvalidProblemError(
            f"{path} has no row for client {missing[0]!r}{more}; add it, or drop the client from "
            "the data table"
        )
    if len(row) > len(wanted):
        extra = next(iter(row.keys() - set(wanted)))
        raise InvalidProblemError(
            f"{path} names client {extra!r}, which the data table does not; "
            "drop it there or give it data"
        )
    return np.array([row[client] for client in wanted], dtype=np.int64)


def speech_commands_fleet(*, seed: int = 0) -> Fleet:
    """The 2,187 speakers of Speech Commands with three models: digits, commands and other words.

    ``seed`` decides who owns which phone on which link, and nothing else; the choices made are in
    ``assumptions``. Sources and licences: ``roundlot/data/README.md``.
    """
    counts, labels, clients = _recordings()
    model = np.array([_model_of(word) for word in labels], dtype=np.int64)
    samples = np.stack([counts[:, model == s].sum(axis=1) for s in range(len(MODELS))], axis=1)
    memory, score = _phones()
    phone = _match(len(clients), memory.size, seed, stream=PHONE)
    mbps = _links()
    return Fleet(
        name="speech-commands",
        clients=clients,
        models=MODELS,
        samples=samples,
        processors=np.minimum(models_at_once(memory[phone]), (samples > 0).sum(axis=1)),
        speed=MEDIAN_SPEED * score[phone] / np.median(score),
        link=mbps[_match(len(clients), mbps.size, seed, stream=PHONE_LINK)],
        label_counts=counts,
        label_names=labels,
        label_model=model,
        assumptions=tuple(text.format(seed=seed) for text in _ASSUMPTIONS),
    )


def models_at_once(memory_gb: npt.ArrayLike) -> IntArray:
    """How many models a phone with this much memory trains in one round: 1, 2 or 3."""
    memory = np.asarray(memory_gb)
    return 1 + (memory >= 4).astype(np.int64) + (memory >= 8)


def _model_of(word: str) -> int:
    return 0 if word in DIGITS else 1 if word in COMMANDS else 2


def _match(n: int, size: int, seed: int, *, stream: SeededStream) -> IntArray:
    """``(n,)`` rows of a list of ``size``, in random order, each as often as any other.

    Raw generator output, because NumPy promises that it never changes between versions.
    """
    bits = stream.raw(n, seed)
    return np.resize(np.arange(size, dtype=np.int64), n)[np.argsort(bits, kind="stable")]


@cache
def _recordings() -> tuple[IntArray, tuple[str, ...], tuple[str, ...]]:
    frame = _frame("speech_commands_clients.csv")
    clients = tuple(map(str, frame["client"].to_list()))
    words = frame.drop("client")
    return words.to_numpy().astype(np.int64), tuple(words.columns), clients


@cache
def _phones() -> tuple[FloatArray, FloatArray]:
    frame = _frame("phones.csv")
    memory = frame["ram_gb"].to_numpy().astype(np.float64)
    return memory, frame["cpu_float_score"].to_numpy().astype(np.float64)


@cache
def _links() -> FloatArray:
    return np.asarray(_frame("bandwidth_traces.csv")["mean_mbps"].to_numpy(), dtype=np.float64)


def _frame(name: str) -> pl.DataFrame:
    import polars as pl

    return pl.read_csv(BytesIO(data_bytes(name)))
