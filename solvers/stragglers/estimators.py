"""Four ways to make a step from what was done, each with its exact bias and variance.

Worker ``i`` has done ``N_i`` units (``N`` in all) with gradients that add up to ``S_i``, each of
mean ``g_i`` and variance ``σ_i²``, and ``N_i`` does not depend on them. The target is
``Σ w_i g_i``.

- ``pooled``: ``Σ S_i / N``. Unbiased for equal data; its variance then is ``σ² E[1/N]``.
- ``horvitz-thompson``: ``Σ w_i S_i / E N_i``. Unbiased whatever the data, if every ``E N_i > 0``.
- ``planned``: ``Σ S_i / B`` with the planned batch ``B``. Shrunk as soon as a unit is cut.
- ``mean of means``: the plain mean of ``S_i / N_i`` over the workers that did something.

All make no step, 0, in a round in which nobody did anything. Each is ``Σ c_i(N) S_i / N_i`` with a
total weight ``c_i`` on worker ``i``, so that its mean is ``Σ E[c_i] g_i`` and its variance
``Σ σ_i² E[c_i²/N_i] + Σ_ij Cov(c_i, c_j) ⟨g_i, g_j⟩``.

Source: He and Dube (2022) for the setting; the formulas are the law of total variance given ``N``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from roundlot.solvers.stragglers.counts import (
    Counts,
    IndependentCounts,
    MixedCounts,
    SampledCounts,
    ratio_moments,
)
from roundlot.solvers.stragglers.times import checked_shares
from roundlot.theory import AssumptionError, InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.cells import real_numbers
from roundlot.theory.names import require_choice
from roundlot.theory.positions import by_position

#: How the workers' sums become a step, for `estimator_moments`.
ESTIMATORS = ("pooled", "horvitz-thompson", "planned", "mean of means")


@dataclass(frozen=True, kw_only=True, eq=False)
class EstimatorMoments:
    """First and second moments of the weights that an estimator puts on the workers.

    Attributes:
        name: the estimator.
        weights: ``(n,)``, of the target, ``w``.
        mean: ``(n,)``, ``E c_i``.
        second: ``(n, n)``, ``E c_i c_j``.
        noise: ``(n,)``, ``E[c_i²/N_i]``, the share of ``σ_i²`` that remains.
    """

    name: str
    weights: FloatArray = field(repr=False)
    mean: FloatArray = field(repr=False)
    second: FloatArray = field(repr=False)
    noise: FloatArray = field(repr=False)

    @by_position()
    def bias(self, gradients: npt.ArrayLike) -> FloatArray:
        """``(d,)``, mean less target, for the workers' mean gradients (n, d)."""
        return np.asarray((self.mean - self.weights) @ self._table(gradients))

    @by_position()
    def relative_bias(self, gradients: npt.ArrayLike) -> float:
        """Norm of the bias over the norm of the target; infinite for a target of 0."""
        table = self._table(gradients)
        size = float(np.linalg.norm(self.weights @ table))
        bias = float(np.linalg.norm(self.bias(table)))
        return bias / size if size > 0.0 else (np.inf if bias > 0.0 else 0.0)

    @by_position()
    def variance(self, gradients: npt.ArrayLike, noise_variance: npt.ArrayLike) -> float:
        """``E‖X − E X‖²``, for gradients (n, d) and the variance of a unit, one or ``(n,)``."""
        table = self._table(gradients)
        covariance = self.second - np.outer(self.mean, self.mean)
        between = float(np.sum(covariance * (table @ table.T)))
        return float(np.sum(self.noise * np.asarray(noise_variance))) + max(between, 0.0)

    @by_position()
    def squared_error(self, gradients: npt.ArrayLike, noise_variance: npt.ArrayLike) -> float:
        """``E‖X − target‖²``, variance and squared bias."""
        bias = self.bias(gradients)
        return self.variance(gradients, noise_variance) + float(bias @ bias)

    def _table(self, gradients: npt.ArrayLike) -> FloatArray:
        table = real_numbers(gradients, "gradients")
        if table.ndim != 2 or len(table) != self.mean.size:
            raise InvalidProblemError(
                f"gradients have shape {table.shape}; give ({self.mean.size}, d)"
            )
        return table


@by_position()
def estimator_moments(
    name: str,
    counts: Counts,
    shares: npt.ArrayLike,
    *,
    weights: npt.ArrayLike | None = None,
) -> EstimatorMoments:
    """The moments of an estimator's weights under a law of counts.

    Args:
        name: one of `ESTIMATORS`.
        counts: exact, or a sample, whose moments then are those of the sample.
        shares: ``(n,)`` units planned; ``B`` is their sum.
        weights: ``(n,)``, of the target; all ``1/n`` by default.

    Raises:
        InvalidProblemError: an unknown name, malformed weights or shares.
        AssumptionError: Horvitz-Thompson with a worker of positive weight that never does anything.
    """
    require_choice(name, "estimator", ESTIMATORS)
    if not isinstance(counts, IndependentCounts | MixedCounts | SampledCounts):
        raise InvalidProblemError(
            f"counts are a {type(counts).__name__}; give those of round_law(...).counts"
        )
    mean = counts.mean
    target = target_weights(weights, mean.size)
    planned = checked_shares(shares, mean.size)
    if isinstance(counts, MixedCounts):
        parts = _mixed(name, counts, planned, target)
    elif isinstance(counts, SampledCounts):
        table = unit_weights(name, counts.counts, planned, target, expected=mean)
        parts = _sampled(table, counts.counts)
    elif name in ("horvitz-thompson", "planned"):
        parts = _linear(counts, _factors(name, planned, target, mean))
    else:
        _check_name(name)
        parts = _ratios(counts, plain=name == "mean of means")
    return EstimatorMoments(
        name=name, weights=target, mean=parts[0], second=parts[1], noise=parts[2]
    )


def unit_weights(
    name: str,
    counts: IntArray,
    shares: IntArray,
    weights: FloatArray,
    *,
    expected: FloatArray,
) -> FloatArray:
    """``(R, n)``, what a unit of each worker weighs in rounds with ``counts`` (R, n).

    The step is ``Σ_i unit_i S_i``. ``expected`` (n,) is ``E N_i``, which Horvitz-Thompson needs.
    """
    _check_name(name)
    if name in ("horvitz-thompson", "planned"):
        factors = _factors(name, shares, weights, expected)
        return np.broadcast_to(factors, counts.shape).astype(np.float64)
    done = counts > 0
    if name == "pooled":
        total = np.maximum(counts.sum(axis=1, keepdims=True), 1)
        return np.asarray(done / total)
    working = np.maximum(done.sum(axis=1, keepdims=True), 1)
    return np.asarray(done / (working * np.maximum(counts, 1)))


def target_weights(weights: npt.ArrayLike | None, workers: int) -> FloatArray:
    """``(n,)``, finite, none negative, adding up to 1; equal ones by default.

    Raises:
        InvalidProblemError: otherwise.
    """
    if weights is None:
        return np.full(workers, 1.0 / workers)
    w = np.array(real_numbers(weights, "weights"))
    if w.shape != (workers,) or not np.all(np.isfinite(w) & (w >= 0.0)) or abs(w.sum() - 1) > 1e-9:
        raise InvalidProblemError(f"weights must be {workers} numbers >= 0 that add up to 1")
    return w


def _check_name(name: str) -> None:
    require_choice(name, "estimator", ESTIMATORS)


def _factors(name: str, shares: IntArray, weights: FloatArray, expected: FloatArray) -> FloatArray:
    """``(n,)``, what a unit weighs where that does not depend on the round."""
    if name == "planned":
        return np.full(shares.size, 1.0 / shares.sum())
    never = np.flatnonzero((expected <= 0.0) & (weights > 0.0))
    if never.size:
        raise AssumptionError(
            f"worker {never[0]} never finishes a unit before the round ends: Horvitz-Thompson "
            "needs E N_i > 0; lengthen the deadline, give it a share, or leave the worker out"
        )
    return np.asarray(weights / np.where(expected > 0.0, expected, 1.0))


Parts = tuple[FloatArray, FloatArray, FloatArray]


def _linear(counts: IndependentCounts, factor: FloatArray) -> Parts:
    mean = factor * counts.mean
    second = np.outer(mean, mean) + np.diag(factor**2 * counts.variance)
    return mean, second, factor**2 * counts.mean


def _mixed(name: str, counts: MixedCounts, planned: IntArray, target: FloatArray) -> Parts:
    """Means over the kinds of rounds; what a unit weighs does not know the kind."""
    known = name in ("horvitz-thompson", "planned")
    factor = _factors(name, planned, target, counts.mean) if known else None
    if factor is None:
        _check_name(name)
    found = [
        _ratios(kind, plain=name == "mean of means") if factor is None else _linear(kind, factor)
        for kind in counts.kinds
    ]
    first, second, noise = (
        sum(chance * part for chance, part in zip(counts.chances, parts, strict=True))
        for parts in zip(*found, strict=True)
    )
    return np.asarray(first), np.asarray(second), np.asarray(noise)


def _sampled(unit: FloatArray, counts: IntArray) -> Parts:
    total = unit * counts
    second = total.T @ total / len(counts)
    return total.mean(axis=0), second, np.asarray((unit**2 * counts).mean(axis=0))


def _ratios(counts: IndependentCounts, *, plain: bool) -> Parts:
    if not plain:
        return ratio_moments(counts.masses)
    took_part = tuple(np.array([p[0], p[1:].sum()]) for p in counts.masses)
    mean, second, share = ratio_moments(took_part)
    inverse = np.array([_mean_inverse_positive(p) for p in counts.masses])
    return mean, second, share * inverse


def _mean_inverse_positive(mass: FloatArray) -> float:
    """``E[1/N_i | N_i >= 1]``, 0 for a worker that never does anything."""
    positive = float(mass[1:].sum())
    return float((1.0 / np.arange(1, mass.size)) @ mass[1:]) / positive if positive > 0.0 else 0.0
