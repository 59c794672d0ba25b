"""FedAvg: clients drawn at random, their updates averaged by the data of those drawn.

The average divides by what happened to be drawn, so ``H_s = 1`` always, and the mean of a ratio is
not the ratio of the means: biased when data sizes differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from roundlot.simulate.methods.composed import Composed
from roundlot.simulate.methods.estimator import Estimator, Weighs, data_of_drawn
from roundlot.simulate.training.lot import Lot
from roundlot.simulate.training.round import Round
from roundlot.solvers.rules import RandomModel
from roundlot.theory.arrays import FloatArray


@dataclass(frozen=True, kw_only=True)
class MeanOfDrawn(Estimator):
    """Those drawn weigh their share of the data drawn."""

    weighs: Weighs = "those drawn"

    def weights(self, round_: Round, lot: Lot) -> tuple[FloatArray, ...]:
        """``S`` rows ``(N,)``, each summing to 1 if anybody drew the model."""
        fresh = []
        for model in range(len(round_.parameters)):
            weights = data_of_drawn(round_.data_weights, lot, model)
            fresh.append(weights / max(weights.sum(), np.finfo(np.float64).tiny))
        return tuple(fresh)


@dataclass(frozen=True, kw_only=True)
class FedAvg(Composed):
    """The average by data of those drawn at random."""

    rule = RandomModel()
    estimator = MeanOfDrawn()
    name: str = "FedAvg"
    source: str = "McMahan et al., AISTATS 2017"
    needs: ClassVar[str] = "nothing"
    formula: ClassVar[str] = (
        r"\Delta_s = \frac{\sum_{i \text{ drew } s} d_{is} G_{is}}"
        r"{\sum_{i \text{ drew } s} d_{is}}"
    )
