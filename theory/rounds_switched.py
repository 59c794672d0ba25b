"""Rounds with the largest step at first, then the best for the one-step bound: best_steps."""

from __future__ import annotations

import math

import numpy as np

from roundlot.theory.rounds_setting import Setting, decay_time, least
from roundlot.theory.schedule import RoundsBound, Schedule, power


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
