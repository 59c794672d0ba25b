"""Everybody gets the mean of all, after local steps (all-reduce) or whole passes (local SGD)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from roundlot.simulate.argument_checks import check_count
from roundlot.simulate.training.method import Memory
from roundlot.simulate.workers.method import (
    Exchange,
    Move,
    WorkerRound,
    drift_fault,
    label_of_faults,
    mixed,
    weight_fault,
)
from roundlot.simulate.workers.setting import StepPlan, Workers
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray


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
