"""Full participation: everybody who is there trains every model they can; nothing is drawn.

The step that all others estimate, at the cost that they avoid.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from torch import Tensor

from roundlot.simulate.methods.aggregation import step_of
from roundlot.simulate.methods.estimator import Estimator, Labelled
from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.method import Memory, Step
from roundlot.simulate.training.round import Round


@dataclass(frozen=True, kw_only=True)
class FullParticipation(Labelled):
    """Everybody, always, weighted by data."""

    name: str = "full"
    source: str = "McMahan et al., AISTATS 2017"
    estimator: ClassVar[Estimator] = Estimator(weighs="everybody")
    needs: ClassVar[str] = "nothing"
    formula: ClassVar[str] = r"\Delta_s = \sum_i d_{is} G_{is}"

    def init(self, federation: Federation, parameters: tuple[Tensor, ...]) -> Memory:
        """Nothing is remembered."""
        return {}

    def apply(self, memory: Memory, round_: Round) -> tuple[Memory, Step]:
        """``Δ_s = Σ_i d_i G_i``. Processors train one model after another, so none is picked."""
        idle = np.full(round_.federation.n_processors, -1, dtype=np.int64)
        fresh = tuple(np.ascontiguousarray(column) for column in round_.data_weights.T)
        return memory, step_of(round_, picks=idle, fresh=fresh)
