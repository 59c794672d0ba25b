"""A problem of the family made ready for the loops: ordered, scaled, what is implied removed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from roundlot.solvers.water.scaling import exponent_of, working_scores
from roundlot.theory import Problem
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray

TOP = 440
SMALLEST = 2.0**-500
RANGE = 2.0**-900
SAMPLE = 2048
FAR = 100


@dataclass(frozen=True, kw_only=True, eq=False)
class Family:
    """The family with rows in the order of its tree and scores in a unit of ``2**exponent``.

    Attributes:
        scores, floor, ceiling: ``(V, S)``; caps: ``(V,)``; costs: ``(K, V, S)``.
        nodes: ``(M, 2)`` ranges of rows, finest level first; node_caps: ``(M,)``.
        node_labels: for each node ``(level, label)``; level −1 is the budget.
        limits: ``(1 + S + K,)``, right-hand sides: the budget, models, cost rows.
        active: ``(1 + S + K,)``, which of them may bind and need a price.
        order: ``(V,)``, row ``i`` here is row ``order[i]`` of the problem; None if the same.
        cost_exponents: ``(K,)``: costs and budgets of row ``k`` here are times ``2**-exponent``.
        exponent: of the unit of scores.
    """

    scores: FloatArray
    floor: FloatArray
    ceiling: FloatArray
    caps: FloatArray
    costs: FloatArray
    nodes: IntArray
    node_caps: FloatArray
    node_labels: tuple[tuple[int, int], ...]
    limits: FloatArray
    active: BoolArray
    order: IntArray | None
    cost_exponents: IntArray
    exponent: int

    @property
    def n_models(self) -> int:
        """``S``."""
        return int(self.scores.shape[1])

    def sample(self) -> Family:
        """Evenly spaced rows with the limits in proportion, for a first guess of the prices."""
        step = max(1, self.scores.shape[0] // SAMPLE)
        rows = slice(step // 2, None, step)
        scores = _frozen(self.scores[rows])
        return Family(
            scores=scores,
            floor=_frozen(self.floor[rows]),
            ceiling=_frozen(self.ceiling[rows]),
            caps=_frozen(self.caps[rows]),
            costs=_frozen(self.costs[:, rows]),
            nodes=self.nodes,
            node_caps=self.node_caps,
            node_labels=self.node_labels,
            limits=self.limits * (scores.shape[0] / self.scores.shape[0]),
            active=self.active,
            order=None,
            cost_exponents=self.cost_exponents,
            exponent=self.exponent,
        )


def family(problem: Problem) -> Family:
    """Orders and scales a feasible problem, and marks which rows need a price."""
    floor, ceiling = problem.bounds
    limits = _limits(problem)
    ceiling = _without_spent(problem, floor, ceiling)
    active = _active(problem, limits, ceiling)
    order, nodes, node_caps, node_labels = _tree(problem)
    if active[0] and not active[1:].any():  # alone, the budget is the top of the tree
        active[0] = False
        nodes = np.vstack((nodes, [[0, problem.n_processors]]))
        node_caps = np.append(node_caps, problem.budget)
        node_labels = (*node_labels, (-1, 0))
    scores, exponent = _scaled(problem, limits)
    costs, exponents = near_costs(problem)
    limits[1 + problem.n_models :] = np.ldexp(limits[1 + problem.n_models :], -exponents)
    caps = problem.processor_cap
    if order is not None:
        scores, floor, ceiling, caps = (x[order] for x in (scores, floor, ceiling, caps))
        costs = costs[:, order]
    return Family(
        scores=_frozen(scores),
        floor=_frozen(floor),
        ceiling=_frozen(ceiling),
        caps=_frozen(caps),
        costs=_frozen(costs),
        nodes=nodes,
        node_caps=node_caps,
        node_labels=node_labels,
        limits=limits,
        active=active,
        order=order,
        cost_exponents=exponents,
        exponent=exponent,
    )


def _frozen(values: FloatArray) -> FloatArray:
    """Contiguous and read-only whatever it was: the loops are compiled for one kind of array."""
    view = np.ascontiguousarray(values).view()
    view.flags.writeable = False
    return view


def near_costs(problem: Problem) -> tuple[FloatArray, IntArray]:
    """Costs and the powers of two taken out of rows that are far from 1."""
    if problem.costs is None:
        return np.zeros((0, *problem.scores.shape)), np.zeros(0, dtype=np.int64)
    dearest = problem.costs.reshape(len(problem.costs), -1).max(axis=1)
    exponents = np.frexp(dearest)[1].astype(np.int64)
    exponents[np.abs(exponents) <= FAR] = 0
    if not exponents.any():
        return problem.costs, exponents
    return np.ldexp(problem.costs, -exponents[:, None, None]), exponents


def _limits(problem: Problem) -> FloatArray:
    models = problem.model_budgets
    costs = problem.cost_budgets
    return np.concatenate(
        (
            [problem.budget],
            np.full(problem.n_models, np.inf) if models is None else models,
            np.zeros(0) if costs is None else costs,
        )
    )


def _without_spent(problem: Problem, floor: FloatArray, ceiling: FloatArray) -> FloatArray:
    """Ceilings lowered to the floor, 0, wherever a budget is 0."""
    closed = np.zeros(problem.scores.shape, dtype=np.bool_)
    if problem.model_budgets is not None:
        closed |= problem.model_budgets == 0.0
    if problem.costs is not None and problem.cost_budgets is not None:
        for k in np.flatnonzero(problem.cost_budgets == 0.0):
            closed |= problem.costs[k] > 0.0
    return np.where(closed, floor, ceiling) if closed.any() else ceiling


def _active(problem: Problem, limits: FloatArray, ceiling: FloatArray) -> BoolArray:
    active = (limits > 0.0) & np.isfinite(limits)
    if problem.costs is not None:
        active[1 + problem.n_models :] &= problem.costs.reshape(len(problem.costs), -1).any(axis=1)
    budgets = problem.model_budgets
    usable = np.minimum(problem.processor_cap, ceiling.sum(axis=1)).sum()
    implied = budgets is not None and math.fsum([*budgets.tolist(), -problem.budget]) <= 0.0
    active[0] = not implied and usable * (1.0 + 1e-12) > problem.budget
    return active


def _tree(
    problem: Problem,
) -> tuple[IntArray | None, IntArray, FloatArray, tuple[tuple[int, int], ...]]:
    levels = problem.levels
    if not levels:
        return None, np.zeros((0, 2), dtype=np.int64), np.zeros(0), ()
    ranked: IntArray = np.lexsort([label for _, label, _ in levels]).astype(np.int64)
    order = None if np.all(np.diff(ranked) == 1) else ranked
    nodes, caps, names = [], [], []
    for depth, (_, label, limit) in enumerate(levels):
        sorted_label = label if order is None else label[order]
        starts = np.flatnonzero(np.diff(sorted_label, prepend=-1))
        stops = np.append(starts[1:], sorted_label.size)
        nodes.append(np.column_stack((starts, stops)))
        caps.append(limit[sorted_label[starts]])
        names += [(depth, int(g)) for g in sorted_label[starts]]
    return order, np.vstack(nodes).astype(np.int64), np.concatenate(caps), tuple(names)


def _scaled(problem: Problem, limits: FloatArray) -> tuple[FloatArray, int]:
    """Scores near ``2**TOP``; prices are their squares over squares of the smallest limit."""
    scores, unit = working_scores(problem)
    draws = limits[: 1 + problem.n_models]
    smallest = min([1.0, float(problem.processor_cap.min()), *draws[draws > 0.0].tolist()])
    for _, _, caps in problem.levels:
        smallest = min(smallest, float(caps.min()))
    if problem.costs is not None and problem.cost_budgets is not None:
        dearest = problem.costs.reshape(len(problem.costs), -1).max(axis=1)
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            shares = np.where(problem.cost_budgets > 0.0, problem.cost_budgets / dearest, 1.0)
        smallest = min(smallest, float(np.nanmin(np.where(dearest > 0.0, shares, 1.0))))
    shift = TOP + exponent_of(max(smallest, 1e-300)) - exponent_of(float(scores.max()))
    moved: FloatArray = np.ldexp(scores, shift)
    least = min(SMALLEST, math.ldexp(RANGE, TOP + exponent_of(max(smallest, 1e-300))))
    if ((moved < least) & (scores > 0.0)).any():
        np.copyto(moved, least, where=(moved < least) & (scores > 0.0))
    return moved, unit - shift
