"""A proof of how far a design is from the best possible."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from roundlot.solvers.proof.bound import design_cost, in_one_unit, lower_bound
from roundlot.solvers.proof.multipliers import Multipliers
from roundlot.solvers.proof.prices import Prices
from roundlot.theory import InvalidProblemError, Problem
from roundlot.theory.arrays import FloatArray
from roundlot.theory.certificates import Findings, claim_of, examine
from roundlot.theory.certificates.numbers import never_drawn
from roundlot.theory.certificates.prices import price_complaints

GREATEST = float(np.finfo(np.float64).max)


@dataclass(frozen=True, kw_only=True, eq=False)
class Certificate:
    """A lower bound on ``Σ λ a²/p`` over all feasible designs, and the distance of one from it.

    Attributes:
        problem: what it certifies.
        probabilities: ``(V, S)``, the design.
        multipliers: the prices that prove the bound, whatever found them: roots where budget and
            processor caps are the only sums that are limited, else prices of every limit.
        lower_bound: no feasible design costs less, in exact arithmetic.
        objective: what this design costs; infinite only if it is above the range of float64.
        gap: at most ``objective / optimum − 1``, rounded up; 0 when both are 0.
        rigorous: whether every rounding error is accounted for.
    """

    problem: Problem = field(repr=False)
    probabilities: FloatArray = field(repr=False)
    multipliers: Multipliers | Prices = field(repr=False)
    lower_bound: float
    objective: float
    gap: float
    rigorous: bool = True

    def verify(self) -> bool:
        """Whether all that is claimed is proved, computed afresh from the problem."""
        return self.findings().proved

    def complaints(self) -> tuple[str, ...]:
        """What is false, in words, each with its place and size."""
        return self.findings().complaints

    def findings(self) -> Findings:
        """What design and prices prove, what is false, and what is undecided and why.

        `roundlot.theory.certificates` computes it from the problem in its own units, with no
        scaling and no arithmetic of the solvers. Numbers beyond the range of float64 are undecided:
        rescale the scores.
        """
        return examine(claim_of(self))


def certify(
    problem: Problem,
    probabilities: npt.ArrayLike,
    multipliers: Multipliers | Prices | None = None,
) -> Certificate:
    """The certificate of any design, whatever found it.

    Args:
        problem: the program.
        probabilities: ``(V, S)``, in ``[0, 1]``.
        multipliers: any prices; the optimal ones are found when none are given.

    Raises:
        InvalidProblemError: a wrong shape, a NaN or a negative entry, or roots for a problem that
            limits more sums than they price.
        InfeasibleError: no design is feasible.
        ConvergenceError: no prices were given, and dual Newton found none.
    """
    design = _checked(problem, probabilities)
    if multipliers is None:
        from roundlot.solvers.exact import best_multipliers

        multipliers = best_multipliers(problem)
    bound, cost, exponent = _bound_and_cost(problem, design, multipliers)
    if never_drawn(problem.scores, design).any():
        cost = math.inf  # also where the score vanishes beside the others
    return Certificate(
        problem=problem,
        probabilities=design,
        multipliers=multipliers,
        lower_bound=in_user_units(bound, exponent, up=False),
        objective=in_user_units(cost, exponent, up=True),
        gap=relative_gap(cost, bound),
    )


def _bound_and_cost(
    problem: Problem, design: FloatArray, multipliers: Multipliers | Prices
) -> tuple[float, float, int]:
    """``(bound, cost, exponent)``, both in units of ``4**exponent``, rounded outward."""
    if isinstance(multipliers, Prices):
        from roundlot.solvers.proof.family_bound import family_bound, priced

        family = priced(problem, checked_prices(problem, multipliers))
        return family_bound(problem, family), design_cost(problem, design, family), family.exponent
    if not problem.is_plain:
        raise InvalidProblemError(
            "these multipliers price the budget and the processors' caps only; give Prices"
        )
    plain = in_one_unit(problem, multipliers)
    return lower_bound(problem, plain), design_cost(problem, design, plain), plain.exponent


def relative_gap(cost: float, bound: float) -> float:
    """``cost / bound − 1``, rounded up."""
    if cost == 0.0:
        return 0.0
    if bound == 0.0 or cost == math.inf:
        return math.inf
    return max(0.0, math.nextafter((cost - bound) / bound, math.inf))


def in_user_units(value: float, exponent: int, *, up: bool) -> float:
    """``value * 4**exponent``, rounded outward where it leaves the range of float64."""
    with np.errstate(over="ignore", under="ignore"):
        moved = float(np.ldexp(value, 2 * exponent))
    if up:
        return math.nextafter(moved, math.inf) if value > 0.0 and moved < 1e-290 else moved
    return min(GREATEST, math.nextafter(moved, 0.0) if moved < 1e-290 else moved)


def checked_prices(problem: Problem, prices: Prices) -> Prices:
    """The prices, if there is one ``>= 0`` and finite for every limit.

    Raises:
        InvalidProblemError: naming the first that is missing, negative, NaN or infinite.
    """
    for complaint in price_complaints(problem, prices):
        raise InvalidProblemError(complaint)
    return prices


def _checked(problem: Problem, probabilities: npt.ArrayLike) -> FloatArray:
    design = np.array(probabilities, dtype=np.float64)
    if design.shape != problem.scores.shape:
        raise InvalidProblemError(
            f"probabilities have shape {design.shape}; scores have {problem.scores.shape}"
        )
    if not np.all(design >= 0.0):
        v, s = (int(i) for i in np.argwhere(~(design >= 0.0))[0])
        raise InvalidProblemError(
            f"probabilities[{v}, {s}] is {design[v, s]:g}; it must be at least 0"
        )
    design.flags.writeable = False
    return design
