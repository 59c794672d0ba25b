"""The least cost of draws under ceilings of variances, and the proof of it."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from roundlot.solvers import kernels
from roundlot.solvers.central.floors import fitter, within_limits
from roundlot.solvers.central.slack import beside_floors, unpriced
from roundlot.solvers.digits.answer import InDigits, Nearly, bettered, in_digits
from roundlot.solvers.digits.question import Question, question
from roundlot.solvers.exact import exact
from roundlot.solvers.joint.answer import FINE, JointAnswer, has_second_way, solve_joint
from roundlot.solvers.joint.bound import ceilings_left, excess_above
from roundlot.solvers.joint.program import Rows
from roundlot.solvers.joint.reach import kept, reach
from roundlot.solvers.kernels import UNIT
from roundlot.solvers.proof.bound import gap_above
from roundlot.solvers.proof.prices import Prices
from roundlot.solvers.proof.variances import above_ceilings
from roundlot.solvers.water.scaling import changed, shifted
from roundlot.theory import ConvergenceError, InfeasibleError, InvalidProblemError, Problem
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.certificates.arithmetic import nearest
from roundlot.theory.certificates.claim import no_prices
from roundlot.theory.certificates.variances import exact_variance

# Of the largest square of a model's scores: the least probability keeps every ceiling above it.
NO_CEILING = 1e250
LOOSER = (1e-13, 1e-12, 1e-10)  # parts by which ceilings are higher where the gap is not fine
FIXED = 8  # times that pairs at their ceilings are taken out
SHARE = 1e-5  # of a ceiling
# Of a cost: what a pair at its ceiling is worth, beside which a judge of 400 digits still tells it.
TOLD = 2.0**250

ALL_BUT_0 = 1e-290  # a probability whose cost is as good as none
NOTHING = (
    "every ceiling of a variance is kept by probabilities near 1e-290 of all that costs anything, "
    "so far above the squares of the scores are they all, and the least cost is below the range "
    "of float64; give floors, or ceilings nearer to these squares"
)


@dataclass(frozen=True, kw_only=True, eq=False)
class CostFound:
    """Probabilities under the ceilings, and what proves that hardly any cost less.

    Attributes:
        probabilities: ``(V, S)``.
        total: what they cost.
        lower_bound: no probabilities within limits and ceilings cost less.
        ceilings: ``(S,)``, prices of the ceilings, per unit of variance.
        prices: of all other limits.
        exponents: ``(S,)``, ``ceilings`` are in units of ``2**exponents``; None is 0.
    """

    probabilities: FloatArray = field(repr=False)
    total: float
    lower_bound: float
    ceilings: FloatArray
    prices: Prices
    exponents: IntArray | None = None


def least_under(
    problem: Problem, cost: FloatArray, ceiling: FloatArray, *, unlimited: bool = False
) -> CostFound:
    """The least ``Σ cost p`` with ``Var_s <= ceiling_s``, within the limits of a feasible problem.

    Args:
        problem: its limits.
        cost: ``(V, S)``, 0 where a pair is not available.
        ceiling: ``(S,)``, infinite for none.
        unlimited: whether the budget is left out.

    Raises:
        InfeasibleError: the ceilings are out of reach.
        ConvergenceError: they are too near to what can be reached, or so far above it that the
            least cost is below the range of float64.
    """
    if problem.sum_floors():
        slack = beside_floors(
            problem,
            lambda rest: least_under(rest, cost, ceiling, unlimited=unlimited),
            lambda found: found.probabilities,
        )
        if slack is not None and slack.total <= slack.lower_bound * (1.0 + FINE):
            return replace(slack, prices=unpriced(problem, slack.prices))
    floor, bare = problem.bounds[0], not problem.sum_floors()
    if bare and not above_ceilings(problem.scores, floor, ceiling).any():
        total = cost_of(cost, floor)
        return CostFound(
            probabilities=floor,
            total=total,
            lower_bound=total * (1.0 - 4.0 * UNIT),
            ceilings=np.zeros(problem.n_models),
            prices=no_prices(problem),
        )
    if not cost.any():
        p = exact(problem)[0]
        if above_ceilings(problem.scores, p, ceiling).any():
            p = reach(problem, ceiling).probabilities
            p = kept(problem, p, ceiling, problem.scores, told=TOLD)
        nothing = np.zeros(problem.n_models)
        return CostFound(
            probabilities=p,
            total=0.0,
            lower_bound=0.0,
            ceilings=nothing,
            prices=no_prices(problem),
        )
    found, active = _solved(problem, cost, ceiling, unlimited)
    if problem.sum_floors():
        if not found.lower_bound > 0.0 and _costs_nothing(problem, cost, ceiling):
            raise ConvergenceError(NOTHING)
        return found
    rest, last = (problem, ceiling), found
    for _ in range(FIXED if not _close(found) else 0):
        less = _without_fixed(*rest, last.probabilities)
        if less is None:
            break
        rest = less
        last, _ = _solved(rest[0], cost, rest[1], unlimited)
        again = _priced_again(problem, cost, ceiling, last)
        if above_ceilings(problem.scores, again.probabilities, ceiling).any():
            break
        if gap_above(again.total, again.lower_bound) < gap_above(found.total, found.lower_bound):
            found = again
        elif again.total < found.total:  # what costs less by the prices that prove more
            found = replace(found, probabilities=again.probabilities, total=again.total)
        if _close(found):
            break
    if found.lower_bound == 0.0 and (not active or _costs_nothing(problem, cost, ceiling)):
        raise ConvergenceError(NOTHING)
    return found


def _costs_nothing(problem: Problem, cost: FloatArray, ceiling: FloatArray) -> bool:
    """Whether limits and ceilings are kept where all that costs is drawn next to never."""
    low, high = problem.bounds
    costly = (cost > 0.0) & (low == 0.0) & (high > ALL_BUT_0)
    if ((cost > 0.0) & (low > 0.0)).any():
        return False
    most = np.where(costly, ALL_BUT_0, high)
    least = np.where(costly & (problem.scores > 0.0), ALL_BUT_0, low)
    near = changed(problem, floor=least, ceiling=most)
    try:
        p = within_limits(near)
        if above_ceilings(problem.scores, p, ceiling).any():
            p = reach(near, ceiling).probabilities
    except (InfeasibleError, ConvergenceError, InvalidProblemError):
        return False
    return not above_ceilings(problem.scores, p, ceiling).any()


def _close(found: CostFound) -> bool:
    return found.total <= found.lower_bound * (1.0 + FINE)


def _without_fixed(
    problem: Problem, ceiling: FloatArray, p: FloatArray
) -> tuple[Problem, FloatArray] | None:
    """The problem without scores of pairs that are at their ceilings, and what is left of those of
    variances; None where that is nothing.

    Their variances are known, and may be all of a ceiling but for its last digits, which are what
    the others may have. Only pairs of a share that counts: beside them others may be at theirs by
    rounding alone.
    """
    most = problem.bounds[1]
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        shares = (problem.scores / np.sqrt(ceiling)) ** 2
        shares = np.where(most < 1.0, shares * ((1.0 - most) / most), shares)
    fixed = (p >= most) & (problem.scores > 0.0) & ~(shares < SHARE)
    if not fixed.any() or not (problem.scores[~fixed] > 0.0).any():
        return None
    left = ceiling.copy()
    for s in np.flatnonzero(np.isfinite(ceiling) & fixed.any(axis=0)).tolist():
        at = fixed[:, s]
        taken = exact_variance(problem.scores[at, s], most[at, s]).high
        room = Fraction(float(ceiling[s])) - taken
        if room < 0 or (room == 0 and (problem.scores[~at, s] > 0.0).any()):
            return None
        left[s] = max(nearest(room, up=False), sys.float_info.min)
    scores = np.where(fixed, 0.0, problem.scores)
    return changed(problem, scores=scores, floor=np.where(fixed, most, problem.floor)), left


def _priced_again(
    problem: Problem, cost: FloatArray, ceiling: FloatArray, found: CostFound
) -> CostFound:
    """What the same prices prove with all scores."""
    units, near, most = _in_units(problem, ceiling)
    paid = found.ceilings
    if found.exponents is not None:
        with np.errstate(over="ignore", under="ignore"):
            paid = np.ldexp(paid, found.exponents + 2 * units)
    with np.errstate(over="ignore", invalid="ignore"):
        moments = np.where(paid > 0.0, paid * np.square(near.scores.max(axis=0)), 0.0)
    if not (moments <= TOLD * max(found.total, sys.float_info.min)).all():
        return replace(found, lower_bound=0.0)  # also where they overflow
    again = priced_cost(near, cost, most, found.probabilities, paid, found.prices)
    return replace(again, exponents=-2 * units)


def _in_units(problem: Problem, ceiling: FloatArray) -> tuple[IntArray, Problem, FloatArray]:
    """Powers of two of the models' largest scores, the problem and its ceilings in these."""
    units = np.frexp(problem.scores.max(axis=0))[1].astype(np.int64)
    near = changed(problem, scores=shifted(problem.scores, -units))
    with np.errstate(over="ignore", under="ignore"):
        return units, near, np.ldexp(ceiling, -2 * units)


def _solved(
    problem: Problem, cost: FloatArray, ceiling: FloatArray, unlimited: bool
) -> tuple[CostFound, bool]:
    """By the joint dual, and whether any ceiling of a variance may count."""
    units, near, most = _in_units(problem, ceiling)
    active = problem.scores.any(axis=0) & (most < NO_CEILING)

    def solved(loosened: float = 0.0, *, central: bool = False) -> JointAnswer:
        return solve_joint(
            near,
            layers=near.scores[None],  # whoever has a score must be drawn, ceiling or not
            rows=Rows.of_models(np.where(active, most, np.inf)),
            cost=shared_cost(problem, cost),
            unlimited=unlimited,
            loosened=loosened,
            accepted=lambda p: (
                bool(loosened) or not above_ceilings(problem.scores, p, ceiling).any()
            ),
            central=central,
        )

    def priced(p: FloatArray, answer: JointAnswer) -> CostFound:
        multipliers = np.zeros(problem.n_models)
        multipliers[active] = answer.rows
        return priced_cost(near, cost, most, p, multipliers, answer.prices)

    answer = solved()
    found = priced(kept(problem, answer.probabilities, ceiling, problem.scores, told=TOLD), answer)
    for part in () if problem.sum_floors() else LOOSER:
        if _close(found):
            break
        other = priced(found.probabilities, solved(part))
        found = other if other.lower_bound > found.lower_bound else found
    if not _close(found) and has_second_way(problem):
        with suppress(ConvergenceError, InfeasibleError):
            answer = solved(central=True)
            p = kept(problem, answer.probabilities, ceiling, problem.scores, told=TOLD)
            other = priced(p, answer)
            found = min(found, other, key=lambda x: gap_above(x.total, x.lower_bound))
    held = np.where(active, most, np.inf)

    def asked(*, large: bool = False) -> Question | None:
        return question(near, ceilings=held, cost=cost, unlimited=unlimited, large=large)

    def by_binding() -> InDigits | None:
        start = Nearly(
            probabilities=found.probabilities, prices=found.prices, ceilings=found.ceilings
        )
        return bettered(asked(large=True), fitter, start)

    for ended in (by_binding, lambda: in_digits(asked(), fitter)):
        if _close(found) or not (active.any() or found.lower_bound > 0.0):
            break
        with suppress(ConvergenceError, InfeasibleError):
            end = ended()
            if end is not None:
                p = kept(problem, end.probabilities, ceiling, problem.scores, told=TOLD)
                other = priced_cost(near, cost, most, p, end.ceilings, end.prices)
                found = min(found, other, key=lambda x: gap_above(x.total, x.lower_bound))
    return replace(found, exponents=-2 * units), bool(active.any())


def priced_cost(
    problem: Problem,
    cost: FloatArray,
    ceiling: FloatArray,
    probabilities: FloatArray,
    ceilings: FloatArray,
    prices: Prices,
) -> CostFound:
    """What prices of ceilings ``(S,)`` and limits prove of probabilities that keep them all."""
    total = cost_of(cost, probabilities)
    left = excess_above(problem, probabilities, ceilings, prices, cost=cost)
    enough = max(1e-14 * total, 1e-2 * left)
    left += ceilings_left(ceilings, ceiling, problem.scores, probabilities, enough=enough)
    return CostFound(
        probabilities=probabilities,
        total=total,
        lower_bound=max(0.0, (total * (1.0 - 4.0 * UNIT) - left) * (1.0 - 2.0 * UNIT)),
        ceilings=ceilings,
        prices=prices,
    )


def shared_cost(problem: Problem, cost: FloatArray) -> FloatArray | float:
    """One number where all pairs that are available cost the same."""
    held = cost[problem.available]
    if held.size and held.min() == held.max():
        return float(held[0])
    return cost


def cost_of(cost: FloatArray, probabilities: FloatArray) -> float:
    """``Σ cost p``, to three units."""
    return float(kernels.rounded_sum(cost * probabilities))
