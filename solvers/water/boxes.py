"""The exact optimum with floors and ceilings: ``p = clip(a / r_v, l, u)``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from roundlot.solvers import kernels
from roundlot.solvers.proof.prices import Multipliers
from roundlot.solvers.proof.sums import rooms
from roundlot.solvers.water import loops
from roundlot.solvers.water.level import find_level
from roundlot.solvers.water.scaling import (
    SMALLEST,
    exponent_of,
    headroom,
    is_scalar,
    least,
    least_probability,
    positive,
    shifted,
    working_scores,
)
from roundlot.theory import Problem
from roundlot.theory.arrays import FloatArray, IntArray, read_only_view

# A level is a sum of scores over what is left of the budget, perhaps the last bits of a room.
LEFT_BITS = 60
# Scores up to 2**±ORDINARY are taken as they are: products with levels stay in range.
ORDINARY = 300
SAMPLE = 1 << 12  # rows that a first guess of the level looks at
ROUGH = 1e-3  # of it
APART = 1.07  # it is rarely off by more: few rows change between, and the others need one look
NEAT_ENTRIES = 4096  # tables up to it are fitted to the last ulp
SURELY = 2.0**-50  # above the rounding of the level, of quotients and of their sum


@dataclass(frozen=True, kw_only=True, eq=False)
class Boxes:
    """The limits of a problem and its scores in a unit of ``2**exponent``, ready for the loops.

    Attributes:
        scores: ``(V, S)``.
        floor, ceiling: likewise, or ``(1, 1)`` where all pairs have the same.
        caps: ``(V,)``.
        rooms: ``(V,)``, what floors leave of the caps.
        room: what they leave of the budget.
        exponent: of the unit of scores.
    """

    scores: FloatArray
    floor: FloatArray
    ceiling: FloatArray
    caps: FloatArray
    rooms: FloatArray
    room: float
    exponent: int

    @property
    def limits(self) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """``(scores, floor, ceiling, rooms)``, the order of the compiled loops."""
        return self.scores, self.floor, self.ceiling, self.rooms

    def limits_of(self, rows: slice) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """The same of some rows."""
        floor, ceiling = (x if x.size == 1 else x[rows] for x in (self.floor, self.ceiling))
        return self.scores[rows], floor, ceiling, self.rooms[rows]

    @property
    def least(self) -> float:
        """What a positive score gets at least: too little to matter to any room."""
        most = min([*positive(self.rooms), *positive(np.array([self.room]))], default=0.0)
        return max(least_probability(most, self.scores.size), SMALLEST)

    def part(self, rows: slice | IntArray, room: float) -> Boxes:
        """Some of the rows, with a room of their own."""
        return replace(
            self,
            scores=read_only_view(self.scores[rows]),
            floor=_some(self.floor, rows),
            ceiling=_some(self.ceiling, rows),
            caps=read_only_view(self.caps[rows]),
            rooms=read_only_view(self.rooms[rows]),
            room=room,
        )


def boxes(problem: Problem) -> Boxes:
    """The problem with every limit written out and its scores as far up as sums and levels allow.

    There the 600 decades from 1e-300 to 1e300 fit into float64.
    """
    scores, unit = working_scores(problem)
    floor, ceiling = _bounds(problem)
    room, own = _rooms(problem, floor)
    smallest = min([least(problem.ceiling), *positive(own), *positive(np.array([room]))])
    top = headroom(scores.size, problem.budget, smallest) - LEFT_BITS
    greatest = exponent_of(float(scores.max()))
    shift = 0 if -ORDINARY <= greatest <= min(top, ORDINARY) else top - greatest
    return Boxes(
        scores=read_only_view(shifted(scores, shift) if shift else scores),
        floor=read_only_view(floor),
        ceiling=read_only_view(ceiling),
        caps=read_only_view(problem.processor_cap),
        rooms=read_only_view(own),
        room=room,
        exponent=unit - shift,
    )


def _some(bound: FloatArray, rows: slice | IntArray) -> FloatArray:
    return bound if bound.size == 1 else read_only_view(bound[rows])


def _bounds(problem: Problem) -> tuple[FloatArray, FloatArray]:
    """``(l, u)``, ``(1, 1)`` each where both are one number and every pair can be drawn."""
    one = is_scalar(problem.floor) and is_scalar(problem.ceiling)
    if one and problem.available.all():
        return np.full((1, 1), least(problem.floor)), np.full((1, 1), least(problem.ceiling))
    return problem.bounds


def _rooms(problem: Problem, floor: FloatArray) -> tuple[float, FloatArray]:
    """What floors leave of the budget and ``(V,)`` of the caps."""
    total, processors = problem.sum_limits()[:2]
    if floor.size == problem.scores.size:
        return float(rooms(total, floor)[0]), rooms(processors, floor)
    held = Fraction(float(floor[0, 0]))
    left = float(Fraction(problem.budget) - problem.scores.size * held)
    every = np.full((1, problem.n_models), float(held))
    caps = problem.processor_cap
    if is_scalar(caps):
        one = replace(processors, bound=caps[:1].copy())
        return left, np.full(problem.n_processors, rooms(one, every)[0])
    return left, rooms(processors, np.broadcast_to(every, problem.scores.shape).copy())


def box_level(box: Boxes) -> float:
    """The level that spends the budget, 0 if it is slack."""
    if box.room == 0.0:  # only the floors fit, and no draw is worth more than this
        return float(kernels.greatest_ratio(box.scores, box.floor))
    guess = _sample_level(box) if len(box.scores) >= 4 * SAMPLE else 0.0
    found = _level_near(box, guess) if guess > 0.0 else None
    if found is not None:
        return found
    if kernels.used_at_zero(*box.limits) <= box.room:
        return 0.0
    return find_level(lambda at: _piece(box, at), _first(box))


def _first(box: Boxes) -> float:
    """The level at which all entries would be free."""
    each = box.scores.size if box.floor.size == 1 else 1
    free = box.room + each * float(box.floor.sum())
    return max(float(box.scores.sum()) / free, float(np.finfo(np.float64).tiny))


def _sample_level(box: Boxes) -> float:
    """The level of every k-th row with its part of the room."""
    step = len(box.scores) // SAMPLE
    some = box.part(slice(None, None, step), box.room * (len(box.scores[::step]) / len(box.scores)))
    if kernels.used_at_zero(*some.limits) <= some.room:
        return 0.0
    return find_level(
        lambda at: kernels.box_piece(*some.limits, at, some.room), _first(some), tolerance=ROUGH
    )


def _level_near(box: Boxes, guess: float) -> float | None:
    """The level, if it is within a factor ``APART`` of a guess: most rows are looked at once."""
    low, high = guess / APART, guess * APART
    moving, held, free = _scanned(box, low, high)
    rest = box.part(moving, box.room)

    def piece(level: float) -> tuple[float, float]:
        left, loose = _piece(rest, level)
        return left - held, loose + free

    for end, above in ((low, True), (high, False)):
        left, loose = piece(end)
        if (left * end < loose) is not above:
            return None
    return find_level(piece, guess)


def _piece(box: Boxes, level: float) -> tuple[float, float]:
    """As `kernels.box_piece`."""
    found = kernels.in_pieces(
        lambda rows: kernels.box_piece(*box.limits_of(rows), level, 0.0),
        loops.rows_of(len(box.scores)),
    )
    less, free = zip(*found, strict=True)
    return loops.total((box.room, *less)), loops.total(free)


def _scanned(box: Boxes, low: float, high: float) -> tuple[IntArray, float, float]:
    """As `kernels.box_scan`: the rows to look at, what others hold, what is free of them."""

    def work(rows: slice) -> tuple[IntArray, float, float]:
        moving: IntArray = np.empty(rows.stop - rows.start, dtype=np.int64)
        count, held, free = kernels.box_scan(*box.limits_of(rows), low, high, moving)
        return moving[:count] + rows.start, held, free

    found = kernels.in_pieces(work, loops.rows_of(len(box.scores)))
    moving, held, free = zip(*found, strict=True)
    return np.concatenate(moving), loops.total(held), loops.total(free)


def _roots(box: Boxes, level: float) -> FloatArray:
    """``(V,)``, as `kernels.box_roots`."""
    found = kernels.in_pieces(
        lambda rows: kernels.box_roots(*box.limits_of(rows), level),
        loops.rows_of(len(box.scores)),
    )
    return np.concatenate(found)


def box_multipliers(box: Boxes) -> Multipliers:
    """The level, and every processor's own."""
    level = box_level(box)
    return Multipliers(level=level, rows=_roots(box, level), exponent=box.exponent)


def box_optimum(box: Boxes) -> tuple[FloatArray, Multipliers]:
    """``clip(a / r_v, l, u)``, ``(V, S)``, rows within their caps exactly; and the multipliers.

    In a large table the total is within the budget, too, by a level that is some ulps higher.
    """
    level = box_level(box)
    out = np.empty_like(box.scores)
    if level == 0.0 or out.size <= NEAT_ENTRIES:
        multipliers = Multipliers(level=level, rows=_roots(box, level), exponent=box.exponent)
        kernels.write_boxes(*box.limits[:3], box.caps, multipliers.rows, box.least, out)
        return out, multipliers
    roots, sure = np.empty(len(out)), level * (1.0 + SURELY)
    least = box.least
    kernels.in_pieces(
        lambda rows: kernels.settle_boxes(
            *box.limits_of(rows), box.caps[rows], sure, least, roots[rows], out[rows]
        ),
        loops.rows_of(len(out)),
    )
    return out, Multipliers(level=sure, rows=roots, exponent=box.exponent)


def box_probabilities(box: Boxes, multipliers: Multipliers) -> FloatArray:
    """``clip(a / r_v, l, u)``, ``(V, S)``, at given roots, rows within their caps exactly."""
    out = np.empty_like(box.scores)
    kernels.write_boxes(*box.limits[:3], box.caps, multipliers.rows, box.least, out)
    return out
