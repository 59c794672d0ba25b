"""Training over a schedule of mixing: its graphs in turn, its weights, its own draws."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from torch import Tensor

from roundlot.simulate.training.method import Memory
from roundlot.simulate.workers.gossip import gossip
from roundlot.simulate.workers.method import IF_ALIKE, Move, WorkerRound, gossip_label
from roundlot.simulate.workers.mixing_schedule import MixingSchedule
from roundlot.simulate.workers.setting import StepPlan, Workers
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.text import plural


@dataclass(frozen=True, kw_only=True, eq=False)
class Scheduled:
    """Local steps, then the mixing of a `MixingSchedule`, as real processes do it.

    Which links a round uses follows from the schedule's seed and the round, whatever the seed of
    the training. Leaders of the schedule are not followed here: `AdjacentLeader` with this base
    follows them.

    Attributes:
        schedule: of as many workers as there are.
    """

    schedule: MixingSchedule = field(repr=False)
    name: str = "scheduled"
    source: str = "a schedule of mixing"

    @property
    def order(self) -> Literal["step first"]:
        """Steps, then mixing."""
        return "step first"

    @property
    def delay(self) -> int:
        """Nothing arrives late."""
        return 0

    @property
    def label(self) -> str:
        """Told without the workers and their plan; see `label_for`."""
        return IF_ALIKE

    def label_for(self, workers: Workers, plan: StepPlan) -> str:
        """Of these workers: the objective's weights, local steps; every draw's columns sum to 1."""
        return gossip_label(np.eye(workers.n_workers)[None], 0, workers, plan)

    def init(self, workers: Workers, plan: StepPlan, parameters: Tensor) -> Memory:
        """Nothing is remembered.

        Raises:
            InvalidProblemError: a schedule of another number of workers.
        """
        n = self.schedule.n_workers
        if n != workers.n_workers:
            raise InvalidProblemError(
                f"the schedule is of {n} {plural(n, 'worker')}; there are {workers.n_workers}"
            )
        return {}

    def apply(self, memory: Memory, round_: WorkerRound) -> tuple[Memory, Move]:
        """Local steps and the mixing of this round."""
        matrix, used = self.at(round_.number, round_.seed)
        return gossip(memory, round_, matrix, used, order=self.order, delay=0)

    def at(self, round_: int, seed: int) -> tuple[FloatArray, tuple[IntArray, ...]]:
        """The mixing matrix of a round and the matchings in use; ``seed`` changes nothing."""
        schedule = self.schedule
        matchings = schedule.at(round_).links.matchings
        used = tuple(m for m, on in zip(matchings, schedule.used(round_), strict=True) if on)
        return schedule.matrix(round_), used
