"""Data whose differences are lost where training computes in fewer digits than they have."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from roundlot.simulate.engines.precision import Precision
from roundlot.simulate.tasks.task import Task
from roundlot.theory.errors import warn

#: How much of a number's standard deviation rounding may take without a word.
_LOST = 1e-3
#: Deviations below this share of the number are themselves rounding: it is the same in all samples.
_CONSTANT = 1e-12


def warn_of_rounding(tasks: Iterable[Task], precision: Precision) -> None:
    """Warn of float64 data that float32 makes alike, as it does of seconds since 1970.

    Warns:
        RoundlotWarning: which number of a sample, and by how much.
    """
    if precision.computed == torch.float64:
        return
    for task in tasks:
        for what in ("inputs", "targets"):
            if text := _lost(getattr(task.train, what)):
                warn(
                    f"{task.name!r}: {what} are float64 and training computes in float32, which"
                    f' rounds {text}; take its mean off, or train with precision = "float64"'
                )


def _lost(data: Tensor) -> str:
    """The number of a sample that loses most, in words; empty if none loses much."""
    if data.dtype != torch.float64 or not data.numel():
        return ""
    columns = data.reshape(len(data), -1)
    spread = columns.std(dim=0, correction=0)
    lost = (columns - columns.float()).abs().amax(dim=0)
    lost[spread <= _CONSTANT * columns.abs().amax(dim=0)] = 0.0
    shares = lost / spread.clamp_min(torch.finfo(torch.float64).tiny)
    worst = int(shares.argmax())
    if float(shares[worst]) <= _LOST:
        return ""
    return (
        f"number {worst} of a sample by up to {float(lost[worst]):.2g}, where samples differ by"
        f" {float(spread[worst]):.2g}"
    )
