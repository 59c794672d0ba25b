"""Rules that learn from what they draw: a state before the first round, renewed after each.

They see the norms of what was drawn and nothing else (bandit feedback).
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.solvers.exact import exact
from roundlot.solvers.rules.filling import fill, floored
from roundlot.solvers.rules.information import Information, Observed
from roundlot.solvers.rules.limits import Limits, limits
from roundlot.solvers.rules.rule import Rule, known
from roundlot.theory import InvalidProblemError, Problem
from roundlot.theory.arrays import FloatArray
from roundlot.theory.positions import by_position


@dataclass(frozen=True, kw_only=True, eq=False)
class State:
    """What a sampler remembers between rounds; never changed in place.

    Attributes:
        problem: the limits; its scores are not read.
        limits: the same with the sampler's floors.
        rounds: how many were seen.
        unit: mean norm of the first round that showed any, ``√λ a``; 0 before. Settings are in
            this unit, so that nothing depends on the scale of the norms.
    """

    problem: Problem
    limits: Limits
    rounds: int = 0
    unit: float = 0.0


@dataclass(frozen=True, kw_only=True, eq=False)
class OnlineSampler(Rule):
    """A rule that chooses the next probabilities from what past rounds have shown.

    With a history in its information it is a rule like others: it replays the rounds, then
    proposes.

    Several models and caps enter every rule alike: a pair (processor, model) is what the papers
    call a client, and where a paper puts probabilities on a simplex or under ``p <= 1``, here they
    meet the problem's floors, ceilings, processors' caps and budget, exactly.

    Attributes:
        share: of the uniform probabilities that every pair keeps, so that it is seen again.
    """

    share: float = 0.2
    needs: str = "past rounds' norms"
    requires: tuple[str, ...] = ("history",)

    def propose(self, problem: Problem, information: Information) -> FloatArray:
        """``(V, S)``, after the rounds in the information's history.

        The problem's own scores are not read: they are of the round to come.

        Raises:
            InfeasibleError: limits that nothing satisfies.
        """
        state = self.init(problem)
        for past in known(information.history, "history"):
            state = self.update(state, past.probabilities, past.norms)
        return self.probabilities(state)

    def init(self, problem: Problem) -> State:
        """The state before the first round.

        Args:
            problem: the limits: available pairs, budget, caps, floors, ceilings, model weights.

        Raises:
            InfeasibleError: limits that nothing satisfies.
            InvalidProblemError: a share outside ``[0, 1]``.
        """
        return self._start(
            State(problem=problem, limits=floored(problem, limits(problem), self.share))
        )

    @by_position()
    def update(self, state: State, probabilities: npt.ArrayLike, norms: npt.ArrayLike) -> State:
        """The state after a round.

        Args:
            state: before it.
            probabilities: ``(V, S)``, what the round was drawn with.
            norms: ``(V, S)``, norms ``a`` of what was drawn, without model weights; NaN elsewhere.

        Raises:
            InvalidProblemError: a wrong shape, a negative or infinite norm, a norm where ``p = 0``.
        """
        past = Observed(probabilities=np.asarray(probabilities), norms=np.asarray(norms))
        if past.norms.shape != state.problem.scores.shape:
            raise InvalidProblemError(
                f"norms have shape {past.norms.shape}; give {state.problem.scores.shape}"
            )
        return self._learn(_counted(state, past), past)

    @abstractmethod
    def probabilities(self, state: State) -> FloatArray:
        """``(V, S)``, for the next round, within all limits, read-only."""

    @abstractmethod
    def _start(self, state: State) -> State: ...

    @abstractmethod
    def _learn(self, state: Any, past: Observed) -> State: ...


def uniform(state: State) -> FloatArray:
    """``(V, S)``, the same for every available pair as limits allow."""
    return fill(state.problem.available.astype(np.float64), state.limits)


def proportional(state: State, sizes: FloatArray) -> FloatArray:
    """``(V, S)``, the optimum ``min Σ size²/p`` over the sampler's limits.

    Floors are limits of that program, not something added after it: ``p = clip(κ_v size, l, u)``
    with ``κ_v`` one number for all processors below their caps.

    Args:
        state: whose limits hold.
        sizes: ``(V, S)``, finite, ``>= 0``.
    """
    bounds = state.limits
    top = float(sizes.max(initial=0.0))
    if top <= 0.0:
        return uniform(state)
    problem = Problem(
        sizes / top,
        budget=bounds.budget,
        available=state.problem.available,
        allow_unreachable=True,  # what is refused was refused before
        processor_cap=bounds.cap,
        floor=bounds.lower,
        ceiling=state.problem.ceiling,
    )
    table = exact(problem)[0]
    table.flags.writeable = False
    return table


def weighted(state: State, past: Observed) -> FloatArray:
    """``(V, S)``, norms ``√λ a`` in the state's unit; NaN where not drawn."""
    scale = state.unit or 1.0
    return np.asarray(past.norms / scale * np.sqrt(state.problem.model_weights))


def _counted(state: State, past: Observed) -> State:
    unit = state.unit
    if unit == 0.0 and past.seen.any():
        roots = np.broadcast_to(np.sqrt(state.problem.model_weights), past.norms.shape)
        unit = float((past.norms * roots)[past.seen].mean())
    return replace(state, rounds=state.rounds + 1, unit=unit)
