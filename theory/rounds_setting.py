"""What a plan of step sizes starts from, and the search for the least number of rounds."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from roundlot.theory.schedule import FloatArray

LARGEST = 2**53  # rounds; beyond it floats no longer count


@dataclass(frozen=True, kw_only=True)
class Setting:
    """The constants of a problem, the squared distance it starts from and the one to reach.

    The variance of a step is at most ``variance + 2 slope (F(x) − F*)`` on the whole path.
    """

    L: float
    mu: float
    variance: float
    initial: float
    target: float
    slope: float = 0.0

    @property
    def total(self) -> float:
        """Two over the longest step that theorem one_step, growing_step or steep_step admits."""
        return max(self.L + self.mu + self.slope, 2.0 * (self.mu + self.slope))

    @property
    def largest_step(self) -> float:
        """``2/(L + μ)`` where the variance does not grow."""
        return 2.0 / self.total

    def contraction(self, step: float) -> float:
        """What one step multiplies the squared distance by."""
        return (1.0 - step * self.mu) ** 2 + step**2 * self.mu * self.slope

    def floor(self, step: float) -> float:
        """The squared distance at which a constant step stalls."""
        return step * self.variance / (self.mu * (2.0 - step * (self.mu + self.slope)))


def decay_time(setting: Setting, step: FloatArray) -> FloatArray:
    """Rounds, not yet whole, until the constant-step curve meets the target; inf if never."""
    mu, slope = setting.mu, setting.slope
    floor = step * setting.variance / (mu * (2.0 - step * (mu + slope)))
    with np.errstate(divide="ignore", invalid="ignore"):
        shrink = (
            -np.log1p(-step * mu * (2.0 - step * (mu + slope)))
            if slope > 0.0
            else -2.0 * np.log1p(-np.minimum(step * mu, 1.0))
        )
        need = np.log((setting.initial - floor) / (setting.target - floor))
        time = np.where(setting.target > floor, need / shrink, math.inf)
    return np.asarray(np.where(setting.initial <= setting.target, 0.0, time))


def least(curve: Callable[[float], float], guess: float, setting: Setting) -> int | None:
    """The least whole ``t`` with ``curve(t) <= target``, near ``guess``; None if uncountable."""
    if setting.initial <= setting.target:
        return 0
    if not guess < LARGEST:
        return None
    middle, width = max(0, math.ceil(guess)), 1
    low = high = middle
    while curve(high) > setting.target:
        low, high, width = high, high + width, 2 * width
    while low > 0 and curve(low) <= setting.target:
        low, high, width = max(0, low - width), low, 2 * width
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if curve(middle) <= setting.target else (middle, high)
    return high
