"""Round-robin as published: blocks of clients go round the models, so that every model moves.

Clients fall into ``S`` blocks in order, ``b`` from client ``⌊b N/S⌋`` on. In round ``t`` block
``b`` trains model ``(b + t) mod S``, and every processor of those who can joins with the same
probability: ``m/V`` where all can. `Turns` is another method: there one model has the whole budget.

``aggregate="mean"`` averages by data over those drawn, which is the papers' first aggregate.
``aggregate="unbiased"`` weighs ``d / (B q/S)``, as the public code does since: a model meets one of
``S`` blocks in a round, and over ``S`` rounds from the same parameters the mean is ``Σ_i d_i G_i``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, get_args

import numpy as np

from roundlot.simulate.methods.composed import Composed, proposed
from roundlot.simulate.methods.estimator import Estimator, over_probability
from roundlot.simulate.methods.fedavg import MeanOfDrawn
from roundlot.simulate.methods.group_sampling import Aggregate
from roundlot.simulate.training.lot import Lot
from roundlot.simulate.training.method import Memory, Step
from roundlot.simulate.training.round import Round
from roundlot.solvers.rules import Uniform
from roundlot.solvers.rules.turns import in_turn
from roundlot.theory.arrays import FloatArray
from roundlot.theory.moments.blocks import blocks_of
from roundlot.theory.names import require_choice


@dataclass(frozen=True, kw_only=True)
class OverBlocks(Estimator):
    """Those drawn weigh ``d / (B q/S)``: a block is a model's own once in ``S`` rounds."""

    over: str = "the turns of the blocks"

    def weights(self, round_: Round, lot: Lot) -> tuple[FloatArray, ...]:
        """``S`` rows ``(N,)``."""
        turns = len(round_.parameters)
        return tuple(turns * row for row in over_probability(lot, round_.weights))

    def step(self, memory: Memory, round_: Round, lot: Lot) -> tuple[Memory, Step]:
        """The sum, with the probabilities that it divides by."""
        memory, step = super().step(memory, round_, lot)
        return memory, replace(step, probabilities=lot.probabilities / len(round_.parameters))


@dataclass(frozen=True, kw_only=True)
class RoundRobin(Composed):
    """Blocks of clients go round the models.

    Attributes:
        aggregate: "mean" by data over those drawn, or "unbiased" over the turns of the blocks.

    Raises:
        InvalidProblemError: an unknown aggregate.
    """

    rule = Uniform()
    aggregate: Aggregate = "mean"
    name: str = "round-robin"
    source: str = "baseline of Siew et al., arXiv 2404.13841, and Zhang et al., ICDCS 2024 poster"
    needs: ClassVar[str] = "nothing"
    formula: ClassVar[str] = (
        r"p_{vs} = q\, \big[ s = (b_v + t) \bmod S \big], \qquad "
        r"\Delta_s = \frac{\sum_{i \text{ drew } s} d_{is} G_{is}}{\sum_{i \text{ drew } s} d_{is}}"
    )

    def __post_init__(self) -> None:
        require_choice(self.aggregate, "aggregate", get_args(Aggregate))

    @property
    def estimator(self) -> Estimator:
        """How the step is put together with this aggregate."""
        if self.aggregate == "unbiased":
            return OverBlocks()
        return MeanOfDrawn(never="in a round a model hears one block of clients")

    def probabilities(self, memory: Memory, round_: Round) -> FloatArray:
        """``(V, S)``: one number for each pair whose turn it is."""
        n, models = round_.present.shape
        model = in_turn(blocks_of(n, models), round_.index, models)
        turn = model[round_.federation.client][:, None] == np.arange(models)
        return proposed(round_, self.rule, able=round_.available & turn)
