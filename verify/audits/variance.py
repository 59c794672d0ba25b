"""Squared errors of the rounds of a sampler against what its design predicts of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from roundlot import simulate
from roundlot.simulate.updates import Updates
from roundlot.theory import AssumptionError
from roundlot.theory.arrays import FloatArray
from roundlot.verify.agreement.designs import EXACT, name_of, rule_of
from roundlot.verify.agreement.variance import predict_squared_error
from roundlot.verify.audits.claims import Claims
from roundlot.verify.audits.streaming import Batch, StreamingCheck
from roundlot.verify.tests.e_process import EProcess, judged
from roundlot.verify.tests.power import detectable, rounds_needed
from roundlot.verify.tests.verdict import Outcome, Verdict


class SquaredErrors:
    """``Y = Σ_s ‖Δ_s − Σ u‖²`` of every round of a batch.

    With updates it is the real error. With scores or weights alone the updates are taken to be
    orthogonal: the mean is the same for every design whose draws are uncorrelated.
    """

    def __init__(self, claims: Claims, design: Any, seed: int) -> None:
        self.claims, self._design, self._seed = claims, design, seed
        self._sizes = _sizes(claims)
        self._squares = self._sizes**2
        self._inverses: dict[str, FloatArray] = {}
        self._last: tuple[Batch, FloatArray] | None = None
        self.full = None if claims.updates is None else [u.sum(axis=0) for u in claims.updates]

    @property
    def by_simulation(self) -> bool:
        """Whether the design itself is simulated, without listing its draws."""
        return self._design is not None and self.claims.record is not None

    def of(self, batch: Batch) -> FloatArray:
        """``(rounds,)``; the last batch is remembered, as two readers ask for it."""
        if self._last is None or self._last[0] is not batch:
            self._last = (batch, self._of(batch))
        return self._last[1]

    def _of(self, batch: Batch) -> FloatArray:
        if batch.aggregate is not None and self.full is not None:
            pairs = zip(batch.aggregate, self.full, strict=True)
            return np.asarray(sum(((step - mean) ** 2).sum(axis=1) for step, mean in pairs))
        if self.by_simulation:
            return self._simulated(batch)
        if self.claims.updates is not None:
            return self._from_updates(batch)
        factor = self.factors(batch)
        change = self._squares[batch.pair] * (factor * (factor - 2.0))
        base = float(self._squares.sum())
        return np.asarray(
            base + np.bincount(batch.turn, weights=change, minlength=batch.rounds)
        ).clip(min=0.0)

    def factors(self, batch: Batch) -> FloatArray:
        """``(M,)``, what each drawn update is multiplied with: ``c/w``, or ``1/p``."""
        if batch.weight is not None and self.claims.weights is not None:
            return np.asarray(batch.weight * self._inverse("weights")[batch.pair])
        return self._inverse("probabilities")[batch.pair]

    def _inverse(self, name: str) -> FloatArray:
        """``(P,)``, 1 over what is claimed, 0 where that is 0; worked out once."""
        if name not in self._inverses:
            claimed = getattr(self.claims, name)
            self._inverses[name] = np.divide(
                1.0, claimed, out=np.zeros_like(claimed), where=claimed > 0.0
            )
        return self._inverses[name]

    def _simulated(self, batch: Batch) -> FloatArray:
        return simulate.simulate(
            self._design,
            self.claims.record,
            rounds=batch.rounds,
            seed=self._seed,
            start=batch.start,
        ).squared_error

    def _from_updates(self, batch: Batch) -> FloatArray:
        from scipy.sparse import csr_matrix

        assert self.claims.updates is not None
        assert self.full is not None
        layout = self.claims.layout
        processor, model = np.divmod(batch.pair, layout.n_models)
        factor = self.factors(batch)
        total = np.zeros(batch.rounds)
        for s, (update, mean) in enumerate(zip(self.claims.updates, self.full, strict=True)):
            of = model == s
            drawn = csr_matrix(
                (factor[of], (batch.turn[of], processor[of])),
                shape=(batch.rounds, layout.n_processors),
            )
            total += ((drawn @ update - mean) ** 2).sum(axis=1)
        return total


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """What the claimed design makes of the squared error: its mean, and ``κ`` if it is known."""

    design: str
    mean: float
    ratio: float | None


def predict(claims: Claims) -> Prediction | None:
    """The squared error of the claimed design, or None if no design is claimed or known.

    Raises:
        InvalidProblemError: a probability of 0 where the update is not 0.
    """
    table = claims.table
    if table is None or claims.design is None:
        return None
    name = name_of(claims.design)
    if claims.updates is not None:
        return _of_updates(claims, table, name)
    if name != "independent" or not _sizes(claims).any():
        return None
    found = _orthogonal(_sizes(claims).reshape(table.shape), table)
    return None if found is None else Prediction(design=name, mean=found[0], ratio=found[1])


def _of_updates(claims: Claims, table: FloatArray, name: str) -> Prediction | None:
    assert claims.updates is not None
    if name in EXACT:
        source = claims.record if claims.record is not None else list(claims.updates)
        moments = predict_squared_error(source, table, design=name)
        return _known(name, moments.mean, moments.second_moment_ratio)
    rule, record = rule_of(claims.design, table), claims.record
    if record is None:
        rows = np.arange(len(table))
        record = Updates(directions=list(claims.updates), client=rows, weights=np.ones(table.shape))
    try:
        found = rule.squared_error_moments(record)
    except AssumptionError:
        mean = rule.variance(record)
        return None if mean is None else _known(name, float(mean), None)
    return _known(name, found.mean, found.second_moment_ratio)


def _known(name: str, mean: float, ratio: float | None) -> Prediction | None:
    return Prediction(design=name, mean=mean, ratio=ratio) if mean > 0.0 else None


def _sizes(claims: Claims) -> FloatArray:
    """``(P,)`` norms of the updates, as far as they are known."""
    if claims.problem is not None:
        return np.asarray(claims.problem.weighted_scores, dtype=np.float64).reshape(-1)
    if claims.weights is not None:
        return claims.weights
    return np.zeros(claims.layout.n_pairs)


def _orthogonal(a: FloatArray, p: FloatArray) -> tuple[float, float] | None:
    """Mean and ``κ`` of ``Σ_v ‖X_v‖²`` for orthogonal updates and independent processors."""
    with np.errstate(divide="ignore", invalid="ignore"):
        drawn = np.where(p > 0.0, a**2 * ((1.0 / p - 1.0) ** 2 - 1.0), 0.0)
    if ((p == 0.0) & (a > 0.0)).any():
        return None
    idle = (a**2).sum(axis=1)
    mean = idle + (p * drawn).sum(axis=1)
    square = idle**2 + (p * drawn * (2.0 * idle[:, None] + drawn)).sum(axis=1)
    total = float(mean.sum())
    if total <= 0.0:
        return None
    spread = float(np.maximum(square - mean**2, 0.0).sum())
    return total, 1.0 + spread / total**2


class VarianceCheck(StreamingCheck):
    """The mean squared error of the aggregate is what the claimed design predicts.

    Where the design does not know ``κ``, only "too large" can be refused, and nothing supported.
    """

    def __init__(
        self,
        errors: SquaredErrors,
        prediction: Prediction,
        *,
        rate: float,
        miss: float,
        discrepancy: float,
    ) -> None:
        super().__init__(rate=rate, miss=miss, discrepancy=discrepancy)
        self.needs_draws = not errors.by_simulation
        self.errors, self.mean, self.ratio = errors, prediction.mean, prediction.ratio
        self.design = prediction.design
        # Without κ the bets on "too large" are as valid; 3 only sets their size.
        self.process = EProcess.start(3.0 if self.ratio is None else self.ratio)
        self._needed = 1.0
        if self.ratio is not None:
            self._needed = rounds_needed(discrepancy, self.ratio, false_alarm=rate, miss=miss)

    def update(self, batch: Batch) -> None:
        if batch.rounds:
            self.process = self.process.update(self.errors.of(batch) / self.mean)
        self.rounds += batch.rounds

    @property
    def refuted(self) -> bool:
        return self._judged()[0] == "refuted"

    def needed(self) -> float:
        return self._needed

    def _judged(self) -> tuple[Outcome, str]:
        if self.ratio is None:
            over = self.process.log_peak_large >= -math.log(self.rate)
            return ("refuted" if over else "inconclusive"), ""
        return judged(self.process, false_alarm=self.rate, powered=0 < self.rounds >= self._needed)

    def verdict(self) -> Verdict:
        outcome, remark = self._judged()
        sees = math.inf
        if self.ratio is not None:
            sees = detectable(self.rounds, self.ratio, false_alarm=self.rate, miss=self.miss)
        return Verdict(
            claim="variance is as predicted",
            outcome=outcome,
            estimate=self.process.mean * self.mean,
            expected=self.mean,
            detectable=min(sees, self.discrepancy) if self.rounds >= self._needed else sees,
            false_alarm=self.rate,
            miss=self.miss,
            rounds=self.rounds,
            statistic=self.process.log_peak,
            threshold=-math.log(self.rate),
            detail=self._detail() + remark,
        )

    def _detail(self) -> str:
        seen = f"{self.design} draws; κ {self.process.realised_ratio:.6g} seen, "
        if self.ratio is None:
            return f"{seen}not known of this design: only a variance that is too large can be told"
        return f"{seen}{self.ratio:.6g} predicted"
