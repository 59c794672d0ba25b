"""When a round ends: at a deadline, when the fastest worker is done, or when all are.

An end turns the moments at which units of work are done into the length of the round and the units
that count. In each, worker ``i`` does at most its share ``b_i``; nobody waits once all are done.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from roundlot.solvers.stragglers.times import Stragglers, checked_shares, counts_by
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.kinds import real_number


@dataclass(frozen=True, kw_only=True, eq=False)
class Rounds:
    """What happened: seconds (R,) of computing, counts (R, n) of units that were done."""

    seconds: FloatArray = field(repr=False)
    counts: IntArray = field(repr=False)


@dataclass(frozen=True, kw_only=True, eq=False)
class RoundEnd(ABC):
    """When a round ends."""

    @property
    @abstractmethod
    def name(self) -> str:
        """In words."""

    @abstractmethod
    def ends(self, last: FloatArray) -> FloatArray:
        """``(R,)``, ends of rounds whose workers finish their shares at ``last (R, n)``."""

    def apply(self, finish: FloatArray, shares: npt.ArrayLike) -> Rounds:
        """Lengths and counts, from ``finish (R, n, units)``, with at least the largest share.

        Raises:
            InvalidProblemError: malformed shares, or fewer units than the largest.
        """
        planned = checked_shares(shares, finish.shape[1])
        if finish.shape[2] < planned.max():
            raise InvalidProblemError(
                f"{finish.shape[2]} units were timed and {planned.max()} are planned; time as many"
            )
        busy = planned > 0
        index = np.broadcast_to(np.maximum(planned - 1, 0)[None, :, None], (*finish.shape[:2], 1))
        last = np.take_along_axis(finish, index, axis=2)[:, busy, 0]
        ends = self.ends(last)
        return Rounds(seconds=ends, counts=counts_by(finish, ends, planned))

    def draw(
        self,
        stragglers: Stragglers,
        shares: npt.ArrayLike,
        rounds: int,
        *,
        seed: int = 0,
        start: int = 0,
    ) -> Rounds:
        """Rounds ``start`` to ``start + rounds`` of these workers."""
        planned = checked_shares(shares, stragglers.workers)
        finish = stragglers.finish(rounds, int(planned.max()), seed=seed, start=start)
        return self.apply(finish, planned)


@dataclass(frozen=True, kw_only=True, eq=False)
class Deadline(RoundEnd):
    """At ``seconds``, or earlier if all shares are done.

    Raises:
        InvalidProblemError: a deadline that is not above 0.
    """

    seconds: float
    name = "deadline"

    def __post_init__(self) -> None:
        seconds = real_number(self.seconds, "seconds")
        if math.isnan(seconds) or seconds <= 0.0:
            raise InvalidProblemError(
                f"seconds of the deadline is {seconds}; give a number above 0"
            )

    def ends(self, last: FloatArray) -> FloatArray:
        return np.asarray(np.minimum(last.max(axis=1), self.seconds))


@dataclass(frozen=True, kw_only=True, eq=False)
class FastestWorker(RoundEnd):
    """When the first worker has done its share; the others hand in what they have."""

    name = "fastest worker"

    def ends(self, last: FloatArray) -> FloatArray:
        return np.asarray(last.min(axis=1))


@dataclass(frozen=True, kw_only=True, eq=False)
class FullWait(RoundEnd):
    """When every worker has done its share."""

    name = "full wait"

    def ends(self, last: FloatArray) -> FloatArray:
        return np.asarray(last.max(axis=1))
