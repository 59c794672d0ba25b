"""The memory of Vrb and K-Vib: unbiased estimates of the sums of squared norms so far."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from roundlot.solvers.approximations.information import Observed
from roundlot.solvers.online.sampler import FloatArray, OnlineSampler, State, weighted


@dataclass(frozen=True, kw_only=True, eq=False)
class Sums(State):
    """Past squared norms.

    Attributes:
        squares: ``(V, S)``, ``Σ_τ 1{drawn} a²/p``, in the state's unit squared. Its expectation is
            ``Σ_τ a²`` whatever was drawn.
    """

    squares: FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class FollowTheRegularised(OnlineSampler):
    """Follow the regularised leader on ``f_t(p) = Σ a_t²/p``.

    With the regulariser ``Σ γ/p`` the leader after ``t`` rounds minimises ``Σ (squares + γ) / p``.
    That is the program of the optimum with scores ``√(squares + γ)``: the *square root* of the
    accumulated squares.

    Attributes:
        regularisation: ``γ``, in mean squared norms of the first round.
    """

    regularisation: float = 10.0

    def leader(self, state: State) -> FloatArray:
        """``(V, S)``, the scores ``√(squares + γ)`` of the program that the leader solves."""
        assert isinstance(state, Sums)
        return np.sqrt(state.squares + self.regularisation)

    def _start(self, state: State) -> Sums:
        return Sums(**vars(state), squares=np.zeros(state.problem.scores.shape))

    def _learn(self, state: State, past: Observed) -> State:
        assert isinstance(state, Sums)
        seen, norms = past.seen, weighted(state, past)
        new = np.divide(norms * norms, past.probabilities, out=np.zeros(seen.shape), where=seen)
        return replace(state, squares=state.squares + new)
