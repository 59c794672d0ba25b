"""Scores known up to a deviation where variances have ceilings: each is kept in its worst case.

A ceiling holds whichever scores deviate, ``Γ`` of all at most, so for its model the ``Γ`` largest
of ``δ (1/p − 1)`` count. For prices ``μ`` of the ceilings, shares ``z`` of the objective and ``zˢ``
of each model's variance, each adding up to at most ``Γ``, weak duality gives

    optimum >= min Σ (λ (a² + z δ) + μ_s (a² + zˢ δ))/p − Σ μ_s (ceiling_s + Σ_v (a² + zˢ δ)).

The shares and prices come from an interior point; the bound holds for any.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from roundlot.solvers.central.floors import fitter
from roundlot.solvers.joint.bound import ceilings_left, excess_above
from roundlot.solvers.joint.reach import reach, require_reachable
from roundlot.solvers.objectives.total import solve_sum
from roundlot.solvers.uncertain.deviations import DeviationPoint, DeviationProgram
from roundlot.solvers.uncertain.interior import DeviationPath
from roundlot.solvers.water.scaling import LEAST_PROBABILITY, changed, in_power
from roundlot.theory import ConvergenceError, Problem
from roundlot.theory.arrays import BoolArray, FloatArray
from roundlot.theory.certificates.arithmetic import above, exact_excess
from roundlot.theory.certificates.claim import Prices

DOWN = 1.0 - 2.0**-48  # below what a few roundings make of a second moment
NEAR = 2.0**-40  # relative: a worst variance nearer to its ceiling is decided in fractions
TRIES, MORE = 12, 1.25  # with ceilings that are lower by so many times what rounding took too much
UNIT = 2.0**-53
AGAIN, SURE = 2, 1e-12  # times, if the relative miss is more
LOST = 1e-6  # relative miss of a path that has no end: the ceilings may be out of reach
ROUNDED = 2.0**-47  # relative, of second moments: above the roundings of a few terms and of roots
TINY = 2.0**-500  # of a square beside the largest: what has a score must be drawn
APART = 1e-3  # of an even share: what has no score is moved in steps of that size


@dataclass(frozen=True, kw_only=True, eq=False)
class KeptWorst:
    """Probabilities under all ceilings in their worst case, and what proves a bound.

    Attributes:
        probabilities: ``(V, S)``.
        shares, ceiling_shares: ``(V, S)``, of the objective and of the variances.
        prices: of limits and ceilings.
        bound: no probabilities within limits and ceilings have a lower worst case.
    """

    probabilities: FloatArray = field(repr=False)
    shares: FloatArray = field(repr=False)
    ceiling_shares: FloatArray = field(repr=False)
    prices: Prices
    bound: float


def worst_variances(
    scores: FloatArray, high: FloatArray, p: FloatArray, count: float
) -> FloatArray:
    """``(S,)``, ``Σ a² (1/p − 1)`` and the ``count`` largest of ``δ (1/p − 1)`` of each model."""
    return _worst(scores, high, p, count)[0]


def _worst(
    scores: FloatArray, high: FloatArray, p: FloatArray, count: float
) -> tuple[FloatArray, FloatArray]:
    """The same, and ``(V, S)`` shares that are the worst."""
    with np.errstate(all="ignore"):
        away = np.where(high > 0.0, (1.0 - p) / p, 0.0)
        extra = np.where(high > scores, (high - scores) * (high + scores) * away, 0.0)
        base = np.where(scores > 0.0, scores * away * scores, 0.0)
    shares = np.zeros_like(scores)
    order = np.argsort(-extra, axis=0, kind="stable")
    left = np.clip(count - np.arange(len(extra)), 0.0, 1.0)
    np.put_along_axis(shares, order, np.broadcast_to(left[:, None], extra.shape), axis=0)
    total = base.sum(axis=0) + np.where(shares > 0.0, shares * extra, 0.0).sum(axis=0)
    return total, shares


def above_in_worst_case(
    scores: FloatArray, high: FloatArray, p: FloatArray, count: float, ceilings: FloatArray
) -> BoolArray:
    """``(S,)``, which worst variances are above their ceilings as real numbers."""
    if ((high > 0.0) & ~(p > 0.0) & np.isfinite(ceilings)).any():
        return np.asarray(((high > 0.0) & ~(p > 0.0)).any(axis=0) & np.isfinite(ceilings))
    worst = worst_variances(scores, high, p, count)
    over: BoolArray = ~(worst <= ceilings)
    for s in np.flatnonzero(np.isfinite(ceilings)).tolist():
        if abs(worst[s] - ceilings[s]) <= NEAR * ceilings[s]:
            exact = _exactly(scores[:, s].tolist(), high[:, s].tolist(), p[:, s].tolist(), count)
            over[s] = exact > Fraction(float(ceilings[s]))
    return over


def _exactly(low: list[float], high: list[float], drawn: list[float], count: float) -> Fraction:
    total, extra = Fraction(0), []
    for a, b, p in zip(low, high, drawn, strict=True):
        if b:
            away = above(1 / Fraction(p) - 1)
            total += Fraction(a) ** 2 * away
            extra.append((Fraction(b) ** 2 - Fraction(a) ** 2) * away)
    extra.sort(reverse=True)
    whole, part = divmod(Fraction(count), 1)
    taken = sum(extra[: int(whole)], Fraction(0))
    return total + taken + (part * extra[int(whole)] if int(whole) < len(extra) else 0)


def under_ceilings(
    problem: Problem,
    high: FloatArray,
    count: float,
    unit: int,
) -> KeptWorst:
    """The probabilities of least worst case under a problem's ceilings, some deviations allowed.

    Args:
        problem: feasible; with ceilings of variances, or without.
        high: ``(V, S)``, highest scores.
        count: ``Γ``, above 0.
        unit: highest scores are near ``2**unit``.

    Raises:
        InfeasibleError: the ceilings are out of reach.
        ConvergenceError: they are too near to that, or no gap was proved.
    """
    near, most = in_power(problem, unit), np.ldexp(high, -unit)
    given_ceilings = near.model_variance_ceilings
    none = np.full(near.n_models, np.inf)
    ceilings = np.where(
        most.any(axis=0), none if given_ceilings is None else given_ceilings, np.inf
    )
    start, given = _start(near, most, count), _given(near, most, ceilings, count)
    fitted, bests = fitter(near), []
    held, lower = np.isfinite(ceilings), ceilings
    known = np.where(held, ceilings, 1.0)
    for _ in range(TRIES):
        path, inner = _followed(replace(given, ceilings=lower), start)
        if not inner.miss <= LOST:
            break
        found = _proved(given, near, most, path, inner, fitted)
        bests.append(found)
        p = found.probabilities
        if not above_in_worst_case(near.scores, most, p, count, ceilings).any():
            best = max(bests, key=lambda one: one.bound)
            return _in_units(replace(best, probabilities=p), unit)
        over = np.maximum(0.0, worst_variances(near.scores, most, p, count) - known)
        lower = np.where(held, np.maximum(lower - MORE * over - UNIT * known, 0.5 * known), np.inf)
    if held.any():
        _refuse(problem, most, given, start, unit)
    raise ConvergenceError(
        "whether any probabilities keep the worst variances under their ceilings is too near to be "
        "told in float64; raise model_variance_ceilings a little"
    )


def _followed(given: DeviationProgram, start: FloatArray) -> tuple[DeviationPath, DeviationPoint]:
    """The end of the path; begun again in units of what was found where it did not get there."""
    path = DeviationPath(given, start)
    best = path, path.follow()
    for _ in range(AGAIN):
        if best[1].miss <= SURE:
            break
        path = DeviationPath(given, np.maximum(best[1].probabilities, LEAST_PROBABILITY))
        best = min(best, (path, path.follow()), key=lambda each: each[1].miss)
    return best


def _start(near: Problem, most: FloatArray, count: float) -> FloatArray:
    """``(V, S)``, about the size of the best probabilities: those without ceilings.

    Raises:
        InfeasibleError, ConvergenceError: of the other limits.
    """
    moves = int(np.count_nonzero(most > near.scores))
    part = min(1.0, count / moves) if moves else 0.0
    middle = np.sqrt(near.scores**2 + part * (most - near.scores) * (most + near.scores))
    p = solve_sum(
        changed(near, scores=np.maximum(near.scores, middle), model_variance_ceilings=None)
    ).probabilities
    return np.where(most > 0.0, p, np.maximum(p, APART * float(p.sum()) / p.size))


def _given(near: Problem, most: FloatArray, ceilings: FloatArray, count: float) -> DeviationProgram:
    with np.errstate(under="ignore"):
        squares = np.where(near.scores > 0.0, np.maximum(near.scores**2, TINY), 0.0)
        more = (most - near.scores) * (most + near.scores)
    weights = near.model_weights
    return DeviationProgram(
        problem=near,
        low=weights * squares,
        delta=weights * more,
        squares=squares,
        more=more,
        ceilings=ceilings,
        count=count,
    )


def _proved(
    given: DeviationProgram,
    near: Problem,
    most: FloatArray,
    path: DeviationPath,
    inner: DeviationPoint,
    fitted: Callable[[FloatArray], FloatArray],
) -> KeptWorst:
    """Within all limits on sums, and the bound that prices and shares prove."""
    floor, ceiling = near.bounds
    drawn = np.where(
        most > 0.0, np.maximum(inner.probabilities, LEAST_PROBABILITY), inner.probabilities
    )
    p = fitted(np.clip(drawn, floor, ceiling))
    shares = allowed(inner.shares, given.count)
    own = np.column_stack([allowed(column, given.count) for column in inner.ceiling_shares.T])
    return KeptWorst(
        probabilities=p,
        shares=shares,
        ceiling_shares=own,
        prices=inner.prices,
        bound=_bound(given, near, p, shares, own, inner.prices),
    )


def _bound(
    given: DeviationProgram,
    near: Problem,
    p: FloatArray,
    shares: FloatArray,
    own: FloatArray,
    prices: Prices,
) -> float:
    """What no worst case under the ceilings goes below, rounded down, at least 0."""
    paid, low = prices.ceilings, given.low
    assert paid is not None
    assert low is not None
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        goal = low + shares * given.delta
        held = given.squares + own * given.more
        both = goal + paid * held
        moments = np.where(both > 0.0, both / p, 0.0)
        value = math.fsum(np.where(goal > 0.0, goal / p, 0.0).ravel().tolist())
    rounded = math.fsum(moments.ravel().tolist()) * ROUNDED
    ones = np.ones(near.n_models)
    left = excess_above(near, p, ones, prices, scores=np.sqrt(both) * DOWN)
    left += ceilings_left(paid, given.ceilings, np.sqrt(held) * DOWN, p, enough=1e-14 * value)
    bound = (value - rounded - left) * (1.0 - 2.0**-50)
    return bound if bound > 0.0 else 0.0


def allowed(shares: FloatArray, count: float) -> FloatArray:
    """Shares whose exact sum is at most ``count``."""
    total = float(shares.sum())
    shares = shares * (count / total) if total > count else shares
    while exact_excess(shares, count) > 0.0:
        shares = shares * (1.0 - 2.0**-50)
    return shares


def _in_units(found: KeptWorst, unit: int) -> KeptWorst:
    prices = replace(found.prices, exponent=found.prices.exponent + unit)
    with np.errstate(over="ignore", under="ignore"):
        return replace(found, prices=prices, bound=float(np.ldexp(found.bound, 2 * unit)))


def _refuse(
    problem: Problem, most: FloatArray, given: DeviationProgram, start: FloatArray, unit: int
) -> None:
    """Refuses ceilings that are out of reach in their worst case.

    Raises:
        InfeasibleError: naming the model, by how much, and what would do.
    """
    _, inner = _followed(replace(given, low=None), start)
    own = np.column_stack([allowed(column, given.count) for column in inner.ceiling_shares.T])
    scores = np.where(most > 0.0, np.sqrt(given.squares + own * given.more) * DOWN, 0.0)
    there = changed(problem, scores=np.ldexp(scores, unit), model_variance_ceilings=None)
    assert problem.model_variance_ceilings is not None
    asked = np.where(np.isfinite(given.ceilings), problem.model_variance_ceilings, np.inf)
    require_reachable(there, asked, reach(there, asked))
