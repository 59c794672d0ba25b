"""Whether ceilings of variances can be kept at all, and by probabilities with room to spare.

The least of the largest ratio ``Var_s / ceiling_s`` is a worst-model program: at most 1 where the
ceilings can be kept, and its lower bound above 1 proves that they cannot.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from roundlot.solvers.central.floors import fitter, within_limits
from roundlot.solvers.exact import exact
from roundlot.solvers.joint.answer import solve_joint
from roundlot.solvers.joint.bound import ROUNDED, excess_above
from roundlot.solvers.joint.program import Rows
from roundlot.solvers.kernels import UNIT
from roundlot.solvers.proof.leftover import with_leftover
from roundlot.solvers.proof.prices import Multipliers, Prices
from roundlot.solvers.proof.variances import above_ceilings, variances_above
from roundlot.solvers.water.scaling import changed
from roundlot.theory import ConvergenceError, InfeasibleError, Problem
from roundlot.theory.arrays import FloatArray
from roundlot.theory.certificates.claim import prices_of_roots

PUSHES = 24  # from one ulp to 1e-9, each four times the last
SHARES = 24
KNIFE_EDGE = 1e-9
LOWEST = 1e-300  # a ceiling whose reciprocal is a float64


@dataclass(frozen=True, kw_only=True, eq=False)
class Reach:
    """The probabilities whose worst ratio of variance to ceiling is least.

    Attributes:
        probabilities: ``(V, S)``.
        ratio: theirs, rounded up.
        least: no probabilities within the limits have less, rounded down.
        weights: ``(S,)``, prices of the variances that prove it.
    """

    probabilities: FloatArray = field(repr=False)
    ratio: float
    least: float
    weights: FloatArray


def reach(problem: Problem, ceilings: FloatArray) -> Reach:
    """How far the ceilings ``(S,)`` can be kept; infinite ones are none."""
    active = problem.scores.any(axis=0) & np.isfinite(ceilings)
    factors = np.where(active, 1.0 / np.where(active, np.maximum(ceilings, LOWEST), 1.0), 0.0)
    if not active.any():
        p = within_limits(problem)
        return Reach(probabilities=p, ratio=0.0, least=0.0, weights=factors)
    layers = np.where(active, problem.scores, 0.0)[None]
    weights = np.zeros(problem.n_models)
    if int(active.sum()) == 1 and not problem.sum_floors():  # the sum, to the last bit
        p, prices = _least_alone(changed(problem, scores=layers[0], model_variance_ceilings=None))
        weights[active] = 1.0
    else:
        answer = solve_joint(problem, layers=layers, rows=Rows.of_norm(factors))
        weights[active] = answer.rows * factors[active]
        p, prices = answer.probabilities, answer.prices
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


def _least_alone(problem: Problem) -> tuple[FloatArray, Prices]:
    """Probabilities of the least variance of the one model with scores, and their prices."""
    weight = changed(problem, model_weights=np.ones(problem.n_models))
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
    variances = variances_above(problem.scores, known.probabilities)
    with np.errstate(invalid="ignore"):
        s = int(np.argmax(known.weights * variances))
    raise InfeasibleError(
        "no probabilities within the limits keep the variances under their ceilings: the least "
        f"that {problem.names.model(s)} can have beside the others is {variances[s]:.6g}, "
        f"{_times(known.ratio)} its ceiling {ceilings[s]:g}; {_would_do(known.ratio)}"
    )


def _times(ratio: float) -> str:
    return f"{ratio:.6g} times" if ratio < np.inf else "more than 1e308 times"


def _would_do(ratio: float) -> str:
    if ratio < np.inf:
        return f"ceilings {ratio:.6g} times as high would do"
    return "give ceilings near the squares of the scores"


def kept(
    problem: Problem, probabilities: FloatArray, ceilings: FloatArray, scores: FloatArray
) -> FloatArray:
    """Probabilities within all other limits, moved as little as needed to be under the ceilings.

    First those of the models that are above go up by ulps, then everything towards probabilities
    that are under the ceilings with room to spare.

    Args:
        problem: whose limits on sums and boxes hold.
        probabilities: ``(V, S)``, within these.
        ceilings: ``(S,)``, infinite for none.
        scores: ``(V, S)``, those of the variances.

    Raises:
        InfeasibleError: the ceilings are out of reach.
        ConvergenceError: they are within rounding of what can be reached, and no probabilities were
            found that keep them.
    """
    above = above_ceilings(scores, probabilities, ceilings)
    if not above.any():
        return probabilities
    (floor, most), up, fitted = problem.bounds, np.zeros(above.size), fitter(problem)
    push = 2.0 * UNIT
    for _ in range(PUSHES):
        up = np.where(above, np.maximum(2.0 * up, push), up)
        trial = fitted(np.minimum(most, probabilities * (1.0 + up)))
        above = above_ceilings(scores, trial, ceilings)
        if not above.any():
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
        f"the ceilings of variances are within {abs(known.ratio - 1.0):.2g} relative of the least "
        "that can be reached, too near to be told in float64; raise them by that"
    )
