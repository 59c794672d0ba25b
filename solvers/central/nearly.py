"""An optimum with floors of sums that is right up to rounding, brought within all limits."""

from __future__ import annotations

import numpy as np

from roundlot.solvers.central import loops
from roundlot.solvers.coupled.nearly import Nearly
from roundlot.solvers.proof.lowering import lowered
from roundlot.solvers.water.scaling import changed
from roundlot.theory import Problem
from roundlot.theory.arrays import FloatArray, read_only_view
from roundlot.theory.problem import Structure


def within(problem: Problem, found: Nearly) -> FloatArray:
    """``(V, S)``, raised to the floors that hold them, and lowered elsewhere."""
    floor, ceiling = problem.bounds
    p = np.clip(found.probabilities, floor, ceiling)
    if found.capped.any():  # caps first: what is at one is not lowered again once it is kept
        p = lowered(problem, p)
    lift(problem, p, found)
    kept = found.kept[:, None] | found.models
    least = changed(problem, floor=np.where(kept, p, floor))
    held = (p >= ceiling) | found.capped[:, None] | kept
    return lowered(least, p, held)


def lift(problem: Problem, p: FloatArray, found: Nearly) -> None:
    """Raises what floors of sums lack by rounding, in place."""
    ceiling, everybody = problem.bounds[1], np.arange(len(p))
    for limit in problem.sum_floors():
        if limit.structure is Structure.MODELS:
            order = np.tile(everybody, limit.size)
            first, columns = np.arange(limit.size + 1) * len(p), np.arange(limit.size)
        else:
            order, first = limit.members
            columns = np.full(limit.size, -1)
        loops.lift(
            p,
            ceiling,
            found.capped,
            read_only_view(np.asarray(order, dtype=np.int64)),
            read_only_view(np.asarray(first, dtype=np.int64)),
            columns,
            read_only_view(limit.bound),
        )
