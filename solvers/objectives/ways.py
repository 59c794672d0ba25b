"""Ways to probabilities of least ``‖λ Var‖_α``: the joint dual first, then those of more digits.

None of them is judged here; `roundlot.solvers.objectives.norms` certifies each and takes the best.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import numpy as np

from roundlot.solvers.central.floors import fitter, within_limits
from roundlot.solvers.central.slack import beside_floors, unpriced
from roundlot.solvers.digits.answer import SURE, InDigits, Nearly, bettered, in_digits
from roundlot.solvers.digits.question import Question, question
from roundlot.solvers.exact import exact
from roundlot.solvers.joint.answer import solve_joint
from roundlot.solvers.joint.program import Rows
from roundlot.solvers.joint.reach import LEAST_SHARE, kept
from roundlot.solvers.joint.under import held_ceilings
from roundlot.solvers.proof.feasibility import check_feasible
from roundlot.solvers.proof.prices import Multipliers, Prices
from roundlot.solvers.proof.variances import above_ceilings
from roundlot.solvers.water.scaling import changed, exponent_of
from roundlot.theory import ConvergenceError, InfeasibleError, InvalidProblemError, Problem
from roundlot.theory.arrays import FloatArray
from roundlot.theory.certificates.claim import no_prices, prices_of_roots
from roundlot.theory.moments import model_variance

Minimised = tuple[FloatArray, Prices | Multipliers, FloatArray]  # (V, S), and weights (S,)
LED = 4  # times that the worst model is asked for
SPLITS = 3  # pairs that are tried at both of the floats beside their probability, by itself
# Of a part of the problem, about which nobody asked.
UNASKED = (ConvergenceError, InfeasibleError, InvalidProblemError)


def weighted_variances(problem: Problem, probabilities: FloatArray) -> FloatArray:
    """``(S,)``, ``λ_s Var_s``; infinite where a positive score is never drawn."""
    with np.errstate(over="ignore", under="ignore"):
        return np.asarray(
            problem.model_weights * model_variance(problem.scores, probabilities), dtype=np.float64
        )


def tries(problem: Problem, order: float, *, splits: int = SPLITS) -> Iterator[Minimised]:
    """What is found without floors of sums, if it keeps them, and with them.

    ``splits`` is how many pairs are tried at both of the floats beside their probability.
    """
    if problem.sum_floors():
        slack = beside_floors(problem, lambda rest: _minimised(rest, order), lambda found: found[0])
        if slack is not None:
            yield slack[0], unpriced(problem, slack[1]), slack[2]
    found = _minimised(problem, order)
    yield found
    if not problem.sum_floors():
        yield from _beside_floors(problem, order, found)
    elif problem.sum_floors() and _is_one_number(problem, order):
        yield from _centrally(problem, order)
    elif problem.sum_floors() and problem.model_variance_ceilings is None:
        shares = _shares(problem, order, found[0])
        for _ in range(LED):
            found = _led(problem, shares)
            yield found
            # between the last and what they lead to: what counts less has more variance
            shares = np.sqrt(shares * _shares(problem, order, found[0]))
    yield from _in_digits(problem, order, splits)


def _in_digits(problem: Problem, order: float, splits: int) -> Iterator[Minimised]:
    """What a path in decimals of many digits finds, of a small problem; and the best floats near.

    A pair that is all but always drawn may want a probability between two floats. The rest is found
    again with it at most the one below, and at least the one above; prices of the whole prove both.
    """
    end = _end_of(problem, order)
    if end is None:
        return
    prices, weights = _of_digits(problem, order, end)
    yield end.probabilities, prices, weights
    for _ in range(splits):
        if end.between is None:
            return
        parts = [(half, _end_of(half, order)) for half in _halves(problem, *end.between)]
        ends = [(half, found) for half, found in parts if found is not None]
        for half, found in ends:
            yield found.probabilities, prices, weights
            if end.miss > SURE:  # a half that is not held at its end may know prices better
                yield found.probabilities, *_of_digits(half, order, found)
        if not ends:
            return
        problem, end = min(ends, key=lambda each: each[1].value)


def _end_of(problem: Problem, order: float) -> InDigits | None:
    with suppress(*UNASKED):
        check_feasible(problem)
        return in_digits(_question(problem, order), fitter)
    return None


def by_binding(problem: Problem, order: float, found: Minimised) -> Minimised | None:
    """What Newton's method in decimals makes of it, with the limits that bind; None if nothing."""
    p, prices, weights = found
    if isinstance(prices, Multipliers):
        prices = prices_of_roots(
            problem, level=prices.level, rows=prices.rows, exponent=prices.exponent
        )
    unit = exponent_of(float(problem.scores.max()))
    nearly = Nearly(
        probabilities=p,
        prices=replace(prices, exponent=prices.exponent + unit),
        norm=weights,
        ceilings=getattr(prices, "ceilings", None),
    )
    with suppress(*UNASKED):
        end = bettered(_question(problem, order, large=True), fitter, nearly)
        if end is not None:
            return end.probabilities, *_of_digits(problem, order, end)
    return None


def _question(problem: Problem, order: float, *, large: bool = False) -> Question | None:
    factors = _factors(problem)
    return question(
        problem,
        norm=factors if order > 1.0 else None,
        weights=factors if order == 1.0 else None,
        ceilings=held_ceilings(problem),
        order=order,
        large=large,
    )


def _factors(problem: Problem) -> FloatArray:
    return np.where(problem.scores.any(axis=0), problem.model_weights, 0.0)


def _of_digits(problem: Problem, order: float, end: InDigits) -> tuple[Prices, FloatArray]:
    unit, factors = exponent_of(float(problem.scores.max())), _factors(problem)
    prices = replace(end.prices, exponent=end.prices.exponent - unit)
    if problem.model_variance_ceilings is not None:
        prices = replace(prices, ceilings=end.ceilings)
    weights = end.norm if order > 1.0 else np.where(factors > 0.0, factors, 1.0)
    return prices, np.maximum(weights, LEAST_SHARE * (weights == 0.0))


def _halves(problem: Problem, v: int, s: int, low: float, high: float) -> tuple[Problem, Problem]:
    """With a probability at most ``low``, at least ``high``."""
    floor, ceiling = problem.bounds
    above, below = floor.copy(), ceiling.copy()
    above[v, s], below[v, s] = high, low
    return changed(problem, ceiling=below), changed(problem, floor=above)


def _beside_floors(problem: Problem, order: float, found: Minimised) -> Iterator[Minimised]:
    """What sums and the central path find where a room beside floors is next to nothing.

    All probabilities that there are leave each variance as it is but for a part of that room, so
    how models count is known from any; and the solver of sums keeps the room's digits.
    """
    last = found
    for _ in range(LED - 1):
        led = _led_beside(problem, _shares(problem, order, last[0]))
        if led is None:
            break
        yield led
        last = led
    for central in _centrally(problem, order):
        yield central
        weights = np.where(problem.scores.any(axis=0), central[2], 0.0) / problem.model_weights
        if (weights > 0.0).any():
            led = _led_beside(problem, np.maximum(weights / weights.max(), LEAST_SHARE))
            if led is not None:
                yield led


def _led_beside(problem: Problem, shares: FloatArray) -> Minimised | None:
    """The same as `_led`; None where that fails, or leaves ceilings of variances unkept."""
    try:
        led = _led(changed(problem, model_variance_ceilings=None), shares)
    except UNASKED:
        return None
    if problem.model_variance_ceilings is None:
        return led
    p, prices, weights = led
    if above_ceilings(problem.scores, p, held_ceilings(problem)).any():
        return None
    unpaid = np.zeros(problem.n_models)
    return p, replace(unpriced(problem, prices), ceilings=unpaid), weights


def _centrally(problem: Problem, order: float) -> Iterator[Minimised]:
    """The same along the central path; nothing where that does not get to its end."""
    with suppress(*UNASKED):
        yield _minimised(problem, order, central=True)


def _shares(problem: Problem, order: float, p: FloatArray) -> FloatArray:
    """``(S,)``, what a norm makes of the models' variances, beside that of the worst."""
    values = weighted_variances(problem, p)
    top = float(values.max())
    shares = values / top if 0.0 < top < math.inf else np.ones(values.size)
    with np.errstate(under="ignore"):
        shares = (shares == 1.0) * 1.0 if order == math.inf else shares ** (order - 1.0)
    return np.maximum(shares, LEAST_SHARE)


def _led(problem: Problem, shares: FloatArray) -> Minimised:
    """The least sum in which models count by shares.

    Where one model is worse than others by many orders that is all there is to find.
    """
    some = problem.scores.any(axis=0)
    factors = np.where(some, shares * problem.model_weights, 0.0)
    weights = np.where(some, factors, 1.0)
    led = _summed(changed(problem, model_weights=weights), factors)
    return led[0], led[1], factors


def _minimised(problem: Problem, order: float, *, central: bool = False) -> Minimised:
    """Probabilities, prices of the limits in units of the scores, and weights ``ω (S,)``."""
    check_feasible(problem)
    factors = np.where(problem.scores.any(axis=0), problem.model_weights, 0.0)
    if not factors.any():
        return within_limits(problem), no_prices(problem), problem.model_weights
    alone = _is_one_number(problem, order)
    if alone and not central and problem.model_variance_ceilings is None:
        return _summed(problem, factors)
    if problem.sum_floors() and problem.model_variance_ceilings is not None:
        free = _summed(changed(problem, model_variance_ceilings=None), factors)
        if (free[0][problem.scores > 0.0] >= 1.0).all():
            return free  # no variance at all: a path towards a logarithm of 0 has no end
    ceilings = held_ceilings(problem)
    held, some = Rows.of_models(ceilings), factors > 0.0
    if alone and central:  # beside second moments it may be lost, as a norm it is not
        norm = Rows(weights=factors[None, None], ceilings=np.full(1, np.inf))
    else:
        norm = Rows.of_norm(np.zeros_like(factors) if order == 1.0 else factors)
    answer = solve_joint(
        problem,
        layers=problem.scores[None],
        rows=norm + held,
        fixed=None if len(norm.ceilings) else factors[None],
        order=math.inf if alone else order,
        accepted=lambda p: not above_ceilings(problem.scores, p, ceilings).any(),
        central=central,
    )
    count = len(norm.ceilings)
    weights = factors.copy()
    if count:
        weights[some] = answer.rows[:count] * factors[some]
    unit = exponent_of(float(problem.scores.max()))
    prices = replace(answer.prices, exponent=answer.prices.exponent - unit)
    if problem.model_variance_ceilings is not None:
        paid = np.zeros_like(factors)
        paid[np.isfinite(ceilings)] = answer.rows[count:]
        prices = replace(prices, ceilings=paid)
    p = kept(problem, answer.probabilities, ceilings, problem.scores)
    return p, prices, weights


def _is_one_number(problem: Problem, order: float) -> bool:
    """Whether a norm is a sum of variances: at order 1, or where one model alone varies."""
    return order == 1.0 or int((_factors(problem) > 0.0).sum()) == 1


def _summed(problem: Problem, factors: FloatArray) -> Minimised:
    """The same where one model alone varies, or at order 1: what makes the sum least.

    Any norm of one number is that number; nothing has to be found but prices of the limits.
    """
    p, prices = exact(problem)
    unit = exponent_of(float(problem.scores.max()))
    return p, replace(prices, exponent=prices.exponent - unit), factors
