"""LVR: the rule of least variance with losses in place of norms.

Needs one forward pass of every model on every client, and no training. A loss stands in for the
norm of an update, so the budget goes to clients and models that are still bad.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from roundlot.simulate.methods.aggregation import unbiased_step
from roundlot.simulate.methods.checks import check_share
from roundlot.simulate.methods.choosing import best_for
from roundlot.simulate.methods.estimator import Estimator, Labelled
from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.method import Memory, Step
from roundlot.simulate.training.round import Round


@dataclass(frozen=True, kw_only=True)
class LossBased(Labelled):
    """Proportional to weighted losses, up to caps.

    Attributes:
        floor: a loss below this share of the model's mean loss counts as that share: a client that
            fits its data perfectly is still heard, and the step stays unbiased. In [0, 1].

    Raises:
        InvalidProblemError: a floor out of its range.
    """

    floor: float = 0.01
    name: str = "LVR"
    source: str = "Zhang et al., arXiv 2504.05138"
    needs: ClassVar[str] = "losses"
    formula: ClassVar[str] = (
        r"p \in \arg\min_p \sum_{v,s} \Big(\frac{d_{vs}}{B_v} f_{vs}\Big)^2 \frac{1}{p_{vs}}"
    )

    def __post_init__(self) -> None:
        check_share(self.floor, "floor")

    def put_together(self) -> Estimator:
        """How the step is put together with these settings."""
        return Estimator(never="" if self.floor > 0.0 else "a loss of 0 is never drawn")

    def init(self, federation: Federation, parameters: tuple[Tensor, ...]) -> Memory:
        """Nothing is remembered."""
        return {}

    def apply(self, memory: Memory, round_: Round) -> tuple[Memory, Step]:
        """Everybody tells their losses; those drawn weigh ``d / (B p)``."""
        lot = round_.draw(best_for(round_, round_.losses(), floor=self.floor))
        return memory, unbiased_step(round_, lot)
