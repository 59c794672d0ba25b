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
def lowered(
    problem: Problem, probabilities: FloatArray, held: BoolArray | None = None
) -> FloatArray:
    """``(V, S)`` within all limits of a feasible problem as real sums, from ones in ``[l, u]``.

    Args:
        problem: whose floors the probabilities keep.
        probabilities: ``(V, S)``.
        held: ``(V, S)``, which pairs keep their last bits where others can give theirs, as a limit
            of their own holds them; those at their ceilings if not given.

    Raises:
        ConvergenceError: a limit that rounding alone cannot satisfy.
    """
    floor, ceiling = problem.bounds
    out = np.array(probabilities, dtype=np.float64, order="C")
    held = out >= ceiling if held is None else held
    kernels.fit_rows(out, floor, np.ascontiguousarray(problem.processor_cap))
    total, _, *others = problem.sum_limits()
    for limit in (*others, total):
        for part in cost_rows(limit) if limit.weights is not None else (limit,):
            _lower(out, floor, held, part)
    return out


def _lower(out: FloatArray, floor: FloatArray, held: BoolArray, limit: Limit) -> None:
    """Lowers what counts in a row of ``A``, in place, until its exact sum is within the limit."""
    over = excesses(limit, out)
    for push in _pushes():
        if not (over > 0.0).any():
            return
        loose = np.where(out > floor, out, 0.0)
        most, room = limit.sums(loose), limit.sums(np.where(held, 0.0, loose))
        if not (most[over > 0.0] > 0.0).any():
            return
        large = over > ROUNDING * most
        if large.any():
            left = limit.sums(out - floor)
            large &= over < ALL * left
            lower_by(out, floor, limit, np.where(large, _cut(over, left, push), 0.0), above=True)
        few = ~large & (over <= NEGLIGIBLE * room)
        cut = np.where(few, _cut(over, room, push), 0.0)
        lower_by(out, floor, limit, cut, above=False, held=held)
        cut = np.where(large | few, 0.0, _cut(over, most, push))
        lower_by(out, floor, limit, cut, above=False)
        over = excesses(limit, out)


def lower_by(
    out: FloatArray,
    floor: FloatArray,
    limit: Limit,
    cut: FloatArray,
    *,
    above: bool,
    held: BoolArray | None = None,
) -> None:
    """Lowers what counts in a row of ``A`` by a part of itself, or of what is ``above`` floors.

    But for what is ``held``.
    """
    if not cut.any():
        return
    part = out - floor if above else out
    part = part if held is None else np.where(held, 0.0, part)
    if limit.weights is not None:
        np.copyto(out, _towards(out, floor, part * cut[0]), where=limit.weights[0] > 0.0)
        return
    share = limit.plus_prices(np.zeros((1, 1)), cut)
    rows: IndexArray | slice = slice(None)
    if limit.structure is Structure.GROUPS:  # few rows as a rule: the others stay
        rows = np.flatnonzero(share[:, 0])
        share = share[rows]
    out[rows] = _towards(out[rows], floor[rows], part[rows] * share)


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


def _towards(table: FloatArray, floor: FloatArray, by: FloatArray) -> FloatArray:
    return np.maximum(floor, np.minimum(table, table - by))


def fit_total(
    probabilities: FloatArray, floor: FloatArray | float, budget: float, held: BoolArray
) -> FloatArray:
    """Shrinks ``(V, S)`` probabilities, in place, until their exact sum is at most the budget.

    By a relative few ulp, never below the floor, if that is feasible; pairs that are ``held`` by
    other limits, ``(V, S)`` or ``(V, 1)``, are left alone where the others have room.
    """
    push = 2.0 * kernels.UNIT
    for _ in range(TOTAL_ATTEMPTS):
        over = total_excess(probabilities.reshape(-1), budget)
        if over <= 0.0:
            return probabilities
        loose: BoolArray = np.asarray(probabilities > floor)
        if not loose.any():
            return probabilities
        room = float(np.sum(probabilities, where=loose & ~held))
        if over > NEGLIGIBLE * room:
            held, room = np.zeros_like(held), float(np.sum(probabilities, where=loose))
        cut = min(1.0, over / room + push)
        push *= 2.0
        shrunk = np.maximum(floor, probabilities - probabilities * cut)
        np.copyto(probabilities, shrunk, where=~held)
    raise ConvergenceError(
        f"probabilities could not be brought below the budget {budget:g}; raise it by one ulp"
    )
