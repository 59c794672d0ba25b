"""Labels of methods with workers, from what a round weighs: what steps, and what is kept."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from roundlot.simulate.workers.setting import StepPlan, Workers
from roundlot.theory.arrays import FloatArray

ROUNDING = 1e-9

#: Of a method whose mean is kept, told before the workers and the plan are known.
IF_ALIKE = "unbiased with one local step where the objective weighs workers alike"


def label_of_faults(*faults: str | None) -> str:
    """ "unbiased" without any fault, else "biased: " and the first."""
    found = [fault for fault in faults if fault is not None]
    return f"biased: {found[0]}" if found else "unbiased"


def weight_fault(weights: FloatArray, workers: Workers) -> str | None:
    """Where weights ``(n,)`` of the workers' gradients are not the objective's."""
    off = np.abs(weights - workers.weights)
    worst = int(off.argmax())
    if off[worst] <= ROUNDING:
        return None
    return (
        f"worker {worst} weighs {weights[worst]:.3g}, the objective says "
        f"{workers.weights[worst]:.3g}"
    )


def drift_fault(steps: npt.ArrayLike, workers: Workers) -> str | None:
    """Several local steps of several workers: the mean of all is not one step of the mean."""
    most = int(np.max(steps))
    if most == 1 or workers.n_workers == 1:
        return None
    return f"{most} local steps drift towards each shard's own optimum"


def mean_fault(matrices: FloatArray) -> str | None:
    """Where a column of one of the mixing matrices ``(k, n, n)`` does not sum to 1."""
    sums = matrices.sum(axis=1)
    off = np.abs(sums - 1.0)
    k, worst = np.unravel_index(int(off.argmax()), off.shape)
    if off[k, worst] <= ROUNDING:
        return None
    return f"columns of the mixing do not sum to 1: that of worker {worst} to {sums[k, worst]:.3g}"


def delay_fault(matrices: FloatArray, delay: int) -> str | None:
    """Where something is mixed that left its worker some rounds ago."""
    apart = matrices * (1.0 - np.eye(matrices.shape[-1]))
    if delay == 0 or not apart.any():
        return None
    return f"what neighbours had {delay} rounds ago is mixed in"


def gossip_label(matrices: FloatArray, delay: int, workers: Workers, plan: StepPlan) -> str:
    """Of mixing by any of ``matrices`` ``(k, n, n)`` after local steps, or before."""
    n = workers.n_workers
    return label_of_faults(
        mean_fault(matrices),
        delay_fault(matrices, delay),
        weight_fault(np.full(n, 1.0 / n), workers),
        drift_fault(plan.steps, workers),
    )
