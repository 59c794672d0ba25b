"""Random: whoever is active gets one of the models they can train, at random.

Every processor is active with the same probability and draws uniformly among its models.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from roundlot.simulate.methods.aggregation import unbiased_step
from roundlot.simulate.methods.choosing import proposed
from roundlot.simulate.methods.estimator import Labelled
from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.method import Memory, Step
from roundlot.simulate.training.round import Round
from roundlot.solvers.rules.uniform import RandomModel


@dataclass(frozen=True, kw_only=True)
class Random(Labelled):
    """Any processor, any of its models."""

    name: str = "random"
    source: str = "the baseline of Zhang et al., ICDCS 2024 poster"
    needs: ClassVar[str] = "nothing"
    formula: ClassVar[str] = (
        r"p_{vs} = \frac{q}{S_v}, \qquad \Delta_s = \sum_{v \text{ drew } s} "
        r"\frac{d_{vs}}{B_v\, p_{vs}}\, G_{vs}"
    )

    def init(self, federation: Federation, parameters: tuple[Tensor, ...]) -> Memory:
        """Nothing is remembered."""
        return {}

    def apply(self, memory: Memory, round_: Round) -> tuple[Memory, Step]:
        """Draw by the rule; those drawn weigh ``d / (B p)``."""
        lot = round_.draw(proposed(round_, RandomModel()))
        return memory, unbiased_step(round_, lot)
