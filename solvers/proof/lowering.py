"""Probabilities made feasible to the last bit, by lowering: limits are sums of positive terms.

Probabilities only go down, towards their floors, so a limit that holds keeps holding; one pass over
the limits is enough. What a solver hands over is off by a few ulp and loses as much: in proportion
to the probabilities, whose last bits they are, for what a small one has above its floor may be less
than the last bit of a large one. What is off by more is taken in proportion to the room above the
floors. Where only floors are left nothing is lowered: that they are feasible was decided exactly
before.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from roundlot.solvers import kernels
from roundlot.solvers.proof.sums import cost_rows, excesses, total_excess
from roundlot.theory import ConvergenceError, Problem
from roundlot.theory.arrays import BoolArray, FloatArray, IndexArray
from roundlot.theory.positions import by_position
from roundlot.theory.problem import Limit, Structure

# Pushes double from 2 ulp on: 120 of them reach any probability from any other.
ATTEMPTS = 120
TOTAL_ATTEMPTS = 200
# An excess below this part of the probabilities is a matter of their last bits.
ROUNDING = 1e-9
# Taking all but this part of what is above the floors would leave small probabilities at 0.
ALL = 1.0 - 1e-6
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
        loose = limit.sums(np.where(out > floor, out, 0.0))
        if not (loose[over > 0.0] > 0.0).any():
            return
        large = over > ROUNDING * loose
        if large.any():
            room = limit.sums(out - floor)
            large &= over < ALL * room
            lower_by(out, floor, limit, np.where(large, _cut(over, room, push), 0.0), above=True)
        lower_by(out, floor, limit, np.where(large, 0.0, _cut(over, loose, push)), above=False)
        over = excesses(limit, out)


def lower_by(
    out: FloatArray, floor: FloatArray, limit: Limit, cut: FloatArray, *, above: bool
) -> None:
    """Lowers what counts in a row of ``A`` by a part of itself, or of what is ``above`` floors."""
    if not cut.any():
        return
    if limit.weights is not None:
        np.copyto(out, _towards(out, floor, cut[0], above), where=limit.weights[0] > 0.0)
        return
    share = limit.plus_prices(np.zeros((1, 1)), cut)
    rows: IndexArray | slice = slice(None)
    if limit.structure is Structure.GROUPS:  # few rows as a rule: the others stay
        rows = np.flatnonzero(share[:, 0])
        share = share[rows]
    out[rows] = _towards(out[rows], floor[rows], share, above)


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
    """Which part of a room to give up: 0 where nothing is over."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        share = np.where(room > 0.0, over / room, 1.0)
    part = np.minimum(1.0, share * (1.0 + 4.0 * kernels.UNIT) + push)
    return np.where(over > 0.0, part, 0.0)


def _towards(
    table: FloatArray, floor: FloatArray, cut: FloatArray | float, above: bool
) -> FloatArray:
    part = table - floor if above else table
    return np.maximum(floor, np.minimum(table, table - part * cut))


def fit_total(
    probabilities: FloatArray, floor: FloatArray | float, budget: float, capped: BoolArray
) -> FloatArray:
    """Shrinks ``(V, S)`` probabilities, in place, until their exact sum is at most the budget.

    By a relative few ulp, never below the floor, if that is feasible; processors that are at their
    caps, ``(V,)``, are left alone where the others have room.
    """
    push = 2.0 * kernels.UNIT
    for _ in range(TOTAL_ATTEMPTS):
        over = total_excess(probabilities.reshape(-1), budget)
        if over <= 0.0:
            return probabilities
        loose: BoolArray = np.asarray(probabilities > floor)
        if not loose.any():
            return probabilities
        room = float(np.sum(probabilities, where=loose & ~capped[:, None]))
        if over > NEGLIGIBLE * room:
            capped, room = np.zeros_like(capped), float(np.sum(probabilities, where=loose))
        cut = min(1.0, over / room + push)
        push *= 2.0
        shrunk = np.maximum(floor, probabilities - probabilities * cut)
        np.copyto(probabilities, shrunk, where=~capped[:, None])
    raise ConvergenceError(
        f"probabilities could not be brought below the budget {budget:g}; raise it by one ulp"
    )
