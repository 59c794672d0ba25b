"""All-reduce: after its local steps, every worker gets the mean of all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from roundlot.simulate.training.method import Memory
from roundlot.simulate.workers.labels import drift_fault, label_of_faults, weight_fault
from roundlot.simulate.workers.method import Exchange, FloatArray, Move, WorkerRound
from roundlot.simulate.workers.mixing import mixed
from roundlot.simulate.workers.setting import Workers
from roundlot.simulate.workers.step_plan import StepPlan
from roundlot.theory import InvalidProblemError


@dataclass(frozen=True, kw_only=True)
class AllReduce:
    """Parallel stochastic gradient descent, or local SGD where ``K > 1``.

    Attributes:
        average: "uniform", "size" (of the shards), or "objective" (as the workers weigh it).

    Raises:
        InvalidProblemError: another average.
    """

    average: str = "objective"
    name: str = "all-reduce"
    source: str = "the centralised baseline"

    def __post_init__(self) -> None:
        check_average(self.average)

    @property
    def label(self) -> str:
        """Told without the workers and their plan; see `label_for`."""
        if self.average == "objective":
            return "unbiased with one local step"
        return "biased where the average is not the objective's"

    def label_for(self, workers: Workers, plan: StepPlan) -> str:
        """Of these workers: what the mean weighs against what the objective does, local steps."""
        return label_of_faults(
            weight_fault(average_weights(self.average, workers), workers),
            drift_fault(plan.steps, workers),
        )

    def init(self, workers: Workers, plan: StepPlan, parameters: Tensor) -> Memory:
        """Nothing is remembered."""
        return {}

    def apply(self, memory: Memory, round_: WorkerRound) -> tuple[Memory, Move]:
        """Local steps, then the mean."""
        stepped, losses = round_.stepped
        weights = average_weights(self.average, round_.workers)
        mean = mixed(weights[None], stepped)
        move = Move(
            parameters=mean.expand_as(stepped).contiguous(),
            samples=round_.samples,
            computing=round_.computing,
            exchange=Exchange(everybody=True),
            losses=losses,
        )
        return memory, move


def check_average(average: str) -> None:
    """Refuse an unknown average.

    Raises:
        InvalidProblemError: names it.
    """
    if average not in ("uniform", "size", "objective"):
        raise InvalidProblemError(
            f"average is {average!r}; choose 'uniform', 'size' or 'objective'"
        )


def average_weights(average: str, workers: Workers) -> FloatArray:
    """``(n,)`` weights that sum to 1."""
    if average == "uniform":
        return np.full(workers.n_workers, 1.0 / workers.n_workers)
    return workers.sizes if average == "size" else workers.weights
