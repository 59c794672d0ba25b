"""Non-blocking mini-batches: nobody waits for stragglers, who hand in what they have."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from torch import Tensor

from roundlot.simulate.argument_checks import check_count
from roundlot.simulate.training.method import Memory
from roundlot.simulate.workers.method import ROUNDING, Exchange, Move, WorkerRound, mixed
from roundlot.simulate.workers.setting import StepPlan, Workers
from roundlot.solvers.stragglers.counts import Counts, SampledCounts
from roundlot.solvers.stragglers.estimators import ESTIMATORS, estimator_moments, unit_weights
from roundlot.solvers.stragglers.round_ends import FullWait, RoundEnd, Rounds
from roundlot.solvers.stragglers.round_laws import round_law
from roundlot.theory import AssumptionError, InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray, read_only
from roundlot.theory.names import require_choice
from roundlot.theory.text import plural, short_repr


@dataclass(frozen=True, kw_only=True, eq=False)
class NonBlocking:
    """A round ends by a rule; what was computed by then makes the step, the same for all workers.

    Attributes:
        rule: `Deadline`, `FastestWorker` or `FullWait` of `roundlot.solvers.stragglers`.
        shares: ``(n,)`` units of work planned for each worker, or one number for all.
        unit: samples of a unit; one that is not complete when the round ends is lost.
        estimator: a name in ``roundlot.solvers.stragglers.estimators.ESTIMATORS``.

    Raises:
        InvalidProblemError: an unknown estimator, a unit below 1.
    """

    rule: RoundEnd = field(default_factory=FullWait)
    shares: npt.ArrayLike = 16
    unit: int = 1
    estimator: str = "horvitz-thompson"
    name: str = "non-blocking"
    source: str = "He and Dube 2022"

    __repr__ = short_repr

    def __post_init__(self) -> None:
        require_choice(self.estimator, "estimator", ESTIMATORS)
        check_count(self.unit, "unit", 1)

    @property
    def label(self) -> str:
        """Told without the workers: what holds whatever their data and speeds; see `label_for`."""
        if self.estimator == "horvitz-thompson":
            return "unbiased"
        if isinstance(self.rule, FullWait):
            return "biased where shares of the work are not shares of the data"
        return "biased where rounds are cut"

    def label_for(self, workers: Workers, plan: StepPlan | None = None) -> str:
        """Of these workers: the mean weight of everybody under the law of a round, exactly.

        Rules whose counts are a sample are judged by that sample. The plan changes nothing: a
        round is one step of all samples.
        """
        model, units = workers.stragglers(self.unit), self._units(workers)
        if model is None:
            counts: Counts = SampledCounts(counts=units[None])
        else:
            counts = round_law(self.rule, model, units).counts
        try:
            found = estimator_moments(self.estimator, counts, units, weights=workers.weights)
        except AssumptionError as error:
            return f"biased: {error}"
        off = np.abs(found.mean - found.weights)
        worst = int(off.argmax())
        if off[worst] <= ROUNDING:
            return "unbiased"
        return (
            f"biased: worker {worst} weighs {found.mean[worst]:.3g} on average, its data "
            f"{found.weights[worst]:.3g}"
        )

    def init(self, workers: Workers, plan: StepPlan, parameters: Tensor) -> Memory:
        """The expected counts of units."""
        return {"expected": self.expected(workers)}

    def apply(self, memory: Memory, round_: WorkerRound) -> tuple[Memory, Move]:
        """Sums of what was done in time, and one common step."""
        workers, start = round_.workers, round_.parameters
        timed = self._timed(workers, seed=round_.seed, start=round_.number)
        counts = timed.counts[0] * self.unit
        sums, losses = round_.engine.sums(start, counts, round_.number)
        unit = unit_weights(
            self.estimator,
            timed.counts,
            self._units(workers),
            workers.weights,
            expected=np.asarray(memory["expected"]),
        )[0]
        after = start[0] - round_.rate * mixed(unit[None] / self.unit, sums)[0]
        move = Move(
            parameters=after.expand_as(start).contiguous(),
            samples=counts,
            computing=np.full(workers.n_workers, timed.seconds[0]),
            exchange=Exchange(everybody=True),
            losses=np.where(counts > 0, losses / np.maximum(counts, 1), np.nan),
            figures={"weight": float(unit @ timed.counts[0])},
        )
        return memory, move

    def expected(self, workers: Workers) -> FloatArray:
        """``(n,)``: ``E N_i`` in units, by the law of the round; of a sample for some rules."""
        model = workers.stragglers(self.unit)
        if model is None:
            return read_only(self._units(workers).astype(np.float64))
        return read_only(np.array(round_law(self.rule, model, self._units(workers)).counts.mean))

    def _timed(self, workers: Workers, *, seed: int, start: int) -> Rounds:
        shares, model = self._units(workers), workers.stragglers(self.unit)
        if model is None:
            return Rounds(seconds=np.zeros(1), counts=shares[None])
        return self.rule.draw(model, shares, 1, seed=seed, start=start)

    def _units(self, workers: Workers) -> IntArray:
        shares = np.asarray(self.shares, dtype=np.int64)
        if shares.shape not in ((), (workers.n_workers,)):
            raise InvalidProblemError(
                f"shares has {shares.size} {plural(shares.size, 'number')} for "
                f"{workers.n_workers} {plural(workers.n_workers, 'worker')}; give one each"
            )
        return np.broadcast_to(shares, (workers.n_workers,)).copy()
