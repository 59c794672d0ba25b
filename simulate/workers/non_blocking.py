"""Non-blocking mini-batches: nobody waits for stragglers, who hand in what they have.

As published the gradients go by an all-reduce, by D-PSGD or by MATCHA.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from roundlot.simulate.argument_checks import check_count
from roundlot.simulate.training.method import Memory
from roundlot.simulate.workers.gossip import DPSGD, Matcha
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

OWN_MEAN = "own mean"
#: Estimators of a worker's step that need nothing of the others.
OVER_LINKS = ("horvitz-thompson", OWN_MEAN)


@dataclass(frozen=True, kw_only=True, eq=False)
class NonBlocking:
    """A round ends by a rule; what was computed by then makes the step.

    Without a base the step is one for all workers, by an all-reduce. With a base every worker
    steps by its own gradients, ``n w_i S_i / E N_i`` or ``S_i / N_i``, and mixes as the base does;
    it exchanges as soon as it and its partner are done.

    Attributes:
        rule: `Deadline`, `FastestWorker` or `FullWait` of `roundlot.solvers.stragglers`.
        shares: ``(n,)`` units of work planned for each worker, or one number for all.
        unit: samples of a unit; one that is not complete when the round ends is lost.
        estimator: a name in ``roundlot.solvers.stragglers.estimators.ESTIMATORS``; with a base
            "horvitz-thompson" or "own mean", for counts of others do not go over links.
        base: a `DPSGD` or `Matcha` without delay, or None for an all-reduce.

    Raises:
        InvalidProblemError: an estimator that is unknown or that the exchange does not carry, a
            unit below 1, a base of another kind or with a delay.
    """

    rule: RoundEnd = field(default_factory=FullWait)
    shares: npt.ArrayLike = 16
    unit: int = 1
    estimator: str = "horvitz-thompson"
    base: DPSGD | Matcha | None = field(default=None, repr=False)
    name: str = "non-blocking"
    source: str = "He and Dube 2022"

    __repr__ = short_repr

    def __post_init__(self) -> None:
        check_count(self.unit, "unit", 1)
        if self.base is None:
            require_choice(self.estimator, "estimator", ESTIMATORS)
            return
        if not isinstance(self.base, DPSGD | Matcha) or self.base.delay:
            raise InvalidProblemError("base must be a DPSGD or Matcha without delay")
        if self.estimator in ESTIMATORS and self.estimator not in OVER_LINKS:
            raise InvalidProblemError(
                f"{self.estimator} needs the counts of all workers, which links do not carry; "
                f"choose {' or '.join(map(repr, OVER_LINKS))}"
            )
        require_choice(self.estimator, "estimator", OVER_LINKS)

    @property
    def label(self) -> str:
        """Told without the workers: what holds whatever their data and speeds; see `label_for`."""
        if self.estimator == "horvitz-thompson":
            return "unbiased"
        if self.estimator == OWN_MEAN:
            return "biased where a worker may have done nothing"
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
            mean = self._mean_weights(counts, units, workers)
        except AssumptionError as error:
            return f"biased: {error}"
        worst = int(np.abs(mean - workers.weights).argmax())
        if abs(mean[worst] - workers.weights[worst]) <= ROUNDING:
            return "unbiased"
        return (
            f"biased: worker {worst} weighs {mean[worst]:.3g} on average, its data "
            f"{workers.weights[worst]:.3g}"
        )

    def _mean_weights(self, counts: Counts, units: IntArray, workers: Workers) -> FloatArray:
        """``(n,)``: what every worker's mean gradient weighs, on average over rounds."""
        if self.estimator != OWN_MEAN:
            own = estimator_moments(self.estimator, counts, units, weights=workers.weights)
            return own.mean
        return np.asarray(counts.took_part / workers.n_workers)

    def init(self, workers: Workers, plan: StepPlan, parameters: Tensor) -> Memory:
        """The expected counts of units."""
        if self.base is not None:
            self.base.init(workers, plan, parameters)
        return {"expected": self.expected(workers)}

    def apply(self, memory: Memory, round_: WorkerRound) -> tuple[Memory, Move]:
        """Sums of what was done in time, and one common step."""
        workers, start = round_.workers, round_.parameters
        timed = self._timed(workers, seed=round_.seed, start=round_.number)
        counts = timed.counts[0] * self.unit
        sums, losses = round_.engine.sums(start, counts, round_.number)
        if self.base is not None:
            return memory, self._over_links(self.base, memory, round_, timed, sums, losses)
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

    def _over_links(
        self,
        base: DPSGD | Matcha,
        memory: Memory,
        round_: WorkerRound,
        timed: Rounds,
        sums: Tensor,
        losses: FloatArray,
    ) -> Move:
        """Everybody's own step, and the mixing of the base."""
        workers, start, done = round_.workers, round_.parameters, timed.counts[0]
        if self.estimator == OWN_MEAN:
            unit = (done > 0) / np.maximum(done, 1)
        else:
            expected = np.asarray(memory["expected"])
            every = unit_weights(
                self.estimator,
                timed.counts,
                self._units(workers),
                workers.weights,
                expected=expected,
            )
            unit = workers.n_workers * every[0]
        scale = torch.tensor(unit / self.unit, dtype=sums.dtype, device=sums.device)
        step = round_.rate * scale[:, None] * sums
        matrix, used = base.at(round_.number, round_.seed)
        if base.order == "mix first":
            after = mixed(matrix, start) - step
        else:
            after = mixed(matrix, start - step)
        counts = done * self.unit
        units = self._units(workers)
        own = workers.computing(self.unit, units, seed=round_.seed, round_=round_.number)
        return Move(
            parameters=after,
            samples=counts,
            computing=np.minimum(own, timed.seconds[0]),
            exchange=Exchange(matchings=used),
            losses=np.where(counts > 0, losses / np.maximum(counts, 1), np.nan),
            matrix=matrix,
            figures={"weight": float(unit @ done) / workers.n_workers},
        )

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
        given = np.asarray(self.shares)
        if given.dtype.kind not in "iuf" or not (given == np.floor(given)).all():
            raise InvalidProblemError(
                f"shares is {self.shares!r:.60}; give whole numbers of units of work"
            )
        shares = given.astype(np.int64)
        if shares.shape not in ((), (workers.n_workers,)):
            raise InvalidProblemError(
                f"shares has {shares.size} {plural(shares.size, 'number')} for "
                f"{workers.n_workers} {plural(workers.n_workers, 'worker')}; give one each"
            )
        return np.broadcast_to(shares, (workers.n_workers,)).copy()
