"""Uniform in every round: what a sampler that learns nothing loses."""

from __future__ import annotations

from dataclasses import dataclass

from roundlot.solvers.approximations.information import Observed
from roundlot.solvers.online.sampler import FloatArray, OnlineSampler, State, uniform


@dataclass(frozen=True, kw_only=True, eq=False)
class Stay(OnlineSampler):
    """Uniform over available pairs, whatever is seen."""

    name: str = "uniform"
    source: str = "McMahan et al., AISTATS 2017"

    def probabilities(self, state: State) -> FloatArray:
        """``(V, S)``, always the same."""
        return uniform(state)

    def _start(self, state: State) -> State:
        return state

    def _learn(self, state: State, past: Observed) -> State:
        return state
