"""Local SGD on a partition: passes over each worker's shard, then the mean weighted by size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from roundlot.simulate.argument_checks import check_count
from roundlot.simulate.training.method import Memory
from roundlot.simulate.workers.all_reduce import average_weights, check_average
from roundlot.simulate.workers.labels import drift_fault, label_of_faults, weight_fault
from roundlot.simulate.workers.method import Exchange, IntArray, Move, WorkerRound
from roundlot.simulate.workers.mixing import mixed
from roundlot.simulate.workers.setting import Workers
from roundlot.simulate.workers.step_plan import StepPlan


@dataclass(frozen=True, kw_only=True)
class LocalSGD:
    """A round is ``epochs`` passes of every worker over its shard; the slowest decides how long.

    Attributes:
        epochs: passes between two means, at least 1.
        average: "size" weighs a shard by its samples; "uniform" optimises another objective unless
            the shards are alike.

    Raises:
        InvalidProblemError: a value out of range.
    """

    epochs: int = 1
    average: str = "size"
    name: str = "local SGD"
    source: str = "He and Dube 2022 (RCD-SGD's partitions)"

    def __post_init__(self) -> None:
        check_count(self.epochs, "epochs", 1)
        check_average(self.average)

    @property
    def label(self) -> str:
        """Told without the workers and their plan; see `label_for`."""
        return "biased where a round is several steps or the average is not the objective's"

    def label_for(self, workers: Workers, plan: StepPlan) -> str:
        """Of these workers; a pass of a single batch is one step, and does not drift."""
        return label_of_faults(
            weight_fault(average_weights(self.average, workers), workers),
            drift_fault(self.steps(workers, plan), workers),
        )

    def steps(self, workers: Workers, plan: StepPlan) -> IntArray:
        """``(n,)``: local steps of a round."""
        return np.asarray(self.epochs * -(-workers.counts // plan.widths(workers.n_workers)))

    def init(self, workers: Workers, plan: StepPlan, parameters: Tensor) -> Memory:
        """Nothing is remembered."""
        return {}

    def apply(self, memory: Memory, round_: WorkerRound) -> tuple[Memory, Move]:
        """Everyone passes over its shard from the common parameters; then the mean."""
        workers, start = round_.workers, round_.parameters[0]
        moved = round_.engine.passes(start, round_.number, self.epochs)
        weights = average_weights(self.average, workers)
        after = start - mixed(weights[None], moved)[0]
        steps = self.steps(workers, round_.plan)
        mean_batch = self.epochs * workers.counts / steps
        move = Move(
            parameters=after.expand_as(round_.parameters).contiguous(),
            samples=self.epochs * workers.counts,
            computing=workers.computing(mean_batch, steps, seed=round_.seed, round_=round_.number),
            exchange=Exchange(everybody=True),
            losses=np.full(workers.n_workers, np.nan),
        )
        return memory, move
