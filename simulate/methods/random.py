"""Methods that need nothing but who is there and how much data everybody holds.

Full participation draws nobody: the step that all others estimate, at the cost that they avoid.
Random draws processors with one probability, each with one of its models at random; uniform gives
one probability to every pair of processor and model; data size draws pairs in proportion to their
share of the data (for draws with replacement see MD). In turns a round is one model's: in that of
model ``s``, ``s = round mod S``, every processor that can train it joins with the same probability,
up to its cap, and other models do not move; each model's step is unbiased in its own turns. Models
that have stopped have no turns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from torch import Tensor

from roundlot.simulate.methods.composed import Composed, proposed
from roundlot.simulate.methods.estimator import Estimator, Labelled, step_of
from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.method import Memory, Step
from roundlot.simulate.training.round import Round
from roundlot.solvers.rules import DataSize as DataSizeRule
from roundlot.solvers.rules import RandomModel
from roundlot.solvers.rules import Uniform as UniformRule
from roundlot.theory.arrays import FloatArray


@dataclass(frozen=True, kw_only=True)
class FullParticipation(Labelled):
    """Everybody who is there trains every model they can, weighted by data; nothing is drawn."""

    name: str = "full"
    source: str = "McMahan et al., AISTATS 2017"
    estimator = Estimator(weighs="everybody")
    needs: ClassVar[str] = "nothing"
    trains_all_clients: ClassVar[bool] = True
    formula: ClassVar[str] = r"\Delta_s = \sum_i d_{is} G_{is}"

    def init(self, federation: Federation, parameters: tuple[Tensor, ...]) -> Memory:
        """Nothing is remembered."""
        return {}

    def apply(self, memory: Memory, round_: Round) -> tuple[Memory, Step]:
        """``Δ_s = Σ_i d_i G_i``. Processors train one model after another, so none is picked."""
        idle = np.full(round_.federation.n_processors, -1, dtype=np.int64)
        fresh = tuple(np.ascontiguousarray(column) for column in round_.data_weights.T)
        return memory, step_of(round_, picks=idle, fresh=fresh)


@dataclass(frozen=True, kw_only=True)
class Random(Composed):
    """Whoever is active gets one of the models they can train, at random."""

    rule = RandomModel()
    name: str = "random"
    source: str = "the baseline of Zhang et al., ICDCS 2024 poster"
    needs: ClassVar[str] = "nothing"
    formula: ClassVar[str] = (
        r"p_{vs} = \frac{q}{S_v}, \qquad \Delta_s = \sum_{v \text{ drew } s} "
        r"\frac{d_{vs}}{B_v\, p_{vs}}\, G_{vs}"
    )


@dataclass(frozen=True, kw_only=True)
class Uniform(Composed):
    """The same probability for every pair of processor and model that is there."""

    rule = UniformRule()
    name: str = "uniform"
    source: str = "McMahan et al., AISTATS 2017, weighted as Horvitz-Thompson"
    needs: ClassVar[str] = "nothing"
    formula: ClassVar[str] = (
        r"p_{vs} = q, \qquad \Delta_s = \sum_{v \text{ drew } s} \frac{d_{vs}}{B_v\, "
        r"p_{vs}}\, G_{vs}"
    )


@dataclass(frozen=True, kw_only=True)
class DataSize(Composed):
    """Independent draws with probabilities in proportion to the share of the data."""

    rule = DataSizeRule()
    name: str = "data size"
    source: str = "data size as the score of the exact rule"
    needs: ClassVar[str] = "data sizes"
    formula: ClassVar[str] = DataSizeRule.formula


@dataclass(frozen=True, kw_only=True)
class Turns(Composed):
    """Models take turns: a round's whole budget goes to one, uniform over its processors."""

    rule = UniformRule()
    estimator = Estimator(where="in a model's turns")
    name: str = "turns"
    source: str = "folklore; round-robin in which blocks of clients go round is another method"
    needs: ClassVar[str] = "nothing"
    formula: ClassVar[str] = (
        r"s = t \bmod S, \quad q_{vs} = \min(q, c_v), \qquad \Delta_s = \sum_{v \text{ drew } "
        r"s} \frac{d_{vs}}{B_v\, q_{vs}}\, G_{vs}"
    )

    def probabilities(self, memory: Memory, round_: Round) -> FloatArray:
        """``(V, S)``, above 0 for one model: the round tells whose turn it is."""
        model = round_.model_in_turn
        turn = np.zeros_like(round_.available)
        turn[:, model] = round_.available[:, model]
        return proposed(round_, self.rule, able=turn)
