"""The mean of the aggregate for the updates at hand."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from roundlot.verify.batches import Batch
from roundlot.verify.claims import Claims
from roundlot.verify.streaming import StreamingCheck
from roundlot.verify.verdict import Verdict, decide
from roundlot.verify.zero_mean import ZeroMeans, detectable_zero_mean, rounds_needed_zero_mean

FloatArray = npt.NDArray[np.float64]
_KEPT_ROUNDS = 4_096


class AggregateCheck(StreamingCheck):
    """``E Δ = Σ u`` for the updates at hand, seen along two directions.

    The first is the full step itself; the second is the mean error of the rounds before, so a bias
    of any direction is followed. The variance along them is what the first rounds showed, enlarged
    for their number, and with claimed probabilities no less than ``Σ ⟨u, direction⟩² (1/p − 1)``;
    the first batch only sets the scale.
    """

    def __init__(self, claims: Claims, *, rate: float, miss: float, discrepancy: float) -> None:
        super().__init__(rate=rate, miss=miss, discrepancy=discrepancy)
        assert claims.updates is not None
        self.claims = claims
        self.full = np.concatenate([u.sum(axis=0) for u in claims.updates])
        self.size = float(np.linalg.norm(self.full))
        self.test = ZeroMeans(2)
        self.total = np.zeros_like(self.full)
        self.kept: FloatArray | None = None
        self.sums = np.zeros(2)

    def update(self, batch: Batch) -> None:
        if batch.aggregate is None or not batch.rounds:
            return
        error = np.concatenate(batch.aggregate, axis=1) - self.full
        if self.kept is not None:
            z = error @ self.directions().T
            self.test.update(
                batch.rounds,
                np.tile(np.arange(2), batch.rounds),
                z.reshape(-1),
                otherwise=0.0,
                variance=self.variance(),
                shift=self.discrepancy * self.length,
                whole=self.length,
            )
            self.sums += z.sum(axis=0)
        self._keep(error)
        self.total += error.sum(axis=0)
        self.rounds += batch.rounds

    def _keep(self, error: FloatArray) -> None:
        if self.kept is None:
            self.kept = error
        elif len(self.kept) < _KEPT_ROUNDS:
            self.kept = np.concatenate([self.kept, error[: _KEPT_ROUNDS - len(self.kept)]])

    @property
    def length(self) -> float:
        """Norm of the full step, or of a typical error if the step is 0."""
        if self.size > 0.0 or self.kept is None:
            return self.size
        return float(np.sqrt((self.kept**2).sum(axis=1).mean())) or 1.0

    def directions(self) -> FloatArray:
        """``(2, dim)`` unit vectors, from earlier rounds only."""
        rows = [self.full, self.total]
        return np.stack([row / (np.linalg.norm(row) or 1.0) for row in rows])

    def variance(self) -> FloatArray:
        """``(2,)``, the bound on the second moments along the directions."""
        assert self.kept is not None
        directions = self.directions()
        z = self.kept @ directions.T
        seen = (z * z).mean(axis=0) * (1.0 + 3.0 / math.sqrt(len(z)))
        known = np.array([self._claimed_variance(d) for d in directions])
        least = 1e-18 * self.length**2
        return np.asarray(np.maximum(np.maximum(seen, known), least), dtype=np.float64)

    def _claimed_variance(self, direction: FloatArray) -> float:
        """Of the Horvitz-Thompson aggregate; models add up as if fully correlated: a bound."""
        table, updates = self.claims.table, self.claims.updates
        if table is None or updates is None:
            return 0.0
        odds = np.where(table > 0.0, 1.0 / np.where(table > 0.0, table, 1.0) - 1.0, 0.0)
        ends = np.cumsum([u.shape[1] for u in updates])[:-1]
        parts = zip(updates, np.split(direction, ends), odds.T, strict=True)
        return sum(math.sqrt(float((u @ d) ** 2 @ odd)) for u, d, odd in parts) ** 2

    @property
    def refuted(self) -> bool:
        return bool(self.test.peak.max() >= math.log(2.0 / self.rate))

    def needed(self) -> float:
        if self.kept is None:
            return math.inf
        ratio = float(self.variance().max()) / (self.discrepancy * self.length) ** 2
        return (
            self.rounds
            - self.test.rounds
            + rounds_needed_zero_mean(1.0, ratio, false_alarm=self.rate / 2.0, miss=self.miss)
        )

    def verdict(self) -> Verdict:
        worst = int(self.test.peak.argmax())
        tested = max(self.test.rounds, 1)
        spread = 0.0 if self.kept is None else float(self.variance().max()) / self.length**2
        sees = detectable_zero_mean(tested, spread, false_alarm=self.rate / 2.0, miss=self.miss)
        powered = self.rounds >= self.needed()
        return Verdict(
            claim="aggregate is unbiased for these updates",
            outcome=decide(refuted=self.refuted, powered=powered),
            estimate=float(self.sums[worst]) / tested / (self.length or 1.0),
            expected=0.0,
            detectable=min(sees, self.discrepancy) if powered else sees,
            false_alarm=self.rate,
            miss=self.miss,
            rounds=self.rounds,
            statistic=float(self.test.peak[worst]),
            threshold=math.log(2.0 / self.rate),
            detail=(
                f"bias along {('the step', 'the mean error so far')[worst]}, in units of the "
                f"step's norm; variance from {0 if self.kept is None else len(self.kept)} rounds"
            ),
        )
