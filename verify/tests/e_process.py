"""A test of a mean that may be read after every round: betting against ``E y = 1``.

The claim is that rounds ``y >= 0`` have, given the past, mean 1 and second moment at most ``κ`` (up
to a relative ``tolerance`` of the mean). With ``v = κ − 1`` two families bet against it:

* **too large**, ``Π (1 + λ (y − 1))`` with ``0 < λ < 1``. Every factor is at least ``1 − λ > 0``
  and has mean at most 1 when ``E y <= 1``, whatever ``κ`` is.
* **too small**, ``exp(−λ Σ (y − 1) − R ψ)`` with ``ψ = log(1 + v (e^λ − 1 − λ))``. Put
  ``x = 1 − y <= 1``. The function ``(e^t − 1 − t)/t²`` increases, so
  ``e^{λx} <= 1 + λx + x² (e^λ − 1 − λ)``; with ``E x <= 0`` and
  ``E x² = E y² − 2 E y + 1 <= κ − 1 = v`` (as ``E y >= 1``) a factor has mean at most ``e^ψ``
  (Bennett 1962). A refusal on this side refuses mean and ``κ`` together.

The average of such products over a grid of ``λ`` is a non-negative supermartingale that starts at
1: it ever reaches ``1/δ`` with probability at most ``δ`` (Ville 1939). Everything is kept in
logarithms.

``κ`` itself is watched by the same bets on ``y²/κ``, whose mean is at most 1 under the claim. From
rounds that exceed it nothing is concluded that rests on ``κ``.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray
from roundlot.theory.text import short_repr
from roundlot.verify.tests.verdict import Outcome, decide

GRID = (0.003, 0.01, 0.03, 0.1)  # bets for relative errors of 0.3 to 10 per cent, times κ − 1
TERMS = 2 * len(GRID)
LARGEST_BET = 0.9  # below 1, so that a round of 0 does not end the test
TOLERANCE = 1e-9  # relative: rounding of a simulation and of its prediction
SQUARE_BETS = (0.003, 0.03, 0.2, 0.6)
#: How often rounds that keep ``κ`` are taken to exceed it: that costs a support, refuses nobody.
EXCEEDED = 1e-3
_CHUNK = 1 << 15  # rounds at a time: eight paths of them fit a cache


@dataclass(frozen=True, kw_only=True, eq=False)
class EProcess:
    """The state of the test after some rounds; ``update`` gives the next state.

    Attributes:
        second_moment_ratio: ``κ >= 1``, at least ``E y²`` under the claim.
        tolerance: means within ``1 ± tolerance`` are not refused.
        log_terms: ``(8,)``, logarithms of the four products "too large", then "too small".
        rounds: rounds seen.
        log_value: logarithm of the average of the terms now.
        log_peak: its largest value after any round; refuse when it reaches ``log(1/δ)``.
        log_peak_large: the same with the products "too large" alone, over the same eight: what
            refuses whatever ``κ`` is.
        log_squares, log_peak_squares: ``(4,)`` products on ``y²/κ``, the peak of their average.
        total, total_square: sums of ``y`` and ``y²``, for estimates.
    """

    second_moment_ratio: float
    tolerance: float = TOLERANCE
    log_terms: FloatArray
    rounds: int = 0
    log_value: float = 0.0
    log_peak: float = 0.0
    log_peak_large: float = 0.0
    log_squares: FloatArray = field(default_factory=lambda: np.zeros(len(SQUARE_BETS)))
    log_peak_squares: float = 0.0
    total: float = 0.0
    total_square: float = 0.0

    __repr__ = short_repr

    @classmethod
    def start(cls, second_moment_ratio: float, *, tolerance: float = TOLERANCE) -> EProcess:
        """The test before the first round.

        Raises:
            InvalidProblemError: ``κ`` below 1 or not finite, a tolerance outside ``[0, 1)``.
        """
        check_ratio(second_moment_ratio)
        if not 0.0 <= tolerance < 1.0:
            raise InvalidProblemError(f"tolerance is {tolerance}; give at least 0 and below 1")
        return cls(
            second_moment_ratio=float(second_moment_ratio),
            tolerance=tolerance,
            log_terms=np.zeros(TERMS),
        )

    @property
    def mean(self) -> float:
        """Average of ``y`` so far (NaN before the first round)."""
        return self.total / self.rounds if self.rounds else float("nan")

    @property
    def realised_ratio(self) -> float:
        """``mean y² / (mean y)²`` so far: an estimate of ``κ`` (NaN while it is undefined)."""
        return self.total_square * self.rounds / self.total**2 if self.total else float("nan")

    @property
    def ratio_exceeded(self) -> bool:
        """Whether these rounds show that ``κ`` is larger than was stated."""
        return bool(self.log_peak_squares >= -np.log(EXCEEDED))

    def update(self, y: npt.ArrayLike) -> EProcess:
        """The state after the rounds ``y`` (R,), each divided by its predicted mean.

        Raises:
            InvalidProblemError: not one-dimensional, a negative value, a NaN or an infinity.
        """
        values = np.asarray(y, dtype=np.float64)
        if values.ndim != 1 or not np.all(np.isfinite(values) & (values >= 0.0)):
            raise InvalidProblemError("rounds must be one row of finite numbers, none negative")
        state = self
        for first in range(0, values.size, _CHUNK):
            state = state._advance(values[first : first + _CHUNK])
        return state

    def _advance(self, y: FloatArray) -> EProcess:
        paths = self.log_terms[:, None] + self.log_paths(y)
        average = _log_mean(paths)
        large = _log_mean(paths[: len(GRID)]) - np.log(2.0)
        squares = self.log_squares[:, None] + self._square_paths(y)
        return replace(
            self,
            log_peak_large=max(self.log_peak_large, float(large.max())),
            log_squares=squares[:, -1],
            log_peak_squares=max(self.log_peak_squares, float(_log_mean(squares).max())),
            log_terms=paths[:, -1],
            rounds=self.rounds + y.size,
            log_value=float(average[-1]),
            log_peak=max(self.log_peak, float(average.max())),
            total=self.total + float(y.sum()),
            total_square=self.total_square + float(y @ y),
        )

    def _square_paths(self, y: FloatArray) -> FloatArray:
        ratio = self.second_moment_ratio * (1.0 + 10.0 * self.tolerance)
        with np.errstate(over="ignore"):
            gains = np.log1p(np.outer(SQUARE_BETS, np.square(y) / ratio - 1.0))
        return np.asarray(np.cumsum(gains, axis=1))

    def log_paths(self, y: FloatArray) -> FloatArray:
        """``(8, R)``, gains of each term up to every round: "too large", then "too small"."""
        ratio = self.second_moment_ratio / (1.0 - self.tolerance) ** 2
        up, down = bets(self.second_moment_ratio), bets(ratio)
        large = np.cumsum(np.log1p(np.outer(up, y / (1.0 + self.tolerance) - 1.0)), axis=1)
        fall = np.cumsum(1.0 - y / (1.0 - self.tolerance))
        count = np.arange(1, y.size + 1)
        return np.concatenate([large, np.outer(down, fall) - np.outer(penalty(down, ratio), count)])


def judged(process: EProcess, *, false_alarm: float, powered: bool) -> tuple[Outcome, str]:
    """The outcome, and a remark if rounds exceed ``κ``.

    "Too large" refuses whatever ``κ`` is; "too small" and a support rest on it.
    """
    threshold = -np.log(false_alarm)
    if process.log_peak_large >= threshold:
        return "refuted", ""
    if process.ratio_exceeded:
        return "inconclusive", "; κ is exceeded: these rounds scatter more than was stated"
    return decide(refuted=process.log_peak >= threshold, powered=powered), ""


def bets(second_moment_ratio: float) -> FloatArray:
    """``(4,)``, ``λ = min(ε / (κ − 1), 0.9)`` for ``ε`` in 0.003, 0.01, 0.03, 0.1."""
    excess = max(second_moment_ratio - 1.0, np.finfo(np.float64).tiny)
    with np.errstate(over="ignore"):
        return np.minimum(np.array(GRID) / excess, LARGEST_BET)


def penalty(bet: FloatArray, second_moment_ratio: float) -> FloatArray:
    """``ψ = log(1 + (κ − 1)(e^λ − 1 − λ))``, the price per round of betting on "too small"."""
    # expm1(λ) − λ cancels for small λ; its series is exact to rounding below 1e-3.
    series = bet * bet * (0.5 + bet * (1.0 / 6.0 + bet * (1.0 / 24.0 + bet / 120.0)))
    remainder = np.where(bet < 1e-3, series, np.expm1(bet) - bet)
    return np.asarray(np.log1p((second_moment_ratio - 1.0) * remainder), dtype=np.float64)


def check_ratio(second_moment_ratio: float) -> None:
    """Refuse a ``κ`` that no non-negative law has.

    Raises:
        InvalidProblemError: below 1, NaN or infinite.
    """
    if not (np.isfinite(second_moment_ratio) and second_moment_ratio >= 1.0):
        raise InvalidProblemError(
            f"second_moment_ratio is {second_moment_ratio}; E Y²/(E Y)² is finite and at least 1"
        )


def _log_mean(paths: FloatArray) -> FloatArray:
    top = paths.max(axis=0)
    return np.asarray(top + np.log(np.exp(paths - top).mean(axis=0)), dtype=np.float64)
