"""What happened in a run of real processes, beside what the schedule predicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from roundlot.simulate.workers.mixing_schedule import MixingSchedule
from roundlot.solvers.graphs.leaders import Leaders, leader_matrix
from roundlot.theory.arrays import AnyArray, FloatArray, IntArray
from roundlot.theory.tabular import Tabular

LOSS_BYTES = 8  # beside the parameters, where leaders are chosen by losses


@dataclass(frozen=True, kw_only=True, eq=False)
class RealRun(Tabular):
    """``R`` rounds of ``n`` processes.

    Attributes:
        schedule: what they mixed by.
        parameters: ``(n, d)`` at the end.
        computing: ``(R, n)`` seconds of every worker's own step.
        ended: ``(R, n)`` seconds from the start to the end of every worker's round.
        sent: ``(R, n)`` bytes of numbers that every worker sent.
        losses: ``(R, n)``; NaN without a step.
        best, central: ``(R, n)`` ranks of the leaders; −1 without.
        small, whole: median seconds of an exchange of 8 bytes, and of all parameters, before the
            first round.
        kernel_bytes: what the kernel counted on the workers' sockets, ``(n,)``, where it does; only
            of the rounds since the last start.
        learning_rate: by which leaders pulled.
        first: the round with which this start began.
    """

    schedule: MixingSchedule = field(repr=False)
    parameters: AnyArray = field(repr=False)
    computing: FloatArray = field(repr=False)
    ended: FloatArray = field(repr=False)
    sent: IntArray = field(repr=False)
    losses: FloatArray = field(repr=False)
    best: IntArray = field(repr=False)
    central: IntArray = field(repr=False)
    small: float
    whole: float
    kernel_bytes: IntArray | None
    learning_rate: float
    first: int = 0

    def _columns(self) -> Mapping[str, Any]:
        R, n = self.sent.shape
        return {
            "round": np.repeat(np.arange(R), n),
            "worker": self.schedule.nodes * R,
            "computing": self.computing.ravel(),
            "ended": self.ended.ravel(),
            "sent": self.sent.ravel(),
            "loss": self.losses.ravel(),
        }

    @property
    def rounds(self) -> int:
        """``R``."""
        return len(self.sent)

    @property
    def passes(self) -> int:
        """How often parameters go over a link in a round: twice where leaders pull before."""
        return passes(self.schedule)

    @cached_property
    def matrices(self) -> FloatArray:
        """``(R, n, n)``: what mixed in every round, by the leaders that the workers chose."""
        plain = self.schedule.matrices(self.rounds)
        weights = self.schedule.leaders
        if weights is None:
            return plain
        update, rate = self.schedule.update, self.learning_rate
        led = [
            leader_matrix(W, Leaders(best=b, central=c), weights, update=update, step=rate)
            for W, b, c in zip(plain, self.best, self.central, strict=True)
        ]
        return np.array(led).reshape(plain.shape)

    @property
    def predicted_bytes(self) -> IntArray:
        """``(R, n)``: links in use times the bytes of the parameters, and of the losses."""
        size = self.parameters.itemsize * self.parameters.shape[1] * self.passes
        size += LOSS_BYTES * (self.schedule.leaders is not None)
        degrees = [_degrees(self.schedule, k) for k in range(self.rounds)]
        return np.asarray(np.array(degrees, dtype=np.int64).reshape(self.sent.shape) * size)

    @property
    def predicted_seconds(self) -> FloatArray:
        """``(R, n)``: when every worker's round ends, by the computing that was measured and by
        the link as it was before the first round.

        The two ends of a link wait for each other, matching after matching; nobody else waits.
        """
        done, ends = np.zeros(self.parameters.shape[0]), []
        for number, computing in enumerate(self.computing):
            done = done + computing
            graph = self.schedule.at(number)
            for _ in range(self.passes):
                for j in np.flatnonzero(self.schedule.used(number)):
                    a, b = graph.links.matchings[j].T
                    done[a] = done[b] = np.maximum(done[a], done[b]) + self.whole
            ends.append(done.copy())
        return np.array(ends).reshape(self.ended.shape)

    @property
    def slowest(self) -> tuple[int, float]:
        """The rank whose steps took longest, and how many times those of the median worker."""
        total = self.computing.sum(axis=0)
        middle = float(np.median(total))
        worst = int(total.argmax())
        return worst, float(total[worst] / middle) if middle > 0.0 else 1.0


def passes(schedule: MixingSchedule) -> int:
    """How often parameters go over a link in a round."""
    return 2 if schedule.leaders is not None and schedule.update == "paper" else 1


def _degrees(schedule: MixingSchedule, round_: int) -> IntArray:
    """``(n,)``: links of every worker that the round uses."""
    matchings = schedule.at(round_).links.matchings
    used = [matchings[j].ravel() for j in np.flatnonzero(schedule.used(round_))]
    every = np.concatenate([*used, np.empty(0, np.int64)])
    return np.bincount(every, minlength=schedule.n_workers).astype(np.int64)
