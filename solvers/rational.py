"""The optimum in rational arithmetic, for small problems: equal, not close."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

from roundlot.solvers.feasibility import check_feasible
from roundlot.theory import Problem

Row = tuple[Fraction, ...]
Table = tuple[Row, ...]
Limits = tuple[Row, Row, Row]


@dataclass(frozen=True, kw_only=True)
class RationalProgram:
    """The inputs of a problem as the fractions they are; ``scores`` carry the models' weights."""

    scores: Table
    floor: Table
    ceiling: Table
    caps: Row
    budget: Fraction


@dataclass(frozen=True, kw_only=True)
class RationalOptimum:
    """The exact optimum and its proof: ``objective == lower_bound``.

    Attributes:
        probabilities: ``p = clip(a / ρ_v, l, u)``.
        objective: ``Σ a²/p``.
        lower_bound: the Lagrangian bound of the roots, which no feasible design undercuts.
        level: root of the budget's price; 0 when it is slack.
        rows: roots ``ρ_v >= level``.
    """

    probabilities: Table
    objective: Fraction
    lower_bound: Fraction
    level: Fraction
    rows: Row


def rational_optimum(problem: Problem) -> RationalOptimum:
    """Solves the program exactly by scanning its breakpoints; for up to some hundred entries.

    Raises:
        InfeasibleError: no probabilities satisfy the limits.
    """
    check_feasible(problem)
    program = rational_program(problem)
    limits = list(zip(program.scores, program.floor, program.ceiling, strict=True))
    own = tuple(
        _level(partial(_total, [row], (Fraction(0),)), _breakpoints([row]), cap)
        for row, cap in zip(limits, program.caps, strict=True)
    )
    points = sorted({*_breakpoints(limits), *own} - {Fraction(0)})
    level = _level(partial(_total, limits, own), points, program.budget)
    rows = tuple(max(level, root) for root in own)
    table = tuple(
        tuple(_clip(*entry, root) for entry in zip(*row, strict=True))
        for row, root in zip(limits, rows, strict=True)
    )
    return RationalOptimum(
        probabilities=table,
        objective=rational_objective(program, table),
        lower_bound=rational_bound(program, level, rows),
        level=level,
        rows=rows,
    )


def rational_program(problem: Problem) -> RationalProgram:
    """The float64 inputs as fractions."""
    floor, ceiling = problem.bounds
    return RationalProgram(
        scores=_table(problem.weighted_scores.tolist()),
        floor=_table(floor.tolist()),
        ceiling=_table(ceiling.tolist()),
        caps=tuple(map(Fraction, problem.processor_cap.tolist())),
        budget=Fraction(problem.budget),
    )


def rational_objective(program: RationalProgram, probabilities: Table) -> Fraction:
    """``Σ a²/p``, exactly; ``p`` must be positive where ``a`` is."""
    return sum(
        (
            a * a / p
            for row, design in zip(program.scores, probabilities, strict=True)
            for a, p in zip(row, design, strict=True)
            if a
        ),
        Fraction(0),
    )


def rational_bound(program: RationalProgram, level: Fraction, rows: Sequence[Fraction]) -> Fraction:
    """The Lagrangian bound of any roots ``rows >= level >= 0``, exactly."""
    bound = -(level**2) * program.budget
    for v, root in enumerate(rows):
        bound -= (root**2 - level**2) * program.caps[v]
        entries = zip(program.scores[v], program.floor[v], program.ceiling[v], strict=True)
        for a, low, high in entries:
            p = _clip(a, low, high, root)
            bound += root**2 * p + (a * a / p if a else 0)
    return bound


def _clip(a: Fraction, low: Fraction, high: Fraction, root: Fraction) -> Fraction:
    if a == 0:
        return low
    return high if root == 0 else max(low, min(high, a / root))


def _total(limits: Sequence[Limits], own: Row, level: Fraction) -> Fraction:
    """The draws of some rows at a level, each row at its own level or above."""
    return sum(
        (
            _clip(*entry, max(level, root))
            for row, root in zip(limits, own, strict=True)
            for entry in zip(*row, strict=True)
        ),
        Fraction(0),
    )


def _breakpoints(limits: Sequence[Limits]) -> list[Fraction]:
    return sorted(
        {
            a / bound
            for scores, floor, ceiling in limits
            for a, *bounds in zip(scores, floor, ceiling, strict=True)
            for bound in bounds
            if a and bound
        }
    )


def _level(
    total: Callable[[Fraction], Fraction], breakpoints: Sequence[Fraction], limit: Fraction
) -> Fraction:
    """The least ``r >= 0`` with ``total(r) <= limit``; totals are linear in ``1/r`` in between."""
    if total(Fraction(0)) <= limit:
        return Fraction(0)
    above = [r for r in breakpoints if total(r) <= limit]
    below = [r for r in breakpoints if total(r) > limit]
    low = max(below, default=None)
    high = min(above, default=None)
    if low is None:
        assert high is not None
        return high
    at_low = total(low)
    far = high if high is not None else 2 * low
    slope = (at_low - total(far)) / (1 / low - 1 / far)
    return 1 / (1 / low - (at_low - limit) / slope)


def _table(rows: list[list[float]]) -> Table:
    return tuple(tuple(map(Fraction, row)) for row in rows)
