"""The variance checks of an audit: squared errors of every round against their prediction."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.verify.claims import Claims
from roundlot.verify.e_process import EProcess
from roundlot.verify.power import detectable, rounds_needed
from roundlot.verify.rounds_of import Batch
from roundlot.verify.streaming import StreamingCheck
from roundlot.verify.variance import predict_squared_error
from roundlot.verify.verdict import Verdict, decide
from roundlot.verify.zero_mean import ZeroMeans, detectable_zero_mean, rounds_needed_zero_mean

FloatArray = npt.NDArray[np.float64]
_KEPT_ROUNDS = 4_096


class SquaredErrors:
    """``Y = Σ_s ‖Δ_s − Σ u‖²`` of every round of a batch.

    With updates it is the real error. With scores or weights alone the updates are taken to be
    orthogonal: the mean is the same for every design whose draws are uncorrelated.
    """

    def __init__(self, claims: Claims, design: Any, seed: int) -> None:
        self.claims, self._design, self._seed = claims, design, seed
        self._sizes = _sizes(claims)
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
        size = self._sizes[batch.pair] ** 2
        change = size * ((factor - 1.0) ** 2 - 1.0)
        base = float(self._sizes @ self._sizes)
        return np.asarray(
            base + np.bincount(batch.turn, weights=change, minlength=batch.rounds)
        ).clip(min=0.0)

    def factors(self, batch: Batch) -> FloatArray:
        """``(M,)``, what each drawn update is multiplied with: ``c/w``, or ``1/p``."""
        if batch.weight is not None and self.claims.weights is not None:
            weight = self.claims.weights[batch.pair]
            return np.where(weight > 0.0, batch.weight / np.where(weight > 0.0, weight, 1.0), 0.0)
        assert self.claims.probabilities is not None
        p = self.claims.probabilities[batch.pair]
        return np.where(p > 0.0, 1.0 / np.where(p > 0.0, p, 1.0), 0.0)

    def _simulated(self, batch: Batch) -> FloatArray:
        from roundlot.simulate import simulate

        return simulate(
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


class VarianceCheck(StreamingCheck):
    """The mean squared error of the aggregate is what the design predicts."""

    def __init__(
        self,
        errors: SquaredErrors,
        mean: float,
        second_moment_ratio: float,
        *,
        rate: float,
        miss: float,
        discrepancy: float,
    ) -> None:
        super().__init__(rate=rate, miss=miss, discrepancy=discrepancy)
        self.needs_draws = not errors.by_simulation
        self.errors, self.mean, self.ratio = errors, mean, second_moment_ratio
        self.process = EProcess.start(second_moment_ratio)
        self._needed = rounds_needed(discrepancy, second_moment_ratio, false_alarm=rate, miss=miss)

    def update(self, batch: Batch) -> None:
        if batch.rounds:
            self.process = self.process.update(self.errors.of(batch) / self.mean)
        self.rounds += batch.rounds

    @property
    def refuted(self) -> bool:
        return self.process.log_peak >= -math.log(self.rate)

    def needed(self) -> float:
        return self._needed

    def verdict(self) -> Verdict:
        powered = self.rounds >= self._needed
        sees = detectable(self.rounds, self.ratio, false_alarm=self.rate, miss=self.miss)
        return Verdict(
            claim="variance is as predicted",
            outcome=decide(refuted=self.refuted, powered=powered),
            estimate=self.process.mean * self.mean,
            expected=self.mean,
            detectable=min(sees, self.discrepancy) if powered else sees,
            false_alarm=self.rate,
            miss=self.miss,
            rounds=self.rounds,
            statistic=self.process.log_peak,
            threshold=-math.log(self.rate),
            detail=(
                f"{self.errors.claims.design} draws; κ {self.process.realised_ratio:.6g} seen, "
                f"{self.ratio:.6g} predicted"
            ),
        )


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


def predict(claims: Claims) -> tuple[float, float] | None:
    """``(E Y, κ)`` of the claimed design, or None if it is not known.

    Raises:
        InvalidProblemError: a probability of 0 where the update is not 0.
    """
    table = claims.table
    if table is None or claims.design is None:
        return None
    if claims.updates is not None:
        source = claims.record if claims.record is not None else list(claims.updates)
        moments = predict_squared_error(source, table, design=claims.design)
        return (moments.mean, moments.second_moment_ratio) if moments.mean > 0.0 else None
    if claims.design != "independent" or not _sizes(claims).any():
        return None
    return _orthogonal(_sizes(claims).reshape(table.shape), table)


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
