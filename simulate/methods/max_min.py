"""Max-min: probabilities whose worst model has the least variance, by losses.

Instead of the sum over models, the largest of the models' variances is made as small as the budget
allows. Losses stand in for the norms of updates, as in LVR.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from roundlot.simulate.methods.aggregation import unbiased_step
from roundlot.simulate.methods.choosing import best_for
from roundlot.simulate.methods.estimator import Labelled
from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.method import Memory, Step
from roundlot.simulate.training.round import Round


@dataclass(frozen=True, kw_only=True)
class MaxMin(Labelled):
    """The least worst variance."""

    name: str = "max-min"
    source: str = "the worst-model objective of Siew et al., arXiv 2404.13841, on variances"
    needs: ClassVar[str] = "losses"
    formula: ClassVar[str] = (
        r"p \in \arg\min_p \max_s \sum_v \Big(\frac{d_{vs}}{B_v} f_{vs}\Big)^2 "
        r"\Big(\frac{1}{p_{vs}} - 1\Big)"
    )

    def init(self, federation: Federation, parameters: tuple[Tensor, ...]) -> Memory:
        """Nothing is remembered."""
        return {}

    def apply(self, memory: Memory, round_: Round) -> tuple[Memory, Step]:
        """Everybody tells their losses; those drawn weigh ``d / (B p)``."""
        lot = round_.draw(best_for(round_, round_.losses(), floor=0.01, objective="max"))
        return memory, unbiased_step(round_, lot)
