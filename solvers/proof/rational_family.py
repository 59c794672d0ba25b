"""The optimum of any problem of the family, enclosed between two fractions."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from roundlot.solvers.exact import exact
from roundlot.solvers.proof.prices import Prices
from roundlot.solvers.proof.rational import (
    RationalProgram,
    Table,
    rational_objective,
    rational_program,
)
from roundlot.theory import ConvergenceError, Problem

DIGITS = 200
Constraint = tuple[list[tuple[int, int, Fraction]], Fraction, Fraction]


@dataclass(frozen=True, kw_only=True)
class RationalEnclosure:
    """A design and a bound in rational arithmetic: the optimum lies between the two.

    Attributes:
        probabilities: feasible, as fractions.
        objective: ``Σ a²/p`` of them, exactly.
        lower_bound: the Lagrangian bound of the prices, exactly; no feasible design undercuts it.
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


def rational_enclosure(problem: Problem) -> RationalEnclosure:
    """Encloses the optimum of any limits, for up to some thousand entries; the gap is about 1e-15.

    The float64 design and prices are taken as fractions, feasibility is decided and the bound is
    computed in fractions, roots to 200 digits rounded down. Model weights enter by the float64
    value of ``√λ a``.

    Raises:
        InfeasibleError: no probabilities satisfy the limits.
        ConvergenceError: the float64 design is not feasible as fractions, which would be a defect.
    """
    design, prices = exact(problem)
    program = rational_program(problem)
    table = tuple(tuple(map(Fraction, row)) for row in design.tolist())
    stacked = list(constraints(problem, _as_prices(problem, prices)))
    for terms, limit, _ in stacked:
        if sum((c * table[v][s] for v, s, c in terms), Fraction(0)) > limit:
            raise ConvergenceError("the design violates a limit in rational arithmetic")
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
    """Every limit on a sum as ``(entries and coefficients, limit, price)``."""
    rows, width = problem.scores.shape
    unit = Fraction(4) ** prices.exponent

    def limit(members: list[int], models: range, at_most: float, price: float) -> Constraint:
        terms = [(v, s, Fraction(1)) for v in members for s in models]
        return terms, Fraction(at_most), Fraction(price) * unit

    every, models = list(range(rows)), range(width)
    yield limit(every, models, problem.budget, prices.budget)
    for v in every:
        yield limit([v], models, problem.processor_cap[v].item(), prices.processors[v].item())
    for (_, label, caps), level in zip(problem.levels, prices.levels, strict=True):
        for g, cap in enumerate(caps.tolist()):
            yield limit([v for v in every if label[v] == g], models, cap, level[g].item())
    if problem.model_budgets is not None:
        for s, budget in enumerate(problem.model_budgets.tolist()):
            yield limit(every, range(s, s + 1), budget, prices.models[s].item())
    if problem.costs is not None and problem.cost_budgets is not None:
        for k, budget in enumerate(problem.cost_budgets.tolist()):
            cost = problem.costs[k].tolist()
            terms = [(v, s, Fraction(cost[v][s])) for v in every for s in models if cost[v][s]]
            yield terms, Fraction(budget), Fraction(prices.costs[k].item()) * unit


def _as_prices(problem: Problem, prices: object) -> Prices:
    if isinstance(prices, Prices):
        return prices
    from roundlot.solvers.coupled.solution import coupled

    return coupled(problem)[1]


def _minimum(a: Fraction, low: Fraction, high: Fraction, kappa: Fraction) -> Fraction:
    """At most ``min a²/p + κ p`` over ``[l, u]``, and that minimum itself at a bound."""
    if not a:
        return kappa * low
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
