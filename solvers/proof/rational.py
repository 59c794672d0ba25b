"""The optimum in rational arithmetic, for small problems: equal, not close.

Where it is irrational, with models' budgets and cost rows, it is enclosed between two fractions.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

from roundlot.solvers.exact import coupled, exact
from roundlot.solvers.proof.feasibility import check_feasible
from roundlot.solvers.proof.prices import Prices
from roundlot.solvers.proof.reach import refuse_variance_ceilings
from roundlot.theory import ConvergenceError, InvalidProblemError, Problem
from roundlot.theory.kinds import as_annotated
from roundlot.theory.problem import Structure
from roundlot.theory.problem.problem import require_problem

Row = tuple[Fraction, ...]
Table = tuple[Row, ...]
Limits = tuple[Row, Row, Row]
Constraint = tuple[list[tuple[int, int, Fraction]], Fraction, Fraction]

DIGITS = 200  # of roots in enclosures, rounded down


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
        lower_bound: the Lagrangian bound of the roots, which no feasible probabilities undercut.
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


@as_annotated
def rational_optimum(problem: Problem) -> RationalOptimum:
    """Solves the program exactly by scanning its breakpoints; for up to some hundred entries.

    Clients' caps and a tree of groups included. Models' budgets and cost rows make the optimum
    irrational: :func:`rational_enclosure` bounds it from both sides.

    Raises:
        InvalidProblemError: models' budgets or cost rows.
        InfeasibleError: no probabilities satisfy the limits.
    """
    require_problem(problem)
    require_problem(problem)
    kinds = {limit.structure for limit in problem.sum_limits()}
    if kinds & {Structure.MODELS, Structure.WEIGHTED}:
        raise InvalidProblemError(
            "with model_budgets or costs the optimum is irrational; use rational_enclosure"
        )
    if problem.sum_floors():
        raise InvalidProblemError(
            "rational_optimum knows no floors of clients, groups or models; use rational_enclosure"
        )
    refuse_variance_ceilings(problem, "rational_optimum")
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
            (tuple(limit.labels.tolist()), tuple(map(Fraction, limit.bound.tolist())))
            for limit in problem.sum_limits()
            if limit.labels is not None
        ),
    )


def rational_objective(program: RationalProgram, probabilities: Table) -> Fraction:
    """``Σ a²/p``, exactly; ``p`` must be positive where ``a`` is."""
    return sum(
        (
            a * a / p
            for row, shares in zip(program.scores, probabilities, strict=True)
            for a, p in zip(row, shares, strict=True)
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


@dataclass(frozen=True, kw_only=True)
class RationalEnclosure:
    """Probabilities and a bound in rational arithmetic: the optimum lies between the two.

    Attributes:
        probabilities: feasible, as fractions.
        objective: ``Σ a²/p`` of them, exactly.
        lower_bound: the Lagrangian bound of the prices, exactly; no feasible ``p`` undercuts it.
        prices: of every limit in the order budget, processors, clients and groups, models, costs.
    """

    probabilities: Table
    objective: Fraction
    lower_bound: Fraction
    prices: tuple[Fraction, ...]

    @property
    def gap(self) -> Fraction:
        """``objective / lower_bound − 1``; 0 if nothing costs anything."""
        return self.objective / self.lower_bound - 1 if self.objective else Fraction(0)


@as_annotated
def rational_enclosure(problem: Problem) -> RationalEnclosure:
    """Encloses the optimum of any limits, for up to some thousand entries; the gap is about 1e-15.

    The float64 probabilities and prices are taken as fractions, feasibility is decided and the
    bound computed in fractions, roots to 200 digits rounded down. Model weights enter by the
    float64 value of ``√λ a``.

    Raises:
        InfeasibleError: no probabilities satisfy the limits.
        ConvergenceError: the float64 values are not feasible as fractions, which would be a defect.
    """
    require_problem(problem)
    refuse_variance_ceilings(problem, "rational_enclosure")
    p, prices = exact(problem)
    program = rational_program(problem)
    table = tuple(tuple(map(Fraction, row)) for row in p.tolist())
    stacked = list(constraints(problem, _as_prices(problem, prices)))
    for terms, limit, _ in stacked:
        if sum((c * table[v][s] for v, s, c in terms), Fraction(0)) > limit:
            raise ConvergenceError("the probabilities violate a limit in rational arithmetic")
    return RationalEnclosure(
        probabilities=table,
        objective=rational_objective(program, table),
        lower_bound=enclosed_bound(program, stacked),
        prices=tuple(price for _, _, price in stacked),
    )


def enclosed_bound(program: RationalProgram, stacked: list[Constraint]) -> Fraction:
    """``Σ min a²/p + κ p − yᵀ b`` with ``2 a √κ`` rounded down; for any prices ``y >= 0``."""
    kappa = [[Fraction(0)] * len(row) for row in program.scores]
    bound = Fraction(0)
    for terms, limit, price in stacked:
        bound -= price * limit
        for v, s, c in terms:
            kappa[v][s] += price * c
    for v, row in enumerate(program.scores):
        for s, a in enumerate(row):
            bound += _minimum(a, program.floor[v][s], program.ceiling[v][s], kappa[v][s])
    return bound


def constraints(problem: Problem, prices: Prices) -> Iterator[Constraint]:
    """Every limit on a sum as ``(entries and coefficients, limit, price)``.

    A floor ``B p >= f`` is one as ``−B p <= −f``.
    """
    unit = Fraction(4) ** prices.exponent
    for limit, values in (*prices.by_limit(problem), *prices.by_floor(problem)):
        sign = -1 if limit.at_least else 1
        for row, (bound, price) in enumerate(
            zip(limit.bound.tolist(), values.tolist(), strict=True)
        ):
            places = zip(*(x.tolist() for x in limit.entries(row)), strict=True)
            terms = [(v, s, sign * Fraction(c)) for v, s, c in places]
            yield terms, sign * Fraction(bound), Fraction(price) * unit


def _as_prices(problem: Problem, prices: object) -> Prices:
    if isinstance(prices, Prices):
        return prices
    return coupled(problem)[1]


def _minimum(a: Fraction, low: Fraction, high: Fraction, kappa: Fraction) -> Fraction:
    """At most ``min a²/p + κ p`` over ``[l, u]``, and that minimum itself at a bound."""
    if not a:
        return kappa * (low if kappa >= 0 else high)
    if a * a >= kappa * high * high:
        return a * a / high + kappa * high if high else Fraction(0)
    if a * a <= kappa * low * low:
        return a * a / low + kappa * low
    return 2 * a * root_below(kappa)


def root_below(value: Fraction) -> Fraction:
    """A fraction with square at most ``value >= 0``, relatively within ``10**-DIGITS``-odd."""
    shift = max(0, DIGITS - len(str(value.numerator // value.denominator)))
    scale = 10 ** (2 * (shift + len(str(value.denominator // max(1, value.numerator)))))
    return Fraction(math.isqrt(value.numerator * scale // value.denominator), math.isqrt(scale))
