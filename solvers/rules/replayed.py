"""Online samplers as approximations: replay a history, then propose the next probabilities."""

from __future__ import annotations

from dataclasses import dataclass

from roundlot.solvers.online import SAMPLERS, OnlineSampler
from roundlot.solvers.rules.information import Information
from roundlot.solvers.rules.rule import Approximation, FloatArray
from roundlot.theory import InvalidProblemError, Problem


@dataclass(frozen=True, kw_only=True, eq=False)
class Replayed(Approximation):
    """What an online sampler would propose after the rounds in the information's history.

    The problem's own scores are not read: they are of the round to come.
    """

    sampler: OnlineSampler
    needs: str = "past rounds' norms"
    requires: tuple[str, ...] = ("history",)

    def propose(self, problem: Problem, information: Information) -> FloatArray:
        """``(V, S)``, from past rounds.

        Raises:
            InfeasibleError: limits that nothing satisfies.
        """
        if information.history is None:
            raise InvalidProblemError("this approximation needs history: pass history= to compare")
        state = self.sampler.init(problem)
        for past in information.history:
            state = self.sampler.update(state, past.probabilities, past.norms)
        return self.sampler.probabilities(state)


#: Every online sampler, as an approximation.
REPLAYED: tuple[Replayed, ...] = tuple(
    Replayed(name=sampler.name, source=sampler.source, sampler=sampler) for sampler in SAMPLERS
)
