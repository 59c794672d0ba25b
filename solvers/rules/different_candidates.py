"""Who is among different candidates drawn by size, with few enough ahead: exact probabilities.

Clients are drawn one after the other, each time in proportion to the sizes of those that are left,
until there are ``d`` (successive sampling). That is the order of arrival of clients with
independent exponential times of rates ``w_i``; the candidates are the first ``d``. Client ``k`` of
the order of losses is chosen if it is a candidate with fewer than ``m`` candidates ahead of it in
that order. At the moment at which the ``d``-th arrives, there are ``n < m`` of those ahead, ``k``
itself, and ``d − 1 − n`` of those behind. So the probability is an integral over that moment of
counts of independent arrivals, which two recursions over the clients give. It is taken on the
logarithm of time by the trapezoidal rule, which converges geometrically there; halving the spacing
until nothing moves is the check.

Source: order sampling by exponential times (Rosén, Annals of Mathematical Statistics 1972).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from roundlot.theory import ConvergenceError, InfeasibleError
from roundlot.theory.arrays import FloatArray

# Tails of the moment that are left out: below what sums of float64 resolve.
_TAIL = 45.0
# First spacing in e-folds of time, over the square root of d where the moment is that sharp.
_SPACING, _HALVINGS = 0.5, 8
# The two interleaved rules agree to this: their mean is then right to far below.
_AGREE = 1e-10
#: Additions of the recursions that are done at most: some seconds.
MOST_WORK = 1e8
# Numbers of a recursion that are held at once: 64 MB of float64.
_HELD = 8e6


def chosen_first(sizes: FloatArray, draws: int, chosen: int) -> FloatArray:
    """``(N,)``: the probability to be among the first ``chosen`` of the ``draws`` candidates.

    Args:
        sizes: ``(N,)``, above 0, in the order in which candidates are chosen.
        draws: ``d``, how many different candidates; all if there are no more.
        chosen: ``m``, at least 1, at most ``d``.

    Raises:
        ConvergenceError: the integral does not settle.
        InfeasibleError: so many clients and candidates that this takes too long.
    """
    count = len(sizes)
    if draws >= count:
        return np.asarray((np.arange(count) < chosen).astype(np.float64))
    rates = np.log(sizes) - np.log(sizes.max())
    race = _Race(rates=rates, draws=draws, chosen=chosen)
    start, end = race.window()
    spacing = _SPACING / max(1.0, float(np.sqrt(min(draws, count - draws))) / 2.0)
    work = 16.0 * count * draws * (end - start) / spacing  # eight in each of two sums
    if work > MOST_WORK:
        raise InfeasibleError(
            f"the chances of {draws} different candidates among {count} clients take some "
            f"{work:.1g} additions, and {MOST_WORK:.1g} are done; lower the budget, or take "
            "'worst draws', whose candidates are drawn with replacement"
        )
    coarse = race.mean(start, end, spacing)
    for _ in range(_HALVINGS):
        between = race.mean(start + 0.5 * spacing, end, spacing)
        apart = float(np.max(np.abs(coarse - between)))
        coarse, spacing = 0.5 * (coarse + between), 0.5 * spacing
        if apart <= _AGREE:
            return np.asarray(np.clip(coarse, 0.0, 1.0))
    raise ConvergenceError(
        f"the chances of {draws} different candidates among {count} clients did not settle: two "
        f"sums differ by {apart:.1g}"
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Race:
    """Clients that arrive at exponential times, the first ``draws`` of whom are candidates.

    Attributes:
        rates: ``(N,)``, logarithms of the rates, in the order of choice.
        draws: ``d``, below ``N``.
        chosen: ``m``.
    """

    rates: FloatArray
    draws: int
    chosen: int

    def window(self) -> tuple[float, float]:
        """Logarithms of the times between which the last candidate arrives, but for ``e^−45``."""
        first, last = -float(self.rates.max()) - 2.0 * _TAIL, -float(self.rates.min()) + _TAIL
        return _last_true(self._surely_before, first, last), -_last_true(
            lambda time: self._surely_after(-time), -last, -first
        )

    def _surely_before(self, time: float) -> bool:
        """Whether fewer than ``d`` have arrived, but for the tail."""
        mean = float(-np.expm1(-_times(self.rates, time)).sum())
        return _upper_tail(self.draws, mean) < -_TAIL

    def _surely_after(self, time: float) -> bool:
        """Whether ``d`` have arrived: fewer than ``N − d + 1`` are out."""
        out = float(np.exp(-_times(self.rates, time)).sum())
        here, most = len(self.rates) - out, self.draws - 1
        lower = most * np.log(here / most) + most - here if most and here > most else -here
        lower = min(lower, 0.0) if here > most else 0.0
        return min(_upper_tail(len(self.rates) - most, out), lower) < -_TAIL

    def mean(self, start: float, end: float, spacing: float) -> FloatArray:
        """``(N,)``, the integral by nodes from ``start`` on, so far apart."""
        nodes = np.arange(start, end, spacing)
        at_once = max(1, int(_HELD // (2 * len(self.rates) * self.draws)))
        total = np.zeros(len(self.rates))
        for first in range(0, len(nodes), at_once):
            total += self._sums(nodes[first : first + at_once])
        return total * spacing

    def _sums(self, nodes: FloatArray) -> FloatArray:
        """``(N,)``, the density at these logarithms of time, summed."""
        times = _times(self.rates[:, None], nodes)
        out = np.exp(-times)
        here, flow = -np.expm1(-times), times * out
        behind = self._behind(here, out, flow)
        ahead = _Count.empty(len(nodes), self.chosen)
        found = np.zeros(len(self.rates))
        for k, after in enumerate(behind):
            arrives = flow[k] @ (ahead.chance * after.chance).sum(axis=1)
            waits = (ahead.flow * after.chance + ahead.chance * after.flow).sum(axis=1)
            found[k] = arrives + here[k] @ waits
            ahead = ahead.joined(here[k], out[k], flow[k])
        return found

    def _behind(self, here: FloatArray, out: FloatArray, flow: FloatArray) -> list[_Count]:
        """Of those behind each client: ``d − 1, d − 2, ...`` of them, ``m`` numbers."""
        count, kept = _Count.empty(here.shape[1], self.draws), []
        for k in range(len(here) - 1, -1, -1):
            kept.append(count.from_the_top(self.chosen))
            count = count.joined(here[k], out[k], flow[k])
        return kept[::-1]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Count:
    """How many of some clients have arrived, at each of ``T`` times: 0 to ``K − 1``.

    Attributes:
        chance: ``(T, K)``, the probability of each number.
        flow: ``(T, K)``, the rate at which the number comes to be this one.
    """

    chance: FloatArray
    flow: FloatArray

    @classmethod
    def empty(cls, times: int, most: int) -> _Count:
        """Of nobody."""
        chance = np.zeros((times, most))
        chance[:, 0] = 1.0
        return cls(chance=chance, flow=np.zeros((times, most)))

    def joined(self, here: FloatArray, out: FloatArray, flow: FloatArray) -> _Count:
        """Of one client more, ``(T,)``: has arrived, has not, and the rate at which it does."""
        here, out, flow = here[:, None], out[:, None], flow[:, None]
        chance, rate = out * self.chance, out * self.flow
        rate[:, 1:] += here * self.flow[:, :-1] + flow * self.chance[:, :-1]
        chance[:, 1:] += here * self.chance[:, :-1]
        return _Count(chance=chance, flow=rate)

    def from_the_top(self, most: int) -> _Count:
        """The largest ``most`` numbers, largest first."""
        return _Count(
            chance=self.chance[:, ::-1][:, :most].copy(), flow=self.flow[:, ::-1][:, :most].copy()
        )


def _times(rates: FloatArray, time: FloatArray | float) -> FloatArray:
    # e^745 is the last whose inverse is above 0: everybody has long arrived.
    return np.asarray(np.exp(np.minimum(rates + time, np.log(745.0))))


def _upper_tail(number: int, mean: float) -> float:
    """The logarithm of a bound of ``P(N >= number)``: Chernoff, for any independent arrivals."""
    if mean >= number:
        return 0.0
    return number - mean - number * float(np.log(number / mean)) if mean > 0.0 else -np.inf


def _last_true(holds: Callable[[float], bool], low: float, high: float) -> float:
    """Where what holds at ``low`` ceases to hold, from below; by halving."""
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low
