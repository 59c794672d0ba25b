"""Inclusion probabilities under a test that may be read after every round.

For a pair that is drawn with probability ``p`` in every round, given the past, and was drawn ``k``
times in ``n``, the likelihood ratio of any other probability ``q``,

    ``(q/p)^k ((1 − q)/(1 − p))^(n − k)``,

is a martingale that starts at 1, and so is every mixture: half of the weight on Jeffreys' prior
(closed form, sees whatever is wrong), a quarter each on ``p + step`` and ``p − step``, the
discrepancy that is looked for. It reaches ``1/δ`` with probability at most ``δ`` (Ville 1939), and
only the counts are needed.

A single term is monotone in ``k``, so its power is an exact binomial tail, and a larger error is
seen at least as surely. The step of a pair is ``d max(p, mean p)``: a relative error of the usual
probabilities, an absolute one of the rare.

Source: Robbins (1970), mixtures; Ville (1939).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray
from roundlot.theory.cells import numbers_or_nan
from roundlot.theory.positions import by_position
from roundlot.verify.tests.verdict import FALSE_ALARM, MISS, check_rate, share

_MOST = 1 << 40  # rounds; what needs more is out of reach
_SINGLE_TERM = math.log(4.0)  # a step has a quarter of the mixture's weight


def log_inclusion_values(
    counts: npt.ArrayLike,
    rounds: npt.ArrayLike,
    probabilities: npt.ArrayLike,
    *,
    discrepancy: float,
) -> FloatArray:
    """Logarithm of every pair's e-value after ``rounds``; ``inf`` if the impossible happened.

    Args:
        counts: rounds in which each pair was drawn, of any shape.
        rounds: ``n``, one number or one for each pair.
        probabilities: claimed, of the same shape.
        discrepancy: ``d``.
    """
    from scipy.special import gammaln, xlog1py, xlogy

    k, p = np.asarray(counts, dtype=np.float64), np.asarray(probabilities, dtype=np.float64)
    n = np.asarray(rounds, dtype=np.float64)
    with np.errstate(divide="ignore"):
        null = xlogy(k, p) + xlog1py(n - k, -p)
    jeffreys = gammaln(k + 0.5) + gammaln(n - k + 0.5) - gammaln(n + 1.0) - math.log(math.pi)
    terms = [jeffreys + math.log(0.5)]
    for q in _alternatives(p, discrepancy):
        with np.errstate(divide="ignore"):
            terms.append(xlogy(k, q) + xlog1py(n - k, -q) + math.log(0.25))
    value = np.logaddexp.reduce(np.stack(terms), axis=0)
    with np.errstate(invalid="ignore"):
        return np.where(np.isneginf(null), np.inf, value - null)


def steps(probabilities: FloatArray, discrepancy: float) -> FloatArray:
    """The absolute errors that are looked for, ``d max(p, mean p)``, the mean of those above 0."""
    return np.asarray(discrepancy * np.maximum(probabilities, _usual(probabilities)))


@by_position()
def rounds_needed_sequential(
    discrepancy: float,
    probabilities: npt.ArrayLike,
    *,
    false_alarm: float = FALSE_ALARM,
    miss: float = MISS,
) -> int:
    """Rounds after which an error of one step in any single probability is refused.

    Args:
        discrepancy: ``d``; the step of a pair is ``d max(p, mean p)``.
        probabilities: claimed, of any shape.
        false_alarm: of all pairs together.
        miss: of the pair that is wrong.

    Raises:
        InvalidProblemError: an argument outside its range.
    """
    p = _checked(probabilities, discrepancy, miss)
    low = 0
    high = 1
    while high < _MOST and not sees_inclusion(
        high, discrepancy, p, false_alarm=false_alarm, miss=miss
    ):
        low, high = high, 2 * high
    while high - low > max(1, low // 1000):
        middle = (low + high) // 2
        seen = sees_inclusion(middle, discrepancy, p, false_alarm=false_alarm, miss=miss)
        low, high = (low, middle) if seen else (middle, high)
    return high


@by_position()
def detectable_sequential(
    rounds: int,
    probabilities: npt.ArrayLike,
    *,
    false_alarm: float = FALSE_ALARM,
    miss: float = MISS,
) -> float:
    """Smallest ``d`` that ``rounds`` see in every pair (to 1 %); ``inf`` if none below 100.

    Args:
        probabilities: claimed, of any shape.

    Raises:
        InvalidProblemError: an argument outside its range.
    """
    p = _checked(probabilities, 1.0, miss)
    low, high = 1e-6, 100.0
    rates = {"false_alarm": false_alarm, "miss": miss}
    if not sees_inclusion(rounds, high, p, **rates):
        return math.inf
    while high / low > 1.01:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if sees_inclusion(rounds, middle, p, **rates) else (middle, high)
    return high


def sees_inclusion(
    rounds: int,
    discrepancy: float,
    probabilities: npt.ArrayLike,
    *,
    false_alarm: float = FALSE_ALARM,
    miss: float = MISS,
) -> bool:
    """Whether ``rounds`` see a step of any pair, up or down, except with rate ``miss``: exact."""
    from scipy.special import betainc

    p = np.unique(np.asarray(probabilities, dtype=np.float64))
    pairs = np.size(probabilities)
    mean = _usual(np.asarray(probabilities, dtype=np.float64))
    n = float(rounds)
    goal = _SINGLE_TERM - math.log(share(false_alarm, pairs))
    step = discrepancy * np.maximum(p, mean)
    up, down = p + step, p - step
    # k at or above the first, or at or below the second, takes the single term to the goal.
    with np.errstate(divide="ignore", invalid="ignore"):
        rise, fall = np.log(up / p), np.log1p(-np.minimum(up, 1.0)) - np.log1p(-p)
        least = np.where(p > 0.0, np.ceil((goal - n * fall) / (rise - fall)), 1.0)
        rise, fall = np.log(down / p), np.log1p(-down) - np.log1p(-p)
        most = np.where(p < 1.0, np.floor((n * fall - goal) / (fall - rise)), n - 1.0)
    could_rise, could_fall = (up < 1.0) & (step > 0.0), (down > 0.0) & (step > 0.0)
    with np.errstate(invalid="ignore"):
        k = np.clip(np.nan_to_num(least, nan=n + 1.0), 1.0, n + 1.0)
        seen = betainc(k, np.maximum(n - k + 1.0, 1e-9), np.clip(up, 0.0, 1.0))
        too_high = np.where(k <= n, seen, 0.0)
        k = np.clip(np.nan_to_num(most, nan=-1.0), -1.0, n - 1.0)
        seen = betainc(np.maximum(n - k, 1.0), np.maximum(k, 0.0) + 1.0, np.clip(1.0 - down, 0, 1))
        too_low = np.where(k >= 0.0, seen, 0.0)
    return bool(
        np.all(too_high[could_rise] >= 1.0 - miss) and np.all(too_low[could_fall] >= 1.0 - miss)
    )


@by_position()
def clopper_pearson(counts: npt.ArrayLike, rounds: int, *, miss: float) -> FloatArray:
    """``(..., 2)``, intervals that cover every probability at once except with rate ``miss``.

    Raises:
        InvalidProblemError: counts that are no whole numbers in ``0..rounds``, no round, a rate
            outside ``(0, 1)``.

    Source: Clopper and Pearson (1934), with Bonferroni over the pairs and both sides.
    """
    from scipy.special import betaincinv

    check_rate(miss, "miss")
    k = numbers_or_nan(counts, "counts")
    if rounds < 1:
        raise InvalidProblemError(f"rounds is {rounds}; give at least 1")
    if not np.all((k >= 0.0) & (k <= rounds) & (k == np.floor(k))):
        raise InvalidProblemError(f"counts must be whole numbers in 0..{rounds}")
    tail = miss / (2.0 * max(k.size, 1))
    n = float(rounds)
    low = np.where(k > 0, betaincinv(np.maximum(k, 1.0), n - k + 1.0, tail), 0.0)
    high = np.where(k < n, betaincinv(k + 1.0, np.maximum(n - k, 1.0), 1.0 - tail), 1.0)
    return np.stack([low, high], axis=-1)


def _usual(p: FloatArray) -> float:
    positive = p[p > 0.0]
    return float(positive.mean()) if positive.size else 1.0


def _alternatives(p: FloatArray, discrepancy: float) -> tuple[FloatArray, FloatArray]:
    """``p ± step``; halfway to the end of the range where a step would leave it."""
    step = steps(p, discrepancy)
    up = np.where(p + step < 1.0, p + step, 0.5 * (1.0 + p))
    return up, np.where(p - step > 0.0, p - step, 0.5 * p)


def _checked(probabilities: npt.ArrayLike, discrepancy: float, miss: float) -> FloatArray:
    check_rate(miss, "miss")
    if not (math.isfinite(discrepancy) and discrepancy > 0.0):
        raise InvalidProblemError(f"discrepancy is {discrepancy}; give a number above 0")
    p = numbers_or_nan(probabilities, "probabilities")
    if p.size == 0 or not np.all((p >= 0.0) & (p <= 1.0)):
        raise InvalidProblemError("probabilities must lie in 0..1, at least one")
    return p
