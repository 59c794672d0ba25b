"""What a certificate says: a goal, a design, prices and the numbers that they are to prove."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.problem import Limit, Problem, Structure


@dataclass(frozen=True, kw_only=True, eq=False)
class Prices:
    """What a unit of each limit is worth, all ``>= 0``, in units of ``4**exponent`` (score²).

    ``solution.prices`` has them in plain units of score², ``exponent`` 0. An entry pays
    ``κ_vs = budget + models_s + processors_v + Σ_level levels[level][label_v] + Σ_k costs_k
    cost_kvs`` per unit of probability; at the optimum ``p = clip(a / √κ, l, u)``.

    Attributes:
        budget: of a draw.
        processors: ``(V,)``, of the processors' caps.
        levels: one ``(G,)`` for each of the problem's ``levels``: clients, then groups.
        models: ``(S,)``, of the models' budgets.
        costs: ``(K,)``, of the cost rows, per unit of cost.
        exponent: of the common power of four.
        floors: one for each of the problem's ``sum_floors()``: clients, groups, models. What a
            unit less of a floor would save; an entry is paid it for a unit of probability, so
            ``κ`` has it taken off and may be negative: then ``p = u``.
        ceilings: ``(S,)``, of the models' ceilings of variance, per unit of variance and in no
            other unit: what ``a²`` is multiplied by besides; None is 0.
    """

    budget: float
    processors: FloatArray
    levels: tuple[FloatArray, ...]
    models: FloatArray
    costs: FloatArray
    exponent: int = 0
    floors: tuple[FloatArray, ...] = ()
    ceilings: FloatArray | None = None

    def by_limit(self, problem: Problem) -> tuple[tuple[Limit, FloatArray], ...]:
        """Every limit on a sum of a problem's with its prices ``y``, one a row."""
        levels = iter(self.levels)
        prices = {
            Structure.TOTAL: np.array([self.budget], dtype=np.float64),
            Structure.PROCESSORS: self.processors,
            Structure.MODELS: self.models,
            Structure.WEIGHTED: self.costs,
        }
        return tuple(
            (
                limit,
                next(levels) if limit.structure is Structure.GROUPS else prices[limit.structure],
            )
            for limit in problem.sum_limits()
        )

    def by_floor(self, problem: Problem) -> tuple[tuple[Limit, FloatArray], ...]:
        """Every floor of a sum of a problem's with its prices ``w``, one a row."""
        return tuple(zip(problem.sum_floors(), self.floors, strict=True))

    def in_units_of(self, rate: float) -> Prices:
        """All but the budget's, which becomes 0, as multiples of ``rate`` in the same unit."""
        return Prices(
            budget=0.0,
            processors=self.processors / rate,
            levels=tuple(level / rate for level in self.levels),
            models=self.models / rate,
            costs=self.costs / rate,
            floors=tuple(floor / rate for floor in self.floors),
        )

    def __repr__(self) -> str:
        dear = {
            "processors": self.processors,
            "models": self.models,
            "costs": self.costs,
            "clients and groups": np.concatenate([np.zeros(0), *self.levels]),
            "floors": np.concatenate([np.zeros(0), *self.floors]),
        }
        found = [
            f"{int(np.count_nonzero(prices))} of {prices.size} {name}"
            for name, prices in dear.items()
            if prices.size
        ]
        unit = f", unit 4**{self.exponent}" if self.exponent else ""
        return f"Prices(budget={self.budget:.6g}, above 0: {', '.join(found)}{unit})"


def no_prices(problem: Problem) -> Prices:
    """Prices of 0 of every limit of a problem."""
    return Prices(
        budget=0.0,
        processors=np.zeros(problem.n_processors),
        levels=tuple(np.zeros(caps.size) for _, _, caps in problem.levels),
        models=np.zeros(problem.n_models),
        costs=np.zeros(0 if problem.costs is None else len(problem.costs)),
        floors=tuple(np.zeros(limit.size) for limit in problem.sum_floors()),
    )


def prices_of_roots(
    problem: Problem, *, level: float, rows: FloatArray, exponent: int = 0
) -> Prices:
    """Prices of budget and caps from roots: ``level²`` a draw, ``rows_v² − level²`` a cap.

    Roots are in units of ``2**exponent``. What is negative stays negative, however small it is.
    """
    finite = np.where(np.isfinite(rows), rows, 0.0)
    unit = int(np.frexp(max(float(np.abs(finite).max(initial=0.0)), abs(level), 5e-324))[1])
    with np.errstate(all="ignore"):
        top, own = np.ldexp(level, -unit), np.ldexp(rows, -unit)
        caps = (own - top) * (own + top)
        negative = ~np.isnan(rows) & ((rows < level) | (rows < 0.0))
        caps = np.where(negative, -np.maximum(np.abs(caps), 5e-324), caps)
        budget = float(top * top) if not level < 0.0 else -max(float(top * top), 5e-324)
    return Prices(
        budget=budget,
        processors=caps,
        levels=(),
        models=np.zeros(problem.n_models),
        costs=np.zeros(0),
        exponent=exponent + unit,
    )


def price_complaints(problem: Problem, prices: Prices) -> Iterator[str]:
    """Prices that are missing, negative, NaN or infinite, and those of limits that are not there.

    A sign is looked at as it was given, before any scaling could round it to 0.
    """
    if len(prices.levels) != len(problem.levels):
        yield (
            f"there are prices of {len(prices.levels)} levels; the problem has "
            f"{len(problem.levels)}"
        )
        return
    if len(prices.floors) != len(problem.sum_floors()):
        yield (
            f"there are prices of {len(prices.floors)} kinds of floors of sums; the problem has "
            f"{len(problem.sum_floors())}"
        )
        return
    for name, values, size in _expected(problem, prices):
        if values.shape != (size,):
            yield f"prices of {name} have shape {values.shape}, not ({size},)"
        elif not np.all((values >= 0.0) & np.isfinite(values)):
            at = int(np.argmin((values >= 0.0) & np.isfinite(values)))
            yield f"a price of {name} is negative, NaN or infinite: number {at} is {values[at]:g}"
    yield from _ceiling_complaints(problem, prices)
    if problem.model_budgets is None and prices.models.any():
        yield "there is a price of models, and no budget of theirs"


def _ceiling_complaints(problem: Problem, prices: Prices) -> Iterator[str]:
    given, ceilings = prices.ceilings, problem.model_variance_ceilings
    if given is None:
        return
    if given.shape != (problem.n_models,):
        yield f"prices of variance ceilings have shape {given.shape}, not ({problem.n_models},)"
    elif not np.all((given >= 0.0) & np.isfinite(given)):
        yield "a price of a variance's ceiling is negative, NaN or infinite"
    elif np.any(given[np.isinf(ceilings)] if ceilings is not None else given):
        yield "there is a price of a variance's ceiling, and no such ceiling"


def _expected(problem: Problem, prices: Prices) -> Iterator[tuple[str, FloatArray, int]]:
    """Name, given prices and how many there must be, for every kind of limit."""
    yield "budget", np.array([prices.budget], dtype=np.float64), 1
    yield "processors", prices.processors, problem.n_processors
    yield "models", prices.models, problem.n_models
    yield "costs", prices.costs, 0 if problem.costs is None else len(problem.costs)
    for (name, _, caps), values in zip(problem.levels, prices.levels, strict=True):
        yield name, values, caps.size
    for limit, values in prices.by_floor(problem):
        yield f"floors of {limit.name}", values, limit.size


NAMES = ("sum", "max", "fair", "participation", "cost")


@dataclass(frozen=True, kw_only=True, eq=False)
class Goal:
    """The number that a design makes small.

    "sum" is ``Σ λ a²/p``; "max" is ``max_s λ_s Var_s``; "fair" is ``(Σ (λ Var)^α)^(1/α)``;
    "participation" is ``Σ λ (a² + w (d/B)²)/p``; "cost" is ``Σ cost p`` under a ceiling on every
    model's variance, ``Var_s = Σ_v a² (1/p − 1)``.

    Attributes:
        name: one of ``NAMES``.
        alpha: ``α >= 1`` of "fair".
        weight: ``w >= 0`` of "participation".
        cost: ``(V, S)``, ``>= 0``, of "cost".
        ceilings: ``(S,)``, above 0, of "cost".
    """

    name: str = "sum"
    alpha: float | None = None
    weight: float | None = None
    cost: FloatArray | None = field(default=None, repr=False)
    ceilings: FloatArray | None = None

    @property
    def is_norm(self) -> bool:
        """Whether it is a norm of the models' variances."""
        return self.name in ("max", "fair")

    @property
    def order(self) -> float:
        """Of that norm."""
        return math.inf if self.name == "max" else float(self.alpha or 1.0)


def goal_complaints(goal: Goal, problem: Problem) -> Iterator[str]:
    """Parameters that are missing, out of range or of another goal."""
    if goal.name not in NAMES:
        yield f"the goal is {goal.name!r}; it must be one of {', '.join(NAMES)}"
        return
    owners = {"alpha": "fair", "weight": "participation", "cost": "cost", "ceilings": "cost"}
    for parameter, owner in owners.items():
        if (getattr(goal, parameter) is not None) != (owner == goal.name):
            yield f"{parameter} belongs to goal {owner!r} alone; the goal is {goal.name!r}"
            return
    if goal.alpha is not None and not 1.0 <= goal.alpha < math.inf:
        yield f"alpha is {goal.alpha:g}; it must be finite and at least 1"
    if goal.weight is not None and not 0.0 <= goal.weight < math.inf:
        yield f"weight is {goal.weight:g}; it must be finite and at least 0"
    if goal.name == "participation" and problem.weights is None:
        yield "goal 'participation' needs the problem's weights"
    yield from _tables(goal, problem)


def _tables(goal: Goal, problem: Problem) -> Iterator[str]:
    if goal.cost is None or goal.ceilings is None:
        return
    if goal.cost.shape != problem.scores.shape or goal.ceilings.shape != (problem.n_models,):
        yield f"cost and ceilings have shapes {goal.cost.shape} and {goal.ceilings.shape}"
        return
    if not np.all((goal.cost >= 0.0) & np.isfinite(goal.cost)):
        yield "a cost is negative, NaN or infinite"
    if not np.all((goal.ceilings > 0.0) & np.isfinite(goal.ceilings)):
        yield "a variance's ceiling is not above 0 and finite"


@dataclass(frozen=True, kw_only=True, eq=False)
class Claim:
    """A design of a problem, prices, and the numbers that they are said to prove.

    Attributes:
        problem: as it was given, in the user's units.
        goal: what is made small.
        probabilities: ``(V, S)``.
        prices: of the problem's limits.
        variance_prices: ``(S,)``, ``>= 0``, prices of the models' variances: ``ω`` of a norm,
            ``μ`` of the ceilings; None for "sum" and "participation", where they are the weights.
        variance_exponents: ``(S,)``, whole numbers: each of these is times ``2**exponent``, as a
            price per unit of a variance near 1e600 has no place in float64; None is 0.
        objective: what the probabilities are said to cost.
        lower_bound: what no feasible probabilities are said to go below.
        gap: said to be at least ``objective / optimum − 1``.
        variance: ``Σ λ Var`` of the probabilities; None where nothing is said.
        variance_gap: of "sum", said to be at least ``variance / least variance − 1``; None where
            nothing is said.
        unit: ``objective``, ``lower_bound`` and ``variance`` are in units of ``4**unit``; 0 unless
            float64 does not hold them in the user's, as those of scores near 1e200.
    """

    problem: Problem
    goal: Goal
    probabilities: FloatArray = field(repr=False)
    prices: Prices = field(repr=False)
    variance_prices: FloatArray | None = field(default=None, repr=False)
    variance_exponents: IntArray | None = field(default=None, repr=False)
    objective: float
    lower_bound: float
    gap: float
    variance: float | None = None
    variance_gap: float | None = None
    unit: int = 0


def claim_of(certificate: Any, *, solution: Any = None) -> Claim:
    """What a record with ``problem``, ``probabilities``, prices and numbers says.

    Args:
        certificate: with ``objective``, ``lower_bound``, ``gap`` and ``multipliers``, which have
            ``level`` and ``rows`` (roots) or a price for every limit; for another goal than the
            sum also ``goal``, and ``weights`` of the models' variances for a norm of them, whose
            prices are then of scores in units of ``2**exponent``.
        solution: the record whose own ``problem``, ``probabilities`` and ``objective`` it is held
            against; the certificate's are taken where there is none.
    """
    about = certificate if solution is None else solution
    goal = _goal(getattr(certificate, "goal", None))
    prices = _prices(certificate.multipliers, about.problem)
    weights = None
    if goal.is_norm:
        prices = replace(prices, exponent=prices.exponent + certificate.exponent)
        weights = np.asarray(certificate.weights, dtype=np.float64)
    unit = getattr(certificate, "unit", 0)
    return Claim(
        problem=about.problem,
        goal=goal,
        probabilities=np.asarray(about.probabilities, dtype=np.float64),
        prices=prices,
        variance_prices=weights,
        objective=float(certificate.objective if unit else about.objective),
        lower_bound=float(certificate.lower_bound),
        gap=float(certificate.gap),
        variance=_variance(solution, unit),
        variance_gap=None if goal.name != "sum" else getattr(certificate, "variance_gap", None),
        unit=unit,
    )


def unit_prices(claim: Claim) -> Prices:
    """The prices of a claim per unit of its goal: those of a norm are of weights of any length.

    For ``‖λ Var‖_α`` and weights ``ω`` of the variances they are over ``‖ω/λ‖_β``,
    ``1/α + 1/β = 1``.
    """
    prices, weights = claim.prices, claim.variance_prices
    if not claim.goal.is_norm or weights is None or not weights.any():
        return prices
    theta, order = weights / claim.problem.model_weights, claim.goal.order
    beta = 1.0 if order == math.inf else math.inf if order == 1.0 else order / (order - 1.0)
    top = float(theta.max())
    length = top * float(np.linalg.norm(theta / top, beta))
    ceilings = prices.ceilings
    return Prices(
        budget=prices.budget / length,
        processors=prices.processors / length,
        levels=tuple(level / length for level in prices.levels),
        models=prices.models / length,
        costs=prices.costs / length,
        exponent=prices.exponent,
        floors=tuple(floor / length for floor in prices.floors),
        ceilings=None if ceilings is None else ceilings / length,
    )


def _variance(solution: Any, unit: int) -> float | None:
    """In units of ``4**unit``; None where nothing is said."""
    if unit and solution is not None:
        return float(solution.variance_in(unit))
    return getattr(solution, "variance", None)


def _goal(given: Any) -> Goal:
    if given is None:
        return Goal()
    return Goal(
        name=given.name,
        alpha=getattr(given, "alpha", None),
        weight=getattr(given, "weight", None),
    )


def _prices(given: Any, problem: Problem) -> Prices:
    if not hasattr(given, "level"):
        return Prices(
            budget=float(given.budget),
            processors=np.asarray(given.processors, dtype=np.float64),
            levels=tuple(np.asarray(level, dtype=np.float64) for level in given.levels),
            models=np.asarray(given.models, dtype=np.float64),
            costs=np.asarray(given.costs, dtype=np.float64),
            exponent=int(given.exponent),
            floors=tuple(
                np.asarray(floor, dtype=np.float64) for floor in getattr(given, "floors", ())
            ),
            ceilings=getattr(given, "ceilings", None),
        )
    rows = np.asarray(given.rows, dtype=np.float64)
    return prices_of_roots(problem, level=float(given.level), rows=rows, exponent=given.exponent)
