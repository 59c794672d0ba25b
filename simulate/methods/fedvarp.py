"""FedVARP: everybody's last update, kept whole (``β = 1``), corrected by a random draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from torch import Tensor

from roundlot.simulate.methods.choosing import proposed
from roundlot.simulate.methods.estimator import CORRECTED, Estimator, Labelled
from roundlot.simulate.methods.remembered import corrected_step, nothing_remembered
from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.method import Memory, Step
from roundlot.simulate.training.round import Round
from roundlot.solvers.rules.uniform import RandomModel


@dataclass(frozen=True, kw_only=True)
class FedVARP(Labelled):
    """Stale updates with the factor 1."""

    name: str = "FedVARP"
    source: str = "Jhunjhunwala et al., UAI 2022"
    estimator: ClassVar[Estimator] = CORRECTED
    needs: ClassVar[str] = "memory"
    formula: ClassVar[str] = (
        r"\Delta_s = \sum_i d_{is} h_{is} + \sum_{v \text{ drew } s} \frac{d_{vs}}{B_v\, "
        r"p_{vs}} \left(G_{vs} - h_{vs}\right)"
    )

    def init(self, federation: Federation, parameters: tuple[Tensor, ...]) -> Memory:
        """``updates s``: the last update of everybody, none yet."""
        return nothing_remembered(federation, parameters)

    def apply(self, memory: Memory, round_: Round) -> tuple[Memory, Step]:
        """Draw at random; those drawn correct their last update."""
        lot = round_.draw(proposed(round_, RandomModel()))
        done = corrected_step(round_, memory, np.ones(round_.present.shape), lot)
        return done.memory, done.step
