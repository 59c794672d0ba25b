"""GVR: probabilities of least variance for the norms of this round's updates.

Needs everybody's update norm, so everybody trains every model in every round; only those drawn send
their updates. With norms known exactly this is the optimum: nothing unbiased with these budgets and
independent draws has less variance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from torch import Tensor

from roundlot.simulate.methods.aggregation import unbiased_step
from roundlot.simulate.methods.choosing import best_for
from roundlot.simulate.methods.estimator import Labelled
from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.method import Memory, Step
from roundlot.simulate.training.round import Round


@dataclass(frozen=True, kw_only=True)
class GradientNorm(Labelled):
    """The optimum for the norms of the updates."""

    name: str = "GVR"
    source: str = "Zhang et al., ICDCS 2024 poster"
    needs: ClassVar[str] = "norms of all updates"
    formula: ClassVar[str] = (
        r"p \in \arg\min_p \sum_{v,s} \Big(\frac{d_{vs}}{B_v} \|G_{vs}\|\Big)^2 "
        r"\frac{1}{p_{vs}}"
    )

    def init(self, federation: Federation, parameters: tuple[Tensor, ...]) -> Memory:
        """Nothing is remembered."""
        return {}

    def apply(self, memory: Memory, round_: Round) -> tuple[Memory, Step]:
        """Everybody trains and tells the norm; those drawn weigh ``d / (B p)``."""
        norms = [round_.update_norms(model) for model in range(len(round_.parameters))]
        lot = round_.draw(best_for(round_, np.stack(norms, axis=1)))
        return memory, unbiased_step(round_, lot)
