"""Uniform: the same probability for every pair of processor and model that is there."""

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
from roundlot.solvers.rules.uniform import Uniform as UniformRule


@dataclass(frozen=True, kw_only=True)
class Uniform(Labelled):
    """One probability for all."""

    name: str = "uniform"
    source: str = "McMahan et al., AISTATS 2017, weighted as Horvitz-Thompson"
    needs: ClassVar[str] = "nothing"
    formula: ClassVar[str] = (
        r"p_{vs} = q, \qquad \Delta_s = \sum_{v \text{ drew } s} \frac{d_{vs}}{B_v\, "
        r"p_{vs}}\, G_{vs}"
    )

    def init(self, federation: Federation, parameters: tuple[Tensor, ...]) -> Memory:
        """Nothing is remembered."""
        return {}

    def apply(self, memory: Memory, round_: Round) -> tuple[Memory, Step]:
        """Draw by the rule; those drawn weigh ``d / (B p)``."""
        lot = round_.draw(proposed(round_, UniformRule()))
        return memory, unbiased_step(round_, lot)
