"""What the e-process sees: rounds for a discrepancy, and the discrepancy for given rounds.

Both figures hold for alternatives of mean ``1 + d`` (too large) or ``1 − d`` (too small) whose
relative spread is no more than claimed: ``E y²/(E y)² <= κ``. It is enough that one term of the
average reaches ``8/δ``. With ``ℓ`` its gain in a round, Chernoff's bound for any ``θ > 0``

    ``P(Σ ℓ < log(8/δ)) <= exp(θ log(8/δ)) (E e^{−θℓ})^R <= miss``

gives ``R``, minimised over ``λ`` and ``θ``:

* too large: ``(1 + x)^{−θ} <= 1 − θx + C x²`` for ``x >= −λ`` with
  ``C = ((1 − λ)^{−θ} − 1 − θλ)/λ²`` (the remainder over ``x²`` decreases in ``x``), so
  ``E e^{−θℓ} <= 1 − θλd + C λ² E(y − 1)²``: no further assumption.
* too small: large values of ``y`` can hide a small mean, so the right tail matters. It is taken to
  be sub-gamma, ``log E e^{t(y − E y)} <= t² Var/(2(1 − ct))`` with ``c = max(√(2v), v)``,
  ``v = κ − 1``: true of Gaussian quadratic forms (Laurent and Massart 2000) and of gamma laws.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray
from roundlot.theory.kinds import as_annotated
from roundlot.verify.tests.e_process import GRID, TERMS, bets, check_ratio, penalty
from roundlot.verify.tests.verdict import FALSE_ALARM, MISS, check_rate

_TILTS = np.geomspace(0.02, 20.0, 61)  # θ, over which Chernoff's bound is minimised
_STEPS = np.geomspace(1e-5, 100.0, 701)  # discrepancies, 2.3 per cent apart


@as_annotated
def rounds_needed(
    discrepancy: float,
    second_moment_ratio: float,
    *,
    false_alarm: float = FALSE_ALARM,
    miss: float = MISS,
) -> float:
    """Rounds after which means ``1 + d`` and ``1 − d`` are refused except with rate ``miss``.

    A whole number, or ``inf``: bets start at ``ε = 0.003``, so a discrepancy below about 0.0015 is
    out of reach unless ``κ − 1`` is tiny.

    Args:
        discrepancy: ``d > 0``, relative; from 1 up, only "too large" is possible.
        second_moment_ratio: ``κ``.
        false_alarm, miss: the two error rates.

    Raises:
        InvalidProblemError: an argument outside its range.
    """
    return _least_rounds(_monotone, discrepancy, second_moment_ratio, false_alarm, miss)


@as_annotated
def detectable(
    rounds: int,
    second_moment_ratio: float,
    *,
    false_alarm: float = FALSE_ALARM,
    miss: float = MISS,
) -> float:
    """Smallest relative discrepancy, either way, that ``rounds`` see except with rate ``miss``.

    Found on a grid, rounded up by at most 2.4 %, or more where less would need all but a thousandth
    of these rounds: far above 1 they hardly fall. ``inf`` if there is none below 100.

    Raises:
        InvalidProblemError: an argument outside its range.
    """
    return _least_step(_monotone, rounds, second_moment_ratio, false_alarm, miss)


@as_annotated
def rounds_needed_large(
    discrepancy: float,
    second_moment_ratio: float,
    *,
    false_alarm: float = FALSE_ALARM,
    miss: float = MISS,
) -> float:
    """Rounds after which a mean ``1 + d`` is refused as too large except with rate ``miss``.

    For the one-sided test of `check_variance_at_most`; arguments and errors as `rounds_needed`.
    """
    return _least_rounds(_large, discrepancy, second_moment_ratio, false_alarm, miss)


@as_annotated
def detectable_large(
    rounds: int,
    second_moment_ratio: float,
    *,
    false_alarm: float = FALSE_ALARM,
    miss: float = MISS,
) -> float:
    """Smallest ``d`` of a mean ``1 + d`` that the one-sided test sees; as `detectable`."""
    return _least_step(_large, rounds, second_moment_ratio, false_alarm, miss)


Sides = Callable[[FloatArray, float, float, float], FloatArray]


def _least_rounds(
    sides: Sides, discrepancy: float, ratio: float, false_alarm: float, miss: float
) -> float:
    if not (math.isfinite(discrepancy) and discrepancy > 0.0):
        raise InvalidProblemError(f"discrepancy is {discrepancy}; give a number above 0")
    steps = np.append(_STEPS[np.less(_STEPS, discrepancy)], discrepancy)
    needed = float(sides(steps, ratio, false_alarm, miss)[-1])
    return math.ceil(needed) if math.isfinite(needed) else math.inf


def _least_step(sides: Sides, rounds: int, ratio: float, false_alarm: float, miss: float) -> float:
    enough = np.flatnonzero(np.ceil(sides(_STEPS, ratio, false_alarm, miss)) <= rounds)
    return float(_STEPS[enough[0]]) if enough.size else math.inf


def _check(ratio: float, false_alarm: float, miss: float) -> None:
    check_ratio(ratio)
    check_rate(false_alarm, "false_alarm")
    check_rate(miss, "miss")


def _large(steps: FloatArray, ratio: float, false_alarm: float, miss: float) -> FloatArray:
    _check(ratio, false_alarm, miss)
    goal = math.log(len(GRID) / false_alarm)
    return np.minimum.accumulate(_rounds(-_log_gain_large(steps, ratio), goal, miss))


def _monotone(steps: FloatArray, ratio: float, false_alarm: float, miss: float) -> FloatArray:
    """Rounds for each step, both sides; a larger discrepancy never needs more than a smaller."""
    _check(ratio, false_alarm, miss)
    goal = math.log(TERMS / false_alarm)
    large = _rounds(-_log_gain_large(steps, ratio), goal, miss)
    small = _rounds(-_log_gain_small(np.minimum(steps, 1.0), ratio), goal, miss)
    return np.maximum(np.minimum.accumulate(large), np.minimum.accumulate(small))


def _rounds(decay: FloatArray, goal: float, miss: float) -> FloatArray:
    """Least rounds over bets and tilts, when ``E e^{−θℓ} <= exp(−decay)``; (D, bets, tilts) in."""
    with np.errstate(divide="ignore", invalid="ignore"):
        needed = np.where(decay > 0.0, (_TILTS * goal - math.log(miss)) / decay, np.inf)
    return np.asarray(needed.min(axis=(1, 2)), dtype=np.float64)


def _log_gain_large(steps: FloatArray, ratio: float) -> FloatArray:
    """Bound on ``log E e^{−θℓ}`` for mean ``1 + d``, (D, bets, tilts); ``inf`` where it is vain."""
    d = steps[:, None, None]
    bet = bets(ratio)[:, None]
    curve = np.expm1(-_TILTS * np.log1p(-bet)) - _TILTS * bet
    # For tiny bets the curve is θ(θ+1)λ²/2 and the difference above is rounding noise.
    curve = np.maximum(curve, 0.5 * _TILTS * (_TILTS + 1.0) * bet * bet)
    square = ratio * (1.0 + d) ** 2 - 1.0 - 2.0 * d
    bound = -_TILTS * bet * d + curve * square
    return np.asarray(np.where(bound < 0.0, np.log1p(np.maximum(bound, -1 + 1e-12)), np.inf))


def _log_gain_small(steps: FloatArray, ratio: float) -> FloatArray:
    """Bound on ``log E e^{−θℓ}`` for mean ``1 − d`` under the sub-gamma tail."""
    d = steps[:, None, None]
    bet = bets(ratio)[:, None]
    price = penalty(bet, ratio)
    excess = ratio - 1.0
    width = max(math.sqrt(2.0 * excess), excess)
    tilt = _TILTS * bet
    room = 1.0 - width * tilt
    scatter = tilt**2 * excess * (1.0 - d) ** 2 / (2.0 * np.where(room > 0.0, room, 1.0))
    bound = _TILTS * price - tilt * d + scatter
    return np.asarray(np.where(room > 0.0, bound, np.inf))
