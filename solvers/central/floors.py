"""The optimum of problems with floors of sums, and their prices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from roundlot.solvers.central.forcing import Forced, forced, priced
from roundlot.solvers.central.network import LARGEST
from roundlot.solvers.central.path import SMALLEST, Entries, Found, Path
from roundlot.solvers.central.program import Program, program
from roundlot.solvers.central.rigid import EVERY, Rigid, priced_parts, rigid
from roundlot.solvers.central.rows import Rows
from roundlot.solvers.central.settling import Loss, grown, settled
from roundlot.solvers.central.unmet import require_met
from roundlot.solvers.proof.accepted import ACCEPTED
from roundlot.solvers.proof.bound import Lagrangian
from roundlot.solvers.proof.lowering import lowered
from roundlot.theory import ConvergenceError, InfeasibleError, Problem
from roundlot.theory.arrays import FloatArray
from roundlot.theory.certificates.claim import Prices, no_prices

ENOUGH = 1e-13  # relative error of a path that need not be tried again
GOOD = 5e-13  # a gap that need not be
WITHIN = (4e-15, 3e-14, 2e-13)  # relative: by so much limits are tightened where rounding needs it
LEAST = 5e-324  # of a probability: what has a score may be drawn
AT_BOUND = 1e-12  # of an entry's room: with a price above its slack it is at the bound
#: Scores that the path sees as they are: those below have no slope on it, those above, per ceiling,
#: are at it; and whether it begins near the ceilings. Each next one is for more sizes of scores.
WINDOWS = (
    (SMALLEST[0], np.inf, False),
    (SMALLEST[1], np.inf, False),
    (1e-15, np.inf, True),
    (1e-15, 1e6, True),
    (1e-12, 1e3, True),
    (1e-12, 30.0, True),
)

PLAIN = 2  # of them begin as all do

Answer = tuple[FloatArray, Prices]
Window = tuple[float, float, bool]


def with_floors(problem: Problem) -> Answer:
    """Optimal probabilities ``(V, S)`` and prices of a problem with floors of sums.

    Where limits leave too little room for a path it is followed again without all that cannot
    move, and the better of both is what is returned.

    Raises:
        InfeasibleError: no probabilities satisfy the limits, or none draw everybody with a score.
        ConvergenceError: the path did not get to its end; nothing else is returned.
    """
    ready = program(problem)
    held = forced_of(ready)
    if not ready.scores.any():  # any probabilities will do
        return _anywhere(problem, ready, held), no_prices(problem)
    first, error = _first(problem, ready, held)
    gap = np.inf if first is None else _gap(problem, *first)
    if first is not None and gap <= GOOD:
        return first
    near = problem.bounds[0] if first is None else first[0]
    second = _without_rigid(problem, ready, held, near)
    if second is not None and _gap(problem, *second) < gap:
        return second
    if first is not None:
        return first
    if second is None:
        require_met(problem)
        raise error
    return second


def _first(
    problem: Problem, ready: Program, held: Forced
) -> tuple[Answer | None, ConvergenceError]:
    """Along the path, if that has an end; of many pairs, which have no network, in all windows."""
    windows = WINDOWS if problem.scores.size > LARGEST else WINDOWS[:PLAIN]
    error = ConvergenceError("the path has no end")
    try:
        return _along(problem, ready, held, windows), error
    except ConvergenceError as found:
        return None, found


def _along(problem: Problem, ready: Program, held: Forced, windows: tuple[Window, ...]) -> Answer:
    entries = Entries(scores=ready.scores, base=ready.base, floor=held.floor, ceiling=held.ceiling)
    path, found, inside = _followed(ready, held.rows, entries, windows)
    _require_end(found)
    try:
        p = _snapped(ready, path, found)
        p = settled(problem, p, inside, held, _loss(ready, p))
    except ConvergenceError:
        p = _settled_within(problem, ready, held, entries)
    return p, _prices(ready, held, path, found)


def _loss(ready: Program, p: FloatArray) -> Loss:
    """By what part of itself others raise the sum of second moments; 0 where no score does."""
    moments = np.square(ready.scores)
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        value = float(np.sum(np.where(moments > 0.0, moments / p, 0.0)))
    return lambda q: float(grown(moments, p, q)) / value if value else 0.0


def _followed(
    ready: Program, rows: Rows, entries: Entries, windows: tuple[Window, ...]
) -> tuple[Path, Found, FloatArray | None]:
    """The best of the paths that see more and more of the scores as they are."""
    best = inside = None
    for least, most, close in windows:
        top = most * (entries.base + entries.ceiling) if most < np.inf else np.inf
        seen = replace(entries, scores=np.minimum(entries.scores, top), least=least)
        if best is not None and not close and _are_alike(seen, best[0].entries):
            continue
        path = Path(rows, seen, ready.draws, close=close)
        with np.errstate(over="ignore", invalid="ignore"):  # it may run off; what it missed tells
            found = path.follow()
        inside = inside_of(entries, found) if inside is None else inside
        cut = seen.free & (seen.scores < entries.scores)
        astray = cut.any() and (snapped(ready, seen, found) < ready.problem.bounds[1])[cut].any()
        if best is None or (found.miss < best[1].miss and not astray):
            best = path, found
        if best[1].miss <= ENOUGH:
            break
    assert best is not None
    return *best, inside


def _are_alike(one: Entries, other: Entries) -> bool:
    return np.array_equal(one.curved, other.curved) and np.array_equal(one.scores, other.scores)


def _require_end(found: Found) -> None:
    if not found.miss <= ACCEPTED:
        raise ConvergenceError(
            f"the path to the optimum stopped at a relative error of {found.miss:.2g}; try "
            "method='conic', or rescale limits that differ by many orders of magnitude"
        )


def _anywhere(problem: Problem, ready: Program, held: Forced) -> FloatArray:
    entries = Entries(scores=ready.scores, base=ready.base, floor=held.floor, ceiling=held.ceiling)
    with np.errstate(over="ignore", invalid="ignore"):
        found = Path(held.rows, entries, ready.draws).follow(centre=True)
    if found.inside is None:
        require_met(problem)
    inside = inside_of(entries, found)
    some = 0.5 * (problem.bounds[0] + problem.bounds[1]) if inside is None else inside
    return settled(problem, some, inside, held)


def _without_rigid(
    problem: Problem, ready: Program, held: Forced, near: FloatArray
) -> Answer | None:
    """The same without what cannot move; None if limits have no flow, or its path no end."""
    given = rigid_of(ready, near)
    if given is None:
        return None
    entries = Entries(
        scores=ready.scores, base=ready.base, floor=given.floor, ceiling=given.ceiling
    )
    windows = WINDOWS if given.fixed.any() else WINDOWS[PLAIN:]
    path, found, inside = _followed(ready, given.rows, entries, windows)
    p = np.where(given.still, given.drawn, _snapped(ready, path, found))
    p = np.clip(p, *problem.bounds)
    moments = np.square(ready.scores)
    prices = ready.prices(
        *priced_parts(given, ready, path.binding(found.point), moments), at_base(ready, moments)
    )
    try:
        return settled(problem, p, inside, held, lambda q: _gap(problem, q, prices)), prices
    except ConvergenceError:
        return None


def _gap(problem: Problem, p: FloatArray, prices: Prices) -> float:
    return Lagrangian.of(problem, prices).gap_of(p)


def rigid_of(ready: Program, near: FloatArray) -> Rigid | None:
    """What cannot move, but nobody with a score stays at 0 for a room that rounding takes."""
    wanted = ready.problem.scores > 0.0
    given = rigid(ready, near)
    if given is None or not (wanted & (given.drawn == 0.0)).any():
        return given
    return rigid(ready, near, lost=EVERY)


def _settled_within(problem: Problem, ready: Program, held: Forced, entries: Entries) -> FloatArray:
    """The same where limits leave hardly any room: along limits that are tighter by rounding.

    Raises:
        ConvergenceError: they leave none.
    """
    for share in WITHIN:
        path = Path(held.rows.tightened(share), entries, ready.draws)
        found = path.follow()
        p, inside = _snapped(ready, path, found), inside_of(entries, found)
        try:
            return settled(problem, p, inside, held)
        except ConvergenceError:
            continue
    return settled(problem, p, inside, held)


def require_inside(problem: Problem) -> FloatArray | None:
    """Probabilities inside all limits; None where rounding alone may be all that is missing.

    Raises:
        InfeasibleError: limits that cannot be met together, or that leave 0 for a positive score.
    """
    ready = program(problem)
    held = forced_of(ready)
    entries = Entries(
        scores=np.zeros_like(ready.scores),
        base=ready.base,
        floor=held.floor,
        ceiling=held.ceiling,
    )
    found = Path(held.rows, entries, ready.draws).follow(centre=True)
    if found.inside is None:
        require_met(problem)
    return inside_of(entries, found)


def within_floors(problem: Problem, p: FloatArray) -> FloatArray:
    """``(V, S)`` within all limits as real sums, from probabilities that nearly are.

    Raises:
        InfeasibleError: as :func:`require_inside`.
        ConvergenceError: limits that leave no room for rounding.
    """
    return fitter(problem)(p)


def fitter(problem: Problem) -> Callable[[FloatArray], FloatArray]:
    """What takes probabilities that are nearly within all limits of a problem there.

    Where sums have floors it raises as :func:`within_floors` does.
    """
    if not problem.sum_floors():
        return lambda p: lowered(problem, p)
    ready = program(problem)
    held = forced_of(ready)
    inside = require_inside(problem)
    return lambda p: settled(problem, p, inside, held)


def settled_alone(problem: Problem, p: FloatArray) -> FloatArray:
    """``(V, S)`` within all limits as real sums, from probabilities that are right up to rounding.

    Raises:
        ConvergenceError: limits that leave no room for rounding.
    """
    ready = program(problem)
    return settled(problem, p, None, forced_of(ready), _loss(ready, p))


def within_limits(problem: Problem) -> FloatArray:
    """Some probabilities ``(V, S)`` within all limits of a feasible problem.

    Raises:
        InfeasibleError: as :func:`require_inside`.
        ConvergenceError: limits that leave no room for rounding.
    """
    if not problem.sum_floors():
        return problem.bounds[0].copy()
    inside = require_inside(problem)
    return fitter(problem)(problem.bounds[0] if inside is None else inside)


def inside_of(entries: Entries, found: Found) -> FloatArray | None:
    inside = found.inside
    return None if inside is None or not np.isfinite(inside).all() else entries.drawn(inside)


def snapped(ready: Program, entries: Entries, found: Found) -> FloatArray:
    """Probabilities; entries that a price holds at their bounds, on them."""
    (below, above), (low, high) = found.point.slacks[:2], found.point.duals[:2]
    ceiling, most = entries.ceiling, ready.problem.bounds[1]
    room = AT_BOUND * (ceiling - entries.floor)
    # What has a score and no base must be drawn, however little.
    bottom = (below < room) & (low > below) & ((entries.base > 0.0) | ~entries.curved)
    p = entries.drawn(np.where(bottom, entries.floor, found.point.p))
    top = (above < room) & (high > above)
    p = np.where(entries.free & ~top, p, entries.drawn(ceiling))
    return np.where(
        (entries.base + ceiling >= most) & (top | ~entries.free) & (ceiling > 0.0), most, p
    )


def _snapped(ready: Program, path: Path, found: Found) -> FloatArray:
    """The same; a score too small for the path is drawn as what it pays says."""
    entries = path.entries
    p, most = snapped(ready, entries, found), ready.problem.bounds[1]
    small = (ready.problem.scores > 0.0) & entries.free & ~entries.curved
    if small.any():
        paid = np.broadcast_to(path.rows.spread(path.prices(found.point)), p.shape)
        with np.errstate(divide="ignore", invalid="ignore"):
            own = np.where(paid > 0.0, ready.scores / np.sqrt(np.maximum(paid, 0.0)), 0.0)
        p = np.where(small, np.maximum(p, np.clip(own, LEAST, most)), p)
    return p


def _prices(ready: Program, held: Forced, path: Path, found: Found) -> Prices:
    steep = steepness(ready, held, np.square(ready.scores))
    slopes = at_base(ready, np.square(ready.scores))
    return ready.prices(*priced(held, path.binding(found.point), steep), slopes)


def at_base(ready: Program, moments: FloatArray) -> FloatArray:
    """``(V, S)``, ``M/l²``; 0 where the base is 0."""
    some = ready.base > 0.0
    base = np.where(some, ready.base, 1.0)
    with np.errstate(over="ignore", under="ignore"):
        return np.where(some, moments / base / base, 0.0)  # the square of a base may be 0


def steepness(ready: Program, held: Forced, moments: FloatArray) -> FloatArray:
    """``(V, S)``, ``M/p²`` of entries that are fixed, ``-inf`` of those that never could move."""
    if not held.some:
        return np.zeros(moments.shape)
    q = ready.base + held.ceiling
    fixed = (held.floor == held.ceiling) & (q > 0.0)
    with np.errstate(over="ignore", under="ignore"):
        drawn = np.where(fixed, q, 1.0)
        steep = np.where(fixed, moments / drawn / drawn, 0.0)
    return np.where(ready.ceiling > 0.0, steep, -np.inf)


def forced_of(ready: Program) -> Forced:
    """Refuses limits that leave 0 for a positive score: no probabilities have a finite variance."""
    problem = ready.problem
    wanted = (ready.base == 0.0) & (problem.scores > 0.0)
    held = forced(ready.rows, ready.ceiling, wanted)
    never = held.closes(wanted)
    if never.any():
        v, s = (int(i) for i in np.argwhere(never)[0])
        raise InfeasibleError(
            f"floors of sums leave 0 for {problem.names.row(v)} and {problem.names.model(s)} with "
            "a positive score, so every variance is infinite; lower them, or make the pair "
            "unavailable"
        )
    return held
