"""Seconds of a round, from the speed of devices and links and from what was asked of them.

A round has two phases with a barrier between, for the server draws when all reports are in:

1. survey: whoever is asked for a loss or a norm downloads the model, computes, reports 8 bytes;
2. training: whoever is drawn downloads the model (unless it has it), trains (unless it kept what it
   trained for the survey), and sends its update.

In a phase a client first downloads, one message after the other on its link; then its processors
work side by side, each computation on one of them, longest first, each on the processor that is
free first; then it sends, one message after the other. A phase takes as long as its slowest client.
One training takes ``epochs × samples / speed``, one loss a third of ``samples / speed`` (a forward
pass costs about a third of a step). A model, an update and a correction are 4 bytes a parameter.
The server itself takes no time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from roundlot.simulate.engines.local_plan import LocalPlan
from roundlot.simulate.training.federation import Federation
from roundlot.simulate.training.round import Round
from roundlot.theory.arrays import AnyArray, FloatArray, IntArray

BYTES = 4  # of a parameter, float32
REPORT_BYTES = 8  # of a loss or a norm, float64
FORWARD = 1.0 / 3.0  # of a step: a backward pass costs about two forward passes
_MEGABIT = 8e-6  # of a byte


@dataclass(frozen=True, kw_only=True, eq=False)
class Clock:
    """What a round takes in a federation where model ``s`` is trained by ``plans[s]``."""

    federation: Federation
    plans: Sequence[LocalPlan]

    def seconds(self, round_: Round) -> float:
        """Seconds of a round, from what was asked in it."""
        asked = round_.surveyed | round_.evaluated
        survey = self._phase(
            downloads=asked * self._model_bytes,
            work=self._training(round_.surveyed) + FORWARD * self._passes(round_.evaluated),
            uploads=REPORT_BYTES * (round_.surveyed * 1.0 + round_.evaluated),
        )
        later = round_.trained - round_.surveyed
        fetched = ((round_.trained > 0) & ~asked) * 1.0 + round_.corrected
        training = self._phase(
            downloads=fetched * self._model_bytes,
            work=self._training(later),
            uploads=round_.uploaded * self._model_bytes,
        )
        return survey + training

    @property
    def _model_bytes(self) -> FloatArray:
        return np.array([BYTES * task.n_parameters for task in self.federation.tasks], dtype=float)

    def _training(self, times: AnyArray) -> FloatArray:
        epochs = np.array([plan.epochs for plan in self.plans], dtype=float)
        return np.asarray(self._passes(times) * epochs)

    def _passes(self, times: AnyArray) -> FloatArray:
        """``(N, S)`` seconds to go through the data so many times."""
        speed = self.federation.speed
        if speed is None:
            return np.zeros(times.shape)
        return np.asarray(times * self.federation.counts / np.asarray(speed)[:, None])

    def _phase(self, *, downloads: FloatArray, work: FloatArray, uploads: FloatArray) -> float:
        busy = makespan(work, np.asarray(self.federation.processors))
        if self.federation.link is not None:
            sent = (downloads + uploads).sum(axis=1) * _MEGABIT
            busy = busy + sent / np.asarray(self.federation.link)
        return float(busy.max())


def makespan(work: FloatArray, processors: IntArray) -> FloatArray:
    """``(N,)``: when each client's computations ``(N, S)`` are done on its processors.

    Longest first, each to the processor that is free first: at most 4/3 of the shortest schedule
    (Graham 1969), and the shortest itself where every computation has a processor of its own.
    """
    rows = np.arange(len(work))
    wide = min(int(processors.max()), work.shape[1])
    loads = np.where(np.arange(wide) < processors[:, None], 0.0, np.inf)
    for duration in -np.sort(-work, axis=1).T:
        loads[rows, loads.argmin(axis=1)] += duration
    return np.asarray(np.where(np.isfinite(loads), loads, 0.0).max(axis=1))
