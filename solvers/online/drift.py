"""Norms that move from round to round: log-normal random walks held to a stationary spread."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roundlot.theory import InvalidProblemError, Problem
from roundlot.theory.random_streams import DRIFT

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Drift:
    """A fleet whose log-norms walk: ``x ← ρ x + step ε``, ``ρ = √(1 − step²/spread²)``.

    ``x`` stays normal with deviation ``spread``; the pull ``ρ`` keeps a long run from ending with
    one client that outweighs all. ``step / spread`` small is a plain random walk.

    Attributes:
        processors: ``V``.
        models: ``S``.
        budget: ``m``.
        spread: deviation of log-norms between pairs.
        step: deviation of a log-norm's change in a round, at most ``spread``.
        jumps: share of log-norms that are drawn afresh in a round, besides.
    """

    processors: int = 60
    models: int = 2
    budget: float = 8.0
    spread: float = 1.0
    step: float = 0.02
    jumps: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.step <= self.spread:
            raise InvalidProblemError(
                f"step is {self.step:g}; give a number from 0 to the spread, {self.spread:g}"
            )
        if not 0.0 <= self.jumps <= 1.0:
            raise InvalidProblemError(f"jumps is {self.jumps:g}; give a share from 0 to 1")

    def rounds(self, count: int, *, seed: int = 0) -> Iterator[Problem]:
        """The problem of each round, its scores the norms of that round; the same for a seed."""
        random = DRIFT.generator(seed)
        shape = (self.processors, self.models)
        keep = math.sqrt(1.0 - (self.step / self.spread) ** 2) if self.spread > 0.0 else 1.0
        logs = self.spread * random.standard_normal(shape)
        for _ in range(count):
            yield Problem(np.exp(logs), budget=self.budget)
            logs = keep * logs + self.step * random.standard_normal(shape)
            if self.jumps > 0.0:
                fresh = random.random(shape) < self.jumps
                logs = np.where(fresh, self.spread * random.standard_normal(shape), logs)


#: Log-norms that move by 0.02 a round, of a spread of 1.
SLOW = Drift(step=0.02)
#: Log-norms that move by 0.3 a round, of a spread of 1.
FAST = Drift(step=0.3)
#: Norms that stay, then jump: no sampler here assumes that.
JUMPS = Drift(step=0.0, jumps=0.02, spread=1.5)
