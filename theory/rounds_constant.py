"""Rounds with one constant step: theorem constant_step."""

from __future__ import annotations

import math

import numpy as np

from roundlot.theory.rounds_setting import Setting, decay_time, least
from roundlot.theory.schedule import RoundsBound, Schedule, power


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
