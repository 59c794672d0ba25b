"""Graphs in turn: round ``k`` mixes over the graph ``k mod T``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from torch import Tensor

from roundlot.simulate.training.method import Memory
from roundlot.simulate.workers.gossip import DPSGD, Matcha, gossip
from roundlot.simulate.workers.method import IF_ALIKE, Move, WorkerRound, gossip_label
from roundlot.simulate.workers.setting import StepPlan, Workers
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Alternating:
    """D-PSGD or MATCHA over several graphs in turn, as published for adjacent leaders.

    Attributes:
        turns: methods without delay and of one order, used in this order.

    Raises:
        InvalidProblemError: none, others, a delay, or two orders.
    """

    turns: tuple[DPSGD | Matcha, ...] = field(repr=False)
    name: str = "alternating"
    source: str = "He, Wang, Choromanska 2024"

    def __post_init__(self) -> None:
        if not self.turns or not all(isinstance(one, DPSGD | Matcha) for one in self.turns):
            raise InvalidProblemError("turns must be a DPSGD or Matcha for every graph")
        if any(one.delay for one in self.turns) or len({one.order for one in self.turns}) > 1:
            raise InvalidProblemError("graphs in turn have one order and no delay")

    @property
    def order(self) -> Literal["step first", "mix first"]:
        """Of all turns."""
        return self.turns[0].order

    @property
    def delay(self) -> int:
        """None of them has one."""
        return 0

    @property
    def label(self) -> str:
        """Told without the workers and their plan; see `label_for`."""
        return IF_ALIKE

    def label_for(self, workers: Workers, plan: StepPlan) -> str:
        """Of these workers: the objective's weights, local steps; columns sum to 1 in all turns."""
        return gossip_label(np.eye(workers.n_workers)[None], 0, workers, plan)

    def init(self, workers: Workers, plan: StepPlan, parameters: Tensor) -> Memory:
        """Nothing is remembered."""
        for one in self.turns:
            one.init(workers, plan, parameters)
        return {}

    def apply(self, memory: Memory, round_: WorkerRound) -> tuple[Memory, Move]:
        """Local steps and the mixing of this turn."""
        matrix, used = self.at(round_.number, round_.seed)
        return gossip(memory, round_, matrix, used, order=self.order, delay=0)

    def at(self, round_: int, seed: int) -> tuple[FloatArray, tuple[IntArray, ...]]:
        """The mixing matrix of a round and the matchings in use."""
        return self.turns[round_ % len(self.turns)].at(round_, seed)
