"""What happened in a run: what it records, the history made of that, and the file it is kept in."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Self

import numpy as np

from roundlot.simulate.runs.archive import (
    Arrays,
    array_text,
    malformed,
    read_archive,
    text_array,
    write_archive,
)
from roundlot.theory.arrays import AnyArray, FloatArray, IntArray, read_only

Kinds = Mapping[str, type | tuple[type, ...]]


@dataclass(frozen=True, kw_only=True, eq=False)
class RunHistory(ABC):
    """``T`` rounds of one method, evaluated ``E`` times.

    Attributes:
        texts: names of what is kept as text, with their types.
        unsaid: texts that files of before do not hold, with what they then are.
        axes: names of the arrays that are kept, with a letter an axis, "T" for rounds and "E" for
            evaluations among them.
        whole: those of them that hold whole numbers.
        figure_axes: those that a method's figure may have.
        metric_axes: those of a metric's values at evaluations.
        what: is kept, for errors.
    """

    method: str
    label: str
    source: str
    seed: int
    engine: str
    device: str
    evaluated: IntArray
    seconds: FloatArray
    figures: Mapping[str, FloatArray] = field(default_factory=dict)
    elapsed: float = 0.0
    metrics: Mapping[str, FloatArray] = field(default_factory=dict)

    texts: ClassVar[Kinds]
    unsaid: ClassVar[Mapping[str, Any]] = {}
    axes: ClassVar[Mapping[str, str]]
    whole: ClassVar[tuple[str, ...]]
    figure_axes: ClassVar[tuple[str, ...]] = ("T",)
    metric_axes: ClassVar[str] = "ES"
    what: ClassVar[str]

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, np.ndarray):
                read_only(value)

    @property
    def rounds(self) -> int:
        """``T``."""
        return len(self.seconds)

    @property
    def seconds_so_far(self) -> FloatArray:
        """``(E,)``: simulated seconds before each evaluation."""
        return self._before(self.seconds)

    @abstractmethod
    def at_end(self) -> dict[str, float]:
        """What the run is measured by: evaluations at its end, costs in all."""

    def to_arrays(self) -> Arrays:
        """Named arrays that hold everything, for an archive."""
        arrays: Arrays = {"texts": text_array({name: getattr(self, name) for name in self.texts})}
        arrays["elapsed"] = np.array(self.elapsed)
        arrays["figure_names"] = text_array(list(self.figures))
        arrays |= {name: getattr(self, name) for name in self.axes}
        arrays |= {f"figure_{k}": table for k, table in enumerate(self.figures.values())}
        if self.metrics:
            arrays["metric_names"] = text_array(list(self.metrics))
        return arrays | {f"metric_{k}": table for k, table in enumerate(self.metrics.values())}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """What ``to_arrays`` made.

        Raises:
            InvalidProblemError: arrays that are missing or malformed.
        """
        with malformed(f"these arrays hold no {cls.what}", "train again"):
            history = cls(**cls._entries(arrays))
            history._require_sound()
            return history

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a file in NumPy's npz format, without pickle; whole or not at all.

        Raises:
            OSError: the place cannot be written.
        """
        write_archive(path, self.to_arrays())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read what ``save`` wrote.

        Raises:
            InvalidProblemError: a file that is not such an archive.
        """
        return cls.from_arrays(read_archive(path, f"a {cls.what}"))

    @classmethod
    def _entries(cls, arrays: Arrays) -> dict[str, Any]:
        """The record's entries by name."""
        texts = dict(cls.unsaid) | array_text(arrays["texts"])
        require_kinds(texts, cls.texts)
        entries = {name: texts[name] for name in cls.texts}
        entries |= {name: arrays[name] for name in cls.axes}
        entries["elapsed"] = float(arrays["elapsed"].item())
        names = array_text(arrays["figure_names"])
        figures = {f"{name}": arrays[f"figure_{k}"] for k, name in enumerate(names)}
        measured = array_text(arrays["metric_names"]) if "metric_names" in arrays else []
        metrics = {f"{name}": arrays[f"metric_{k}"] for k, name in enumerate(measured)}
        return entries | {"figures": figures, "metrics": metrics}

    def _require_sound(self) -> None:
        """Refuse arrays that no run leaves, before a sum or a figure trips over them."""
        sizes = require_axes(
            {name: getattr(self, name) for name in self.axes}, self.axes, self._sizes()
        )
        empty = [axis for axis, size in sizes.items() if not size and axis != "T"]
        if empty:
            raise ValueError(f"it has no {' and no '.join(empty)}")
        require_evaluations(self.evaluated, self.rounds)
        for name, table in self.figures.items():
            kinds = [tuple(sizes[axis] for axis in axes) for axes in self.figure_axes]
            if table.shape not in kinds or table.dtype.kind not in "iuf":
                raise ValueError(
                    f"figure {name!r:.40} is {table.dtype!s:.40} of shape {table.shape}"
                )

        for name, table in self.metrics.items():
            require_axes({name: table}, {name: self.metric_axes}, sizes)

    def _sizes(self) -> dict[str, int]:
        """Sizes of axes that texts tell."""
        return {}

    def _before(self, per_round: AnyArray) -> FloatArray:
        sums = np.concatenate([[0.0], np.cumsum(per_round, dtype=np.float64)])
        return np.asarray(sums[self.evaluated])


@dataclass(kw_only=True)
class Record:
    """What a run has recorded so far, to be made a history of.

    Attributes:
        kind: of history.
        rounds: a row of numbers by name for every round; "figures" of the method among them.
        evaluations: a row for every evaluation; "evaluated" says after how many rounds, and
            "metrics" may hold further numbers by name.
    """

    kind: type[RunHistory]
    rounds: list[Mapping[str, Any]] = field(default_factory=list)
    evaluations: list[Mapping[str, Any]] = field(default_factory=list)

    @classmethod
    def of(cls, history: RunHistory) -> Self:
        """What a history was made of."""
        names = {axis: [n for n, axes in history.axes.items() if axes[0] == axis] for axis in "TE"}
        rounds: list[Mapping[str, Any]] = [
            {name: getattr(history, name)[t] for name in names["T"]}
            | {"figures": {name: table[t] for name, table in history.figures.items()}}
            for t in range(history.rounds)
        ]
        evaluations: list[Mapping[str, Any]] = [
            {name: getattr(history, name)[e] for name in names["E"]}
            | {"metrics": {name: table[e] for name, table in history.metrics.items()}}
            for e in range(len(history.evaluated))
        ]
        return cls(kind=type(history), rounds=rounds, evaluations=evaluations)

    def drop_last(self, every: int) -> None:
        """Drop the last evaluation if it was made only because the run ended there."""
        self.evaluations = [row for row in self.evaluations if int(row["evaluated"]) % every == 0]

    def columns(self, sizes: Mapping[str, int]) -> dict[str, Any]:
        """The arrays of a history, and its figures; ``sizes`` of axes that no round could tell."""
        columns: dict[str, Any] = {}
        for name, axes in self.kind.axes.items():
            if axes[0] not in "TE":
                continue
            rows = self.rounds if axes[0] == "T" else self.evaluations
            dtype = np.int64 if name in self.kind.whole else np.float64
            column = np.array([row[name] for row in rows], dtype=dtype)
            if not rows:
                column = column.reshape(0, *(sizes[axis] for axis in axes[1:]))
            columns[name] = column
        figures = _by_name([row["figures"] for row in self.rounds])
        return columns | {
            "figures": figures,
            "metrics": _by_name([row.get("metrics", {}) for row in self.evaluations]),
        }


def _by_name(rows: Sequence[Mapping[str, Any]]) -> dict[str, FloatArray]:
    """Everything that any row reports; NaN in rows that do not."""
    known: dict[str, FloatArray] = {}
    for t, row in enumerate(rows):
        for name, value in row.items():
            array = np.asarray(value, dtype=np.float64)
            if name not in known:
                known[name] = np.full((len(rows), *array.shape), np.nan)
            known[name][t] = array
    return known


def require_kinds(record: Mapping[str, Any], kinds: Kinds) -> None:
    """Refuse a record one of whose entries is not of its kind.

    Raises:
        TypeError, KeyError: names the entry.
    """
    for name, kind in kinds.items():
        if not isinstance(record[name], kind):
            raise TypeError(f"{name} is {record[name]!r:.40}")


def require_axes(
    arrays: Mapping[str, AnyArray], axes: Mapping[str, str], sizes: Mapping[str, int]
) -> dict[str, int]:
    """Refuse arrays whose axes do not agree; the size of every axis.

    Args:
        arrays: of numbers.
        axes: a letter an axis, such as "TS" for ``(T, S)``.
        sizes: what is known of the axes; the first array that has another one sets its size.

    Raises:
        ValueError: names the first array that does not fit.
    """
    known = dict(sizes)
    for name, letters in axes.items():
        array = arrays[name]
        shape = array.shape if len(array.shape) == len(letters) else ()
        expected = tuple(
            known.setdefault(*pair) for pair in zip(letters, shape, strict=bool(shape))
        )
        if array.dtype.kind not in "iuf" or array.shape != expected:
            raise ValueError(
                f"{name} is {array.dtype!s:.40} of shape {array.shape}, not ({', '.join(letters)})"
                f" with {', '.join(f'{axis} = {size}' for axis, size in known.items())}"
            )
    return known


def require_evaluations(evaluated: AnyArray, rounds: int) -> None:
    """Refuse evaluations after rounds that were not done.

    Raises:
        ValueError: they are not whole, or beyond the rounds.
    """
    if evaluated.dtype.kind not in "iu":
        raise ValueError(f"evaluated is {evaluated.dtype}, not whole")
    if int(evaluated.min()) < 0 or int(evaluated.max()) > rounds:
        raise ValueError(f"it is evaluated after {int(evaluated.max())} of {rounds} rounds")


def require_rows(rows: Sequence[AnyArray], name: str) -> None:
    """Refuse what is not rows of real numbers.

    Raises:
        ValueError: names the first that is not.
    """
    for k, row in enumerate(rows):
        if row.ndim != 1 or not np.issubdtype(row.dtype, np.floating):
            raise ValueError(f"{name} {k} is {row.dtype!s:.40} of shape {row.shape}")
