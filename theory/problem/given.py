"""What a problem is given, by order or by name, as checked arrays in the order of its scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from roundlot.theory.arrays import BoolArray, FloatArray, IntArray, read_only
from roundlot.theory.cells import numbers_of
from roundlot.theory.errors import InvalidProblemError
from roundlot.theory.names import names_of, require_different
from roundlot.theory.problem import checks
from roundlot.theory.problem.naming import (
    Names,
    by_label,
    counted,
    in_row_order,
    numbered,
    pair_table,
)
from roundlot.theory.problem.tables import labelled_column


class ArrowTable(Protocol):
    """A table of any library that speaks Arrow."""

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """Its columns."""


#: Of each level of groups, their names, or None.
Called = tuple[tuple[str, ...] | None, ...]
#: Numbers by client and model: an array, a frame, or a dictionary of columns.
Table = npt.ArrayLike | ArrowTable | Mapping[str, Any]
#: Numbers by client, model or group: one, an array, a column with an index, or a dictionary.
Column = npt.ArrayLike | Mapping[str, float] | Mapping[int, float]


@dataclass(frozen=True, kw_only=True, eq=False)
class Given:
    """Reads the arguments of a problem; names say the order, where an argument has any.

    Attributes:
        names: of the problem.
        shape: ``(V, S)``.
        available: ``(V, S)``, which pairs may be drawn, once that is known.
    """

    names: Names
    shape: tuple[int, ...]
    available: BoolArray = field(default_factory=lambda: np.ones((1, 1), dtype=np.bool_))

    @property
    def axes(self) -> checks.Axes:
        """Names of rows and models, for errors."""
        return self.names.rows, self.names.models

    def pairs(self, given: Any, name: str) -> Any:
        """A table by client and model in the order of the scores."""
        return pair_table(given, name, self.names, self.shape)

    def limit(self, given: Any, name: str, *, high: float = np.inf, open_: bool = False) -> Any:
        """``(V, S)`` numbers from 0, or above it if ``open_``, to ``high``."""
        return checks.broadcast_limit(
            self.pairs(given, name),
            name,
            self.shape,
            high=high,
            open_=open_,
            axes=self.axes,
            what=("client", "model"),
        )

    def by_row(self, given: Any, name: str) -> FloatArray:
        """``(V,)`` numbers above 0."""
        _require_named(given, name, self.names.rows)
        wanted = counted(self.names.rows, self.shape[0])
        values = by_label(given, name, wanted, "client")
        return checks.broadcast_limit(
            values, name, self.shape[:1], open_=True, axes=(self.names.rows,), what=("client",)
        )

    def by_model(self, given: Any) -> FloatArray:
        """``(S,)`` weights of models, 1 where a table of them does not name one."""
        wanted = counted(self.names.models, self.shape[1])
        values = by_label(given, "model_weights", wanted, "model", default=1.0)
        return checks.broadcast_limit(
            values,
            "model_weights",
            self.shape[1:],
            open_=True,
            axes=(self.names.models,),
            what=("model",),
        )

    def model_budgets(self, given: Any, budget: float) -> FloatArray | None:
        """``(S,)``; a model that a table of them does not name may use the whole budget."""
        if given is None:
            return None
        wanted = counted(self.names.models, self.shape[1])
        values = by_label(given, "model_budgets", wanted, "model", default=budget)
        return checks.model_budgets(values, self.shape[1], self.names.models)

    def variance_ceilings(self, given: Any) -> FloatArray | None:
        """``(S,)``; a model that a table of them does not name has none, infinity."""
        if given is None:
            return None
        wanted = counted(self.names.models, self.shape[1])
        values = by_label(given, "model_variance_ceilings", wanted, "model", default=np.inf)
        return checks.variance_ceilings(values, self.shape[1], self.names.models)

    def clients(self, owner: Any, cap: Any, *, ordered: bool) -> tuple[IntArray | None, Any]:
        """The client of every row, and the cap of every client; ``ordered`` if they have numbers.

        Raises:
            InvalidProblemError: caps without names of clients that are not ordered; as `checks`.
        """
        known = self.names.clients
        if owner is not None and known is not None and not ordered:
            _require_names(cap, "client_cap", "clients")
        if owner is None and cap is not None and self.names.rows is not None:
            owner = np.arange(self.shape[0])  # each row is a client
        if cap is not None and owner is not None:
            owner = checks.labels(owner, "client", self.shape[0])
            count = int(owner.max()) + 1
            cap = by_label(cap, "client_cap", counted(known, count), "client")
        return checks.client_level(owner, cap, self.shape[0], known)

    def client_floor(
        self, owner: IntArray | None, floor: Any, *, ordered: bool
    ) -> tuple[IntArray, FloatArray]:
        """The client of every row, itself where nobody says whose it is, and clients' floors.

        Raises:
            InvalidProblemError: as :meth:`clients`.
        """
        known = self.names.clients
        if owner is None:
            owner = read_only(np.arange(self.shape[0], dtype=np.int64))
        elif known is not None and not ordered:
            _require_names(floor, "client_floor", "clients")
        wanted = counted(known, int(owner.max()) + 1)
        values = by_label(floor, "client_floor", wanted, "client", default=0.0)
        reached = self._reached(owner)
        return owner, checks.level_floors(values, "client_floor", reached, known, "client")

    def model_floors(self, given: Any) -> FloatArray | None:
        """``(S,)``; a model that a table of them does not name has none."""
        if given is None:
            return None
        wanted = counted(self.names.models, self.shape[1])
        values = by_label(given, "model_floors", wanted, "model", default=0.0)
        reached = np.asarray(self.available.any(axis=0), dtype=np.bool_)
        names = self.names.models
        return checks.level_floors(values, "model_floors", reached, names, "model")

    def group_floors(
        self, given: Any, levels: Sequence[checks.Level], called: Called
    ) -> tuple[FloatArray, ...]:
        """The floors of every level's groups, ``(G,)`` each; empty where none are given.

        Raises:
            InvalidProblemError: another number of levels, a malformed level.
        """
        given = _none_if_empty(given)
        if given is None:
            return ()
        several = isinstance(given, Sequence) and any(
            floor is None or not _is_label(floor) for floor in given
        )
        nested = several or len(levels) > 1
        floors = _of_levels(given, len(levels), "group_floors") if nested else [given]
        if len(floors) != len(levels):
            raise InvalidProblemError(
                f"groups has {len(levels)} levels and group_floors {len(floors)}; give one each"
            )
        return tuple(
            self._floors(floor, label, caps.size, names, f"group_floors[{depth}]")
            for depth, (floor, (label, caps), names) in enumerate(
                zip(floors, levels, called, strict=True)
            )
        )

    def _floors(
        self,
        floor: Any,
        label: IntArray,
        count: int,
        names: tuple[str, ...] | None,
        name: str,
    ) -> FloatArray:
        if names is not None and names not in self.names.groups:
            _require_names(floor, name, "groups")
        values = by_label(
            0.0 if floor is None else floor, name, counted(names, count), "group", default=0.0
        )
        return checks.level_floors(values, name, self._reached(label, count), names, "group")

    def _reached(self, label: IntArray, count: int = 0) -> BoolArray:
        """Which labels have a pair that may be drawn."""
        rows = self.available.any(axis=1)
        return np.bincount(label, weights=rows, minlength=max(count, int(label.max()) + 1)) > 0.0

    def groups(
        self, groups: Any, caps: Any, floors: Any = None
    ) -> tuple[tuple[checks.Level, ...], Called]:
        """The tree as levels from the finest, each ``((V,) labels, (G,) caps)``, and its names.

        Raises:
            InvalidProblemError: groups without limits or the reverse, a malformed level.
        """
        groups, caps = _none_if_empty(groups), _none_if_empty(caps)
        floors = _none_if_empty(floors)
        if groups is None and caps is None and floors is None:
            return (), ()
        if groups is None or (caps is None and floors is None):
            raise InvalidProblemError(
                "give groups and group_caps together"
                if floors is None
                else "group_floors needs groups, the (V,) group of every processor"
            )
        several = groups.ndim > 0 if isinstance(groups, np.ndarray) else _is_list(groups)
        single = not several or (len(groups) > 0 and _is_label(groups[0]))
        if caps is None:
            free = self.shape[0] * self.shape[1]  # every pair drawn for sure
            caps = float(free) if single else [float(free)] * len(groups)
        members = [groups] if single else list(groups)
        limits = [caps] if single else _of_levels(caps, len(members), "group_caps")
        if len(members) != len(limits):
            raise InvalidProblemError(
                f"groups has {len(members)} levels and group_caps {len(limits)}; give one each"
            )
        read = [
            self._level(member, limit, None if single else depth)
            for depth, (member, limit) in enumerate(zip(members, limits, strict=True))
        ]
        return tuple((label, cap) for label, cap, _ in read), tuple(names for _, _, names in read)

    def _level(
        self, member: Any, limit: Any, depth: int | None
    ) -> tuple[IntArray, FloatArray, tuple[str, ...] | None]:
        at, known = "" if depth is None else f"[{depth}]", self.names.groups
        before = known[depth or 0] if (depth or 0) < len(known) else None
        ordered = in_row_order(member, f"groups{at}", self.names.rows, self.shape[0])
        numbers, names = numbered(ordered, f"groups{at}", before)
        label = checks.labels(numbers, f"groups{at}", self.shape[0])
        if names is not before:
            _require_names(limit, f"group_caps{at}", "groups")
        wanted = counted(names, int(label.max()) + 1)
        free = float(self.shape[0] * self.shape[1])  # every pair drawn for sure
        values = by_label(limit, f"group_caps{at}", wanted, "group", default=free)
        return label, checks.level_caps(label, values, f"group_caps{at}", names), names

    def costs(self, costs: Any, budgets: Any) -> tuple[Any, Any, tuple[str, ...] | None]:
        """``(K, V, S)`` costs, their budgets, and the names of the cost rows."""
        called = self.names.costs
        if costs is None or budgets is None:
            return (*checks.cost_rows(costs, budgets, self.shape), None)
        if isinstance(costs, Mapping):
            called = names_of(costs, "cost row")
            require_different(called, "cost row")
            costs = [self._cost(table, name) for name, table in costs.items()]
        else:
            costs = self.pairs(costs, "costs")
        if called is not None and len(called) != len(costs):
            called = None  # other costs than those of the problem that this one varies
        budgets = by_label(budgets, "cost_budgets", counted(called, len(costs)), "cost row")
        return (*checks.cost_rows(costs, budgets, self.shape, called, self.axes), called)

    def _cost(self, table: Any, name: str) -> FloatArray:
        values, missing = numbers_of(self.pairs(table, f"costs[{name!r}]"), f"costs[{name!r}]")
        if values.shape != self.shape:
            raise InvalidProblemError(
                f"costs[{name!r}] is of {checks.size(values.shape)}; scores are of "
                f"{checks.size(self.shape)}"
            )
        if missing.any():
            where = tuple(int(i) for i in np.argwhere(missing)[0])
            place = checks.place(f"costs[{name!r}]", where, self.axes)
            raise InvalidProblemError(f"{place} has no value; give a number, 0 for none")
        return values


def _of_levels(given: Any, count: int, name: str) -> list[Any]:
    """What is given for each level; of one level a number or names will do by themselves.

    Raises:
        InvalidProblemError: one for several levels.
    """
    listed = isinstance(given, Sequence) and not isinstance(given, str | bytes)
    if listed or (isinstance(given, np.ndarray) and given.ndim > 0):
        return list(given)
    if count == 1:
        return [given]
    raise InvalidProblemError(
        f"groups has {count} levels and {name} is {given!r:.60}; give a list with one for each "
        "level, from the finest"
    )


def _none_if_empty(levels: Any) -> Any:
    """A problem without groups holds an empty tuple of them."""
    return None if isinstance(levels, tuple) and not levels else levels


def _is_label(value: Any) -> bool:
    """Whether it is one group's name or number, not a level of them."""
    return not _is_list(value) and np.ndim(value) == 0 and not isinstance(value, Mapping)


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _require_names(limit: Any, name: str, of: str) -> None:
    """Refuses limits in some order of what has names and no order; one for all is as good.

    Raises:
        InvalidProblemError: it is an array.
    """
    column = labelled_column(limit, name)
    if (column is None or column.rows is None) and np.ndim(limit) == 1:
        raise InvalidProblemError(
            f"{of} have names; give {name} by name, as {{name: cap}}, or one number for all"
        )


def _require_named(given: Any, name: str, rows: tuple[str, ...] | None) -> None:
    """Refuses a column with names of clients where the scores have none.

    Raises:
        InvalidProblemError: naming the first.
    """
    column = None if rows is not None else labelled_column(given, name)
    if column is None or column.rows is None:
        return
    first = next((label for label in column.rows if not label.isdigit()), None)
    if first is not None:
        raise InvalidProblemError(
            f"{name} is given by name ({first!r}), but scores has no names; give scores as a frame "
            "whose index names the clients, or clients=[...]"
        )
