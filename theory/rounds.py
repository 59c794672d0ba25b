"""From bound to decision: how many rounds until the expected squared distance is below a target.

Three schedules of steps, each with its theorem; the arithmetic is NumPy only. The least number of
rounds over all of them is the answer, and it says which schedule and which theorems gave it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from roundlot.theory.errors import AssumptionError, InfeasibleError, InvalidProblemError

FloatArray = npt.NDArray[np.float64]
Kind = Literal["decreasing", "constant", "switched"]
LARGEST = 2**53  # rounds; beyond it floats no longer count


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Step sizes: ``step`` for the first ``switch`` rounds, then ``scale / (t + offset)``.

    ``switch`` is 0 for purely decreasing steps and infinite for a constant step.
    """

    kind: Kind
    step: float = 0.0
    switch: float = 0.0
    scale: float = 0.0
    offset: float = 0.0

    def steps(self, rounds: npt.ArrayLike) -> FloatArray:
        """``γ_t`` for every round index ``t`` in ``rounds``."""
        t = np.asarray(rounds, dtype=np.float64)
        early = t < self.switch
        later = self.scale / np.where(early, 1.0, t + self.offset)
        return np.where(early, self.step, later)

    def __str__(self) -> str:
        if math.isinf(self.switch):
            return f"γ = {self.step:.4g}"
        sign = "+" if self.offset >= 0 else "−"
        tail = f"γ_t = {self.scale:.4g}/(t {sign} {abs(self.offset):.4g})"
        return (
            f"γ = {self.step:.4g} for {self.switch:g} rounds, then {tail}" if self.switch else tail
        )


@dataclass(frozen=True, kw_only=True)
class RoundsBound:
    """Rounds that suffice for a target, with the schedule and the curve that prove it.

    ``C`` is the constant of ``C/(t + τ)`` for the decreasing schedule and its tail elsewhere (0 for
    a constant step); ``floor`` is the noise floor of the constant part. ``alternatives`` are the
    bounds of the other schedules that reach the target.
    """

    rounds: int
    schedule: Schedule
    initial: float
    target: float
    C: float
    floor: float
    contraction: float
    theorems: tuple[str, ...]
    conditions: tuple[str, ...]
    alternatives: tuple[RoundsBound, ...] = field(default=(), repr=False)

    def curve(self, rounds: npt.ArrayLike) -> FloatArray:
        """Upper bounds on ``E‖x_t − x*‖²`` after ``t`` rounds, for every ``t`` in ``rounds``."""
        t = np.asarray(rounds, dtype=np.float64)
        early = np.minimum(t, self.schedule.switch)
        power = _power(self.contraction, early)
        first = self.floor + power * (self.initial - self.floor)
        if self.schedule.kind == "decreasing":
            return np.asarray(self.C / (t + self.schedule.offset))
        late = t > self.schedule.switch
        # the switched schedule's step a/(μ²a + σ²) is one round ahead of its bound
        tail = self.C / (np.where(late, t, math.inf) + self.schedule.offset - 1.0)
        return np.where(late, tail, first)

    def __str__(self) -> str:
        return f"{self.rounds} rounds with {self.schedule} ({', '.join(self.theorems)})"


@dataclass(frozen=True, kw_only=True)
class _Setting:
    L: float
    mu: float
    variance: float
    initial: float
    target: float

    @property
    def largest_step(self) -> float:
        return 2.0 / (self.L + self.mu)

    def contraction(self, step: float) -> float:
        return (1.0 - step * self.mu) ** 2

    def floor(self, step: float) -> float:
        return step * self.variance / (self.mu * (2.0 - step * self.mu))


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
    setting = _Setting(
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


def _decreasing(setting: _Setting) -> RoundsBound | None:
    """``C/(t + τ)`` at the best ``(c, τ)``, in closed form.

    Rounds are ``τ (a₀/target − 1)`` with ``τ = max(c(L+μ)/2, c²σ²/((cμ−1) a₀))``: the first grows
    with ``c``, the second falls until ``c = 2/μ``: the best ``c`` is where they cross, or ``2/μ``.
    """
    scale, start = _best_scale(setting), setting.initial
    surplus = scale * setting.mu - 1.0
    needed = scale**2 * setting.variance / surplus if setting.variance > 0.0 else 0.0
    offset = scale * (setting.L + setting.mu) / 2.0
    if start > 0.0:
        offset = max(offset, needed / start)
    C = max(offset * start, needed)
    rounds = _least(lambda t: C / (t + offset), C / setting.target - offset, setting)
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
        conditions=("L > μ", "cμ >= 1", "c (L + μ) <= 2τ", "C >= τ a₀", "C (cμ − 1) >= c² σ²"),
    )


def _best_scale(setting: _Setting) -> float:
    """The best ``c``; at least a little above ``1/μ`` where there is noise."""
    total, start, highest = setting.L + setting.mu, setting.initial, 2.0 / setting.mu
    room = setting.mu * total * start - 2.0 * setting.variance
    if setting.variance == 0.0:
        return 1.0 / setting.mu
    crossing = total * start / room if room > 0.0 else highest
    return min(highest, max(crossing, (1.0 + 1e-9) / setting.mu))


def _constant(setting: _Setting) -> RoundsBound | None:
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
        return float(floor + _power(contraction, t) * (setting.initial - floor))

    rounds = _least(curve, float(_decay_time(setting, np.array(step))), setting)
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
        conditions=("L > μ", "γ <= 2/(L + μ)"),
    )


def _best_step(setting: _Setting) -> float | None:
    highest = setting.largest_step
    if setting.variance > 0.0:  # the floor γσ²/(μ(2 − γμ)) must lie below the target
        limit = (
            2.0 * setting.target * setting.mu / (setting.variance + setting.target * setting.mu**2)
        )
        highest = min(highest, limit * (1.0 - 1e-9))
    low, high = math.log(highest) - 12.0, math.log(highest)
    for _ in range(4):
        grid = np.exp(np.linspace(low, high, 257))
        grid = np.minimum(grid, highest)
        times = _decay_time(setting, grid)
        best = int(np.argmin(times))
        if not math.isfinite(times[best]):
            return None
        low, high = (math.log(grid[i]) for i in (max(best - 1, 0), min(best + 1, 256)))
    return float(grid[best])


def _decay_time(setting: _Setting, step: FloatArray) -> FloatArray:
    """Rounds, not yet whole, until the constant-step curve meets the target; inf if never."""
    floor = step * setting.variance / (setting.mu * (2.0 - step * setting.mu))
    with np.errstate(divide="ignore", invalid="ignore"):
        shrink = -2.0 * np.log1p(-np.minimum(step * setting.mu, 1.0))
        need = np.log((setting.initial - floor) / (setting.target - floor))
        time = np.where(setting.target > floor, need / shrink, math.inf)
    return np.asarray(np.where(setting.initial <= setting.target, 0.0, time))


def _switched(setting: _Setting) -> RoundsBound | None:
    """The largest step while it beats all others, then ``(1/μ)/(t + offset)``: the optimum.

    No sequence of steps up to ``2/(L + μ)`` has a smaller bound from theorem one_step.
    """
    mu, step = setting.mu, setting.largest_step
    floor, contraction = setting.floor(step), setting.contraction(step)

    def early(t: float) -> float:
        return float(floor + _power(contraction, t) * (setting.initial - floor))

    def whole(goal: float) -> int | None:
        reach = _Setting(**{**vars(setting), "target": goal})
        return _least(early, float(_decay_time(reach, np.array(step))), reach)

    switch = whole(_switching_point(setting)) if setting.variance > 0.0 else None
    rounds = whole(setting.target) if setting.target > floor else None
    C = setting.variance / mu**2  # 1/a grows by μ²/σ² a round: a_t = C/(t + offset)
    offset = 0.0
    if switch is not None:
        offset = C / early(switch) - switch if setting.initial > 0.0 else 1.0
        if rounds is None or rounds > switch:
            later = C / setting.target - offset
            rounds = _least(lambda t: C / (t + offset), later, setting)
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
        conditions=("L > μ", "γ <= 2/(L + μ)", "μa (L − μ) <= 2σ² after the switch"),
    )


def _switching_point(setting: _Setting) -> float:
    """The squared distance below which the best step is no longer the largest."""
    if setting.mu == setting.L:
        return math.inf
    return 2.0 * setting.variance / (setting.mu * (setting.L - setting.mu))


def _least(curve: Callable[[float], float], guess: float, setting: _Setting) -> int | None:
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


def _power(base: float, exponent: npt.ArrayLike) -> FloatArray:
    with np.errstate(divide="ignore", under="ignore"):
        return np.asarray(np.power(base, np.asarray(exponent, dtype=np.float64)))


_PLANS: dict[Kind, Callable[[_Setting], RoundsBound | None]] = {
    "switched": _switched,
    "decreasing": _decreasing,
    "constant": _constant,
}
