"""The least sum of second moments under ceilings of variances, and what proves it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import numpy as np

from roundlot.solvers.central.floors import fitter, within_limits
from roundlot.solvers.central.slack import beside_floors, unpriced
from roundlot.solvers.digits.answer import InDigits, Nearly, bettered, in_digits
from roundlot.solvers.digits.question import Question, question
from roundlot.solvers.exact import exact
from roundlot.solvers.joint.answer import FINE, has_second_way, solve_joint
from roundlot.solvers.joint.bound import ceilings_left, excess_above, require_close
from roundlot.solvers.joint.program import Rows
from roundlot.solvers.joint.reach import kept, reach, require_reachable
from roundlot.solvers.proof.bound import gap_above
from roundlot.solvers.proof.feasibility import check_feasible
from roundlot.solvers.proof.prices import Prices
from roundlot.solvers.proof.scales import may_leave_range
from roundlot.solvers.proof.variances import above_ceilings
from roundlot.solvers.water.scaling import changed, exponent_of, in_power, shifted
from roundlot.theory import ConvergenceError, InfeasibleError, InvalidProblemError, Problem
from roundlot.theory.arrays import FloatArray
from roundlot.theory.certificates.claim import no_prices

Proved = tuple[FloatArray, Prices, float, float]  # probabilities, prices, value and its bound
ROUNDED = 2.0**-46  # of a sum of second moments, beside its terms


def held_ceilings(problem: Problem) -> FloatArray:
    """``(S,)``, the problem's ceilings of variances; infinite where there is none to keep."""
    given = problem.model_variance_ceilings
    if given is None:
        return np.full(problem.n_models, np.inf)
    return np.where(problem.scores.any(axis=0), given, np.inf)


def least_sum(problem: Problem, other: FloatArray | None = None) -> tuple[FloatArray, Prices]:
    """Probabilities ``(V, S)`` of least ``Σ λ (a² + b²)/p`` under the ceilings, and their prices.

    Args:
        problem: its limits and ceilings.
        other: ``(V, S)``, ``b``; 0 if not given.

    Raises:
        InfeasibleError: limits cannot be met, or the ceilings are out of reach.
        ConvergenceError: the proved gap stayed above 1e-9.
    """
    check_feasible(problem)
    if may_leave_range(problem) and problem.scores.any():
        unit = exponent_of(float(problem.scores.max()))
        near = None if other is None else shifted(other, -unit)
        try:
            p, prices = least_sum(in_power(problem, unit), near)
        except InfeasibleError:  # in the numbers that were given
            require_reachable(
                problem, held_ceilings(problem), reach(problem, held_ceilings(problem))
            )
            raise
        return p, replace(prices, exponent=prices.exponent + unit)
    ceilings, weights = held_ceilings(problem), problem.model_weights
    both = problem.scores if other is None else np.hypot(problem.scores, other)
    if not both.any():
        return within_limits(problem), _with(no_prices(problem), np.zeros(problem.n_models))
    wanted = np.where(both.any(axis=0), weights, 0.0)
    layers, fixed = problem.scores[None], wanted[None]
    if other is not None:
        layers = np.stack((problem.scores, both))
        fixed = np.stack((np.zeros_like(wanted), wanted))
    if problem.sum_floors():
        slack = beside_floors(problem, lambda rest: least_sum(rest, other), lambda found: found[0])
        if slack is not None:
            return slack[0], unpriced(problem, slack[1])

    def solved(*, central: bool = False) -> Proved:
        answer = solve_joint(
            changed(problem, scores=both),  # whoever has a second moment must be drawn
            layers=layers,
            rows=Rows.of_models(ceilings, layers=len(layers)),
            fixed=fixed,
            accepted=lambda p: not above_ceilings(problem.scores, p, ceilings).any(),
            central=central,
        )
        p = kept(problem, answer.probabilities, ceilings, problem.scores)
        paid = np.zeros(problem.n_models)
        paid[np.isfinite(ceilings)] = answer.rows
        prices = _with(answer.prices, paid)
        return _proved(problem, p, prices, both, other)

    p, prices, value, bound = found = solved()
    if gap_above(value, bound) > FINE and has_second_way(problem):
        tries = [found, *_unasked(problem, both, other)]
        if gap_above(*tries[-1][2:]) > FINE:
            with suppress(ConvergenceError, InfeasibleError):
                tries.append(solved(central=True))
        p, prices, value, bound = found = min(tries, key=lambda each: gap_above(*each[2:]))
    if gap_above(value, bound) > FINE and other is None:
        tries = [found, *_in_floats(problem, ceilings, _by_binding(problem, found))]
        p, prices, value, bound = found = min(tries, key=lambda each: gap_above(*each[2:]))
        if gap_above(value, bound) > FINE:
            tries = [found, *_in_floats(problem, ceilings, _in_digits(problem))]
            p, prices, value, bound = min(tries, key=lambda each: gap_above(*each[2:]))
    require_close(value, bound, "the sum of variances")
    return p, prices


def _proved(
    problem: Problem, p: FloatArray, prices: Prices, both: FloatArray, other: FloatArray | None
) -> Proved:
    with np.errstate(divide="ignore", invalid="ignore"):
        moments = np.where(both > 0.0, problem.model_weights * (both / p) * both, 0.0)
    value = math.fsum(moments.ravel().tolist())
    return p, prices, value, sum_bound(problem, p, prices, value, other)


def _in_floats(problem: Problem, ceilings: FloatArray, end: InDigits | None) -> Iterator[Proved]:
    """What decimals of many digits found."""
    if end is not None:
        with suppress(ConvergenceError, InfeasibleError):
            p = kept(problem, end.probabilities, ceilings, problem.scores)
            yield _proved(problem, p, _with(end.prices, end.ceilings), problem.scores, None)


def _in_digits(problem: Problem) -> InDigits | None:
    """By a path in decimals, of a small problem."""
    with suppress(ConvergenceError, InfeasibleError):
        return in_digits(_question(problem), fitter)
    return None


def _by_binding(problem: Problem, found: Proved) -> InDigits | None:
    """By Newton's method in decimals, with the limits that bind in what was found."""
    p, prices, _, _ = found
    nearly = Nearly(probabilities=p, prices=prices, ceilings=prices.ceilings)
    with suppress(ConvergenceError, InfeasibleError):
        return bettered(_question(problem, large=True), fitter, nearly)
    return None


def _question(problem: Problem, *, large: bool = False) -> Question | None:
    weights, ceilings = problem.model_weights, held_ceilings(problem)
    return question(problem, weights=weights, ceilings=ceilings, large=large)


def _unasked(problem: Problem, both: FloatArray, other: FloatArray | None) -> Iterator[Proved]:
    """What is found without the ceilings, if it keeps them.

    Beside floors that leave next to nothing the solver of sums holds more digits.
    """
    free = changed(problem, scores=both, model_variance_ceilings=None)
    with suppress(ConvergenceError, InvalidProblemError):
        p, found = exact(free)
        if not above_ceilings(problem.scores, p, held_ceilings(problem)).any():
            prices = _with(unpriced(problem, found), np.zeros(problem.n_models))
            yield _proved(problem, p, prices, both, other)


def sum_bound(
    problem: Problem,
    probabilities: FloatArray,
    prices: Prices,
    value: float,
    other: FloatArray | None = None,
) -> float:
    """What no ``Σ λ (a² + b²)/p`` under the ceilings goes below, rounded down, at least 0.

    Args:
        problem: with ceilings.
        probabilities: ``(V, S)``, from which the bound is taken down.
        prices: of all limits.
        value: ``Σ λ (a² + b²)/p`` of these, up to a part of ``ROUNDED``.
        other: ``(V, S)``, ``b``.
    """
    paid = np.zeros(problem.n_models) if prices.ceilings is None else prices.ceilings
    weights = problem.model_weights
    if other is None:
        left = excess_above(problem, probabilities, weights + paid, prices)
    else:
        with np.errstate(over="ignore"):
            roots = np.hypot(
                np.sqrt(weights) * np.hypot(problem.scores, other), np.sqrt(paid) * problem.scores
            )
        left = excess_above(problem, probabilities, np.ones(problem.n_models), prices, scores=roots)
    left += ceilings_left(
        paid, held_ceilings(problem), problem.scores, probabilities, enough=1e-14 * value
    )
    bound = (value * (1.0 - ROUNDED) - left) * (1.0 - ROUNDED)
    return bound if bound > 0.0 else 0.0


def _with(prices: Prices, ceilings: FloatArray) -> Prices:
    return replace(prices, ceilings=ceilings)
