"""The budget of a problem that has none: a number that its caps cannot reach."""

from __future__ import annotations

import math

import numpy as np

from roundlot.theory.arrays import BoolArray, FloatArray


class Unlimited(float):
    """What all caps and ceilings together allow, and an ulp more; no limit of its own."""

    def __repr__(self) -> str:
        return "no budget"


def unlimited(available: BoolArray, processor_cap: FloatArray, ceiling: FloatArray) -> Unlimited:
    """``Σ_v min(c_v, Σ_s u_vs)``, rounded up; 1 where nothing can be drawn."""
    most = np.where(available, ceiling, 0.0).sum(axis=1) * (1.0 + 2.0**-48)
    usable = math.fsum(np.minimum(processor_cap, most).tolist())
    return Unlimited(math.nextafter(usable, math.inf) if usable > 0.0 else 1.0)
