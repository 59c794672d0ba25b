"""When a method's mean accuracy reaches a target that is the same for all."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from roundlot.simulate.training import Bench, History

SHARE = 0.9  # of the best method's accuracy at the end


class Reached(NamedTuple):
    """What had been sent, and how long it had taken, when a target was reached; else infinite."""

    target: float
    uploads: float
    seconds: float


def reached(bench: Bench, share: float = SHARE) -> dict[str, Reached]:
    """For every method, by its means over seeds: the first evaluation from which on it holds.

    The target is ``share`` of the accuracy at the end of the method that is best there.
    """
    target = share * max(bench.interval(name).mean for name in bench.methods)
    return {name: _reached(runs, target) for name, runs in bench.histories.items()}


def _reached(runs: Sequence[History], target: float) -> Reached:
    accuracy = np.mean([run.mean_accuracy for run in runs], axis=0)
    below = np.flatnonzero(accuracy < target)
    first = int(below[-1]) + 1 if below.size else 0
    if first == len(accuracy):
        return Reached(target, math.inf, math.inf)
    uploads, seconds = (
        float(np.mean([getattr(run, name)[first] for run in runs]))
        for name in ("uploads_so_far", "seconds_so_far")
    )
    return Reached(target, uploads, seconds)
