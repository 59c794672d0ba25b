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
import numpy.typing as npt

from roundlot.solvers import kernels
from roundlot.solvers.proof.sums import cost_rows, excesses, total_excess
from roundlot.theory import ConvergenceError, InvalidProblemError, Problem
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray, read_only_view
from roundlot.theory.cells import real_numbers
from roundlot.theory.errors import in_one_line
from roundlot.theory.positions import by_position
from roundlot.theory.problem import Limit, Structure
from roundlot.theory.problem.problem import require_problem

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
    problem: Problem,
    probabilities: FloatArray,
    held: BoolArray | None = None,
    floor: FloatArray | None = None,
) -> FloatArray:
    """``(V, S)`` within all limits of a feasible problem as real sums, from ones in ``[l, u]``.

    Args:
        problem: whose floors the probabilities keep.
        probabilities: ``(V, S)``.
        held: ``(V, S)``, which pairs keep their last bits where others can give theirs, as a limit
            of their own holds them; those at their ceilings if not given.
        floor: ``(V, S)``, the floors of the problem's bounds, if they are there already.

    Raises:
        InvalidProblemError: another shape, or no numbers.
        ConvergenceError: a limit that rounding alone cannot satisfy.
    """
    require_problem(problem)
    floor = problem.bounds[0] if floor is None else _table(floor, "floor")
    if held is not None and (type(held) is not np.ndarray or held.dtype != np.bool_):
        raise InvalidProblemError(f"held is {in_one_line(held)}; give an array of true and false")
    for name, table in (("floor", floor), ("held", held)):
        if table is not None and table.shape != problem.scores.shape:
            raise InvalidProblemError(
                f"{name} has shape {table.shape}; scores have {problem.scores.shape}"
            )
    out = np.array(_table(probabilities, "probabilities"), order="C")
    if out.shape != problem.scores.shape:
        raise InvalidProblemError(
            f"probabilities have shape {out.shape}; scores have {problem.scores.shape}"
        )
    if not np.max(out, initial=0.0) < np.inf:
        raise InvalidProblemError("probabilities hold a NaN or an infinity; give numbers in [l, u]")
    held = out >= problem.bounds[1] if held is None else held
    kernels.fit_rows(out, floor, read_only_view(problem.processor_cap))
    total, _, *others = problem.sum_limits()
    for limit in (*others, total):
        for part in cost_rows(limit) if limit.weights is not None else (limit,):
            _lower(out, floor, held, part)
    return out


def _table(values: npt.ArrayLike, name: str) -> FloatArray:
    if type(values) is np.ndarray and values.dtype == np.float64:
        return values
    return real_numbers(values, name)


def _lower(out: FloatArray, floor: FloatArray, held: BoolArray, limit: Limit) -> None:
    """Lowers what counts in a row of ``A``, in place, until its exact sum is within the limit."""
    over = excesses(limit, out)
    for push in _pushes():
        if not (over > 0.0).any():
            return
        most, room, left = _loose_sums(out, floor, held, limit)
        if not (most[over > 0.0] > 0.0).any():
            return
        large = (over > ROUNDING * most) & (over < ALL * left)
        few = ~large & (over <= NEGLIGIBLE * room)
        cuts = np.zeros((3, limit.size))
        cuts[0] = np.where(large | few, 0.0, _cut(over, most, push))
        cuts[1] = np.where(few, _cut(over, room, push), 0.0)
        cuts[2] = np.where(large, _cut(over, left, push), 0.0)
        _lower_by(out, floor, held, limit, cuts)
        over = excesses(limit, out)


def lower_by(out: FloatArray, floor: FloatArray, limit: Limit, cut: FloatArray) -> None:
    """Lowers what counts in each row of ``A`` by a part ``(R,)`` of itself, towards its floor."""
    if cut.any():
        cuts, held = np.zeros((3, limit.size)), np.zeros(out.shape, dtype=np.bool_)
        cuts[0] = cut
        _lower_by(out, floor, held, limit, cuts)


def _loose_sums(
    out: FloatArray, floor: FloatArray, held: BoolArray, limit: Limit
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Of each row of ``A`` what can be lowered, what is not held of it, what is above floors."""
    labels, by_model, weights = _counted(limit)

    def work(piece: slice) -> FloatArray:
        sums = np.zeros((3, limit.size))
        given = out[piece], floor[piece], held[piece], labels[piece], by_model, weights[piece]
        kernels.loose_sums(*given, sums)
        return sums

    found = np.zeros((3, limit.size))
    for sums in kernels.in_pieces(work, kernels.pieces(len(out))):
        found += sums
    most, room, left = found
    return most, room, left


def _lower_by(
    out: FloatArray, floor: FloatArray, held: BoolArray, limit: Limit, cuts: FloatArray
) -> None:
    labels, by_model, weights = _counted(limit)

    def work(piece: slice) -> None:
        given = floor[piece], held[piece], labels[piece], by_model, weights[piece]
        kernels.lower_rows(out[piece], *given, cuts)

    kernels.in_pieces(work, kernels.pieces(len(out)))


def _counted(limit: Limit) -> tuple[IntArray, bool, FloatArray]:
    """How the loops find the row of ``A`` of an entry, and what it counts there."""
    labels = np.zeros(0, dtype=np.int64) if limit.labels is None else limit.labels
    if limit.structure is Structure.PROCESSORS:
        labels = np.arange(limit.size)
    weights = np.zeros((0, 0)) if limit.weights is None else limit.weights[0]
    by_model = limit.structure is Structure.MODELS
    return read_only_view(labels), by_model, read_only_view(weights)


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
