"""Probabilities that keep floors and caps of sums to the last bit, from ones that nearly do."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import numpy as np

from roundlot.solvers.central import loops
from roundlot.solvers.central.forcing import Forced
from roundlot.solvers.central.network import LARGEST
from roundlot.solvers.central.program import program
from roundlot.solvers.central.routing import routes
from roundlot.solvers.central.units import in_units
from roundlot.solvers.proof.lowering import lowered
from roundlot.solvers.proof.sums import exact_excesses, excesses, shortfalls
from roundlot.solvers.water.scaling import changed
from roundlot.theory import ConvergenceError, Problem
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray
from roundlot.theory.problem import Limit, Structure

SURELY = 1e-12  # relative, of a sum: above it there is room whatever rounding did
TIGHT = 2e-14  # relative: floors of sums that leave no more are not lowered
UNIT = 2.0**-53
PUSHES = 60  # raises of a row; one or two are usual
UNNOTICED = 2.0**20  # an entry so many times above what a row lacks may take it
DOUBTFUL = 1e-14  # relative: bounds on the rounding of a sum leave no more than that open
HARDLY = 1e-13  # of what is made small: rounding that loses no more is good
SHARES = range(-52, 1, 2)  # of the way inside, as powers of two


#: Of probabilities ``(V, S)``: by what part of itself they raise what is made small.
Loss = Callable[[FloatArray], float]


def settled(
    problem: Problem,
    p: FloatArray,
    inside: FloatArray | None,
    held: Forced,
    loss: Loss | None = None,
) -> FloatArray:
    """``(V, S)`` within all limits as real sums; of ways to round the one that loses least.

    Args:
        problem: feasible, with floors of sums.
        p: ``(V, S)``, right up to rounding.
        inside: probabilities inside all limits, to move towards if nothing less is enough.
        held: which sums are equations.
        loss: of a way to round; if not given the first is taken.

    Raises:
        ConvergenceError: limits that leave no room for rounding.
    """
    floor, ceiling = problem.bounds
    p = np.clip(p, floor, ceiling)
    best, least = None, np.inf
    lost = loss if loss is not None and p.size <= LARGEST else _nothing
    first = _pushed(problem, p, held)
    if fits(problem, first):
        best, least = first, lost(first)
    for found in _in_whole_digits(problem, p) if not least <= HARDLY else ():
        more = lost(found)
        if more < least and fits(problem, found):
            best, least = found, more
        if least <= HARDLY:
            break
    if inside is not None and not least <= HARDLY:
        for power in SHARES:
            start = np.clip(p + 2.0**power * (inside - p), floor, ceiling)
            for found in _rounded(problem, start, held):
                if fits(problem, found):
                    return found if best is None or lost(found) < least else best
    if best is not None:
        return best
    raise ConvergenceError(
        "floors of sums leave no room for the rounding of their sums below the limits around them; "
        "lower them, or raise those, by a part in 1e12"
    )


def _rounded(problem: Problem, p: FloatArray, held: Forced) -> Iterator[FloatArray]:
    """Pushed; what cost rows were all that kept from whole digits, by these, too."""
    yield _pushed(problem, p, held)
    if problem.costs is not None:
        yield from itertools.islice(_in_whole_digits(problem, p), 1)


def _pushed(problem: Problem, p: FloatArray, held: Forced) -> FloatArray:
    """Raised to the floors of sums, then lowered to the caps; it may miss a floor by rounding."""
    raised = _raised(problem, _equal(problem, p, held) if held.some else p)
    hold = _held(problem, raised)
    least = changed(problem, floor=np.where(hold, raised, problem.floor))
    return lowered(least, raised, hold | (raised >= problem.bounds[1]))


def _in_whole_digits(problem: Problem, p: FloatArray) -> Iterator[FloatArray]:
    dealt = in_units(problem, p)
    if dealt is not None:
        yield dealt
    net = program(problem).network(p) if np.isfinite(p).all() else None
    if net is not None:
        yield from routes(net, p)


def grown(moments: FloatArray, p: FloatArray, q: FloatArray) -> FloatArray:
    """``Σ M/q − Σ M/p`` of tables ``(..., V, S)``, term by term."""
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        each = np.where((moments > 0.0) & (q != p), moments / p * ((p - q) / q), 0.0)
    return np.asarray(each.sum(axis=(-2, -1)))


def _nothing(_: FloatArray) -> float:
    return 0.0


def fits(problem: Problem, p: FloatArray) -> bool:
    """Whether all limits hold as real sums, by sums whose rounding is bounded."""
    floor, ceiling = problem.bounds
    return (
        bool((p >= floor).all())  # nor is it NaN
        and bool((p <= ceiling).all())
        and all(_holds(limit, excesses(limit, p), p) for limit in problem.sum_limits())
        and all(_holds(limit, shortfalls(limit, p), p) for limit in problem.sum_floors())
    )


def _holds(limit: Limit, over: FloatArray, p: FloatArray) -> bool:
    """Whether no row is over; what the bounds on rounding leave open is decided exactly."""
    near = np.flatnonzero(over > 0.0)
    if not near.size:
        return True
    if (over[near] > DOUBTFUL * limit.bound[near]).any() or limit.weights is not None:
        return False
    exact = exact_excesses(limit, p, near)
    return not ((exact < 0.0) if limit.at_least else (exact > 0.0)).any()


def _raised(problem: Problem, p: FloatArray) -> FloatArray:
    """Each floor of a sum met, by raising one entry of what it sums, by no more than it lacks.

    All that are free there have one price. Of those that hardly notice the smallest is taken, as
    its digits are the finest: what is given too much must be taken from somebody.
    """
    ceiling = problem.bounds[1]
    wanted = (problem.scores > 0.0) | (p > 0.0)
    room = _headroom(problem, p)[:, None]
    for limit in problem.sum_floors():
        for _ in range(PUSHES):
            short = _lacking(limit, p)
            if not (short > 0.0).any():
                break
            each = limit.plus_prices(np.zeros((1, 1)), short) + np.zeros(p.shape)
            able = wanted & (p < ceiling)
            at = _finest(limit, np.where(able & (room >= each), p, -1.0), each)
            if not at.size:
                at = _finest(limit, np.where(able, p, -1.0), each)
            if not at.size:
                break
            p = p.reshape(-1).copy()
            more = p[at] + each.reshape(-1)[at]
            p[at] = np.minimum(np.maximum(more, np.nextafter(p[at], 2.0)), ceiling.reshape(-1)[at])
            p = p.reshape(ceiling.shape)
    return p


def _lacking(limit: Limit, p: FloatArray) -> FloatArray:
    """``(R,)``, what each floor lacks, 0 where it holds exactly."""
    short = shortfalls(limit, p)
    near = np.flatnonzero((short > 0.0) & (short <= DOUBTFUL * limit.bound))
    short[near] = -exact_excesses(limit, p, near)
    return np.maximum(short, 0.0)


def _finest(limit: Limit, p: FloatArray, lack: FloatArray) -> IntArray:
    """For each row that lacks something the flat place of one entry to raise."""
    rows = limit.plus_prices(np.zeros((1, 1)), np.arange(1.0, limit.size + 1.0)) + np.zeros(p.shape)
    flat, row, short = p.reshape(-1), rows.reshape(-1), lack.reshape(-1)
    able = np.flatnonzero((short > 0.0) & (flat >= 0.0))
    # Those that notice come last, the largest of them first.
    size = np.where(
        flat[able] >= UNNOTICED * short[able], flat[able], 2.0 + 1.0 / (1e-9 + flat[able])
    )
    order = able[np.lexsort((size, row[able]))]
    first = np.flatnonzero(np.diff(row[order], prepend=-1.0))
    return order[first]


def _held(problem: Problem, p: FloatArray) -> BoolArray:
    """Which entries may not be lowered: those of floors that are just met."""
    hold: BoolArray = np.zeros(p.shape, dtype=np.bool_)
    for limit in problem.sum_floors():
        tight = (limit.sums(p) - limit.bound <= TIGHT * limit.bound) & (limit.bound > 0.0)
        hold |= limit.plus_prices(np.zeros((1, 1)), tight.astype(np.float64)) > 0.0
    return hold


def _equal(problem: Problem, p: FloatArray, held: Forced) -> FloatArray:
    """Sums that are equations, exactly, by what few entries take up; the finest equations first."""
    p, (least, most) = lowered(problem, p), problem.bounds
    free = held.ceiling > held.floor
    rows, owner = held.rows, np.arange(len(p))
    for level, totals in enumerate(_given(problem, held)):
        owner = owner if level == 0 else rows.parents[level - 1][owner]
        some = totals == totals
        if some.any():
            order = np.argsort(owner, kind="stable")
            first = np.searchsorted(owner[order], np.arange(totals.size + 1)) * p.shape[1]
            low, high = np.where(free, least, p), np.where(free, most, p)
            values, low, high = (x[order].ravel() for x in (p, low, high))
            loops.equalise(values, low, high, first, totals)
            p[order] = values.reshape(p.shape)
            free = free & ~some[owner][:, None]
    if held.models:
        floors = next(x for x in problem.sum_floors() if x.structure is Structure.MODELS)
        room = np.where(free, _headroom(problem, p)[:, None], 0.0)
        first = np.arange(p.shape[1] + 1) * len(p)
        low, high = np.maximum(least, p - room), np.minimum(most, p + room)
        values, low, high = (x.T.flatten() for x in (p, low, high))
        totals = np.where(floors.bound > 0.0, floors.bound, np.nan)
        loops.equalise(values, low, high, first, totals)
        p = np.ascontiguousarray(values.reshape(p.T.shape).T)
    return p


def _headroom(problem: Problem, p: FloatArray) -> FloatArray:
    """``(V,)``, by how much a processor's sum may surely move alone, by all limits of the tree."""
    room: FloatArray = np.full(len(p), np.inf)
    for limit in (*problem.sum_limits(), *problem.sum_floors()):
        if limit.structure in (Structure.PROCESSORS, Structure.GROUPS):
            sums = limit.sums(p)
            left = np.abs(limit.bound - sums) - SURELY * (limit.bound + sums)
            own = left if limit.labels is None else left[limit.labels]
            room = np.minimum(room, np.asarray(own, dtype=np.float64))
    return np.maximum(room, 0.0)


def _given(problem: Problem, held: Forced) -> list[FloatArray]:
    """Per level what each node that is an equation must sum to, in the problem; NaN of others."""
    ready = program(problem, beside=False)
    found = []
    rows = zip(held.rows.caps[:-1], held.rows.lows[:-1], held.low, held.high, strict=True)
    for level, (cap, low, lower, higher) in enumerate(rows):
        value = np.where(lower, ready.rows.lows[level], ready.rows.caps[level])
        found.append(np.where((cap == low) & (lower | higher), value, np.nan))
    return found
