"""Data size: independent draws with probabilities in proportion to the share of the data.

Needs nothing but how much everybody holds. For draws with replacement see `md`.
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
from roundlot.solvers.rules.data_size import DataSize as DataSizeRule


@dataclass(frozen=True, kw_only=True)
class DataSize(Labelled):
    """Who holds more is heard more often."""

    name: str = "data size"
    source: str = "data size as the score of the exact rule"
    needs: ClassVar[str] = "data sizes"
    formula: ClassVar[str] = (
        r"p \in \arg\min_p \sum_{v,s} \Big(\frac{d_{vs}}{B_v}\Big)^2 \frac{1}{p_{vs}}"
    )

    def init(self, federation: Federation, parameters: tuple[Tensor, ...]) -> Memory:
        """Nothing is remembered."""
        return {}

    def apply(self, memory: Memory, round_: Round) -> tuple[Memory, Step]:
        """Draw by the rule; those drawn weigh ``d / (B p)``."""
        lot = round_.draw(proposed(round_, DataSizeRule()))
        return memory, unbiased_step(round_, lot)
