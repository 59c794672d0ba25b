"""Step sizes round by round, and the bound on rounds that they give."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from roundlot.theory.arrays import FloatArray

Kind = Literal["decreasing", "constant", "switched"]


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Rounds from ``start`` on, which begin with the bound ``top``.

    With a ``step`` it is the same in every round, and the bound decays by ``contraction`` towards
    ``floor``; without, the step ``n`` rounds later is ``scale/(1 + ratio + n)`` and the bound
    ``top ratio/(ratio + n)``.
    """

    start: int
    top: float
    step: float = 0.0
    contraction: float = 1.0
    floor: float = 0.0
    scale: float = 0.0
    ratio: float = 0.0

    def at(self, time: int) -> float:
        """The bound at a round of the piece."""
        later = time - self.start
        if self.step > 0.0:
            return self.floor + whole_power(self.contraction, later) * (self.top - self.floor)
        return self.top * (self.ratio / (self.ratio + later))

    def step_at(self, time: float) -> float:
        """``γ_t`` at a round of the piece."""
        return self.step or self.scale / (1.0 + self.ratio + (time - self.start))


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Step sizes: ``step`` for the first ``switch`` rounds, then ``scale / (t + offset)``.

    ``switch`` is 0 for purely decreasing steps and infinite for a constant step. ``pieces``, where
    there are any, say it all instead, each until the next begins.
    """

    kind: Kind
    step: float = 0.0
    switch: float = 0.0
    scale: float = 0.0
    offset: float = 0.0
    pieces: tuple[Piece, ...] = ()

    def piece(self, time: float) -> Piece:
        """The piece that a round is in."""
        return self.pieces[max(0, bisect_right(self.pieces, time, key=lambda p: p.start) - 1)]

    def steps(self, rounds: npt.ArrayLike) -> FloatArray:
        """``γ_t`` for every round index ``t`` in ``rounds``."""
        t = np.asarray(rounds, dtype=np.float64)
        if self.pieces:
            return np.array([self.piece(one).step_at(one) for one in t.flat]).reshape(t.shape)
        early = t < self.switch
        later = self.scale / np.where(early, 1.0, t + self.offset)
        return np.where(early, self.step, later)

    def __str__(self) -> str:
        if self.pieces:
            first, last = self.pieces[0], self.pieces[-1]
            return f"γ_t from {first.step_at(0):.4g} to {last.step_at(last.start):.4g}"
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
    bounds of the other schedules that reach the target. ``lower`` are rounds that no step sizes
    fixed in advance undercut on the function ``attained_by``, which meets every assumption of the
    bound.
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
    lower: int = 0
    attained_by: str = ""
    alternatives: tuple[RoundsBound, ...] = field(default=(), repr=False)

    @property
    def gap(self) -> float:
        """``rounds`` over ``lower``: 1 is tight; infinite where no round is proved to be needed."""
        if self.rounds == self.lower:
            return 1.0
        return self.rounds / self.lower if self.lower else math.inf

    def curve(self, rounds: npt.ArrayLike) -> FloatArray:
        """Upper bounds on ``E‖x_t − x*‖²`` after ``t`` rounds, for every ``t`` in ``rounds``."""
        t = np.asarray(rounds, dtype=np.float64)
        if self.schedule.pieces:
            return np.array([self._at(one) for one in t.flat]).reshape(t.shape)
        early = np.minimum(t, self.schedule.switch)
        kept = power(self.contraction, early)
        first = self.floor + kept * (self.initial - self.floor)
        if self.schedule.kind == "decreasing":
            return np.asarray(self.C / (t + self.schedule.offset))
        late = t > self.schedule.switch
        # the switched schedule's step a/(μ²a + σ²) is one round ahead of its bound
        tail = self.C / (np.where(late, t, math.inf) + self.schedule.offset - 1.0)
        return np.where(late, tail, first)

    def _at(self, time: float) -> float:
        return self.schedule.piece(time).at(math.floor(time))

    def __str__(self) -> str:
        return f"{self.rounds} rounds with {self.schedule} ({', '.join(self.theorems)})"

    def __repr__(self) -> str:
        return f"RoundsBound({self})"


def power(base: float, exponent: npt.ArrayLike) -> FloatArray:
    """``base ** exponent``, 0 where it is too small for a float."""
    with np.errstate(divide="ignore", under="ignore"):
        return np.asarray(np.power(base, np.asarray(exponent, dtype=np.float64)))


def whole_power(base: float, exponent: int) -> float:
    """``base ** exponent`` by squaring: products alone, which every machine rounds alike."""
    found = 1.0
    while exponent > 0:
        if exponent & 1:
            found *= base
        base, exponent = base * base, exponent >> 1
    return found
