"""Optima over the budget where they have no exact pieces: every budget that is asked for is solved.

With floors of sums, ceilings of variances, budgets per model or cost rows the optimum is no
rational function of the budget. Each answer is a solution of its own, with its certificate; the
nearest that is known is where the next one starts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from roundlot.solvers.objectives.total import solve_sum
from roundlot.solvers.proof.scales import require_held
from roundlot.solvers.solution import Solution
from roundlot.theory import InfeasibleError, InvalidProblemError, Problem
from roundlot.theory.arrays import FloatArray
from roundlot.theory.cells import real_numbers
from roundlot.theory.kinds import real_number


@dataclass(frozen=True, kw_only=True, eq=False)
class SolvedPath:
    """Optimal probabilities of a problem with any limits, a solution for each budget asked for.

    Attributes:
        problem: the problem; its budget plays no part.
        least: no smaller budget meets the limits. Where several kinds of limits decide it
            together, or ceilings of variances, it may be above the truth by a part in 1e9.
        most: what caps, ceilings and availability can use at most.
    """

    problem: Problem = field(repr=False)
    least: float
    most: float
    _known: dict[float, Solution] = field(default_factory=dict, repr=False)

    def solution(self, budget: float) -> Solution:
        """The optimum at a budget, with its certificate; solved once.

        Raises:
            InvalidProblemError: a budget that is not a finite number above 0.
            InfeasibleError: a budget below the least, or one that leaves 0 for a positive score.
            ConvergenceError: as `roundlot.solve`.
        """
        at = float(self._checked(real_number(budget, "budget")))
        if at not in self._known:
            near = min(self._known, key=lambda known: abs(known - at), default=None)
            start = None if near is None else self._known[near]
            self._known[at] = solve_sum(replace(self.problem, budget=at), start=start)
        return self._known[at]

    def at(self, budget: float) -> FloatArray:
        """``(V, S)``, the optimal probabilities at a budget, within all limits exactly."""
        return self.solution(budget).probabilities

    def price(self, budget: npt.ArrayLike) -> FloatArray:
        """What one more draw would save of ``Σ λ a²/p``, for one budget or an array of them."""
        return self._each(budget, lambda found: found.price)

    def objective(self, budget: npt.ArrayLike) -> FloatArray:
        """``Σ λ a²/p`` of the optimum, for one budget or an array of them."""
        return self._held(self._each(budget, lambda found: found.objective), "objectives are")

    def variance(self, budget: npt.ArrayLike) -> FloatArray:
        """``Σ λ a² (1/p − 1)`` of the optimum, for one budget or an array of them."""
        return self._held(self._each(budget, lambda found: found.variance), "variances are")

    def _held(self, values: FloatArray, what: str) -> FloatArray:
        """Values that float64 holds, or InvalidProblemError: no sum above 0 is 0 here."""
        greatest = float(self.problem.weighted_scores.max())
        size = float(np.max(values, initial=0.0))
        require_held(values, size=size, greatest=greatest, what=what)
        return values

    def gap(self, budget: npt.ArrayLike) -> FloatArray:
        """How far each objective is proved to be from the least, in proportion to it."""
        return self._each(budget, lambda found: found.certificate.gap)

    def _each(self, budget: npt.ArrayLike, of: Callable[[Solution], float]) -> FloatArray:
        budgets = self._checked(budget)
        values = [of(self.solution(at)) for at in budgets.reshape(-1).tolist()]
        return np.array(values).reshape(budgets.shape)

    def _checked(self, budget: npt.ArrayLike) -> FloatArray:
        given = real_numbers(budget, "budget")
        if not np.all((given > 0.0) & (given < np.inf)):
            raise InvalidProblemError(f"budget is {budget!r:.80}; give finite numbers above 0")
        if np.any(given < self.least):
            raise InfeasibleError(
                f"a budget of {float(given.min())!r} is below {self.least!r}, the least that meets "
                "the limits; raise it or lower the floors"
            )
        return given
