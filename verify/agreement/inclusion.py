"""Is every processor drawn for every model as often as its probability says?"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from roundlot.theory import InvalidProblemError
from roundlot.verify.tests.verdict import FALSE_ALARM, MISS, Verdict, check_rate, decide, share

FloatArray = npt.NDArray[np.float64]
INCLUSION_DISCREPANCY = 0.02
# scipy.special.betainc is good to about 1e-13; a p-value is enlarged by far more than that.
_SLACK = 1.0 + 1e-9


def check_inclusion(
    counts: npt.ArrayLike,
    rounds: int,
    probabilities: npt.ArrayLike,
    *,
    discrepancy: float = INCLUSION_DISCREPANCY,
    false_alarm: float = FALSE_ALARM,
    miss: float = MISS,
) -> Verdict:
    """Verdict on ``E counts_vs = rounds p_vs`` for all pairs at once, by exact binomial tails.

    Over rounds that are drawn independently and alike, a count is binomial whatever the design
    does within a round, and however the pairs depend on each other: Bonferroni over both tails of
    all pairs. ``detectable`` is absolute, ``|p' − p|`` in any single pair, and rigorous:
    Hoeffding's inequality bounds the exact tails, so
    ``√(log(2VS/δ)/(2R)) + √(log(1/miss)/(2R))`` is seen.

    Args:
        counts: ``(V, S)`` integers, rounds in which processor ``v`` trained model ``s``.
        rounds: ``R``.
        probabilities: ``(V, S)``.
        discrepancy: absolute error of one probability that a supporting verdict must rule out.
        false_alarm, miss: the two error rates.

    Raises:
        InvalidProblemError: shapes that do not agree, counts outside ``0..rounds``.
    """
    k, p = _tables(counts, rounds, probabilities)
    tails = binomial_tails(k, rounds, p)
    worst = np.unravel_index(int(np.argmin(tails)), tails.shape)
    smallest = float(tails[worst])
    each = share(false_alarm, 2 * tails.size)
    sees = detectable_inclusion(rounds, tails.size, false_alarm=false_alarm, miss=miss)
    place = ", ".join(str(int(index)) for index in worst)
    return Verdict(
        claim="inclusion probabilities",
        outcome=decide(refuted=smallest <= each, powered=sees <= discrepancy),
        estimate=float(k[worst]) / rounds,
        expected=float(p[worst]),
        detectable=sees,
        false_alarm=false_alarm,
        miss=miss,
        rounds=rounds,
        statistic=-math.log(smallest) if smallest > 0.0 else math.inf,
        threshold=-math.log(each),
        detail=(
            f"{tails.size} pairs, shown: [{place}]; statistic: −log of the smallest binomial tail; "
            "detectable is absolute"
        ),
    )


def binomial_tails(counts: FloatArray, rounds: int, probabilities: FloatArray) -> FloatArray:
    """``min(P(X <= k), P(X >= k))`` for ``X ~ Binomial(rounds, p)``, elementwise."""
    from scipy.special import betainc

    k, n, p = np.broadcast_arrays(counts, float(rounds), probabilities)
    at_least = np.where(k > 0, betainc(np.maximum(k, 1.0), n - k + 1.0, p), 1.0)
    at_most = np.where(k < n, betainc(np.maximum(n - k, 1.0), k + 1.0, 1.0 - p), 1.0)
    # 1 − p rounds: a p below 1e-16 would make "never drawn" certain, which it all but is.
    return np.asarray(np.minimum(np.minimum(at_least, at_most) * _SLACK, 1.0), dtype=np.float64)


def detectable_inclusion(
    rounds: int, pairs: int, *, false_alarm: float = FALSE_ALARM, miss: float = MISS
) -> float:
    """Smallest absolute error of one of ``pairs`` probabilities that ``rounds`` see.

    Raises:
        InvalidProblemError: an error rate outside ``(0, 1)``, no rounds or pairs.
    """
    check_rate(miss, "miss")
    if rounds < 1:
        raise InvalidProblemError(f"rounds is {rounds}; give at least 1")
    return _roots(pairs, false_alarm, miss) / math.sqrt(2.0 * rounds)


def rounds_needed_inclusion(
    discrepancy: float, pairs: int, *, false_alarm: float = FALSE_ALARM, miss: float = MISS
) -> int:
    """Rounds that see an absolute error ``discrepancy`` in any of ``pairs`` probabilities.

    Raises:
        InvalidProblemError: an error rate outside ``(0, 1)``, a discrepancy not above 0.
    """
    check_rate(miss, "miss")
    if not discrepancy > 0.0:
        raise InvalidProblemError(f"discrepancy is {discrepancy}; give a number above 0")
    return math.ceil((_roots(pairs, false_alarm, miss) / discrepancy) ** 2 / 2.0)


def _roots(pairs: int, false_alarm: float, miss: float) -> float:
    return math.sqrt(-math.log(share(false_alarm, 2 * pairs))) + math.sqrt(-math.log(miss))


def _tables(
    counts: npt.ArrayLike, rounds: int, probabilities: npt.ArrayLike
) -> tuple[FloatArray, FloatArray]:
    k = np.asarray(counts, dtype=np.float64)
    p = np.asarray(probabilities, dtype=np.float64)
    if k.shape != p.shape or p.size == 0:
        raise InvalidProblemError(f"counts {k.shape} and probabilities {p.shape} must be alike")
    if rounds < 1 or not np.all((k >= 0.0) & (k <= rounds) & (k == np.floor(k))):
        raise InvalidProblemError(f"counts must be whole numbers in 0..{rounds}")
    if not np.all((p >= 0.0) & (p <= 1.0)):
        raise InvalidProblemError("probabilities must lie in 0..1")
    return k, p
