"""What the sums of a tree can come to at least and at most, and floors of sums that cannot be met.

Bottom up, a node comes to at least its floor and what the nodes below it must, and to at most its
cap and what they can. Floors are decided by sums in floats, and in fractions where these are near.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from roundlot.solvers import kernels
from roundlot.theory import InfeasibleError, InvalidProblemError, Problem
from roundlot.theory.arrays import FloatArray, IntArray, read_only_view
from roundlot.theory.problem import Limit, Structure
from roundlot.theory.text import rounded_down, rounded_up

MISSED = 1e-9  # relative: what a linear program may miss of its limits
ROOM = Fraction(1, 10**4)  # relative: by so much advice is on the safe side
NEAR = 1e-9  # relative, above the rounding of any plain sum: what is nearer is decided exactly


@dataclass(frozen=True, kw_only=True, eq=False)
class Node:
    """One level of sums, from processors to the budget.

    Attributes:
        caps: their limit, or None.
        floors: the same from below.
        labels: ``(V,)``.
        size: how many labels there are.
    """

    caps: Limit | None
    floors: Limit | None
    labels: IntArray = field(repr=False)
    size: int

    def cap(self, label: int) -> float:
        """Of a sum; infinite where there is none."""
        return math.inf if self.caps is None else float(self.caps.bound[label])

    def floor(self, label: int) -> float:
        """Of a sum; 0 where there is none."""
        return 0.0 if self.floors is None else float(self.floors.bound[label])

    def bounds(self) -> tuple[FloatArray, FloatArray]:
        """Floors and caps of all."""
        low, high = np.zeros(self.size), np.full(self.size, np.inf)
        if self.floors is not None:
            low[: self.floors.size] = self.floors.bound
        if self.caps is not None:
            high[: self.caps.size] = self.caps.bound
        return low, high


def check_floors(problem: Problem) -> None:
    """Refuses floors of sums that limits of the tree, or the budgets, cannot hold.

    Raises:
        InfeasibleError: naming the floor, or the limit that floors exceed, by how much, and what
            would fit. Limits that only together cannot be met are found by the solver.
    """
    if not problem.sum_floors():
        return
    tree = _Tree(problem)
    least, most = tree.least(), tree.most()
    for depth, level in enumerate(tree.levels):
        low, high = level.bounds()
        for label in np.flatnonzero((low > most[depth] * (1 - NEAR)) & (low > 0.0)).tolist():
            _check_floor(level.floors, label, tree.exact_most(depth, label))
        for label in np.flatnonzero(least[depth] > high * (1 - NEAR)).tolist():
            _check_cap(tree, depth, label)
    _check_models(problem)


def least_total(problem: Problem) -> float:
    """The least float that is not below what all draws must sum to, by floors of any kind.

    Exact where the floors of one kind decide it. Where floors and limits of models or costs do so
    together it is from a linear program, and raised by what its solver may have missed.

    Raises:
        InfeasibleError: limits that nothing can meet.
    """
    check_floors(problem)
    tree = _Tree(problem)
    kinds = {x.structure for x in (*problem.sum_limits(), *problem.sum_floors())}
    root = len(tree.levels) - 1
    exact = _up(max(tree.exact_below(root, 0), _models_least(problem)))
    if not kinds & {Structure.MODELS, Structure.WEIGHTED}:
        return exact
    found = _linear_least(problem)
    return exact if found <= exact * (1.0 + MISSED) else found * (1.0 + MISSED)


def _models_least(problem: Problem) -> Fraction:
    """What floors of models and of entries come to together, exactly."""
    sums = [_sum(column) for column in problem.bounds[0].T]
    for limit in problem.sum_floors():
        if limit.structure is Structure.MODELS:
            sums = [max(x, Fraction(f)) for x, f in zip(sums, limit.bound.tolist(), strict=True)]
    return sum(sums, Fraction(0))


def _linear_least(problem: Problem) -> float:
    from scipy.optimize import linprog
    from scipy.sparse import coo_array

    rows, bounds, count = [], [], 0
    for limit in (*problem.sum_limits()[1:], *problem.sum_floors()):
        sign = -1.0 if limit.at_least else 1.0
        for row, bound in enumerate(limit.bound.tolist()):
            if math.isfinite(bound):
                v, s, weights = limit.entries(row)
                at = v * problem.n_models + s
                rows.append((np.full(at.size, count), at, sign * weights))
                bounds.append(sign * bound)
                count += 1
    where, at, weights = (np.concatenate(parts) for parts in zip(*rows, strict=True))
    table = coo_array((weights, (where, at)), shape=(count, problem.scores.size))
    low, high = (x.reshape(-1) for x in problem.bounds)
    box = np.stack((low, high), axis=1)
    found = linprog(np.ones(low.size), A_ub=table.tocsr(), b_ub=bounds, bounds=box, method="highs")
    if found.status != 0:
        raise InfeasibleError(
            "no budget meets these limits together; solve with a large budget to see which"
        )
    return float(found.fun)


def refuse_sum_floors(problem: Problem, what: str, instead: str = "solve") -> None:
    """Refuses floors of sums where they would be passed over.

    Raises:
        InvalidProblemError: the problem has some.
    """
    for limit in problem.sum_floors():
        raise InvalidProblemError(
            f"{what} knows no floor of a {limit.name.split()[0]}; leave it out, or use {instead}"
        )


def refuse_variance_ceilings(problem: Problem, what: str, instead: str = "solve") -> None:
    """Refuses ceilings of variances where they would be passed over.

    Raises:
        InvalidProblemError: the problem has some.
    """
    if problem.model_variance_ceilings is not None:
        raise InvalidProblemError(
            f"{what} knows no model_variance_ceilings; leave them out, or use {instead}"
        )


class _Tree:
    """Levels of sums of a problem."""

    def __init__(self, problem: Problem) -> None:
        self.floor, self.ceiling = problem.bounds
        caps, floors = problem.sum_limits(), problem.sum_floors()
        count = problem.n_processors
        groups = {x.name: x for x in caps if x.structure is Structure.GROUPS}
        lows = {x.name: x for x in floors if x.structure is Structure.GROUPS}
        names = [name for name in lows if name not in groups] + list(groups)
        own: IntArray = np.arange(count, dtype=np.int64)
        self.levels = [Node(caps=caps[1], floors=None, labels=own, size=count)]
        for name in names:
            given = [x for x in (groups.get(name), lows.get(name)) if x is not None]
            labels = given[0].labels
            assert labels is not None
            size = max(x.size for x in given)
            level = Node(caps=groups.get(name), floors=lows.get(name), labels=labels, size=size)
            self.levels.append(level)
        root = np.zeros(count, dtype=np.int64)
        self.levels.append(Node(caps=caps[0], floors=None, labels=root, size=1))

    def least(self) -> list[FloatArray]:
        """What every node must come to, in floats."""
        found, below = [], _row_sums(self.floor)
        for depth, level in enumerate(self.levels):
            below = self._up(depth, below)
            below = np.maximum(below, level.bounds()[0])
            found.append(below)
        return found

    def most(self) -> list[FloatArray]:
        """What every node can come to, in floats."""
        found, below = [], _row_sums(self.ceiling)
        for depth, level in enumerate(self.levels):
            below = self._up(depth, below)
            below = np.minimum(below, level.bounds()[1])
            found.append(below)
        return found

    def _up(self, depth: int, values: FloatArray) -> FloatArray:
        if depth == 0:
            return np.asarray(values)
        level, before = self.levels[depth], self.levels[depth - 1]
        if depth == 1:  # of processors, each of which is there
            found = np.bincount(level.labels, values, minlength=level.size)
            return np.asarray(found, dtype=np.float64)
        parent = np.full(before.size, -1)
        parent[before.labels] = level.labels
        there = parent >= 0
        found = np.bincount(parent[there], values[there], minlength=level.size)
        return np.asarray(found, dtype=np.float64)

    def members(self, depth: int, label: int) -> IntArray:
        """The processors of a node."""
        return np.flatnonzero(self.levels[depth].labels == label)

    def children(self, depth: int, label: int) -> list[int]:
        """The nodes below one."""
        rows = self.members(depth, label)
        return sorted(set(self.levels[depth - 1].labels[rows].tolist()))

    def exact_least(self, depth: int, label: int) -> Fraction:
        """What a node must come to, exactly."""
        below = self.exact_below(depth, label)
        return max(below, Fraction(self.levels[depth].floor(label)))

    def exact_below(self, depth: int, label: int) -> Fraction:
        """What the nodes below one must come to, exactly."""
        if depth == 0:
            return sum(map(Fraction, self.floor[label].tolist()), Fraction(0))
        parts = (self.exact_least(depth - 1, child) for child in self.children(depth, label))
        return sum(parts, Fraction(0))

    def exact_most(self, depth: int, label: int) -> Fraction:
        """What a node can come to, exactly."""
        if depth == 0:
            below = sum(map(Fraction, self.ceiling[label].tolist()), Fraction(0))
        else:
            parts = (self.exact_most(depth - 1, child) for child in self.children(depth, label))
            below = sum(parts, Fraction(0))
        cap = self.levels[depth].cap(label)
        return below if cap == math.inf else min(below, Fraction(cap))


def _row_sums(table: FloatArray) -> FloatArray:
    sums = np.empty(len(table))
    kernels.row_sums(read_only_view(table), sums)
    return sums


def _check_floor(floors: Limit | None, label: int, most: Fraction) -> None:
    assert floors is not None
    floor = float(floors.bound[label])
    over = Fraction(floor) - most
    if over > 0:
        who = floors.title(label)
        if most == 0:
            raise InfeasibleError(
                f"the floor {floor:g} of {who} cannot be met: nothing of it is available; give it "
                "no floor"
            )
        raise InfeasibleError(
            f"the floor {floor:g} of {who} is {float(over):.3g} above {float(most):g}, the most "
            f"that availability, ceilings and caps allow; lower it to {safely_down(most)!r}"
        )


def _check_cap(tree: _Tree, depth: int, label: int) -> None:
    level = tree.levels[depth]
    assert level.caps is not None
    cap = float(level.caps.bound[label])
    least = tree.exact_below(depth, label)
    over = least - Fraction(cap)
    if over > 0:
        name = f"the {level.caps.word} {cap:g}"
        if level.caps.structure is not Structure.TOTAL:
            name += f" of {level.caps.title(label)}"
        fitting = _fitting(tree, depth, label, cap, least)
        raise InfeasibleError(
            f"floors sum to {float(least):g}, {float(over):.3g} above {name}; {fitting} would fit, "
            f"or a {level.caps.word} of {safely_up(least)!r}"
        )


def _fitting(tree: _Tree, depth: int, label: int, cap: float, least: Fraction) -> str:
    """Floors that would fit, in words."""
    if depth and tree.levels[depth - 1].floors is not None:
        below = tree.levels[depth - 1]
        children = tree.children(depth, label)
        floors = {below.floor(child) for child in children}
        if len(floors) == 1 and sum(map(Fraction, floors)) * len(children) == least:
            assert below.floors is not None
            each = safely_down(Fraction(cap) / len(children))
            if len(children) == 1:
                return f"a floor of {each!r} of {below.floors.title(children[0])}"
            return f"a floor of {each!r} on each of its {len(children)} {below.floors.name}s"
    return f"floors times {safely_down(Fraction(cap) / least)!r}"


def _check_models(problem: Problem) -> None:
    """Floors of models against what each can come to, its budget, and the budget of all."""
    floors = next((x for x in problem.sum_floors() if x.structure is Structure.MODELS), None)
    if floors is None:
        return
    floor, ceiling = problem.bounds
    most = np.minimum(ceiling, problem.processor_cap[:, None])
    budgets = next((x for x in problem.sum_limits() if x.structure is Structure.MODELS), None)
    reach = most.sum(axis=0)
    if budgets is not None:
        reach = np.minimum(reach, budgets.bound)
    for s in np.flatnonzero((floors.bound > reach * (1 - NEAR)) & (floors.bound > 0.0)).tolist():
        exactly = _sum(most[:, s])
        if budgets is not None:
            exactly = min(exactly, Fraction(float(budgets.bound[s])))
        _check_floor(floors, s, exactly)
    if np.maximum(floors.bound, floor.sum(axis=0)).sum() > problem.budget * (1 - NEAR):
        parts = (max(Fraction(f), _sum(floor[:, s])) for s, f in enumerate(floors.bound.tolist()))
        _check_total(problem, sum(parts, Fraction(0)))


def _sum(values: FloatArray) -> Fraction:
    return sum(map(Fraction, values[values > 0.0].tolist()), Fraction(0))


def _check_total(problem: Problem, least: Fraction) -> None:
    over = least - Fraction(problem.budget)
    if over > 0:
        ratio = Fraction(problem.budget) / least
        most = np.minimum(problem.processor_cap, problem.bounds[1].sum(axis=1))
        usable = math.fsum(most.tolist())
        more = f", or a budget of {safely_up(least)!r}" if safely_up(least) <= usable else ""
        raise InfeasibleError(
            f"floors of models sum to {float(least):g}, {float(over):.3g} above the budget "
            f"{problem.budget:g}; floors times {safely_down(ratio)!r} would fit{more}"
        )


def safely_down(value: Fraction) -> float:
    """A number of six digits that is below by ``ROOM``: solvers find nothing in no room at all."""
    return rounded_down(float(value * (1 - ROOM)), 6)


def safely_up(value: Fraction) -> float:
    """The same above."""
    return rounded_up(float(value * (1 + ROOM)), 6)


def _up(value: Fraction) -> float:
    """The least float that is not below."""
    near = float(value)
    return math.nextafter(near, math.inf) if Fraction(near) < value else near
