"""What every part of a fleet must satisfy, and the line that says so when it does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.cells import numbers_of
from roundlot.theory.names import MOST_NAME, require_seen
from roundlot.theory.text import plural

LARGEST_COUNT = 2**53  # beyond it, float64 no longer tells whole numbers apart
MOST_PROCESSORS = 10**8


def names(values: Any, what: str) -> tuple[str, ...]:
    """``values`` as a tuple of different, non-empty texts; ``what`` is one of them, for errors."""
    if isinstance(values, str):
        raise InvalidProblemError(f"{what}s is the text {values!r}; give a sequence of names")
    texts = tuple(map(str, values))
    if not texts:
        raise InvalidProblemError(f"there is no {what}; give at least one")
    for at, text in enumerate(texts):
        require_seen(text, f"{what} {at}", most=MOST_NAME)
    if "" in texts:
        raise InvalidProblemError(f"{what} {texts.index('')} has an empty name; name it")
    if len(set(texts)) < len(texts):
        name, times = Counter(texts).most_common(1)[0]
        raise InvalidProblemError(
            f"{what} {name!r} appears {times} times; give every {what} once, under its own name"
        )
    return texts


def counts(values: Any, what: str, clients: Sequence[str], columns: Sequence[str]) -> IntArray:
    """``(N, columns)`` whole numbers from 0 to 2^53."""
    table = _numbers(values, what, missing=0.0)  # what is missing is not there
    shape = (len(clients), len(columns))
    if table.shape != shape:
        raise InvalidProblemError(f"{what} has shape {table.shape}; the names say {shape}")
    wrong = ~((table >= 0) & (table < LARGEST_COUNT) & (table == np.floor(table)))
    if wrong.any():
        row, column = (int(index) for index in np.argwhere(wrong)[0])
        raise InvalidProblemError(
            f"{what} of client {clients[row]!r} for {columns[column]!r} is "
            f"{table[row, column]:.15g}; give a whole number from 0 to 2^53"
        )
    return table.astype(np.int64)


def every_model_is_held(samples: IntArray, models: Sequence[str]) -> None:
    """Refuse a model that nobody can train; a client that holds nothing is offline, and stays."""
    orphan = np.flatnonzero(~samples.any(axis=0))
    if orphan.size:
        raise InvalidProblemError(
            f"nobody can train model {models[orphan[0]]!r}: no client holds samples of it"
            f"{_and_more(orphan.size, 'model')}; drop the model, give a client data, or say "
            "allow_unreachable"
        )


def processors(values: Any, clients: Sequence[str]) -> IntArray:
    """``(N,)`` whole numbers from 1 up."""
    column = _column(values, "processors", clients)
    wrong = ~((column >= 1) & (column <= MOST_PROCESSORS) & (column == np.floor(column)))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise InvalidProblemError(
            f"client {clients[row]!r} has {column[row]:.15g} processors; "
            "give a whole number of at least 1 (how many models it trains in one round)"
        )
    if column.sum() > MOST_PROCESSORS:
        raise InvalidProblemError(
            f"the fleet has {column.sum():.4g} processors; at most {MOST_PROCESSORS:.0e} fit"
        )
    return column.astype(np.int64)


def positive(values: Any, what: str, unit: str, clients: Sequence[str]) -> FloatArray | None:
    """``(N,)`` finite numbers above 0, or None."""
    if values is None:
        return None
    column = _column(values, what, clients)
    wrong = ~(np.isfinite(column) & (column > 0))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise InvalidProblemError(
            f"{what} of client {clients[row]!r} is {column[row]:g}; "
            f"give {unit}, finite and above 0, or leave {what} out for all clients"
        )
    return column


def label_model(values: Any, labels: Sequence[str], n_models: int) -> IntArray:
    """``(W,)``, a model's index or -1 for every label."""
    column = _numbers([] if values is None else values, "label_model")
    if column.shape != (len(labels),):
        raise InvalidProblemError(
            f"label_model has shape {column.shape}; give one model for each of {len(labels)} labels"
        )
    wrong = ~((column >= -1) & (column < n_models) & (column == np.floor(column)))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise InvalidProblemError(
            f"label {labels[row]!r} belongs to model {column[row]:g}; "
            f"give 0 to {n_models - 1}, or -1 for none"
        )
    return column.astype(np.int64)


def labels_agree(
    label_counts: IntArray,
    model: IntArray,
    samples: IntArray,
    clients: Sequence[str],
    models: Sequence[str],
) -> None:
    """Refuse label counts whose sums over a model's labels are not that model's samples."""
    for index, name in enumerate(models):
        total = label_counts[:, model == index].sum(axis=1)
        wrong = np.flatnonzero(total != samples[:, index])
        if wrong.size:
            row = wrong[0]
            raise InvalidProblemError(
                f"client {clients[row]!r} holds {samples[row, index]} samples of {name!r}, but its "
                f"labels sum to {total[row]}; make samples the sum of label_counts"
            )


def _and_more(count: int, noun: str) -> str:
    return f" (and {count - 1} more {noun}s)" if count > 1 else ""


def _numbers(values: Any, what: str, *, missing: float | None = None) -> FloatArray:
    table, absent = numbers_of(values, what)
    if absent.any() and missing is None:
        raise InvalidProblemError(
            f"{what} has no value at {np.argwhere(absent)[0].tolist()}; give a number"
        )
    return np.where(absent, 0.0 if missing is None else missing, table)


def _column(values: Any, what: str, clients: Sequence[str]) -> FloatArray:
    column = _numbers(values, what)
    if column.shape != (len(clients),):
        raise InvalidProblemError(
            f"{what} has shape {column.shape}; give one number for each of {len(clients)} "
            f"{plural(len(clients), 'client')}"
        )
    return column
