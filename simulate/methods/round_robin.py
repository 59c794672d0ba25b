"""Round-robin: models take turns, and a round's whole budget goes to one model.

In the turn of model ``s``, ``s = round mod S``, every processor that can train it joins with the
same probability, up to its cap. Other models do not move. Each model's step is unbiased in its own
turns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from torch import Tensor

from roundlot.simulate.methods.aggregation import unbiased_step
from roundlot.simulate.methods.estimator import Labelled
from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.method import Memory, Step
from roundlot.simulate.training.round import Round
from roundlot.solvers.rules import gather
from roundlot.solvers.rules.uniform import Uniform


@dataclass(frozen=True, kw_only=True)
class RoundRobin(Labelled):
    """One model a round, uniform over its processors."""

    name: str = "round-robin"
    source: str = "folklore; compare MFA-RR, Bhuyan et al., VALUETOOLS 2022"
    needs: ClassVar[str] = "nothing"
    formula: ClassVar[str] = (
        r"s = t \bmod S, \quad q_{vs} = \min(q, c_v), \qquad \Delta_s = \sum_{v \text{ drew } "
        r"s} \frac{d_{vs}}{B_v\, q_{vs}}\, G_{vs}"
    )

    def init(self, federation: Federation, parameters: tuple[Tensor, ...]) -> Memory:
        """Nothing is remembered: the round tells whose turn it is."""
        return {}

    def apply(self, memory: Memory, round_: Round) -> tuple[Memory, Step]:
        """Draw for one model; those drawn weigh ``d / (B p)``."""
        model = round_.index % len(round_.parameters)
        turn = np.zeros_like(round_.available)
        turn[:, model] = round_.available[:, model]
        problem = round_.problem(round_.weights * turn, available=turn)
        lot = round_.draw(Uniform().propose(problem, gather(problem)))
        return memory, unbiased_step(round_, lot)
