"""Non-blocking mini-batches: nobody waits for stragglers, who hand in what they have."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from torch import Tensor

from roundlot.simulate.argument_checks import check_count, read_only
from roundlot.simulate.training.method import Memory
from roundlot.simulate.workers.estimators import (
    ESTIMATORS,
    check_estimator,
    estimate,
    sum_weights,
)
from roundlot.simulate.workers.method import Exchange, Move, WorkerRound
from roundlot.simulate.workers.setting import Workers
from roundlot.simulate.workers.step_plan import StepPlan
from roundlot.solvers.stragglers import Deadline, FullWait, Rounds, Rule
from roundlot.theory import InvalidProblemError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
DRAWS = 20_000  # rounds behind an expected count that has no formula


@dataclass(frozen=True, kw_only=True, eq=False)
class NonBlocking:
    """A round ends by a rule; what was computed by then makes the step, the same for all workers.

    Attributes:
        rule: `Deadline`, `FastestWorker` or `FullWait` of `roundlot.solvers.stragglers`.
        shares: ``(n,)`` units of work planned for each worker, or one number for all.
        unit: samples of a unit; one that is not complete when the round ends is lost.
        estimator: a name in ``ESTIMATORS``: what divides the sums of gradients.

    Raises:
        InvalidProblemError: an unknown estimator, a unit below 1.
    """

    rule: Rule = field(default_factory=FullWait)
    shares: npt.ArrayLike = 16
    unit: int = 1
    estimator: str = "unbiased"
    name: str = "non-blocking"
    source: str = "He and Dube 2022"

    def __post_init__(self) -> None:
        check_estimator(self.estimator)
        check_count(self.unit, "unit", 1)

    @property
    def label(self) -> str:
        """What is said of the estimator's bias."""
        return "unbiased" if isinstance(self.rule, FullWait) else ESTIMATORS[self.estimator]

    def init(self, workers: Workers, plan: StepPlan, parameters: Tensor) -> Memory:
        """The expected counts of samples."""
        return {"expected": self.expected(workers)}

    def apply(self, memory: Memory, round_: WorkerRound) -> tuple[Memory, Move]:
        """Sums of what was done in time, and one common step."""
        workers, start = round_.workers, round_.parameters
        timed = self._timed(workers, 1, seed=round_.seed, start=round_.number)
        counts = timed.counts[0] * self.unit
        sums, losses = round_.engine.sums(start, counts, round_.number)
        weights = sum_weights(
            self.estimator,
            counts,
            planned=self._units(workers) * self.unit,
            expected=np.asarray(memory["expected"]),
            shard_weights=workers.weights,
        )
        after = start[0] - round_.rate * estimate(sums, weights)
        move = Move(
            parameters=after.expand_as(start).contiguous(),
            samples=counts,
            computing=np.full(workers.n_workers, timed.seconds[0]),
            exchange=Exchange(everybody=True),
            losses=np.where(counts > 0, losses / np.maximum(counts, 1), np.nan),
            figures={"weight": float(weights @ counts)},
        )
        return memory, move

    def expected(self, workers: Workers) -> FloatArray:
        """``(n,)``: ``E N_i`` in samples: by the law of the counts, or from ``DRAWS`` rounds."""
        shares = self._units(workers)
        model = workers.stragglers(self.unit)
        if model is None or isinstance(self.rule, FullWait):
            return read_only(shares * float(self.unit))
        if isinstance(self.rule, Deadline):
            most = int(shares.max())
            chances = model.reach(most, self.rule.seconds).at(self.rule.seconds)[:, 1:]
            due = np.arange(1, most + 1) <= shares[:, None]
            return read_only(self.unit * (chances * due).sum(axis=1))
        drawn = self._timed(workers, DRAWS, seed=0, start=1 << 40)
        return read_only(self.unit * drawn.counts.mean(axis=0))

    def _timed(self, workers: Workers, rounds: int, *, seed: int, start: int) -> Rounds:
        shares, model = self._units(workers), workers.stragglers(self.unit)
        if model is None:
            counts = np.tile(shares, (rounds, 1))
            return Rounds(seconds=np.zeros(rounds), counts=counts)
        return self.rule.draw(model, shares, rounds, seed=seed, start=start)

    def _units(self, workers: Workers) -> IntArray:
        shares = np.asarray(self.shares, dtype=np.int64)
        if shares.shape not in ((), (workers.n_workers,)):
            raise InvalidProblemError(
                f"shares has {shares.size} numbers for {workers.n_workers} workers; give one each"
            )
        return np.broadcast_to(shares, (workers.n_workers,)).copy()
