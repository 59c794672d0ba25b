"""What floors of sums need of a table in blocks, and what models can come to, without rounding."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from roundlot.solvers import kernels
from roundlot.solvers.coupled.program import Tight
from roundlot.solvers.proof.reach import safely_down, safely_up
from roundlot.solvers.proof.sums import quotient_above
from roundlot.solvers.streams.blocks import Block, First
from roundlot.solvers.water.scaling import changed
from roundlot.theory import InfeasibleError, Problem
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray
from roundlot.theory.problem import Limit, Structure

NEAR = 1e-9  # relative, above the rounding of any plain sum: what is nearer is compared exactly
#: Relative: a budget that is no more above what floors of sums need leaves no room.
NO_ROOM = 1e-13


@dataclass(frozen=True, kw_only=True, eq=False)
class Needed:
    """Sums of a table, as digits (`kernels.sums`).

    Attributes:
        least: ``(DIGITS,)``, what all draws come to at least by floors of entries and of the tree.
        reach: ``(S, DIGITS)``, what each model can come to by ceilings and processors' caps.
    """

    least: IntArray
    reach: IntArray

    @classmethod
    def of(cls, problem: Problem) -> Needed:
        """Of a block whose groups are whole."""
        least = np.zeros(kernels.DIGITS, dtype=np.int64)
        kernels.add_exactly(_parts(problem), 0.0, np.inf, least)
        ceiling = np.minimum(problem.bounds[1], problem.processor_cap[:, None])
        reach = np.zeros((problem.n_models, kernels.DIGITS), dtype=np.int64)
        for digits, column in zip(reach, np.ascontiguousarray(ceiling.T), strict=True):
            kernels.add_exactly(column, 0.0, np.inf, digits)
        return cls(least=least, reach=reach)

    def __add__(self, other: Needed) -> Needed:
        least, reach = self.least + other.least, self.reach + other.reach
        for digits in (least, *reach):
            kernels.carry(digits)
        return Needed(least=least, reach=reach)


def has_floors(problem: Problem) -> bool:
    """Whether sums of a table have floors, be they 0 in all groups of this block."""
    given = (problem.client_floor, problem.model_floors, *problem.group_floors)
    return any(x is not None for x in given)


def _parts(problem: Problem) -> FloatArray:
    """Floats whose sum is what the draws of a block must come to."""
    return _binding(problem)[0]


def _binding(problem: Problem) -> tuple[FloatArray, list[tuple[Limit, BoolArray]]]:
    """The same, and of each level which groups' floors are above what is inside them needs."""
    floor, own_by_level = problem.bounds[0], []
    parts, owner = floor.reshape(-1), np.repeat(np.arange(len(floor)), problem.n_models)
    some = parts > 0.0
    parts, owner = parts[some], owner[some]
    for limit in problem.sum_floors():
        if limit.structure is not Structure.GROUPS:
            continue
        assert limit.labels is not None
        order, first = limit.members
        label = limit.labels[owner]
        sums = np.bincount(label, parts, minlength=limit.size)
        own = np.asarray(sums < limit.bound, dtype=np.bool_)
        near = np.flatnonzero(np.abs(sums - limit.bound) <= NEAR * limit.bound)
        for row in near.tolist():
            exactly = sum(map(Fraction, parts[label == row].tolist()), Fraction(0))
            own[row] = exactly < Fraction(float(limit.bound[row]))
        own &= np.diff(first) > 0
        kept: BoolArray = ~own[label]
        parts = np.concatenate((parts[kept], limit.bound[own]))
        owner = np.concatenate((owner[kept], order[first[:-1][own]]))
        own_by_level.append((limit, own))
    return np.ascontiguousarray(parts), own_by_level


def at_least(problem: Problem) -> Problem:
    """A block of a table whose budget is all that its floors need: what no probabilities escape.

    Groups whose floors decide what is needed come to no more, and what is in none of them stays at
    its own floor. A bound for these limits is therefore one for the table.
    """
    floor, ceiling = problem.bounds
    covered = np.zeros(len(floor), dtype=np.bool_)
    values: dict[str, Any] = {}
    group_caps = list(problem.group_caps)
    for limit, own in reversed(_binding(problem)[1]):
        assert limit.labels is not None
        order, first = limit.members
        head = order[np.minimum(first[:-1], len(order) - 1)]
        held = own & ~covered[head]
        if limit.name == "client":
            caps = problem.client_cap
            caps = np.full(limit.size, 2.0 * floor.size) if caps is None else caps
            values["client_cap"] = np.where(held, limit.bound, caps)
        else:
            depth = [name for name, _, _ in problem.levels if name != "client"].index(limit.name)
            group_caps[depth] = np.where(held, limit.bound, group_caps[depth])
        covered |= held[limit.labels]
    values["group_caps"] = tuple(group_caps)
    values["ceiling"] = np.where(covered[:, None], ceiling, floor)
    return changed(problem, **values)


def check_left_out(block: Block, tight: Tight) -> First:
    """The first pair with a score that a budget without room leaves at 0, in words.

    ``tight`` is what limits without room have made of the table before.
    """
    block = limited(block, tight)
    problem = block.problem
    ceiling = at_least(problem).bounds[1]
    never = (problem.scores > 0.0) & (ceiling == 0.0)
    return _pair(block, never)


def _pair(block: Block, some: BoolArray) -> First:
    problem = block.problem
    if not some.any():
        return First()
    v, s = (int(i) for i in np.argwhere(some)[0])
    who = problem.names.row(v) if problem.names.rows else f"row {block.first + v + 1}"
    return First(words=f"{who} and {problem.names.model(s)}")


def limited(block: Block, tight: Tight) -> Block:
    """A block under what limits without room make of the others."""
    problem = block.problem
    if tight.filled:
        floor, ceiling = problem.bounds
        some, most = list(tight.filled), np.minimum(ceiling, problem.processor_cap[:, None])
        floor = floor.copy()
        floor[:, some] = most[:, some]
        problem = changed(problem, floor=floor)
    if tight.budgets is not None:
        problem = changed(problem, model_budgets=tight.budgets)
    if tight.least:
        problem = at_least(problem)
    return block if problem is block.problem else replace(block, problem=problem)


def check_needed(needed: Needed, problem: Problem, floors: tuple[Fraction, ...]) -> Tight:
    """What floors of sums leave no room for.

    Refuses floors of sums above a budget, or above what a model can come to.

    Args:
        needed: of the whole table.
        problem: a row of it, for the budgets, floors and names of models.
        floors: ``1 + S + K``, sums of the floors of entries.

    Raises:
        InfeasibleError: naming the floor, by how much it is missed, and what would fit.
    """
    budget = Fraction(problem.budget)
    least = kernels.exact_value(needed.least)
    _check_total(least, budget, problem, "floors")
    lows = problem.model_floors
    if lows is None or not lows.any():
        return Tight(least=least == budget)
    each, filled = [], []
    for s, low in enumerate(map(Fraction, lows.tolist())):
        most, named = kernels.exact_value(needed.reach[s]), problem.names.model(s)
        if low and low == most:
            filled.append(s)
        if problem.model_budgets is not None:
            most = min(most, Fraction(float(problem.model_budgets[s])))
        if low > most and not most:
            raise InfeasibleError(
                f"the floor {float(low):g} of {named} cannot be met: nothing of it is "
                "available; give it no floor"
            )
        if low > most:
            raise InfeasibleError(
                f"the floor {float(low):g} of {named} is {float(low - most):.3g} above "
                f"{float(most):g}, the most that availability, ceilings, caps and its budget "
                f"allow; lower it to {safely_down(most)!r}"
            )
        each.append(max(low, floors[1 + s]))
    both = sum(each, Fraction(0))
    _check_total(both, budget, problem, "floors of models")
    budgets = None
    if both >= budget * (1 - Fraction(NO_ROOM)):
        budgets = np.array([_above(x + budget - both) for x in each])
        if problem.model_budgets is not None:
            budgets = np.minimum(budgets, problem.model_budgets)
    return Tight(least=least == budget, filled=tuple(filled), budgets=budgets)


def _above(value: Fraction) -> float:
    """The least float64 that is not below."""
    return quotient_above(value.numerator, value.denominator)


def left_out(block: Block, tight: Tight, models: tuple[int, ...]) -> First:
    """The first pair of some models with a score and no floor, in words; ``tight`` as above."""
    block = limited(block, tight)
    problem = block.problem
    wanted = (problem.scores > 0.0) & (problem.bounds[0] == 0.0)
    wanted[:, [s for s in range(problem.n_models) if s not in models]] = False
    return _pair(block, wanted)


def _check_total(least: Fraction, budget: Fraction, problem: Problem, what: str) -> None:
    over = least - budget
    if over > 0:
        raise InfeasibleError(
            f"{what} sum to {float(least):g}, {float(over):.3g} above the budget "
            f"{problem.budget:g}; floors times {safely_down(budget / least)!r} would fit, or a "
            f"budget of {safely_up(least)!r}"
        )
