"""The optimum in rational arithmetic, for small problems: equal, not close."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

from roundlot.solvers.proof.feasibility import check_feasible
from roundlot.theory import InvalidProblemError, Problem

Row = tuple[Fraction, ...]
Table = tuple[Row, ...]
Limits = tuple[Row, Row, Row]


@dataclass(frozen=True, kw_only=True)
class RationalProgram:
    """The inputs of a problem as the fractions they are; ``scores`` carry the models' weights.

    ``tree`` holds labels and caps of clients, if capped, and of groups, finest level first.
    """

    scores: Table
    floor: Table
    ceiling: Table
    caps: Row
    budget: Fraction
    tree: tuple[tuple[tuple[int, ...], Row], ...] = ()


@dataclass(frozen=True, kw_only=True)
class RationalOptimum:
    """The exact optimum and its proof: ``objective == lower_bound``.

    Attributes:
        probabilities: ``p = clip(a / ρ_v, l, u)``.
        objective: ``Σ a²/p``.
        lower_bound: the Lagrangian bound of the roots, which no feasible design undercuts.
        level: root of the budget's price; 0 when it is slack.
        rows: roots ``ρ_v >= level``, of everything a processor pays.
        tree: roots of what each client and group asks, finest level first; the price of a limit is
            the square of its root less that of the largest above it, if positive.
    """

    probabilities: Table
    objective: Fraction
    lower_bound: Fraction
    level: Fraction
    rows: Row
    tree: tuple[Row, ...] = ()


def rational_optimum(problem: Problem) -> RationalOptimum:
    """Solves the program exactly by scanning its breakpoints; for up to some hundred entries.

    Clients' caps and a tree of groups included. Models' budgets and cost rows make the optimum
    irrational: :func:`rational_enclosure` bounds it from both sides.

    Raises:
        InvalidProblemError: models' budgets or cost rows.
        InfeasibleError: no probabilities satisfy the limits.
    """
    if problem.model_budgets is not None or problem.costs is not None:
        raise InvalidProblemError(
            "with model_budgets or costs the optimum is irrational; use rational_enclosure"
        )
    check_feasible(problem)
    program = rational_program(problem)
    limits = list(zip(program.scores, program.floor, program.ceiling, strict=True))
    own = tuple(
        _level(partial(_total, [row], (Fraction(0),)), _breakpoints([row]), cap)
        for row, cap in zip(limits, program.caps, strict=True)
    )
    tree = []
    for labels, caps in program.tree:
        asked = tuple(_asked(limits, own, labels, g, cap) for g, cap in enumerate(caps))
        own = tuple(max(root, asked[g]) for root, g in zip(own, labels, strict=True))
        tree.append(asked)
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
        lower_bound=rational_bound(program, level, rows, tuple(tree)),
        level=level,
        rows=rows,
        tree=tuple(tree),
    )


def _asked(
    limits: Sequence[Limits], own: Row, labels: Sequence[int], group: int, cap: Fraction
) -> Fraction:
    """The root at which the rows of a group meet its cap, given their own; 0 if it is slack."""
    members = [v for v, label in enumerate(labels) if label == group]
    some, roots = [limits[v] for v in members], tuple(own[v] for v in members)
    points = sorted({*_breakpoints(some), *roots} - {Fraction(0)})
    return _level(partial(_total, some, roots), points, cap)


def rational_program(problem: Problem) -> RationalProgram:
    """The float64 inputs as fractions."""
    floor, ceiling = problem.bounds
    return RationalProgram(
        scores=_table(problem.weighted_scores.tolist()),
        floor=_table(floor.tolist()),
        ceiling=_table(ceiling.tolist()),
        caps=tuple(map(Fraction, problem.processor_cap.tolist())),
        budget=Fraction(problem.budget),
        tree=tuple(
            (tuple(label.tolist()), tuple(map(Fraction, caps.tolist())))
            for _, label, caps in problem.levels
        ),
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


def rational_bound(
    program: RationalProgram, level: Fraction, rows: Sequence[Fraction], tree: Sequence[Row] = ()
) -> Fraction:
    """The Lagrangian bound of any roots ``rows >= level >= 0``, exactly.

    ``tree`` holds what clients and groups ask, finest level first; without it their caps are free.
    """
    bound = -(level**2) * program.budget
    above = [level] * len(rows)
    for (labels, caps), asked in reversed(list(zip(program.tree, tree, strict=False))):
        for group in sorted(set(labels)):
            first = labels.index(group)
            bound -= (max(asked[group], above[first]) ** 2 - above[first] ** 2) * caps[group]
        above = [max(old, asked[g]) for old, g in zip(above, labels, strict=True)]
    for v, root in enumerate(rows):
        bound -= (root**2 - above[v] ** 2) * program.caps[v]
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
