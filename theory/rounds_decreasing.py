"""Rounds with steps ``c/(t + τ)``: theorem decreasing_steps."""

from __future__ import annotations

from roundlot.theory.rounds_setting import Setting, least
from roundlot.theory.schedule import RoundsBound, Schedule


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
