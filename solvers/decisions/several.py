"""Several variances from one draw: the least cost that keeps each of them under its ceiling.

Who is drawn for a model answers for several quantities at once: layers of its update, classes of
its loss, variables of a survey. Each has scores ``a_r`` of its own and a ceiling:

    minimise ``Σ cost p``  subject to  ``Σ_v a_rvs² (1/p_vs − 1) <= ceiling_rs``  and all limits.

For prices ``μ >= 0`` of the ceilings this has the optimum of one variance, of the scores
``s = √(Σ_r μ_r a_r²)`` under the ceiling ``Σ_r μ_r (ceiling_r + Σ a_r²) − Σ s²``: what keeps all
ceilings keeps that one. So the proof is one of `least_cost` for these scores.

Source: Bethel, Sample allocation in multivariate surveys (1989), for cost and ceilings.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from roundlot.solvers.central.floors import fitter, within_limits
from roundlot.solvers.decisions.cheapest import LeastCost, as_least_cost, costs_of_draws
from roundlot.solvers.joint.answer import solve_joint
from roundlot.solvers.joint.bound import require_close
from roundlot.solvers.joint.cost import CostFound, cost_of, priced_cost, shared_cost
from roundlot.solvers.joint.program import Rows
from roundlot.solvers.joint.reach import would_do
from roundlot.solvers.kernels import UNIT
from roundlot.solvers.proof.answer import ProvedDesign
from roundlot.solvers.proof.bound import Lagrangian, in_user_units
from roundlot.solvers.proof.feasibility import check_feasible
from roundlot.solvers.proof.scales import same_in_range, squares_leave_range
from roundlot.solvers.proof.variances import above_ceilings, variances_above
from roundlot.solvers.water.scaling import changed
from roundlot.theory import ConvergenceError, InfeasibleError, InvalidProblemError, Problem
from roundlot.theory.arrays import FloatArray, read_only
from roundlot.theory.cells import numbers_or_nan, real_numbers
from roundlot.theory.certificates.claim import no_prices
from roundlot.theory.certificates.part import Part
from roundlot.theory.certificates.plans import SeveralPlan
from roundlot.theory.moments.estimator import model_variance
from roundlot.theory.positions import by_position
from roundlot.theory.problem.problem import require_problem

BELOW = 1.0 - 2.0**-50  # of a root of a sum: below the real one
PUSHES = 26  # from an ulp to 1e-8, each twice the last
SHARES = 24
LOWEST = 1e-300  # a ceiling whose reciprocal is a float64
MARGIN = 2.0**-40  # above the rounding of sums of squares


@dataclass(frozen=True, kw_only=True, eq=False)
class SeveralVariances(ProvedDesign):
    """The cheapest probabilities that keep several variances under their ceilings.

    Attributes:
        problem: its limits; its scores are not used.
        variables: ``(R, V, S)``, scores of each quantity.
        variance_ceiling: ``(R, S)``.
        prices: ``(R, S)``, ``μ``: what a unit of each ceiling is worth, in units of the cost.
        proof: the least cost of the scores ``√(Σ μ a²)``: its bound is the bound.
        seconds: wall-clock time it took.
    """

    problem: Problem = field(repr=False)
    variables: FloatArray = field(repr=False)
    variance_ceiling: FloatArray
    prices: FloatArray = field(repr=False)
    proof: LeastCost = field(repr=False)
    seconds: float

    _method: ClassVar[str] = "least_cost_of_several"

    @property
    def _value(self) -> float:
        return self.total

    def _record(self) -> dict[str, Any]:
        return {
            "total": self.total,
            "lower_bound": self.lower_bound,
            "gap": self.gap,
            "seconds": self.seconds,
            "variance_ceiling": self.variance_ceiling,
            "variances": self.variances,
            **self._design(),
        }

    @property
    def probabilities(self) -> FloatArray:
        """``(V, S)``, within all limits and ceilings exactly."""
        return self.proof.probabilities

    @property
    def total(self) -> float:
        """Expected cost of a round."""
        return self.proof.total

    @property
    def lower_bound(self) -> float:
        """No probabilities within limits and ceilings cost less."""
        return self.proof.lower_bound

    @property
    def variances(self) -> FloatArray:
        """``(R, S)``, at most the ceilings."""
        return np.array([model_variance(one, self.probabilities) for one in self.variables])

    def claim(self) -> SeveralPlan:
        """What is said to be proved, as its judge reads it."""
        return SeveralPlan(
            part=Part(
                problem=self.problem,
                probabilities=self.probabilities,
                prices=self.proof.prices.limits,
            ),
            variables=self.variables,
            ceilings=self.variance_ceiling,
            cost=self.proof.cost,
            ceiling_prices=self.prices * self.proof.prices.ceilings,
            objective=self.total,
            lower_bound=self.lower_bound,
            gap=self.gap,
        )


@by_position("cost")
def least_cost_of_several(
    problem: Problem,
    variables: npt.ArrayLike,
    variance_ceiling: npt.ArrayLike,
    *,
    cost: npt.ArrayLike = 1.0,
) -> SeveralVariances:
    """The least ``Σ cost p`` that keeps several variances of the same draw under their ceilings.

    Args:
        problem: all limits; its scores and model weights are not used.
        variables: ``(R, V, S)``, or ``(R, V)`` where there is one model: scores of each quantity,
            finite and ``>= 0``.
        variance_ceiling: ``(R,)``, of each model's variance of a quantity, not of their sum, or
            ``(R, S)``; above 0, infinite where there is none.
        cost: scalar or ``(V, S)``, ``>= 0``, of a draw; 1 is the least expected number of draws.

    Raises:
        InvalidProblemError: malformed variables, ceilings or costs.
        InfeasibleError: no probabilities within the limits keep the ceilings; says what would.
        ConvergenceError: the proved gap stayed above 1e-9.
    """
    start = time.perf_counter()
    require_problem(problem)
    if problem.model_variance_ceilings is not None:
        raise InvalidProblemError(
            "least_cost_of_several does not use the problem's scores, so that its "
            "model_variance_ceilings say nothing; give the scores among variables, with their "
            "ceilings in variance_ceiling"
        )
    layers = _variables(problem, variables)
    ceilings = _ceilings(layers, variance_ceiling)
    paid = costs_of_draws(problem, cost)
    base = changed(problem, scores=layers.max(axis=0), model_weights=np.ones(problem.n_models))
    check_feasible(base)
    held = layers.any(axis=1) & np.isfinite(ceilings)
    at = np.argwhere(held)

    def fits(p: FloatArray) -> bool:
        return not any(above_ceilings(a, p, c).any() for a, c in zip(layers, ceilings, strict=True))

    floor = problem.bounds[0]
    mu = np.zeros(held.shape)
    enough = not problem.sum_floors() and fits(floor)
    if enough or not paid.any():
        p = floor if enough else _kept(base, layers, ceilings, within_limits(base), fits)
        return _answer(base, layers, ceilings, mu, _unpriced(base, paid, p, start), start)
    answer = solve_joint(
        base,
        layers=layers,
        rows=Rows(weights=_ones(at, held.shape), ceilings=ceilings[held]),
        cost=shared_cost(base, paid),
        accepted=fits,
    )
    mu[held] = answer.rows
    p = _kept(base, layers, ceilings, answer.probabilities, fits)
    combined, most = _combined(layers, ceilings, mu)
    found = priced_cost(
        changed(base, scores=combined),
        paid,
        most,
        p,
        np.where(combined.any(axis=0), 1.0, 0.0),
        answer.prices,
    )
    require_close(found.total, found.lower_bound, "the cost")
    proof = as_least_cost(changed(base, scores=combined), paid, most, found, start)
    return _answer(base, layers, ceilings, mu, proof, start)


def _answer(
    base: Problem,
    layers: FloatArray,
    ceilings: FloatArray,
    mu: FloatArray,
    proof: LeastCost,
    start: float,
) -> SeveralVariances:
    return SeveralVariances(
        problem=base,
        variables=layers,
        variance_ceiling=ceilings,
        prices=read_only(mu),
        proof=proof,
        seconds=time.perf_counter() - start,
    )


def _unpriced(base: Problem, paid: FloatArray, p: FloatArray, start: float) -> LeastCost:
    """The proof where no ceiling is worth anything: floors keep them, or draws are free."""
    nothing = changed(base, scores=np.zeros_like(base.scores))
    total = cost_of(paid, p)
    found = CostFound(
        probabilities=p,
        total=total,
        lower_bound=total * (1.0 - 4.0 * UNIT),
        ceilings=np.zeros(base.n_models),
        prices=no_prices(nothing),
    )
    return as_least_cost(nothing, paid, np.ones(base.n_models), found, start)


def _variables(problem: Problem, variables: npt.ArrayLike) -> FloatArray:
    """``(R, V, S)``, 0 where a pair is not available."""
    given = numbers_or_nan(variables, "variables")
    as_given = given.shape
    shape = problem.scores.shape
    if given.ndim == 2 and shape[1] == 1:
        given = given[:, :, None]
    if given.ndim != 3 or given.shape[1:] != shape or not len(given):
        raise InvalidProblemError(
            f"variables have shape {as_given}; give scores of each quantity, "
            f"(R, {shape[0]}, {shape[1]})"
        )
    full = np.where(problem.available, given, 0.0)
    bad = np.argwhere(~(np.isfinite(full) & (full >= 0.0)))
    if bad.size:
        r, v, s = (int(i) for i in bad[0])
        raise InvalidProblemError(
            f"variables[{r}, {v}, {s}] is {full[r, v, s]:g}; it must be finite and at least 0"
        )
    greatest = float(full.max())
    if squares_leave_range(greatest, full.size):
        raise InvalidProblemError(
            f"variables reach {greatest:g}, and float64 does not hold variances of such a size; "
            f"{same_in_range(greatest, 1.0, 'variables')}, with ceilings times its square"
        )
    return read_only(full)


def _ceilings(layers: FloatArray, variance_ceiling: npt.ArrayLike) -> FloatArray:
    """``(R, S)``."""
    count, models = len(layers), layers.shape[2]
    given = real_numbers(variance_ceiling, "variance_ceiling").copy()
    if given.shape == (count,):
        given = np.repeat(given[:, None], models, axis=1)
    if given.shape != (count, models):
        raise InvalidProblemError(
            f"variance_ceiling has shape {given.shape}; give one a quantity, ({count},), or also "
            f"one a model, ({count}, {models})"
        )
    bad = np.argwhere(~(given > 0.0))
    if bad.size:
        r, s = (int(i) for i in bad[0])
        raise InvalidProblemError(
            f"variance_ceiling[{r}, {s}] is {given[r, s]:g}; it must be above 0"
        )
    return read_only(given)


def _ones(at: npt.NDArray[np.intp], shape: tuple[int, ...]) -> FloatArray:
    """``(J, R, S)``: a row for each ceiling."""
    weights = np.zeros((len(at), *shape))
    weights[np.arange(len(at)), at[:, 0], at[:, 1]] = 1.0
    return weights


def _combined(
    layers: FloatArray, ceilings: FloatArray, mu: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """``(V, S)`` scores just below ``√(Σ μ a²)``, and the ceiling ``(S,)`` of their variance."""
    with np.errstate(over="ignore", under="ignore"):
        parts = np.sqrt(mu)[:, None, :] * layers
        top = parts.max(axis=0)
        shares = np.divide(parts, top, out=np.zeros_like(parts), where=top > 0.0)
        scores = top * np.sqrt(np.square(shares).sum(axis=0)) * BELOW
    most = np.ones(scores.shape[1])
    for s in np.flatnonzero(scores.any(axis=0)).tolist():
        squares = [[Fraction(x) ** 2 for x in one[:, s].tolist()] for one in layers]
        own = [Fraction(x) ** 2 for x in scores[:, s].tolist()]
        prices = [Fraction(x) for x in mu[:, s].tolist()]
        allowed = _allowed(prices, ceilings[:, s].tolist(), squares, own)
        most[s] = math.nextafter(float(allowed), math.inf)
    return scores, most


def _allowed(
    mu: list[Fraction], ceilings: list[float], squares: list[list[Fraction]], own: list[Fraction]
) -> Fraction:
    """``Σ_r μ_r (ceiling_r + Σ a_r²) − Σ s²``."""
    found = -sum(own, Fraction(0))
    for price, ceiling, column in zip(mu, ceilings, squares, strict=True):
        if price > 0:
            found += price * (Fraction(ceiling) + sum(column, Fraction(0)))
    return found


def _kept(
    base: Problem,
    layers: FloatArray,
    ceilings: FloatArray,
    probabilities: FloatArray,
    fits: Callable[[FloatArray], bool],
) -> FloatArray:
    """Probabilities within all limits, moved as little as needed to be under all ceilings.

    Raises:
        InfeasibleError: no probabilities are.
        ConvergenceError: the ceilings are within rounding of what can be reached.
    """
    if fits(probabilities):
        return probabilities
    (floor, most), fitted = base.bounds, fitter(base)
    for power in range(PUSHES):
        up = probabilities * (1.0 + math.ldexp(UNIT, power + 1))
        trial = fitted(np.minimum(most, up))
        if fits(trial):
            return trial
    inside = _inside(base, layers, ceilings)
    for share in (0.0, *np.geomspace(1e-15, 1.0, SHARES)):
        mixed = np.maximum(floor, (1.0 - share) * probabilities + share * inside)
        trial = fitted(np.minimum(most, mixed))
        if fits(trial):
            return trial
    raise ConvergenceError(
        "the ceilings of variances are within rounding of the least that can be reached; raise "
        "them a little"
    )


def _inside(base: Problem, layers: FloatArray, ceilings: FloatArray) -> FloatArray:
    """The probabilities whose largest ratio of a variance to its ceiling is least.

    Raises:
        InfeasibleError: that ratio is proved to be above 1.
    """
    held = layers.any(axis=1) & np.isfinite(ceilings)
    at = np.argwhere(held)
    known = np.maximum(np.where(held, ceilings, 1.0), LOWEST)
    rows = _ones(at, held.shape) / known
    answer = solve_joint(
        base, layers=layers, rows=Rows(weights=rows, ceilings=np.full(len(at), math.inf))
    )
    theta = np.zeros(held.shape)
    theta[held] = answer.rows / known[held]
    combined, _ = _combined(layers, np.ones_like(ceilings), theta)
    lagrangian = Lagrangian.of(changed(base, scores=combined), answer.prices)
    least = in_user_units(lagrangian.bound(), lagrangian.exponent, up=False)
    spare = math.fsum((theta * np.square(layers).sum(axis=1)).ravel().tolist())
    length = math.fsum((theta * np.where(held, ceilings, 0.0)).ravel().tolist())
    ratio = (least - spare * (1.0 + MARGIN)) / (length * (1.0 + MARGIN))
    if ratio > 1.0:
        raise InfeasibleError(
            "no probabilities within the limits keep all variances under their ceilings; "
            f"{_needed(layers, ceilings, answer.probabilities)}"
        )
    return answer.probabilities


def _needed(layers: FloatArray, ceilings: FloatArray, probabilities: FloatArray) -> str:
    """How many times as high these probabilities need all ceilings, in six digits, rounded up."""
    pairs = zip(layers, ceilings, strict=True)
    with np.errstate(over="ignore"):
        ratio = max(float((variances_above(a, probabilities) / most).max()) for a, most in pairs)
    return would_do(ratio, np.ravel(ceilings))
