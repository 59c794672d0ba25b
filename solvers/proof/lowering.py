"""Probabilities made feasible to the last bit, by lowering: limits are sums of positive terms.

Probabilities only go down, towards their floors, so a limit that holds keeps holding; one pass over
the limits is enough. What a solver hands over is off by a few ulp and loses as much. Where only
floors are left nothing is lowered: that they are feasible was decided exactly before.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from roundlot.solvers import kernels
from roundlot.solvers.proof.sums import cost_rows, excesses
from roundlot.theory import ConvergenceError, Problem
from roundlot.theory.arrays import BoolArray, FloatArray, IndexArray
from roundlot.theory.positions import by_position
from roundlot.theory.problem import Limit, Structure

# Pushes double from 2 ulp on: 120 of them reach any probability from any other.
ATTEMPTS = 120
TOTAL_ATTEMPTS = 200
# An excess above this part of the room of some rows is taken from all of them.
NEGLIGIBLE = 1e-12


@by_position()
def lowered(problem: Problem, probabilities: FloatArray) -> FloatArray:
    """``(V, S)`` within all limits of a feasible problem as real sums, from ones in ``[l, u]``.

    Raises:
        ConvergenceError: a limit that rounding alone cannot satisfy.
    """
    floor = problem.bounds[0]
    out = np.array(probabilities, dtype=np.float64, order="C")
    kernels.fit_rows(out, floor, np.ascontiguousarray(problem.processor_cap))
    total, _, *others = problem.sum_limits()
    for limit in (*others, total):
        for part in cost_rows(limit) if limit.weights is not None else (limit,):
            _lower(out, floor, part)
    return out


def _lower(out: FloatArray, floor: FloatArray, limit: Limit) -> None:
    """Lowers what counts in a row of ``A``, in place, until its exact sum is within the limit."""
    over = excesses(limit, out)
    for push in _pushes():
        if not (over > 0.0).any():
            return
        room = limit.sums(out - floor)
        if not (room[over > 0.0] > 0.0).any():
            return
        cut = _cut(over, room, push)
        if limit.weights is not None:
            np.copyto(out, _towards(out, floor, cut[0]), where=limit.weights[0] > 0.0)
        else:
            share = limit.plus_prices(np.zeros((1, 1)), cut)
            rows: IndexArray | slice = slice(None)
            if limit.structure is Structure.GROUPS:  # few rows as a rule: the others stay
                rows = np.flatnonzero(share[:, 0])
                share = share[rows]
            out[rows] = _towards(out[rows], floor[rows], share)
        over = excesses(limit, out)


def _pushes() -> Iterator[float]:
    push = 2.0 * kernels.UNIT
    for _ in range(ATTEMPTS):
        yield push
        push *= 2.0
    raise ConvergenceError(
        "probabilities could not be brought within a limit by rounding; "
        "raise the limit by some ulp or lower the floors"
    )


def _cut(over: FloatArray, room: FloatArray, push: float) -> FloatArray:
    """Which part of the room above the floors to give up: 0 where nothing is over."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        share = np.where(room > 0.0, over / room, 1.0)
    part = np.minimum(1.0, share * (1.0 + 4.0 * kernels.UNIT) + push)
    return np.where(over > 0.0, part, 0.0)


def _towards(table: FloatArray, floor: FloatArray, cut: FloatArray | float) -> FloatArray:
    return np.maximum(floor, np.minimum(table, table - (table - floor) * cut))


def fit_total(
    probabilities: FloatArray, floor: FloatArray | float, budget: float, capped: BoolArray
) -> FloatArray:
    """Shrinks ``(V, S)`` probabilities, in place, until their exact sum is at most the budget.

    By a relative few ulp, never below the floor; processors that are at their caps, ``(V,)``, are
    left alone where the others have room.
    """
    push = 2.0 * kernels.UNIT
    for _ in range(TOTAL_ATTEMPTS):
        over = kernels.excess(*kernels.wide_faithful_sum(probabilities.reshape(-1)), budget)
        if over <= 0.0:
            return probabilities
        room = float(np.sum(probabilities - floor, where=~capped[:, None]))
        if over > NEGLIGIBLE * room:
            capped, room = np.zeros_like(capped), float(np.sum(probabilities - floor))
        cut = min(1.0, over / room + push) if room > 0.0 else 1.0
        push *= 2.0
        shrunk = np.maximum(floor, probabilities - (probabilities - floor) * cut)
        np.copyto(probabilities, shrunk, where=~capped[:, None])
    raise ConvergenceError(
        f"probabilities could not be brought below the budget {budget:g}; raise it by one ulp"
    )
