"""Step sizes round by round, and the bound on rounds that they give."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Kind = Literal["decreasing", "constant", "switched"]


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
        kept = power(self.contraction, early)
        first = self.floor + kept * (self.initial - self.floor)
        if self.schedule.kind == "decreasing":
            return np.asarray(self.C / (t + self.schedule.offset))
        late = t > self.schedule.switch
        # the switched schedule's step a/(μ²a + σ²) is one round ahead of its bound
        tail = self.C / (np.where(late, t, math.inf) + self.schedule.offset - 1.0)
        return np.where(late, tail, first)

    def __str__(self) -> str:
        return f"{self.rounds} rounds with {self.schedule} ({', '.join(self.theorems)})"

    def __repr__(self) -> str:
        return f"RoundsBound({self})"


def power(base: float, exponent: npt.ArrayLike) -> FloatArray:
    """``base ** exponent``, 0 where it is too small for a float."""
    with np.errstate(divide="ignore", under="ignore"):
        return np.asarray(np.power(base, np.asarray(exponent, dtype=np.float64)))
