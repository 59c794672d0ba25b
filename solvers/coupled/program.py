"""A problem with any limits made ready for the loops: ordered, scaled, what is implied removed."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from roundlot.solvers import kernels
from roundlot.solvers.water.scaling import exponent_of, near_costs, working_scores
from roundlot.theory import Problem
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray, read_only_view
from roundlot.theory.problem import Limit, Structure

# Scores are brought near 2**TOP: squares of them over the smallest limit stay in range.
TOP = 440
# Scores below these, absolutely and of the largest, count as these: their prices would underflow.
SMALLEST = 2.0**-500
RANGE = 2.0**-900
# Rows that a first guess of the prices looks at.
SAMPLE = 2048


@dataclass(frozen=True, kw_only=True, eq=False)
class Program:
    """A problem with its rows in the order of its tree and scores in a unit of ``2**exponent``.

    Attributes:
        tables: of scores, floors, ceilings, caps, costs and the tree's nodes, finest level first.
        node_labels: for each node ``(level, label)``; level −1 is the budget.
        limits: ``(1 + S + K,)``, right-hand sides: the budget, models, cost rows.
        active: ``(1 + S + K,)``, which of them may bind and need a price.
        order: ``(V,)``, row ``i`` here is row ``order[i]`` of the problem; None if the same.
        cost_exponents: ``(K,)``: costs and budgets of row ``k`` here are times ``2**-exponent``.
        exponent: of the unit of scores.
    """

    tables: kernels.Tables
    node_labels: tuple[tuple[int, int], ...]
    limits: FloatArray
    active: BoolArray
    order: IntArray | None
    cost_exponents: IntArray
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
        return self.tables.node_caps.size > 0

    def sample(self) -> Program:
        """Evenly spaced rows with the limits in proportion, for a first guess of the prices."""
        step = max(1, self.n_processors // SAMPLE)
        rows = slice(step // 2, None, step)
        every = self.tables
        tables = every._replace(
            scores=read_only_view(every.scores[rows]),
            floor=read_only_view(every.floor[rows]),
            ceiling=read_only_view(every.ceiling[rows]),
            caps=read_only_view(every.caps[rows]),
            costs=read_only_view(every.costs[:, rows]),
        )
        share = tables.scores.shape[0] / self.n_processors
        return replace(self, tables=tables, limits=self.limits * share, order=None)

    def in_problem_order(self, rows: FloatArray) -> FloatArray:
        """Rows of a table here, as the problem has them."""
        if self.order is None:
            return rows
        out = np.empty_like(rows)
        out[self.order] = rows
        return out


def program(problem: Problem) -> Program:
    """Orders and scales a feasible problem, and marks which rows need a price."""
    kinds = {limit.structure: limit for limit in problem.sum_limits()}
    models, weighted = kinds.get(Structure.MODELS), kinds.get(Structure.WEIGHTED)
    floor, ceiling = problem.bounds
    ceiling = _without_spent(floor, ceiling, [x for x in (models, weighted) if x is not None])
    costs, dearest = np.zeros((0, *problem.scores.shape)), np.zeros(0)
    exponents: IntArray = np.zeros(0, dtype=np.int64)
    limits = np.full(1 + problem.n_models + (weighted.size if weighted else 0), np.inf)
    limits[0] = problem.budget
    if models is not None:
        limits[1 : 1 + models.size] = models.bound
    if weighted is not None:
        assert weighted.weights is not None
        limits[1 + problem.n_models :] = weighted.bound
        dearest = weighted.weights.max(axis=(1, 2))
    active = _active(problem, ceiling, limits, dearest)
    order, nodes, node_caps, node_labels = _tree(problem)
    if active[0] and not active[1:].any():  # alone, the budget is the top of the tree
        active[0] = False
        nodes = np.vstack((nodes, [[0, problem.n_processors]]))
        node_caps = np.append(node_caps, problem.budget)
        node_labels = (*node_labels, (-1, 0))
    scores, exponent = _scaled(problem, limits[1 + problem.n_models :], dearest)
    if weighted is not None:
        near, exponents = near_costs(weighted)
        assert near.weights is not None
        costs, limits[1 + problem.n_models :] = near.weights, near.bound
    rows = slice(None) if order is None else order
    tables = kernels.Tables(
        scores=read_only_view(scores[rows]),
        floor=read_only_view(floor[rows]),
        ceiling=read_only_view(ceiling[rows]),
        caps=read_only_view(problem.processor_cap[rows]),
        costs=read_only_view(costs[:, rows]),
        nodes=nodes,
        node_caps=node_caps,
    )
    return Program(
        tables=tables,
        node_labels=node_labels,
        limits=limits,
        active=active,
        order=order,
        cost_exponents=exponents,
        exponent=exponent,
    )


def _without_spent(floor: FloatArray, ceiling: FloatArray, limits: list[Limit]) -> FloatArray:
    """Ceilings lowered to the floor, 0, wherever a budget is 0."""
    if all(limit.bound.all() for limit in limits):
        return ceiling
    closed = np.zeros(ceiling.shape, dtype=np.bool_)
    for limit in limits:
        for row in np.flatnonzero(limit.bound == 0.0).tolist():
            v, s, _ = limit.entries(row)
            closed[v, s] = True
    return np.where(closed, floor, ceiling)


def _active(
    problem: Problem, ceiling: FloatArray, limits: FloatArray, dearest: FloatArray
) -> BoolArray:
    active = (limits > 0.0) & np.isfinite(limits)
    active[1 + problem.n_models :] &= dearest > 0.0
    usable = np.minimum(problem.processor_cap, ceiling.sum(axis=1)).sum()
    models = limits[1 : 1 + problem.n_models].tolist()
    implied = math.fsum([*models, -problem.budget]) <= 0.0
    active[0] = not implied and usable * (1.0 + 1e-12) > problem.budget
    return active


def _tree(
    problem: Problem,
) -> tuple[IntArray | None, IntArray, FloatArray, tuple[tuple[int, int], ...]]:
    """Rows in the order of the tree, and its nodes: ranges of them, their caps and labels."""
    levels = [
        (limit.labels, limit.bound) for limit in problem.sum_limits() if limit.labels is not None
    ]
    if not levels:
        return None, np.zeros((0, 2), dtype=np.int64), np.zeros(0), ()
    ranked: IntArray = np.lexsort([labels for labels, _ in levels]).astype(np.int64)
    order = None if np.all(np.diff(ranked) == 1) else ranked
    nodes, caps, names = [], [], []
    for depth, (labels, bound) in enumerate(levels):
        label = labels[ranked]
        starts = np.flatnonzero(np.diff(label, prepend=-1))
        stops = np.append(starts[1:], label.size)
        nodes.append(np.column_stack((starts, stops)))
        caps.append(bound[label[starts]])
        names += [(depth, int(g)) for g in label[starts]]
    return order, np.vstack(nodes).astype(np.int64), np.concatenate(caps), tuple(names)


def _scaled(
    problem: Problem, cost_budgets: FloatArray, dearest: FloatArray
) -> tuple[FloatArray, int]:
    """Scores near ``2**TOP``; prices are their squares over squares of the smallest limit."""
    scores, unit = working_scores(problem)
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        shares = np.maximum(cost_budgets / dearest, 1e-300)
    sums = [limit.bound for limit in problem.sum_limits() if limit.weights is None]
    limits = np.concatenate(([1.0], *sums, shares[(cost_budgets > 0.0) & (dearest > 0.0)]))
    smallest = max(float(limits[limits > 0.0].min()), 1e-300)
    shift = TOP + exponent_of(smallest) - exponent_of(float(scores.max()))
    moved: FloatArray = np.ldexp(scores, shift)
    least = min(SMALLEST, math.ldexp(RANGE, TOP + exponent_of(smallest)))
    if ((moved < least) & (scores > 0.0)).any():
        np.copyto(moved, least, where=(moved < least) & (scores > 0.0))
    return moved, unit - shift
