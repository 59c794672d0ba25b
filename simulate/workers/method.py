"""What a method of training with workers is: a pair ``init, apply`` on a record of arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt
from torch import Tensor

from roundlot.simulate.training.method import Described, Memory
from roundlot.simulate.workers.setting import Workers
from roundlot.simulate.workers.step_plan import StepPlan
from roundlot.simulate.workers.worker_engine import WorkerEngine

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Exchange:
    """Who sent parameters to whom in a round.

    Attributes:
        everybody: an all-reduce: everyone ends with the sum.
        matchings: links in use ``(k, 2)``, matching after matching; both ways.
        delay: rounds that a message may be on its way; 0: everyone waits for it.
        extra_bytes: of a message, besides the parameters.
    """

    everybody: bool = False
    matchings: tuple[IntArray, ...] = ()
    delay: int = 0
    extra_bytes: int = 0


@dataclass(frozen=True, kw_only=True, eq=False)
class Move:
    """What a method did in a round.

    Attributes:
        parameters: ``(n, P)`` afterwards.
        samples: ``(n,)``: gradients that every worker computed and that were used.
        computing: ``(n,)`` seconds before anybody sends.
        exchange: what was sent.
        losses: ``(n,)``: mean loss of every worker's batches; NaN without.
        matrix: ``(n, n)`` that mixed, or None where everybody got the mean.
        figures: further numbers of the round.
    """

    parameters: Tensor
    samples: IntArray
    computing: FloatArray
    exchange: Exchange
    losses: FloatArray
    matrix: FloatArray | None = None
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, eq=False)
class WorkerRound:
    """One round, as a method sees it.

    Attributes:
        number: from 0.
        parameters: ``(n, P)`` at its start.
        engine: computes gradients.
    """

    number: int
    parameters: Tensor
    engine: WorkerEngine

    @property
    def workers(self) -> Workers:
        """The workers."""
        return self.engine.workers

    @property
    def plan(self) -> StepPlan:
        """Steps between mixings."""
        return self.engine.plan

    @property
    def seed(self) -> int:
        """Of the run."""
        return self.engine.seed

    @property
    def rate(self) -> float:
        """Learning rate."""
        return self.plan.rate(self.number)

    @cached_property
    def stepped(self) -> tuple[Tensor, FloatArray]:
        """``(n, P)`` after every worker's ``K`` local steps, and mean losses ``(n,)``."""
        return self.engine.descend(self.parameters, self.number)

    @cached_property
    def samples(self) -> IntArray:
        """``(n,)``: samples of these local steps."""
        return self.plan.steps * self.plan.widths(self.workers.n_workers)

    @cached_property
    def computing(self) -> FloatArray:
        """``(n,)``: seconds of these local steps."""
        widths = self.plan.widths(self.workers.n_workers)
        return self.workers.computing(widths, self.plan.steps, seed=self.seed, round_=self.number)


class WorkerMethod(Described, Protocol):
    """A method: a frozen record of its settings; what changes lives in its memory.

    Its label says whether the workers' mean takes the step of the mean gradient.
    """

    def init(self, workers: Workers, plan: StepPlan, parameters: Tensor) -> Memory:
        """What is remembered before the first round; refuses what does not fit the workers."""

    def apply(self, memory: Memory, round_: WorkerRound) -> tuple[Memory, Move]:
        """One round: local steps, then mixing."""


def label_of(method: WorkerMethod, workers: Workers, plan: StepPlan) -> str:
    """What the method's step is on average: with these workers and their plan, where it depends."""
    told = getattr(method, "label_for", None)
    return str(method.label if told is None else told(workers, plan))
