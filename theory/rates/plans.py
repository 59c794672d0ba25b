"""Plans of step sizes with the rounds they need: constant, decreasing, first long then best."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from roundlot.theory.arrays import FloatArray
from roundlot.theory.rates.schedule import RoundsBound, Schedule, power

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
        if high >= LARGEST:
            return None
        low, high, width = high, high + width, 2 * width
    while low > 0 and curve(low) <= setting.target:
        low, high, width = max(0, low - width), low, 2 * width
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if curve(middle) <= setting.target else (middle, high)
    return high


def constant(setting: Setting) -> RoundsBound | None:
    """The best constant step: a grid in the logarithm, refined three times around its best."""
    if setting.initial <= setting.target:
        step = setting.largest_step
    else:
        found = _best_step(setting)
        if found is None:
            return None
        step = found
    floor, contraction = setting.floor(step), setting.contraction(step)

    def curve(t: float) -> float:
        return float(floor + power(contraction, t) * (setting.initial - floor))

    rounds = least(curve, float(decay_time(setting, np.array(step))), setting)
    if rounds is None:
        return None
    return RoundsBound(
        rounds=rounds,
        schedule=Schedule(kind="constant", step=step, switch=math.inf),
        initial=setting.initial,
        target=setting.target,
        C=0.0,
        floor=floor,
        contraction=contraction,
        theorems=("one_step", "constant_step"),
        conditions=("L >= μ", "γ <= 2/(L + μ)"),
    )


def _best_step(setting: Setting) -> float | None:
    highest = setting.largest_step
    if setting.variance > 0.0:  # the floor γσ²/(μ(2 − γ(μ + S))) must lie below the target
        limit = (
            2.0
            * setting.target
            * setting.mu
            / (setting.variance + setting.target * setting.mu * (setting.mu + setting.slope))
        )
        highest = min(highest, limit * (1.0 - 1e-9))
    low, high = math.log(highest) - 12.0, math.log(highest)
    for _ in range(4):
        grid = np.exp(np.linspace(low, high, 257))
        grid = np.minimum(grid, highest)
        times = decay_time(setting, grid)
        best = int(np.argmin(times))
        if not math.isfinite(times[best]):
            return None
        low, high = (math.log(grid[i]) for i in (max(best - 1, 0), min(best + 1, 256)))
    return float(grid[best])


def decreasing(setting: Setting) -> RoundsBound | None:
    """``C/(t + τ)`` at the best ``(c, τ)``, in closed form.

    Rounds are ``τ (a₀/target − 1)`` with ``τ = max(c(L+μ)/2, c²σ²/((cμ−1) a₀))``: the first grows
    with ``c``, the second falls until ``c = 2/μ``: the best ``c`` is where they cross, or ``2/μ``.
    """
    scale, start = _best_scale(setting), setting.initial
    surplus = scale * setting.mu - 1.0
    needed = scale**2 * setting.variance / surplus if setting.variance > 0.0 else 0.0
    offset = scale * setting.total / 2.0
    if start > 0.0:
        offset = max(offset, needed / start)
    C = max(offset * start, needed)
    rounds = least(lambda t: C / (t + offset), C / setting.target - offset, setting)
    if rounds is None:
        return None
    return RoundsBound(
        rounds=rounds,
        schedule=Schedule(kind="decreasing", scale=scale, offset=offset),
        initial=start,
        target=setting.target,
        C=C,
        floor=0.0,
        contraction=1.0,
        theorems=("one_step", "one_over_t", "decreasing_steps"),
        conditions=("L >= μ", "cμ >= 1", "c (L + μ) <= 2τ", "C >= τ a₀", "C (cμ − 1) >= c² σ²"),
    )


def _best_scale(setting: Setting) -> float:
    """The best ``c``; at least a little above ``1/μ`` where there is noise."""
    total, start, highest = setting.total, setting.initial, 2.0 / setting.mu
    room = setting.mu * total * start - 2.0 * setting.variance
    if setting.variance == 0.0:
        return 1.0 / setting.mu
    crossing = total * start / room if room > 0.0 else highest
    return min(highest, max(crossing, (1.0 + 1e-9) / setting.mu))


def switched(setting: Setting) -> RoundsBound | None:
    """The largest step while it beats all others, then ``(1/μ)/(t + offset)``: the optimum.

    No sequence of steps up to ``2/(L + μ)`` has a smaller bound from theorem one_step.
    """
    mu, step = setting.mu, setting.largest_step
    floor, contraction = setting.floor(step), setting.contraction(step)

    def early(t: float) -> float:
        if t == 0:  # beside a floor far above it the start would be lost in the sum
            return setting.initial
        return float(floor + power(contraction, t) * (setting.initial - floor))

    def whole(goal: float) -> int | None:
        reach = Setting(**{**vars(setting), "target": goal})
        return least(early, float(decay_time(reach, np.array(step))), reach)

    switch = whole(_switching_point(setting)) if setting.variance > 0.0 else None
    rounds = whole(setting.target) if setting.target > floor else None
    C = setting.variance / mu**2  # 1/a grows by μ²/σ² a round: a_t = C/(t + offset)
    offset = 0.0
    if switch is not None:
        offset = C / early(switch) - switch if setting.initial > 0.0 else 1.0
        if rounds is None or rounds > switch:
            later = C / setting.target - offset
            rounds = least(lambda t: C / (t + offset), later, setting)
    if rounds is None:
        return None
    return RoundsBound(
        rounds=rounds,
        schedule=Schedule(
            kind="switched",
            step=step,
            switch=math.inf if switch is None else float(switch),
            scale=1.0 / mu,
            offset=offset + 1.0,
        ),
        initial=setting.initial,
        target=setting.target,
        C=C,
        floor=floor,
        contraction=contraction,
        theorems=("one_step", "constant_step", "best_steps"),
        conditions=("L >= μ", "γ <= 2/(L + μ)", "μa (L − μ) <= 2σ² after the switch"),
    )


def _switching_point(setting: Setting) -> float:
    """The squared distance below which the best step is no longer the largest."""
    if setting.mu == setting.L:
        return math.inf
    return 2.0 * setting.variance / (setting.mu * (setting.L - setting.mu))
