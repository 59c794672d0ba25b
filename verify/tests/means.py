"""Tests of many means at once that need a bound on the variance and nothing else.

The claim is ``E z = 0`` in every round, given the past, with ``E z² <= σ²``. Since
``log(1 + x + x²/2)`` is finite for every ``x``, the factors

    ``(1 ± λz + λ²z²/2) exp(−λ²σ²/2)``

have mean at most 1 whatever the tails of ``z`` (Catoni 2012): their running product is a
non-negative supermartingale that reaches ``1/δ`` with probability at most ``δ`` (Ville 1939; Wang
and Ramdas 2023). ``λ`` and ``σ²`` may change from one batch to the next if they depend on earlier
batches only. The average over both signs and four bets is used.

Power: if ``E z = ±Δ`` and ``Var z <= σ²``, then ``1/(1 + x + x²/2) <= 1 − x + x²/2`` gives for the
product over ``R`` rounds at the bet ``λ = Δ/(2σ² + Δ²)``

    ``P(log product < log(8/δ)) <= (8/δ) [(1 − λΔ + λ²(σ² + Δ²)/2) e^{λ²σ²/2}]^R``,

so about ``4 (σ²/Δ²) log(8/(δ miss))`` rounds are enough.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.kinds import as_annotated
from roundlot.verify.tests.verdict import FALSE_ALARM, MISS, check_rate

# Bets for a third, one and three times the discrepancy that is looked for, and for all of it lost.
MULTIPLES = (0.3, 1.0, 3.0)
TERMS = 2 * (len(MULTIPLES) + 1)
# Bets on means that are too large by anything from one per cent to many times.
GRID = (1e-4, 1e-3, 0.01, 0.05, 0.2, 0.6)


class ZeroMeans:
    """The running test of ``P`` means; each has its own scale.

    Attributes:
        rounds: rounds seen.
        log_terms: ``(P, 8)``.
        peak: ``(P,)``, largest logarithm of the average after any batch.
    """

    def __init__(self, size: int) -> None:
        self.rounds = 0
        self.log_terms = np.zeros((size, TERMS))
        self.peak = np.zeros(size)

    def update(
        self,
        rounds: int,
        where: IntArray,
        values: FloatArray,
        *,
        otherwise: npt.ArrayLike,
        variance: npt.ArrayLike,
        shift: npt.ArrayLike,
        whole: npt.ArrayLike,
    ) -> None:
        """Enter a batch of ``rounds`` rounds.

        Args:
            rounds: how many.
            where: ``(M,)``, the mean that each of ``values`` (M,) belongs to.
            values: ``z`` where it is not ``otherwise``.
            otherwise: ``(P,)``, ``z`` in all the rounds not listed.
            variance: ``(P,)``, ``σ²``, from the claim or from earlier batches.
            shift: ``(P,)``, the discrepancy ``Δ`` that is looked for.
            whole: ``(P,)``, the shift if everything is lost.
        """
        size = len(self.peak)
        sigma, rest = (
            np.broadcast_to(np.asarray(x, dtype=np.float64), size) for x in (variance, otherwise)
        )
        listed = np.bincount(where, minlength=size)
        always = np.zeros(size)
        always[where] = values
        # Horvitz-Thompson weights: one value for each mean, so a logarithm for each is enough.
        constant = bool((always[where] == values).all())
        for column, bet in enumerate(_signed_bets(sigma, shift, whole)):
            usual = _log_factor(bet * rest)
            if constant:
                gain = np.asarray(listed * _log_factor(bet * always))
            else:
                steps = _log_factor(bet[where] * values)
                # An empty batch counts in integers, whatever the weights.
                gain = np.bincount(where, weights=steps, minlength=size).astype(np.float64)
            gain += (rounds - listed) * usual - 0.5 * rounds * bet * bet * sigma
            self.log_terms[:, column] += gain
        self.rounds += rounds
        top = self.log_terms.max(axis=1)
        mean = np.exp(self.log_terms - top[:, None]).mean(axis=1)
        self.peak = np.maximum(self.peak, top + np.log(mean))


@as_annotated
def rounds_needed_zero_mean(
    shift: float, variance: float, *, false_alarm: float = FALSE_ALARM, miss: float = MISS
) -> float:
    """Rounds after which a mean of ``±shift`` is refused, for a variance of at most ``variance``.

    Raises:
        InvalidProblemError: an argument outside its range.
    """
    check_rate(false_alarm, "false_alarm")
    check_rate(miss, "miss")
    if not (shift > 0.0 and math.isfinite(shift) and variance >= 0.0):
        raise InvalidProblemError(f"shift {shift} and variance {variance}: above 0 and at least 0")
    if not math.isfinite(variance):
        return math.inf
    rate = _rate(variance / shift**2)
    return math.ceil(math.log(TERMS / (false_alarm * miss)) / rate)


@as_annotated
def detectable_zero_mean(
    rounds: int, variance: float, *, false_alarm: float = FALSE_ALARM, miss: float = MISS
) -> float:
    """Smallest shift that ``rounds`` see except with rate ``miss``, to 1 %; ``inf`` if none.

    Raises:
        InvalidProblemError: an argument outside its range.
    """
    if not (math.isfinite(variance) and variance >= 0.0):
        raise InvalidProblemError(f"variance is {variance}; give a finite number of at least 0")
    if variance == 0.0:
        need = rounds_needed_zero_mean(1.0, 0.0, false_alarm=false_alarm, miss=miss)
        return 0.0 if rounds >= need else math.inf
    scale = math.sqrt(variance)
    grid = scale * np.geomspace(1e-6, 1e3, 2081)

    def seen(shift: float) -> bool:
        need = rounds_needed_zero_mean(shift, variance, false_alarm=false_alarm, miss=miss)
        return need <= rounds

    return _first(grid, seen)


def _first(grid: FloatArray, true_from: Callable[[float], bool]) -> float:
    low, high = 0, grid.size
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if true_from(float(grid[middle])) else (middle + 1, high)
    return float(grid[low]) if low < grid.size else math.inf


def _rate(ratio: float) -> float:
    """Decay per round in the bound above, for ``σ²/Δ² = ratio``, in units of ``Δ = 1``."""
    bet = 1.0 / (2.0 * ratio + 1.0)
    return -(math.log1p(-bet + 0.5 * bet * bet * (ratio + 1.0)) + 0.5 * bet * bet * ratio)


def _signed_bets(
    variance: FloatArray, shift: npt.ArrayLike, whole: npt.ArrayLike
) -> list[FloatArray]:
    step = np.broadcast_to(np.asarray(shift, dtype=np.float64), variance.shape)
    lost = np.broadcast_to(np.asarray(whole, dtype=np.float64), variance.shape)
    shifts = [*(multiple * step for multiple in MULTIPLES), lost]
    bets = [s / (2.0 * variance + s * s) for s in shifts]
    return [*bets, *(-bet for bet in bets)]


def _log_factor(x: FloatArray) -> FloatArray:
    return np.asarray(np.log1p(x + 0.5 * x * x), dtype=np.float64)


class LargeMeans:
    """The running test that ``P`` means of non-negative numbers are not above 1.

    ``Π (1 + λ (y − 1))`` with ``0 < λ < 1`` has factors above 0 of mean at most 1 as soon as
    ``E y <= 1`` given the past, whatever their scatter: the average over a grid of ``λ`` ever
    reaches ``1/δ`` with probability at most ``δ`` (Ville 1939). Nothing is estimated, so the first
    round counts as much as the last.

    Attributes:
        log_terms: ``(P, 6)``.
        peak: ``(P,)``, largest logarithm of the average after any batch.
    """

    def __init__(self, size: int) -> None:
        self.log_terms = np.zeros((size, len(GRID)))
        self.peak = np.zeros(size)

    def update(self, rounds: int, where: IntArray, values: FloatArray) -> None:
        """Enter a batch: ``values`` (M,) >= 0 of the means ``where`` (M,), 0 in all other rounds.

        An infinite value refuses its mean for good.
        """
        size = len(self.peak)
        listed = np.bincount(where, minlength=size)
        always = np.ones(size)
        always[where] = values
        # Horvitz-Thompson weights: one value for each mean, so a logarithm for each is enough.
        constant = bool((always[where] == values).all())
        for column, bet in enumerate(GRID):
            self.log_terms[:, column] += (rounds - listed) * np.log1p(-bet)
            if constant:
                self.log_terms[:, column] += listed * np.log1p(bet * (always - 1.0))
                continue
            gain = np.log1p(bet * (values - 1.0))
            self.log_terms[:, column] += np.bincount(where, weights=gain, minlength=size)
        self.peak = np.maximum(self.peak, log_mean(self.log_terms))

    def update_row(self, values: FloatArray) -> None:
        """Enter rounds ``values`` (R,) of a single mean; every round is looked at."""
        if not values.size:
            return
        gains = np.log1p(np.outer(values - 1.0, GRID))
        paths = self.log_terms[0] + np.cumsum(gains, axis=0)
        self.log_terms[0] = paths[-1]
        self.peak[0] = max(float(self.peak[0]), float(log_mean(paths).max()))


def log_mean(terms: FloatArray) -> FloatArray:
    """Logarithm of the mean of the exponentials along the last axis."""
    top = terms.max(axis=-1)
    with np.errstate(invalid="ignore"):
        mean = np.exp(terms - top[..., None]).mean(axis=-1)
    return np.where(np.isposinf(top), np.inf, top + np.log(np.where(np.isnan(mean), 1.0, mean)))
