"""D²: every worker takes off what its own data pull it aside, by its last gradient."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from roundlot.simulate.training.method import Memory
from roundlot.simulate.workers.gossip import DPSGD
from roundlot.simulate.workers.method import (
    IF_ALIKE,
    Exchange,
    Move,
    WorkerRound,
    gossip_label,
    mixed,
)
from roundlot.simulate.workers.setting import StepPlan, Workers
from roundlot.theory import AssumptionError, InvalidProblemError
from roundlot.theory.arrays import FloatArray

LEAST_EIGENVALUE = -1.0 / 3.0  # of W: at or below it D² diverges (theorem 2 of the source)


@dataclass(frozen=True, kw_only=True, eq=False)
class D2:
    """``X_{t+1} = W (2 X_t − X_{t−1} − η G_t + η G_{t−1})``, and ``X_1 = W (X_0 − η G_0)``.

    Attributes:
        base: a `DPSGD` without delay, whose matrix and links are used.
        lazy: mix by ``(W + I)/2``, whose eigenvalues are never below 0.

    Raises:
        InvalidProblemError: another base, or one with a delay.
        AssumptionError: a matrix with an eigenvalue of at most −1/3.
    """

    base: DPSGD = field(repr=False)
    lazy: bool = False
    name: str = "D²"
    source: str = "Tang, Lian, Yan, Zhang, Liu, ICML 2018"

    def __post_init__(self) -> None:
        if not isinstance(self.base, DPSGD) or self.base.delay:
            raise InvalidProblemError("base must be a DPSGD without delay")
        least = float(np.linalg.eigvalsh(self.matrix)[0])
        if least <= LEAST_EIGENVALUE:
            raise AssumptionError(
                f"the least eigenvalue of the mixing matrix is {least:.4g}; D² needs more than "
                "-1/3: lazy = true averages the matrix with the identity"
            )

    @property
    def matrix(self) -> FloatArray:
        """``(n, n)``, what mixes."""
        W = np.asarray(self.base.mixing)
        return np.asarray((W + np.eye(len(W))) / 2.0) if self.lazy else W

    @property
    def label(self) -> str:
        """Told without the workers and their plan; see `label_for`."""
        return IF_ALIKE

    def label_for(self, workers: Workers, plan: StepPlan) -> str:
        """Of these workers: the mean takes the step of D-PSGD's mean."""
        return gossip_label(self.matrix[None], 0, workers, plan)

    def init(self, workers: Workers, plan: StepPlan, parameters: Tensor) -> Memory:
        """Nothing is remembered at first.

        Raises:
            InvalidProblemError: several local steps in a round.
        """
        require_one_step(plan, self.name)
        return self.base.init(workers, plan, parameters)

    def apply(self, memory: Memory, round_: WorkerRound) -> tuple[Memory, Move]:
        """A step, less the last one, and the mixing; parameters and steps of a round are kept."""
        here = round_.parameters
        stepped, losses = round_.stepped
        own = stepped
        if "stepped" in memory:  # 2X − X' − ηG + ηG' = (X − ηG) + X − (X' − ηG')
            own = stepped + here - torch.as_tensor(memory["stepped"])
        assert self.base.links is not None
        move = Move(
            parameters=mixed(self.matrix, own),
            samples=round_.samples,
            computing=round_.computing,
            exchange=Exchange(matchings=self.base.links.matchings),
            losses=losses,
            matrix=self.matrix,
        )
        return {"stepped": stepped}, move


def require_one_step(plan: StepPlan, name: str) -> None:
    """Refuse several local steps where a round's gradient is remembered.

    Raises:
        InvalidProblemError: names the method.
    """
    if plan.steps > 1:
        raise InvalidProblemError(
            f"{name} corrects single gradients and steps is {plan.steps}; give steps = 1"
        )
