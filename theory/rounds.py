"""From bound to decision: how many rounds until the expected squared distance is below a target.

Three schedules of steps, each with its theorem; the arithmetic is NumPy only. The least number of
rounds over all of them is the answer, and it says which schedule and which theorems gave it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Literal

from roundlot.theory.errors import AssumptionError, InfeasibleError, InvalidProblemError
from roundlot.theory.rounds_constant import constant
from roundlot.theory.rounds_decreasing import decreasing
from roundlot.theory.rounds_setting import LARGEST, Setting
from roundlot.theory.rounds_switched import switched
from roundlot.theory.schedule import Kind, RoundsBound, Schedule

__all__ = ["RoundsBound", "Schedule", "rounds_by_method", "rounds_to_target"]

_PLANS: dict[Kind, Callable[[Setting], RoundsBound | None]] = {
    "switched": switched,
    "decreasing": decreasing,
    "constant": constant,
}


def rounds_to_target(
    *,
    smoothness: float,
    strong_convexity: float,
    variance: float,
    initial: float,
    target: float,
    schedule: Kind | Literal["best"] = "best",
) -> RoundsBound:
    """The least number of rounds that provably brings ``E‖x_t − x*‖²`` to ``target``.

    Args:
        smoothness: ``L >= μ`` of the objective.
        strong_convexity: ``μ > 0``.
        variance: ``σ² >= 0``, a bound on the variance of every step's gradient estimate.
        initial: ``‖x_0 − x*‖²``, or an upper bound on it.
        target: the squared distance to reach, above 0.
        schedule: "decreasing" (``c/(t + τ)`` with the best ``c`` and ``τ``), "constant" (the best
            constant step), "switched" (the largest step, then the steps that are best for the
            one-step bound), or "best" of the three.

    Raises:
        InvalidProblemError: a number that is negative, infinite or NaN.
        AssumptionError: ``L < μ``.
        InfeasibleError: infinite variance (some update with probability 0), or more rounds than
            can be counted.

    Source: theorems one_step, decreasing_steps, constant_step and best_steps.
    """
    _validate(smoothness, strong_convexity, variance, initial, target)
    setting = Setting(
        L=float(smoothness),
        mu=float(strong_convexity),
        variance=float(variance),
        initial=float(initial),
        target=float(target),
    )
    if schedule != "best" and schedule not in _PLANS:
        raise InvalidProblemError(f"schedule is {schedule!r}; use best, {', '.join(_PLANS)}")
    chosen = list(_PLANS) if schedule == "best" else [schedule]
    bounds = [_PLANS[kind](setting) for kind in chosen]
    found = sorted((b for b in bounds if b is not None), key=lambda b: b.rounds)
    if not found:
        raise InfeasibleError(
            f"target {target:g} needs more than {LARGEST} rounds; raise the target or the budget"
        )
    return _with_alternatives(found)


def rounds_by_method(
    variances: Mapping[str, float],
    *,
    smoothness: float,
    strong_convexity: float,
    initial: float,
    target: float,
) -> dict[str, RoundsBound]:
    """``rounds_to_target`` for every method's variance; an error names the method."""
    found = {}
    for name, variance in variances.items():
        try:
            found[name] = rounds_to_target(
                smoothness=smoothness,
                strong_convexity=strong_convexity,
                variance=variance,
                initial=initial,
                target=target,
            )
        except ValueError as error:
            raise type(error)(f"{name}: {error}") from error
    return found


def _validate(L: float, mu: float, variance: float, initial: float, target: float) -> None:
    if variance == math.inf:
        raise InfeasibleError(
            "variance is infinite: some client with an update is never drawn; "
            "give every available pair a probability above 0"
        )
    checks = (
        ("smoothness", L, True),
        ("strong_convexity", mu, True),
        ("variance", variance, False),
        ("initial", initial, False),
        ("target", target, True),
    )
    for name, value, positive in checks:
        if not math.isfinite(value) or value < 0 or (positive and value == 0):
            least = "above 0" if positive else "at least 0"
            raise InvalidProblemError(f"{name} is {value:g}; it must be finite and {least}")
    if mu > L:
        raise AssumptionError(
            f"smoothness {L:g} is below strong_convexity {mu:g}; no function has both"
        )


def _with_alternatives(found: list[RoundsBound]) -> RoundsBound:
    best, others = found[0], tuple(found[1:])
    return RoundsBound(**{**vars(best), "alternatives": others})
