"""Whether ceilings of variances can be kept at all, and by probabilities with room to spare.

The least of the largest ratio ``Var_s / ceiling_s`` is a worst-model program: at most 1 where the
ceilings can be kept, and its lower bound above 1 proves that they cannot.
"""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass, field, replace

import numpy as np

from roundlot.solvers.central.floors import fitter, within_limits
from roundlot.solvers.exact import exact
from roundlot.solvers.joint.answer import has_second_way, solve_joint
from roundlot.solvers.joint.bound import ROUNDED, excess_above
from roundlot.solvers.joint.program import Rows
from roundlot.solvers.kernels import UNIT
from roundlot.solvers.proof.leftover import with_leftover
from roundlot.solvers.proof.prices import Multipliers, Prices
from roundlot.solvers.proof.ranges import variances_decimals
from roundlot.solvers.proof.scales import may_leave_range
from roundlot.solvers.proof.variances import above_ceilings, variances_above
from roundlot.solvers.water.scaling import changed, exponent_of, in_power
from roundlot.theory import ConvergenceError, InfeasibleError, InvalidProblemError, Problem
from roundlot.theory.arrays import BoolArray, FloatArray
from roundlot.theory.certificates.claim import prices_of_roots
from roundlot.theory.text import rounded_up

PUSHES = 24  # from one ulp to 4e-9, each twice the last
SMALL = 2.0**-20  # of the largest probability
SHARES = 24
ROOM = 1.01  # beside what is within rounding: at the very edge no answer need be proved
NEAR_SQUARES = "give ceilings near the squares of the scores"
HIGHEST = 300.0  # power of ten of a ceiling that is advised
KNIFE_EDGE = 1e-9
LEAST_SHARE = 1e-30  # of a model's weight beside that of the worst: others must be drawn, too
LOWEST = 1e-300  # a ceiling whose reciprocal is a float64


@dataclass(frozen=True, kw_only=True, eq=False)
class Reach:
    """The probabilities whose worst ratio of variance to ceiling is least.

    Attributes:
        probabilities: ``(V, S)``.
        ratio: theirs, rounded up; of the models that floors alone do not keep under their ceilings.
        least: no probabilities within the limits have less, rounded down.
        weights: ``(S,)``, prices of the variances that prove it.
    """

    probabilities: FloatArray = field(repr=False)
    ratio: float
    least: float
    weights: FloatArray


def reach(problem: Problem, ceilings: FloatArray) -> Reach:
    """How far the ceilings ``(S,)`` can be kept; infinite ones are none."""
    if may_leave_range(problem):  # ratios have no scale
        unit = exponent_of(float(problem.scores.max()))
        with np.errstate(over="ignore", under="ignore"):
            near = np.maximum(np.ldexp(ceilings, -2 * unit), LOWEST)
            lost = (near == LOWEST) & problem.scores.any(axis=0)
        found = reach(in_power(problem, unit), near)
        return replace(found, ratio=np.inf) if lost.any() and found.ratio > 1.0 else found
    active = problem.scores.any(axis=0) & np.isfinite(ceilings)
    active &= above_ceilings(problem.scores, problem.bounds[0], ceilings)
    factors = np.where(active, 1.0 / np.where(active, np.maximum(ceilings, LOWEST), 1.0), 0.0)
    if not active.any():
        p = within_limits(problem)
        return Reach(probabilities=p, ratio=0.0, least=0.0, weights=factors)
    layers = np.where(active, problem.scores, 0.0)[None]
    bare = changed(problem, scores=layers[0], model_variance_ceilings=None)
    if int(active.sum()) == 1 and not problem.sum_floors():  # the sum, to the last bit
        alone = active.astype(np.float64)
        return _measured(problem, ceilings, active, alone, *_least_of(bare, alone))

    def solved(*, central: bool = False) -> Reach:
        answer = solve_joint(problem, layers=layers, rows=Rows.of_norm(factors), central=central)
        weights = np.zeros(problem.n_models)
        weights[active] = answer.rows * factors[active]
        p, prices = answer.probabilities, answer.prices
        return _measured(problem, ceilings, active, weights, p, prices)

    known = solved()
    if known.least > 1.0 or known.ratio < 1.0 - KNIFE_EDGE or not has_second_way(problem):
        return known
    with suppress(ConvergenceError, InfeasibleError):
        known = _better(known, solved(central=True))
    ratios = factors * variances_above(problem.scores, known.probabilities)
    for weights in (known.weights, np.where(ratios >= ratios.max(), factors, 0.0)):
        with suppress(ConvergenceError, InvalidProblemError):
            shares = np.where(active, np.maximum(weights, LEAST_SHARE * weights.max()), 0.0)
            least = _least_of(bare, shares)
            known = _better(known, _measured(problem, ceilings, active, shares, *least))
    return known


def _better(one: Reach, other: Reach) -> Reach:
    """What reaches lower, and what proves more."""
    low, proved = min(one, other, key=lambda x: x.ratio), max(one, other, key=lambda x: x.least)
    return replace(low, least=proved.least, weights=proved.weights)


def _measured(
    problem: Problem,
    ceilings: FloatArray,
    active: BoolArray,
    weights: FloatArray,
    p: FloatArray,
    prices: Prices,
) -> Reach:
    """What probabilities reach, and prices prove."""
    variances = variances_above(problem.scores, p)[active]
    most = float(weights[active] @ variances) * (1.0 - ROUNDED)
    left = most - excess_above(problem, p, weights, prices)
    length = float(weights[active] @ ceilings[active]) * (1.0 + ROUNDED)
    with np.errstate(over="ignore"):
        ratio = float((variances / ceilings[active]).max()) * (1.0 + 2.0 * UNIT)
    return Reach(
        probabilities=p,
        ratio=ratio,
        least=max(0.0, left / length * (1.0 - 4.0 * UNIT)) if np.isfinite(left) else 0.0,
        weights=weights,
    )


def _least_of(problem: Problem, weights: FloatArray) -> tuple[FloatArray, Prices]:
    """Probabilities of the least sum of variances, weights ``(S,)``, and their prices."""
    weight = changed(problem, model_weights=np.where(weights > 0.0, weights, 1.0))
    p, found = exact(weight)
    if isinstance(found, Multipliers):
        found = prices_of_roots(weight, level=found.level, rows=found.rows, exponent=found.exponent)
    return with_leftover(problem, p), found


def require_reachable(problem: Problem, ceilings: FloatArray, known: Reach) -> None:
    """Refuses ceilings that are proved to be out of reach.

    Raises:
        InfeasibleError: naming the model, by how much, and what would do.
    """
    if known.least <= 1.0:
        return
    least = variances_decimals(problem, known.probabilities)
    with np.errstate(invalid="ignore", over="ignore"):
        moved = in_power(problem, exponent_of(float(problem.scores.max())))
        variances = variances_above(moved.scores, known.probabilities)
        # who has no ceiling may be left out altogether: 0 of an infinite variance
        asked = np.where(known.weights > 0.0, known.weights * variances, 0.0)
        s = int(np.argmax(asked))
    raise InfeasibleError(
        "no probabilities within the limits keep the variances under their ceilings: the least "
        f"that {problem.names.model(s)} can have beside the others is {least[s]}, "
        f"{_times(known.ratio)} its ceiling {ceilings[s]:g}; {would_do(known.ratio, ceilings)}"
    )


def _times(ratio: float) -> str:
    return f"{ratio:.6g} times" if ratio < np.inf else "more than 1e308 times"


def would_do(ratio: float, ceilings: FloatArray) -> str:
    """How many times as high all ceilings would have to be, in six digits, rounded up.

    Where these leave float64, scores have to be smaller, too.
    """
    if not ratio < np.inf:
        return NEAR_SQUARES
    factor, top = (
        rounded_up(ratio * (1.0 + KNIFE_EDGE), 6),
        float(ceilings[ceilings < np.inf].max()),
    )
    if math.log10(factor) + math.log10(top) < HIGHEST:
        return f"ceilings {factor:g} times as high would do"
    less = math.ceil((math.log10(factor) + math.log10(top) - HIGHEST) / 2.0) + 1
    scaled = rounded_up(factor * 10.0 ** (-2 * less) * (1.0 + KNIFE_EDGE), 6)
    return f"scores times 1e-{less} and ceilings times {scaled:g} would do"


def kept(
    problem: Problem,
    probabilities: FloatArray,
    ceilings: FloatArray,
    scores: FloatArray,
    *,
    told: float = np.inf,
) -> FloatArray:
    """Probabilities within all other limits, moved as little as needed to be under the ceilings.

    First those of the models that are above go up by ulps, then only what is small beside the
    largest, which no sum of theirs feels, then everything towards probabilities that are under the
    ceilings with room to spare.

    Args:
        problem: whose limits on sums and boxes hold.
        probabilities: ``(V, S)``, within these.
        ceilings: ``(S,)``, infinite for none.
        scores: ``(V, S)``, those of the variances.
        told: how many times a ceiling a square may be for an answer to be proved.

    Raises:
        InfeasibleError: the ceilings are out of reach.
        ConvergenceError: they are within rounding of what can be reached, and no probabilities were
            found that keep them.
    """
    above = above_ceilings(scores, probabilities, ceilings)
    if not above.any():
        return probabilities
    (floor, most), fitted = problem.bounds, fitter(problem)
    small = probabilities < SMALL * float(probabilities.max())
    for some in (True, small) if small.any() else (True,):
        up, over = np.zeros(above.size), above
        for _ in range(PUSHES):
            up = np.where(over, np.maximum(2.0 * up, 2.0 * UNIT), up)
            raised = probabilities * (1.0 + np.where(some, up, 0.0))
            trial = fitted(np.minimum(most, raised))
            over = above_ceilings(scores, trial, ceilings)
            if not over.any():
                return trial
    known = reach(problem, ceilings)
    require_reachable(problem, ceilings, known)
    inside = known.probabilities
    for share in (0.0, *np.geomspace(1e-15, 1.0, SHARES)):
        mixed = np.maximum(floor, (1.0 - share) * probabilities + share * inside)
        trial = fitted(np.minimum(most, mixed))
        if not above_ceilings(scores, trial, ceilings).any():
            return trial
    raise ConvergenceError(
        "whether any probabilities keep the variances under their ceilings is too near to be told "
        f"in float64; {_advised(ROOM * max(1.0, known.ratio), ceilings, scores, told)}"
    )


def _advised(ratio: float, ceilings: FloatArray, scores: FloatArray, told: float) -> str:
    """Ceilings that would do; none where squares are so far above these that nothing is proved."""
    with np.errstate(divide="ignore"):
        above = 2.0 * np.log2(scores.max(axis=0)) - np.log2(ceilings) - math.log2(ratio)
    return NEAR_SQUARES if (above > math.log2(told)).any() else would_do(ratio, ceilings)
