"""Rounds of linear steps: their second moments and sums in closed form or by powers of a matrix.

Everything here is exact if the numbers are fractions; floats lose some digits of the last places.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from roundlot.theory.lower_bounds.record import Number

Matrix = list[list[Number]]
_OFF = 1e-15  # relative, of a root
_DIGITS = 64  # binary ones of a root
_SMALL = 1e-4  # a third power of it is below rounding


def power(factor_less: Number, rounds: int) -> Number:
    """``(1 − factor_less)^rounds``."""
    if _by_logarithm(factor_less):
        return math.exp(rounds * math.log1p(-factor_less))
    return (1 - factor_less) ** rounds


def _by_logarithm(less: Number) -> bool:
    """Whether ``1 − less`` would lose digits of ``less``."""
    return isinstance(less, float) and less != 0.0 and abs(less) < 0.5


def fallen(factor_less: Number, rounds: int) -> Number:
    """``1 − (1 − factor_less)^rounds``, without cancellation."""
    if _by_logarithm(factor_less):
        return -math.expm1(rounds * math.log1p(-factor_less))
    return 1 - power(factor_less, rounds)


def roots(square: Number) -> tuple[Number, Number]:
    """Numbers of the same kind, one at most the root and one at least, up to rounding alike."""
    if isinstance(square, float):
        root = math.sqrt(square)
        return root * (1 - _OFF), root * (1 + _OFF)
    fine = 2**_DIGITS
    whole = math.isqrt(math.floor(square * fine**2))
    return Fraction(whole, fine), Fraction(whole + 1, fine)


@dataclass(frozen=True, kw_only=True)
class Decay:
    """``a_{t+1} = (1 − less) a_t + added`` from ``first``, with ``less <= 1``."""

    less: Number
    added: Number
    first: Number

    def after(self, rounds: int) -> Number:
        """``a_rounds``."""
        return power(self.less, rounds) * self.first + self.added * self._once(rounds)

    def total(self, rounds: int) -> Number:
        """``Σ_{t<rounds} a_t``."""
        return self.first * self._once(rounds) + self.added * self._twice(rounds)

    def _once(self, rounds: int) -> Number:
        """``Σ_{t<rounds} (1 − less)^t``."""
        if self.less == 0:
            return rounds
        return fallen(self.less, rounds) / self.less

    def _twice(self, rounds: int) -> Number:
        """The sum of these over fewer rounds; as a series where the difference would cancel."""
        if self.less == 0 or (isinstance(self.less, float) and abs(self.less) * rounds < _SMALL):
            pairs = rounds * (rounds - 1) // 2
            third = self.less * (rounds - 2) / 3
            return pairs * (1 - third + third * self.less * (rounds - 3) / 4)
        return (rounds - self._once(rounds)) / self.less


@dataclass(frozen=True, kw_only=True)
class Walk:
    """``z_{t+1} = A_ω z_t + noise`` with ``E z zᵀ`` known at the start.

    Attributes:
        outcomes: chances and matrices ``A_ω`` ``(d, d)``.
        noise: ``(d, d)``, the covariance of the noise, which is independent of the past; it may
            depend on the outcome, so it is the mean over outcomes.
        start: ``(d, d)``, ``E z_0 z_0ᵀ``.
    """

    outcomes: Sequence[tuple[Number, Matrix]]
    noise: Matrix
    start: Matrix

    def moments(self, rounds: int, summed: Matrix) -> tuple[Number, Matrix]:
        """``Σ_{t<rounds} Σ summed ∘ E z_t z_tᵀ`` and ``E z zᵀ`` after the rounds."""
        d = len(self.start)
        state = [entry for row in self.start for entry in row] + [1, 0]
        state = _applied(self._map(summed), state, rounds)
        return state[-1], [state[i * d : (i + 1) * d] for i in range(d)]

    def _map(self, summed: Matrix) -> Matrix:
        """The linear map of all second moments, of a constant and of the sum."""
        d = len(self.start)
        size = d * d + 2
        full = [[0 * self.noise[0][0] for _ in range(size)] for _ in range(size)]
        for chance, a in self.outcomes:
            for i in range(d):
                for j in range(d):
                    for k in range(d):
                        for m in range(d):
                            full[i * d + j][k * d + m] += chance * a[i][k] * a[j][m]
        for i in range(d):
            for j in range(d):
                full[i * d + j][-2] += self.noise[i][j]
                full[-1][i * d + j] += summed[i][j]
        full[-2][-2] = full[-1][-1] = 1
        return full


def _applied(matrix: Matrix, state: list[Number], rounds: int) -> list[Number]:
    """``matrix^rounds`` times the state, by repeated squaring."""
    while rounds:
        if rounds % 2:
            state = [sum(map(_times, row, state)) for row in matrix]
        rounds //= 2
        if rounds:
            columns = list(zip(*matrix, strict=True))
            matrix = [[sum(map(_times, row, column)) for column in columns] for row in matrix]
    return state


def _times(left: Number, right: Number) -> Number:
    return left * right
