"""A problem with any limits made ready for the loops: ordered, scaled, what is implied removed.

Right sides are *rooms*, what the floors leave of the limits, known to their last bits even where
they are far below those of the limits. Where a room is 0, or less than the last bits of every floor
in it, entries are fixed at their floors.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import reduce
from typing import TypeVar

import numpy as np

from roundlot.solvers import kernels
from roundlot.solvers.proof.sums import rooms
from roundlot.solvers.water.scaling import SMALLEST as SMALLEST_FLOAT
from roundlot.solvers.water.scaling import (
    exponent_of,
    has_no_floors,
    least_probability,
    near_costs,
    positive,
    times_power,
    working_scores,
)
from roundlot.theory import Problem
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray, read_only_view
from roundlot.theory.problem import Limit, Structure

# Scores are brought near 2**TOP: squares of them over the smallest limit stay in range.
TOP = 440
# Scores below these, absolutely and of the largest, count as these: their prices would underflow.
SMALLEST = 2.0**-500
RANGE = 2.0**-900
# A room of so little of each floor in it cannot be used: a probability has a few more bits.
UNUSABLE = 2.0**-46
# Rows that usually show that a room is large.
FEW = 64
# Above the rounding of what caps can use: in doubt the budget binds.
ROUNDING = 1e-12
# Rows that a first guess of the prices looks at, and a better one.
SAMPLE, MORE = 2048, 16384


Rows = TypeVar("Rows", FloatArray, BoolArray)


@dataclass(frozen=True, kw_only=True, eq=False)
class Program:
    """A problem with its rows in the order of its tree and scores in a unit of ``2**exponent``.

    Attributes:
        tables: of scores, floors, ceilings, caps, costs and the tree's nodes, finest level first.
        node_labels: ``(M, 2)``, ``(level, label)`` of each node; level −1 is the budget.
        limits: ``(1 + S + K,)``, rooms of the budget, of models, of cost rows; infinite if none.
        active: ``(1 + S + K,)``, which of them may bind and need a price.
        spent: ``(R,)`` of each of the problem's limits on sums, whether floors use all of it.
        own_ceilings: ``(V,)``, caps that are taken for ceilings, as there is one model; infinite
            where the ceiling is lower. None where there are several models.
        order: ``(V,)``, row ``i`` here is row ``order[i]`` of the problem; None if the same.
        cost_exponents: ``(K,)``: costs and budgets of row ``k`` here are times ``2**-exponent``.
        least: what a positive score gets at least: too little to matter to any room.
        exponent: of the unit of scores.
    """

    tables: kernels.Tables
    node_labels: IntArray
    limits: FloatArray
    active: BoolArray
    spent: tuple[BoolArray, ...]
    own_ceilings: FloatArray | None
    order: IntArray | None
    cost_exponents: IntArray
    least: float
    exponent: int

    @property
    def n_processors(self) -> int:
        """``V``."""
        return int(self.tables.scores.shape[0])

    @property
    def n_models(self) -> int:
        """``S``."""
        return int(self.tables.scores.shape[1])

    @property
    def has_tree(self) -> bool:
        """Whether sums of rows are limited that no price of ``limits`` covers."""
        return self.tables.node_rooms.size > 0

    def sample(self, size: int = SAMPLE) -> Program:
        """Evenly spaced rows with the limits in proportion, for a first guess of the prices."""
        step = max(1, self.n_processors // size)
        rows = slice(step // 2, None, step)
        every = self.tables
        tables = every._replace(
            scores=read_only_view(every.scores[rows]),
            floor=read_only_view(every.floor[rows]),
            ceiling=read_only_view(every.ceiling[rows]),
            rooms=read_only_view(every.rooms[rows]),
            costs=read_only_view(every.costs[:, rows]),
        )
        share = tables.scores.shape[0] / self.n_processors
        return replace(self, tables=tables, limits=self.limits * share, order=None)

    def in_problem_order(self, rows: Rows) -> Rows:
        """Rows of a table here, as the problem has them."""
        if self.order is None:
            return rows
        out = np.empty_like(rows)
        out[self.order] = rows
        return out


@dataclass(frozen=True, kw_only=True, eq=False)
class Tight:
    """What floors of sums without room make of the limits of a table; nothing else is feasible.

    Attributes:
        least: whether floors of clients and groups need all of the budget.
        filled: models whose floors are all that ceilings and processors' caps allow.
        budgets: ``(S,)``, what floors of all models leave to each where they need all of the
            budget, or what the models' budgets are; None where nothing is changed.
    """

    least: bool = False
    filled: tuple[int, ...] = ()
    budgets: FloatArray | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Shared:
    """What a block of rows takes from the whole table: all that sums over other rows decide.

    Attributes:
        rooms: of the budget, of models and of cost rows, those that there are.
        spent: whether floors use all of them.
        active: ``(1 + S + K,)``, as of a :class:`Program`.
        cost_exponents: ``(K,)``, likewise.
        smallest: room of all, at most 1.
        greatest: score of all, weighted.
        entries: ``V S`` of the whole table.
        nested: whether sums have floors, which groups find inside a block.
        tight: what these leave no room for.
        equal: for each model whether its floor is its budget; empty without floors of models.
    """

    rooms: dict[Structure, FloatArray]
    spent: dict[Structure, BoolArray]
    active: BoolArray
    cost_exponents: IntArray
    smallest: float
    greatest: float
    entries: int
    nested: bool = False
    tight: Tight = Tight()
    equal: tuple[bool, ...] = ()


def program(problem: Problem, shared: Shared | None = None, *, all_move: bool = False) -> Program:
    """Orders and scales a feasible problem, and marks which rows need a price.

    With ``shared`` the problem is a block of rows of a larger one, and the limits that it shares
    with other blocks are theirs. ``all_move`` says that entries without a score may be drawn, too,
    as floors of sums may have it.
    """
    every = problem.sum_limits()
    kinds = {limit.structure: limit for limit in every}
    weighted = kinds.get(Structure.WEIGHTED)
    floor, ceiling = problem.bounds
    given = {} if shared is None else shared.rooms
    bare = has_no_floors(problem)
    room = tuple(
        room_of(limit, floor, bare) if limit.structure not in given else given[limit.structure]
        for limit in every
    )
    spent = spent_rows(problem.scores, floor, every, room, all_move=all_move)
    if shared is not None:
        spent = tuple(
            shared.spent.get(limit.structure, rows)
            for limit, rows in zip(every, spent, strict=True)
        )
    ceiling = _without_spent(floor, ceiling, every, spent)
    room = tuple(np.where(out, 0.0, x) for out, x in zip(spent, room, strict=True))
    found = dict(zip((limit.structure for limit in every), room, strict=True))
    own, ceilings = found[Structure.PROCESSORS], None
    if problem.n_models == 1:  # a cap of one entry is a ceiling
        caps = problem.processor_cap
        ceilings = np.where(caps < problem.bounds[1][:, 0], caps, np.inf)
        ceiling = np.minimum(ceiling, caps[:, None])
        own = np.full(problem.n_processors, np.inf)
    costs, dearest = np.zeros((0, *problem.scores.shape)), np.zeros(0)
    exponents: IntArray = np.zeros(0, dtype=np.int64)
    limits = np.full(1 + problem.n_models + (weighted.size if weighted else 0), np.inf)
    limits[:1] = found[Structure.TOTAL]
    if Structure.MODELS in found:
        limits[1 : 1 + problem.n_models] = found[Structure.MODELS]
    if weighted is not None:
        assert weighted.weights is not None
        limits[1 + problem.n_models :] = found[Structure.WEIGHTED]
        dearest = weighted.dearest
    width = np.zeros(problem.n_processors)
    for s in range(problem.n_models):
        width += ceiling[:, s] - floor[:, s]
    usable = float(np.minimum(own, width).sum())
    active = active_rows(problem, usable, limits, dearest) if shared is None else shared.active
    order, nodes, node_rooms, node_labels = _tree(problem, room)
    if shared is None and active[0] and not active[1:].any():
        active[0] = False  # alone, the budget is the top of the tree
        nodes = np.vstack((nodes, [[0, problem.n_processors]]))
        node_rooms = np.append(node_rooms, limits[0])
        node_labels = np.vstack((node_labels, [[-1, 0]]))
    smallest = smallest_room(every, room) if shared is None else shared.smallest
    scores, exponent = _scaled(problem, smallest, None if shared is None else shared.greatest)
    if weighted is not None:
        near, exponents = near_costs(weighted, None if shared is None else shared.cost_exponents)
        assert near.weights is not None
        costs = near.weights
        limits[1 + problem.n_models :] = np.ldexp(limits[1 + problem.n_models :], -exponents)
    entries = scores.size if shared is None else shared.entries
    rows = slice(None) if order is None else order
    tables = kernels.Tables(
        scores=read_only_view(scores[rows]),
        floor=read_only_view(floor[rows]),
        ceiling=read_only_view(ceiling[rows]),
        rooms=read_only_view(own[rows]),
        costs=read_only_view(costs[:, rows]),
        nodes=nodes,
        node_rooms=node_rooms,
    )
    return Program(
        tables=tables,
        node_labels=node_labels,
        limits=limits,
        active=active,
        spent=spent,
        own_ceilings=None if ceilings is None else ceilings[rows],
        order=order,
        cost_exponents=exponents,
        least=max(least_probability(smallest, entries), SMALLEST_FLOAT),
        exponent=exponent,
    )


def room_of(limit: Limit, floor: FloatArray, bare: bool) -> FloatArray:
    """``(R,)``, what floors ``(V, S)`` leave of a limit: all of it where there are none."""
    return np.array(limit.bound, dtype=np.float64) if bare else rooms(limit, floor)


def spent_rows(
    scores: FloatArray,
    floor: FloatArray,
    limits: tuple[Limit, ...],
    rooms: tuple[FloatArray, ...],
    *,
    all_move: bool = False,
) -> tuple[BoolArray, ...]:
    """Of which rows floors leave nothing that float64 could use.

    A room ``R`` is worth at most ``κ R``, with ``κ = (a/l)² / A`` where that is greatest: this is
    the part ``R / (A l)`` of that entry's own ``a² / l``.
    """
    if not floor.any():
        return tuple(room <= 0.0 for room in rooms)
    first = np.where(scores[:FEW] > 0.0, floor[:FEW], np.inf)
    low: FloatArray | None = None
    found = []
    for limit, room in zip(limits, rooms, strict=True):
        if _has_plenty(limit, first, room):
            found.append(np.zeros(room.shape, dtype=np.bool_))
            continue
        low = np.where(scores > 0.0, floor, np.inf) if low is None else low
        least = least_counted(limit, low)
        if all_move:  # where nothing has a score there is nothing to compare a room with
            least = np.where(np.isfinite(least), least, 0.0)
        found.append(room <= UNUSABLE * least)
    return tuple(found)


def _has_plenty(limit: Limit, first: FloatArray, room: FloatArray) -> bool:
    """Whether some entries show that much is left: the least of all is not above theirs."""
    if limit.structure in (Structure.PROCESSORS, Structure.GROUPS):
        return False
    some = limit if limit.weights is None else replace(limit, weights=limit.weights[:, :FEW])
    return bool((room > UNUSABLE * least_counted(some, first)).all())


def least_counted(limit: Limit, table: FloatArray) -> FloatArray:
    """``(R,)``, the least ``A_vs x_vs`` of what counts in each row, ``x (V, S)``."""
    match limit.structure:
        case Structure.TOTAL:
            return np.array([table.min()])
        case Structure.MODELS:
            return np.asarray(table.min(axis=0))
        case Structure.WEIGHTED:
            assert limit.weights is not None
            given = (np.ascontiguousarray(x) for x in limit.weights)
            return np.array([kernels.least_product(x, table) for x in given])
        case _:
            rows = reduce(np.minimum, table.T)
            if limit.labels is None:
                return np.asarray(rows)
            found = np.full(limit.size, np.inf)
            np.minimum.at(found, limit.labels, rows)
            return np.where(np.isfinite(found), found, 0.0)


def _without_spent(
    floor: FloatArray,
    ceiling: FloatArray,
    limits: tuple[Limit, ...],
    spent: tuple[BoolArray, ...],
) -> FloatArray:
    """Ceilings lowered to the floor of whatever counts in a limit of which nothing is left."""
    if not any(rows.any() for rows in spent):
        return ceiling
    closed = np.zeros(ceiling.shape, dtype=np.bool_)
    for limit, rows in zip(limits, spent, strict=True):
        for row in np.flatnonzero(rows).tolist():
            v, s, _ = limit.entries(row)
            closed[v, s] = True
    return np.where(closed, floor, ceiling)


def active_rows(
    problem: Problem, usable: float, limits: FloatArray, dearest: FloatArray
) -> BoolArray:
    """``(1 + S + K,)``, which of budget, models and cost rows may bind.

    Args:
        problem: of which their bounds are read.
        usable: the most above the floors that caps and ceilings allow in all.
        limits: ``(1 + S + K,)``, rooms.
        dearest: ``(K,)``, greatest costs.
    """
    models = problem.n_models
    active = (limits > 0.0) & np.isfinite(limits)
    active[1 + models :] &= dearest > 0.0
    budgets = problem.model_budgets
    implied = budgets is not None and math.fsum([*budgets.tolist(), -problem.budget]) <= 0.0
    active[0] &= not implied and usable * (1.0 + ROUNDING) > limits[0]
    return active


def _tree(
    problem: Problem, rooms: tuple[FloatArray, ...]
) -> tuple[IntArray | None, IntArray, FloatArray, IntArray]:
    """Rows in the order of the tree, and its nodes: ranges of them, their rooms and labels.

    Groups of which nothing is left are no nodes: their rows are fixed.
    """
    levels = [
        (limit.labels, room)
        for limit, room in zip(problem.sum_limits(), rooms, strict=True)
        if limit.labels is not None
    ]
    if not levels:
        empty = np.zeros((0, 2), dtype=np.int64)
        return None, empty, np.zeros(0), empty
    ranked: IntArray = np.lexsort([labels for labels, _ in levels]).astype(np.int64)
    order = None if np.all(np.diff(ranked) == 1) else ranked
    nodes, sizes, names = [], [], []
    for depth, (labels, room) in enumerate(levels):
        label = labels[ranked]
        starts = np.flatnonzero(np.diff(label, prepend=-1))
        stops = np.append(starts[1:], label.size)
        open_ = room[label[starts]] > 0.0
        nodes.append(np.column_stack((starts, stops))[open_])
        sizes.append(room[label[starts[open_]]])
        opened = label[starts[open_]]
        names.append(np.column_stack((np.full(opened.size, depth), opened)))
    every, labels = (np.vstack(x).astype(np.int64) for x in (nodes, names))
    return order, every, np.concatenate(sizes), labels


def smallest_room(limits: tuple[Limit, ...], rooms: tuple[FloatArray, ...]) -> float:
    """The least room above 0, of cost rows in draws of what is dearest; at most 1."""
    found = [1.0]
    for limit, room in zip(limits, rooms, strict=True):
        if limit.weights is None:
            found += positive(room)
            continue
        dearest = limit.dearest
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            found += positive(room[dearest > 0.0] / dearest[dearest > 0.0])
    return max(min(found), 1e-300)


def _scaled(problem: Problem, smallest: float, greatest: float | None) -> tuple[FloatArray, int]:
    """Scores near ``2**TOP``; prices are their squares over squares of the smallest room."""
    scores, unit = working_scores(problem)
    greatest = float(scores.max()) if greatest is None else greatest
    shift = TOP + exponent_of(smallest) - exponent_of(greatest)
    moved = times_power(scores, shift)
    least = max(SMALLEST_FLOAT, min(SMALLEST, math.ldexp(RANGE, TOP + exponent_of(smallest))))
    if ((moved < least) & (scores > 0.0)).any():
        np.copyto(moved, least, where=(moved < least) & (scores > 0.0))
    return moved, unit - shift
