"""FedAvg: clients drawn at random, their updates averaged by the data of those drawn.

The average divides by what happened to be drawn, so ``H_s = 1`` always, and the mean of a ratio is
not the ratio of the means: biased when data sizes differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from torch import Tensor

from roundlot.simulate.methods.aggregation import step_of
from roundlot.simulate.methods.choosing import proposed
from roundlot.simulate.methods.estimator import Estimator, Labelled
from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.method import Memory, Step
from roundlot.simulate.training.round import Round
from roundlot.solvers.rules.uniform import RandomModel


@dataclass(frozen=True, kw_only=True)
class FedAvg(Labelled):
    """The average by data of those drawn at random."""

    name: str = "FedAvg"
    source: str = "McMahan et al., AISTATS 2017"
    estimator: ClassVar[Estimator] = Estimator(weighs="those drawn")
    needs: ClassVar[str] = "nothing"
    formula: ClassVar[str] = (
        r"\Delta_s = \frac{\sum_{i \text{ drew } s} d_{is} G_{is}}"
        r"{\sum_{i \text{ drew } s} d_{is}}"
    )

    def init(self, federation: Federation, parameters: tuple[Tensor, ...]) -> Memory:
        """Nothing is remembered."""
        return {}

    def apply(self, memory: Memory, round_: Round) -> tuple[Memory, Step]:
        """Draw at random; those drawn weigh their share of the data drawn."""
        lot = round_.draw(proposed(round_, RandomModel()))
        fresh = []
        for model in range(len(round_.parameters)):
            drawn = lot.clients(model)
            weights = np.zeros(round_.present.shape[0])
            weights[drawn] = round_.data_weights[drawn, model]
            fresh.append(weights / max(weights.sum(), np.finfo(np.float64).tiny))
        step = step_of(round_, picks=lot.picks, fresh=tuple(fresh), probabilities=lot.probabilities)
        return memory, step
