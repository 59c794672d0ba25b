"""Data sets of other benchmarks as fleets: LEAF's JSON and FedScale's maps of clients.

LEAF: ``users``, ``num_samples`` and ``user_data`` with lists ``x`` and ``y`` per user, in one file
or in several of a folder. FedScale: a row for every sample, with ``client_id`` and ``sample_path``
and often ``label_name`` or ``label_id``.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from roundlot.fleet.delimited import MOST_BYTES, TEXT_KINDS
from roundlot.fleet.tables import Table, read_table
from roundlot.setup.reading import existing_file, one_spelling, read_text, reason
from roundlot.theory import InvalidProblemError
from roundlot.theory.json_text import long_number
from roundlot.theory.names import require_seen
from roundlot.theory.plain_files import opened

_MOST_LABELS = 1000  # beyond, they are no classes
_LEAF = ("users", "num_samples")
_FEDSCALE = ("client_id", "sample_path")
_LABELS = ("label_name", "label_id", "label")


@dataclass(frozen=True, kw_only=True, eq=False)
class DataSet:
    """Who holds how many samples, and of which labels if that is known."""

    clients: tuple[str, ...]
    samples: tuple[int, ...]
    labels: tuple[Mapping[str, int], ...] | None = None

    def holdings(self, model: str) -> dict[str, Any]:
        """Fields of a fleet that trains one model on all of it."""
        found = {"models": (model,), "samples": np.array(self.samples, dtype=np.int64)[:, None]}
        if self.labels is None:
            return found
        names = tuple(dict.fromkeys(name for held in self.labels for name in held))
        counts = np.array([[held.get(name, 0) for name in names] for held in self.labels])
        model_of = np.zeros(len(names), dtype=np.int64)
        return found | {"label_counts": counts, "label_names": names, "label_model": model_of}


def is_data_set(path: Path) -> bool:
    """Whether the name, or the first line of a text table, says a data set: no table of numbers."""
    if path.suffix.lower() == ".json" or path.is_dir():
        return True
    if path.suffix.lower() not in TEXT_KINDS or not path.is_file():
        return False
    with opened(path) as file:
        line = file.readline(1000)
    return all(name.encode() in line for name in _FEDSCALE)


def read_data_set(path: Path) -> DataSet:
    """The data set at ``path``: a LEAF file, a folder of them, or a FedScale map.

    Raises:
        InvalidProblemError: another kind of file, a client twice, counts that do not fit.
    """
    if path.is_dir():
        files = sorted(path.glob("*.json"))
        if not files:
            raise InvalidProblemError(
                f"data set {path} is a folder without .json files; give LEAF's folder of them"
            )
        return _of_leaf(files)
    place = existing_file(path, "data set")
    return _of_leaf([place]) if place.suffix.lower() == ".json" else _of_fedscale(place)


def _of_leaf(files: Iterable[Path]) -> DataSet:
    samples: dict[str, int] = {}
    labels: dict[str, Mapping[str, int] | None] = {}
    for file in files:
        for user, count, held in _users(_document(file), file):
            if user in samples:
                raise InvalidProblemError(
                    f"data set {file}: user {user!r} appears more than once; keep one of them"
                )
            samples[user], labels[user] = count, held
    return _data_set(samples, labels)


def _document(file: Path) -> Mapping[str, Any]:
    text = read_text(file, "data set", most=MOST_BYTES)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        if long := long_number(text, error):
            raise InvalidProblemError(f"data set {file}: {long}") from error
        raise InvalidProblemError(f"data set {file} is not JSON: {reason(error)}") from error
    if not isinstance(document, dict) or not set(_LEAF) <= document.keys():
        raise InvalidProblemError(
            f"data set {file} is JSON of another kind; LEAF's has the keys users and num_samples"
        )
    return document


def _users(document: Mapping[str, Any], file: Path) -> Iterable[tuple[str, int, Any]]:
    users, counts = document["users"], document["num_samples"]
    data = document.get("user_data", {})
    if not isinstance(users, list) or not isinstance(counts, list) or len(users) != len(counts):
        raise InvalidProblemError(
            f"data set {file}: users and num_samples must be lists of one length"
        )
    for user, count in zip(users, counts, strict=True):
        if not isinstance(user, str) or not one_spelling(user):
            raise InvalidProblemError(f"data set {file}: user {user!r:.40} is no name; name it")
        if not isinstance(count, int) or isinstance(count, bool) or count < 0:
            raise InvalidProblemError(
                f"data set {file}: num_samples of user {user!r} is {count!r:.40}; give a whole "
                "number of at least 0"
            )
        held = data.get(user) if isinstance(data, dict) else None
        given = held.get("y") if isinstance(held, dict) else None
        if isinstance(given, list) and given and len(given) != count:
            raise InvalidProblemError(
                f"data set {file}: user {user!r} has {len(given)} labels and num_samples {count}; "
                "make them agree"
            )
        name = require_seen(one_spelling(user), f"data set {file}: user")
        yield name, count, _counted(given, count)


def _counted(given: Any, count: int) -> Mapping[str, int] | None:
    """How many samples of every label, or None if the file does not hold the labels."""
    if count == 0:
        return {}
    if not isinstance(given, list) or len(given) != count:
        return None
    if not all(isinstance(label, str | int) for label in given):
        return None
    return Counter(one_spelling(str(label)) or "empty" for label in given)


def _of_fedscale(place: Path) -> DataSet:
    table = read_table(place, "map of clients")
    clients = table.texts(_FEDSCALE[0])
    samples = Counter(clients)
    column = next((name for name in _LABELS if name in table.columns), None)
    held: dict[str, Counter[str]] = {client: Counter() for client in samples}
    for client, label in zip(clients, _texts_or_none(table, column), strict=False):
        held[client][label] += 1
    return _data_set(samples, held if column else dict.fromkeys(samples))


def _texts_or_none(table: Table, column: str | None) -> tuple[str, ...]:
    return table.texts(column) if column else ()


def _data_set(
    samples: Mapping[str, int], labels: Mapping[str, Mapping[str, int] | None]
) -> DataSet:
    known = [held for held in labels.values() if held is not None]
    kinds = {name for held in known for name in held}
    classes = len(known) == len(labels) and 0 < len(kinds) <= _MOST_LABELS
    return DataSet(
        clients=tuple(samples),
        samples=tuple(samples.values()),
        labels=tuple(known) if classes else None,
    )
