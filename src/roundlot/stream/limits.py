"""Limits of a table in Parquet: one number, a column, a column for each model, or an array."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.setup.reading import closest
from roundlot.stream.labels import Labels, labels_of
from roundlot.stream.scores import scores_of
from roundlot.theory import InvalidProblemError, Problem
from roundlot.theory.arrays import BoolArray, FloatArray
from roundlot.theory.problem.naming import Names

#: One number, the name of a column, one of either for each model, or an array, ``(V,)`` or
#: ``(V, S)``.
Cells = float | str | Mapping[str, float | str] | npt.NDArray[Any]
#: One number, the name of a column, or numbers by the name of the client or group.
Caps = float | str | Mapping[str, float]


@dataclass(frozen=True, kw_only=True, eq=False)
class Limits:
    """What limits the draws of a table in Parquet; arguments as of `solve_parquet`.

    Attributes:
        budget, floor, ceiling, processor_cap, client, client_cap, groups, group_caps,
            model_budgets, model_weights, costs, cost_budgets, client_floor, group_floors,
            model_floors: as there.
        first: the row of the table with which arrays begin.
        total: rows of the table; 0 until it was looked at.
        unreachable: models that no row is available for; one number as floors is of all others.
    """

    budget: float | None
    floor: Cells = 0.0
    ceiling: Cells = 1.0
    processor_cap: float | str | npt.NDArray[Any] = 1.0
    client: str = "client"
    client_cap: Caps | None = None
    groups: tuple[str, ...] = ()
    group_caps: tuple[Caps | None, ...] = ()
    model_budgets: float | Mapping[str, float] | Sequence[float] | None = None
    model_weights: float | Mapping[str, float] | Sequence[float] | None = None
    costs: Mapping[str, Cells] | None = None
    cost_budgets: Mapping[str, float] | None = None
    client_floor: Caps | None = None
    group_floors: tuple[Caps | None, ...] = ()
    model_floors: float | Mapping[str, float] | Sequence[float] | None = None
    first: int = 0
    total: int = 0
    unreachable: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.groups) != len(self.group_caps):
            raise InvalidProblemError(
                f"groups names {len(self.groups)} columns, and group_caps has "
                f"{len(self.group_caps)} entries; give one each"
            )
        if len({*self.groups}) < len(self.groups):
            raise InvalidProblemError("groups names a column twice; give a column for each level")
        costs, budgets = self.costs or {}, self.cost_budgets or {}
        if not isinstance(budgets, Mapping):
            raise InvalidProblemError(
                f"cost_budgets is {budgets!r:.60}; give a dictionary with the names of costs"
            )
        if len(self.group_floors) not in (0, len(self.groups)):
            raise InvalidProblemError(
                f"groups names {len(self.groups)} columns, and group_floors has "
                f"{len(self.group_floors)} entries; give one each, None for none"
            )
        given = (("caps", self.level_caps), ("floors", self.level_floors))
        for what, each in given:
            for name, value in zip(self.levels, each, strict=True):
                if value is not None and not isinstance(value, Real | str | Mapping):
                    raise InvalidProblemError(
                        f"the {what} of column {name!r} are {value!r:.60}; give a number, the name "
                        "of a column, or a dictionary by name"
                    )
        odd = sorted(costs.keys() ^ budgets.keys())
        if odd:
            raise InvalidProblemError(
                f"costs and cost_budgets must name the same cost rows; {odd[0]!r} is in one of "
                "them only"
            )

    @property
    def is_plain(self) -> bool:
        """Whether the budget and one cap for all rows, which no ceiling undercuts, are all."""
        further = (
            *(self.client_cap, self.model_budgets, self.model_weights, self.costs),
            *(self.client_floor, self.model_floors),
            *self.groups,
        )
        if self.budget is None:
            return False
        boxes = _is_number(self.floor, 0.0, 0.0) and _is_number(self.ceiling, 1.0, 1.0)
        return (
            boxes
            and _is_number(self.processor_cap, -np.inf, 1.0)
            and not any(value is not None for value in further)
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are read beside the scores."""
        cells = [self.floor, self.ceiling, self.processor_cap, *(self.costs or {}).values()]
        caps = [x for x in (*self.level_caps, *self.level_floors) if isinstance(x, str)]
        found = [name for given in cells for name in _columns_of(given)]
        return tuple(dict.fromkeys((*found, *caps, *self.levels)))

    @property
    def levels(self) -> tuple[str, ...]:
        """The columns of the names of clients, if their sums are limited, and groups."""
        return (self.client, *self.groups) if self._has_clients else self.groups

    @property
    def _has_clients(self) -> bool:
        return self.client_cap is not None or self.client_floor is not None

    @property
    def level_caps(self) -> tuple[Caps | None, ...]:
        """Of each of ``levels``, None where there are none."""
        return (self.client_cap, *self.group_caps) if self._has_clients else self.group_caps

    @property
    def level_floors(self) -> tuple[Caps | None, ...]:
        """Likewise."""
        groups = self.group_floors or (None,) * len(self.groups)
        return (self.client_floor, *groups) if self._has_clients else groups

    def part(self, first: int, last: int) -> Limits:
        """For some rows of the table only."""
        cut = {
            name: getattr(self, name)[first - self.first : last - self.first]
            for name in ("floor", "ceiling", "processor_cap")
            if isinstance(getattr(self, name), np.ndarray)
        }
        costs = (
            None
            if self.costs is None
            else {
                name: x[first - self.first : last - self.first] if isinstance(x, np.ndarray) else x
                for name, x in self.costs.items()
            }
        )
        return replace(self, first=first, costs=costs, **cut)

    def check(self, models: tuple[str, ...], rows: int, place: str | os.PathLike[str]) -> None:
        """Refuses arrays of other shapes, and models that the table does not have.

        Raises:
            InvalidProblemError: naming the first.
        """
        shapes = {(rows,), (rows, len(models))}
        costs = {f"costs[{name!r}]": given for name, given in (self.costs or {}).items()}
        cells = {"floor": self.floor, "ceiling": self.ceiling, **costs}
        for name, given in {**cells, "processor_cap": self.processor_cap}.items():
            fitting = shapes if name in cells else {(rows,)}
            if isinstance(given, np.ndarray) and given.shape not in fitting:
                wanted = " or ".join(str(shape) for shape in sorted(fitting, key=len))
                raise InvalidProblemError(
                    f"{name} has shape {given.shape}; {place} has {rows} rows and {len(models)} "
                    f"models: give {wanted}"
                )
            if isinstance(given, Mapping):
                _require_models(given, name, models, every=True)
        for name in ("model_budgets", "model_weights", "model_floors"):
            if isinstance(getattr(self, name), Mapping):
                _require_models(getattr(self, name), name, models, every=False)

    def problem(
        self, batch: Any, models: tuple[str, ...], at: int, rows: tuple[str, ...] | None = None
    ) -> Problem:
        """The problem of a record batch whose first row is ``at``; ``rows`` are names for errors.

        Raises:
            InvalidProblemError: a value out of range, or none where there must be one.
        """
        scores = scores_of(batch, models)
        available = available_of(batch, models)
        reader = _Reader(limits=self, batch=batch, models=models, at=at, rows=rows)
        named: dict[str, Any] = {"models": models, "costs": tuple(self.costs or ()) or None}
        given: dict[str, Any] = {}
        tree = [labels_of(batch, name) for name in self.levels]
        caps = [
            reader.caps(name, cap, labels)
            for name, cap, labels in zip(self.levels, self.level_caps, tree, strict=True)
        ]
        floors = [
            reader.floors(name, floor, labels)
            for name, floor, labels in zip(self.levels, self.level_floors, tree, strict=True)
        ]
        if self._has_clients:
            given["client"] = tree[0].numbers
            given["client_cap"] = None if self.client_cap is None else caps[0]
            given["client_floor"] = floors[0]
            named["clients"] = tree[0].names if rows is not None else None
            tree, caps, floors = tree[1:], caps[1:], floors[1:]
        if tree:
            given["groups"], given["group_caps"] = [x.numbers for x in tree], caps
            if any(floor is not None for floor in floors):
                each = [0.0 if x is None else x for x in floors]
                given["group_floors"] = each if len(each) > 1 else each[0]
            named["groups"] = tuple(x.names for x in tree)
        if self.costs:
            given["costs"] = np.array(
                [
                    reader.cells(f"costs[{name!r}]", cost, available) * np.ones(scores.shape)
                    for name, cost in self.costs.items()
                ]
            )
            assert self.cost_budgets is not None
            given["cost_budgets"] = [self.cost_budgets[name] for name in self.costs]
        for name in ("model_budgets", "model_weights"):
            if getattr(self, name) is not None:
                given[name] = getattr(self, name)
        if self.model_floors is not None:
            given["model_floors"] = self._model_floors(models)
        return Problem(
            scores,
            # no probability is above 1, so that twice their number is no limit
            budget=2.0 * self.total * len(models) if self.budget is None else self.budget,
            available=available,
            floor=reader.cells("floor", self.floor, available),
            ceiling=reader.cells("ceiling", self.ceiling, available, least=1.0),
            processor_cap=reader.column("processor_cap", self.processor_cap, _anywhere(available)),
            allow_unreachable=True,  # a block may be; the table was looked at
            names=Names(rows=rows, processors=rows is not None, **named),
            **given,
        )

    def _model_floors(self, models: tuple[str, ...]) -> Any:
        """One for each model: a block may have no pair of one that others have."""
        if isinstance(self.model_floors, Real):
            reached = [model not in self.unreachable for model in models]
            return np.where(reached, float(self.model_floors), 0.0)
        return self.model_floors


@dataclass(frozen=True, kw_only=True, eq=False)
class _Reader:
    """Reads limits of the rows of a batch."""

    limits: Limits
    batch: Any
    models: tuple[str, ...]
    at: int
    rows: tuple[str, ...] | None

    def cells(self, name: str, given: Cells, available: BoolArray, *, least: float = 0.0) -> Any:
        """``()`` or ``(rows, S)``; ``least`` where a pair is not available."""
        shape = available.shape
        if isinstance(given, Mapping):
            columns = [
                self._values(name, given[model], available[:, s], least)
                for s, model in enumerate(self.models)
            ]
            return np.column_stack([np.broadcast_to(x, shape[:1]) for x in columns])
        if isinstance(given, np.ndarray):
            values = self._slice(given)
            return np.broadcast_to(values if values.ndim == 2 else values[:, None], shape)
        values = self._values(name, given, _anywhere(available), least)
        return values if np.ndim(values) == 0 else np.broadcast_to(values[:, None], shape)

    def column(self, name: str, given: Any, wanted: BoolArray) -> Any:
        """``()`` or ``(rows,)``."""
        if isinstance(given, np.ndarray):
            return self._slice(given)
        return self._values(name, given, wanted, 1.0)

    def caps(self, column: str, given: Caps | None, labels: Labels) -> FloatArray:
        """``(G,)``, of the clients or groups of a batch."""
        free = float(max(1, self.limits.total)) * len(self.models)  # every pair for sure
        return self._by_name(column, {} if given is None else given, labels, free, "caps")

    def floors(self, column: str, given: Caps | None, labels: Labels) -> Any:
        """``(G,)``, or one number for all that somebody can be drawn of; None without any."""
        if given is None or isinstance(given, Real):
            return given
        return self._by_name(column, given, labels, 0.0, "floors")

    def _by_name(
        self, column: str, given: Caps, labels: Labels, other: float, what: str
    ) -> FloatArray:
        if isinstance(given, Mapping):
            return np.array([given.get(name, other) for name in labels.names], dtype=np.float64)
        everybody = np.ones(self.batch.num_rows, dtype=np.bool_)
        values = np.broadcast_to(self._values(column, given, everybody, 1.0), everybody.shape)
        first = np.full(len(labels.names), -1)
        first[labels.numbers[::-1]] = np.arange(values.size)[::-1]
        odd = values != values[first[labels.numbers]]
        if odd.any():
            v = int(np.argmax(odd))
            raise InvalidProblemError(
                f"column {given!r} has two {what} of {labels.names[labels.numbers[v]]!r}, "
                f"{values[first[labels.numbers[v]]]:g} and {values[v]:g} ({self._row(v)}); give one"
            )
        return np.asarray(values[first], dtype=np.float64)

    def _slice(self, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
        first = self.at - self.limits.first
        return np.asarray(array[first : first + self.batch.num_rows])

    def _values(self, name: str, given: Any, wanted: BoolArray, least: float) -> Any:
        if not isinstance(given, str):
            return given
        column = self.batch.column(given)
        values = scores_of(self.batch, (given,))[:, 0]
        missing = ~available_of(self.batch, (given,))[:, 0] if column.null_count else None
        if missing is not None:
            if (missing & wanted).any():
                v = int(np.argmax(missing & wanted))
                raise InvalidProblemError(
                    f"column {given!r} ({name}) has no value in {self._row(v)}; give a number"
                )
            values = np.where(missing, least, values)
        return values

    def _row(self, v: int) -> str:
        return f"row {self.at + v + 1}" if self.rows is None else self.rows[v]


def available_of(batch: Any, models: Sequence[str]) -> BoolArray:
    """``(rows, S)``: where there is a score."""
    found = np.ones((batch.num_rows, len(models)), dtype=np.bool_)
    for s, name in enumerate(models):
        column = batch.column(name)
        if column.null_count:
            found[:, s] = column.is_valid().to_numpy(zero_copy_only=False)
    return found


def _anywhere(available: BoolArray) -> BoolArray:
    """``(rows,)``, where any model is available."""
    return np.asarray(available.any(axis=1), dtype=np.bool_)


def _columns_of(given: Any) -> tuple[str, ...]:
    if isinstance(given, str):
        return (given,)
    if isinstance(given, Mapping):
        return tuple(value for value in given.values() if isinstance(value, str))
    return ()


def _is_number(given: Any, low: float, high: float) -> bool:
    """Whether it is one number from ``low`` to ``high``, or no number that could be compared."""
    return isinstance(given, Real) and not (float(given) < low or float(given) > high)


def _require_models(
    given: Mapping[str, Any], name: str, models: tuple[str, ...], *, every: bool
) -> None:
    for model in given:
        if model not in models:
            raise InvalidProblemError(
                f"{name} names model {model!r}, which the table does not have; "
                + closest(model, models)
            )
    for model in models if every else ():
        if model not in given:
            raise InvalidProblemError(f"{name} has no value for model {model!r}; add it")
