"""Gradient tracking: workers mix estimates of the mean gradient besides their parameters."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from roundlot.simulate.training.method import Memory
from roundlot.simulate.workers.d2 import require_one_step
from roundlot.simulate.workers.gossip import DPSGD, Matcha
from roundlot.simulate.workers.method import (
    IF_ALIKE,
    Exchange,
    Move,
    WorkerRound,
    gossip_label,
    mixed,
)
from roundlot.simulate.workers.setting import StepPlan, Workers
from roundlot.theory import InvalidProblemError


@dataclass(frozen=True, kw_only=True, eq=False)
class GradientTracking:
    """``X_{t+1} = W_t (X_t − η Y_t)`` with ``Y_t = W_t Y_{t−1} + G_t − G_{t−1}`` and ``Y_0 = G_0``.

    Two vectors go over every link in a round, but in the first.

    Attributes:
        base: a `DPSGD` or `Matcha` without delay, whose matrices and links are used.

    Raises:
        InvalidProblemError: another base, or one with a delay.
    """

    base: DPSGD | Matcha = field(repr=False)
    name: str = "gradient tracking"
    source: str = "Pu, Nedic, Mathematical Programming 2021"

    def __post_init__(self) -> None:
        if not isinstance(self.base, DPSGD | Matcha) or self.base.delay:
            raise InvalidProblemError("base must be a DPSGD or Matcha without delay")

    @property
    def label(self) -> str:
        """Told without the workers and their plan; see `label_for`."""
        return IF_ALIKE

    def label_for(self, workers: Workers, plan: StepPlan) -> str:
        """Of these workers: the mean of all ``Y`` is that of all ``G``."""
        return gossip_label(np.eye(workers.n_workers)[None], 0, workers, plan)

    def init(self, workers: Workers, plan: StepPlan, parameters: Tensor) -> Memory:
        """Nothing is remembered at first.

        Raises:
            InvalidProblemError: several local steps in a round.
        """
        require_one_step(plan, self.name)
        return self.base.init(workers, plan, parameters)

    def apply(self, memory: Memory, round_: WorkerRound) -> tuple[Memory, Move]:
        """Gradients, what is tracked of them, and the mixing of both."""
        here, rate = round_.parameters, round_.rate
        stepped, losses = round_.stepped
        gradient = (here - stepped) / rate
        matrix, used = self.base.at(round_.number, round_.seed)
        tracked, first = gradient, "tracked" not in memory
        if not first:
            before = torch.as_tensor(memory["tracked"])
            tracked = mixed(matrix, before) + gradient - torch.as_tensor(memory["gradient"])
        move = Move(
            parameters=mixed(matrix, here - rate * tracked),
            samples=round_.samples,
            computing=round_.computing,
            exchange=Exchange(matchings=used, passes=1 if first else 2),
            losses=losses,
            matrix=matrix,
        )
        return {"tracked": tracked, "gradient": gradient}, move
