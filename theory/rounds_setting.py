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
    """The constants of a problem, the squared distance it starts from and the one to reach."""

    L: float
    mu: float
    variance: float
    initial: float
    target: float

    @property
    def largest_step(self) -> float:
        """``2/(L + μ)``."""
        return 2.0 / (self.L + self.mu)

    def contraction(self, step: float) -> float:
        """What one step multiplies the squared distance by."""
        return (1.0 - step * self.mu) ** 2

    def floor(self, step: float) -> float:
        """The squared distance at which a constant step stalls."""
        return step * self.variance / (self.mu * (2.0 - step * self.mu))


def decay_time(setting: Setting, step: FloatArray) -> FloatArray:
    """Rounds, not yet whole, until the constant-step curve meets the target; inf if never."""
    floor = step * setting.variance / (setting.mu * (2.0 - step * setting.mu))
    with np.errstate(divide="ignore", invalid="ignore"):
        shrink = -2.0 * np.log1p(-np.minimum(step * setting.mu, 1.0))
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
