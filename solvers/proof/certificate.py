"""A proof of how far probabilities are from the best possible."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from roundlot.solvers import kernels
from roundlot.solvers.exact import best_multipliers
from roundlot.solvers.joint.under import least_sum, sum_bound
from roundlot.solvers.proof.bound import (
    BLOCK,
    Lagrangian,
    gap_above,
    in_user_units,
    unit_of,
)
from roundlot.solvers.proof.prices import Multipliers, Prices
from roundlot.solvers.water.scaling import in_power
from roundlot.theory import InvalidProblemError, Problem
from roundlot.theory.arrays import FloatArray, read_only
from roundlot.theory.cells import real_numbers
from roundlot.theory.certificates.claim import claim_of, price_complaints
from roundlot.theory.certificates.findings import Findings, examine
from roundlot.theory.certificates.variances import never_drawn
from roundlot.theory.positions import by_position
from roundlot.theory.problem.problem import require_problem

BELOW = 1.0 + 2.0**-30  # far above what rounding makes of an objective that is its own bound


@dataclass(frozen=True, kw_only=True, eq=False)
class Certificate:
    """A lower bound on ``Σ λ a²/p`` over all feasible ``p``, and the distance of one from it.

    The variance is ``Σ λ a²/p − Σ λ a²``. Where nearly everybody is drawn it is a small part of the
    objective, and a gap of the objective says little about it: ``variance_gap`` does.

    Attributes:
        problem: what it certifies.
        probabilities: ``(V, S)``, what it is about.
        multipliers: the prices that prove the bound, whatever found them: roots where budget and
            processor caps are the only sums that are limited, else prices of every limit.
        unit: of the numbers: ``4**unit`` units of the user. 0 unless float64 does not hold the
            objective, as with scores near 1e200 or 1e-200: `Solution.objective_text` says it then.
        lower_bound: no feasible probabilities cost less, in exact arithmetic.
        objective: what these probabilities cost; infinite only where a score is never drawn.
        gap: at most ``objective / optimum − 1``, rounded up; 0 when both are 0, infinite where the
            objective is below the bound, which no feasible probabilities are.
        rigorous: whether every rounding error is accounted for.
    """

    problem: Problem = field(repr=False)
    probabilities: FloatArray = field(repr=False)
    multipliers: Multipliers | Prices = field(repr=False)
    lower_bound: float
    objective: float
    gap: float
    rigorous: bool = True
    unit: int = 0

    @property
    def user_bound(self) -> float:
        """``lower_bound`` in the user's units, rounded down: the largest float64, or 0, beyond."""
        return in_user_units(self.lower_bound, self.unit, up=False)

    @cached_property
    def variance_gap(self) -> float | None:
        """At most ``variance / least variance − 1``, rounded up; computed when first asked for.

        From prices and probabilities as a sum of terms that are all ``>= 0``, without a difference
        of large sums, so that it holds where the variance is tiny beside the objective: down to the
        last bits of the probabilities, which at ``p`` near 1 are ``2**-53 / (1 − p)`` of a
        variance. 0 where nothing varies; infinite where nothing is proved; None of another
        objective than the sum, and where variances have ceilings.
        """
        if getattr(self, "goal", None) is not None:
            return None
        if self.problem.model_variance_ceilings is not None:
            return None
        known = self.multipliers
        if isinstance(known, Multipliers):
            sound = self.problem.is_plain and known.rows.shape == (self.problem.n_processors,)
        else:
            sound = not any(price_complaints(self.problem, known))
        if not sound or self.probabilities.shape != self.problem.scores.shape:
            return math.inf  # `findings` says why
        if never_drawn(self.problem.scores, self.probabilities).any():
            return math.inf
        return Lagrangian.of(self.problem, known).variance_gap(self.probabilities)

    def verify(self) -> bool:
        """Whether all that is claimed is proved, computed afresh from the problem."""
        return self.findings().proved

    def complaints(self) -> tuple[str, ...]:
        """What is false, in words, each with its place and size."""
        return self.findings().complaints

    def findings(self) -> Findings:
        """What probabilities and prices prove, what is false, and what is undecided and why.

        `roundlot.theory.certificates` computes it from the problem in its own units, with no
        scaling and no arithmetic of the solvers.
        """
        return examine(claim_of(self))


@by_position()
def certify(
    problem: Problem,
    probabilities: npt.ArrayLike,
    multipliers: Multipliers | Prices | None = None,
) -> Certificate:
    """The certificate of any probabilities, whatever found them.

    Args:
        problem: the program.
        probabilities: ``(V, S)``, in ``[0, 1]``.
        multipliers: any prices; the optimal ones are found when none are given.

    Raises:
        InvalidProblemError: a wrong shape, a NaN or a negative entry, or roots for a problem that
            limits more sums than they price.
        InfeasibleError: no probabilities are feasible.
        ConvergenceError: no prices were given, and dual Newton found none.
    """
    require_problem(problem)
    p, all_drawn = _checked(problem, probabilities)
    if multipliers is None:
        multipliers = known_multipliers(problem)
    lagrangian = Lagrangian.of(problem, multipliers)
    cost, exponent = lagrangian.cost(p), lagrangian.exponent
    if problem.model_variance_ceilings is not None and isinstance(multipliers, Prices):
        unit = unit_of(cost, exponent)
        value = in_user_units(cost, exponent - unit, up=False)
        moved = replace(multipliers, exponent=multipliers.exponent - unit)
        least = sum_bound(in_power(problem, unit) if unit else problem, p, moved, value)
        bound = math.ldexp(least, -2 * (exponent - unit))
    else:
        bound = lagrangian.bound_at(p)
    if not all_drawn and never_drawn(problem.scores, p).any():
        cost = math.inf  # also where the score vanishes beside the others
    unit = unit_of(cost, exponent)
    return Certificate(
        problem=problem,
        probabilities=p,
        multipliers=multipliers,
        lower_bound=in_user_units(bound, exponent - unit, up=False),
        objective=in_user_units(cost, exponent - unit, up=True),
        gap=math.inf if bound > cost * BELOW else gap_above(cost, bound),
        unit=unit,
    )


def known_multipliers(problem: Problem) -> Multipliers | Prices:
    """The optimal prices of a problem with any limits.

    Raises:
        InfeasibleError: no probabilities are feasible.
        ConvergenceError: none were found.
    """
    if problem.model_variance_ceilings is not None:
        return least_sum(problem)[1]
    return best_multipliers(problem)


def _checked(problem: Problem, probabilities: npt.ArrayLike) -> tuple[FloatArray, bool]:
    """Probabilities that nobody can write to, and whether all are above 0."""
    plain = isinstance(probabilities, np.ndarray) and probabilities.dtype == np.float64
    masked = isinstance(probabilities, np.ma.MaskedArray)
    p = probabilities if plain and not masked else real_numbers(probabilities, "probabilities")
    assert isinstance(p, np.ndarray)
    if p.shape != problem.scores.shape:
        raise InvalidProblemError(
            f"probabilities have shape {p.shape}; scores have {problem.scores.shape}"
        )
    parts = kernels.in_pieces(lambda rows: float(p[rows].min()), kernels.pieces(len(p), BLOCK))
    least = float(np.min(parts))  # NaN where one is
    if not least >= 0.0:
        v, s = (int(i) for i in np.argwhere(~(p >= 0.0))[0])
        raise InvalidProblemError(f"probabilities[{v}, {s}] is {p[v, s]:g}; it must be at least 0")
    return _kept(p), least > 0.0


def _kept(p: FloatArray) -> FloatArray:
    """An array that owns its numbers and is read-only, such as a solution's; else a copy."""
    return p if p.flags.owndata and not p.flags.writeable else read_only(p.copy())
