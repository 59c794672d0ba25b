"""Whether what was found for floors of sums is proved, and within all limits."""

from __future__ import annotations

from roundlot.solvers.central.settling import fits
from roundlot.solvers.proof.accepted import ACCEPTED, LOOSEN
from roundlot.solvers.proof.bound import Lagrangian
from roundlot.solvers.proof.prices import Multipliers, Prices
from roundlot.theory import ConvergenceError, Problem
from roundlot.theory.arrays import FloatArray
from roundlot.theory.certificates.feasibility import infeasibilities


def require_proved(
    problem: Problem, probabilities: FloatArray, multipliers: Multipliers | Prices
) -> None:
    """Refuses what a solver of the sum left short of the optimum, or outside a limit by rounding.

    Raises:
        ConvergenceError: saying the gap, or the limit.
    """
    require_within(problem, probabilities)
    require_gap(problem, probabilities, multipliers)


def require_within(problem: Problem, probabilities: FloatArray) -> None:
    """Refuses what is outside a limit.

    Raises:
        ConvergenceError: naming the limit.
    """
    if fits(problem, probabilities):
        return
    outside = next(iter(infeasibilities(problem, probabilities)), None)
    if outside is not None:
        raise ConvergenceError(f"limits leave no room for rounding: {outside}; {LOOSEN}")


def proved_gap(
    problem: Problem, probabilities: FloatArray, multipliers: Multipliers | Prices
) -> float:
    """The gap that prices prove of probabilities within all limits."""
    return Lagrangian.of(problem, multipliers).gap_of(probabilities)


def require_gap(
    problem: Problem, probabilities: FloatArray, multipliers: Multipliers | Prices
) -> None:
    """Refuses what a solver of the sum left short of the optimum.

    Raises:
        ConvergenceError: saying the gap.
    """
    require_small(proved_gap(problem, probabilities, multipliers))


def require_small(gap: float) -> None:
    """Refuses a gap above ``ACCEPTED``.

    Raises:
        ConvergenceError: saying it.
    """
    if not gap <= ACCEPTED:
        raise ConvergenceError(
            f"floors of sums leave too little room: the optimum is proved to a gap of {gap:.2g} "
            f"only, above {ACCEPTED:g}; lower them a little, or raise the budget"
        )
