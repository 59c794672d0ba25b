"""The optimum of problems with floors of sums, and their prices."""

from __future__ import annotations

import numpy as np

from roundlot.solvers.central.forcing import Forced, forced, priced
from roundlot.solvers.central.path import Entries, Found, Path
from roundlot.solvers.central.program import Program, program
from roundlot.solvers.central.settling import settled
from roundlot.solvers.central.unmet import require_met
from roundlot.theory import ConvergenceError, InfeasibleError, Problem
from roundlot.theory.arrays import FloatArray
from roundlot.theory.certificates.claim import Prices, no_prices

MOST = 1e-9  # relative miss of limits, slopes or gap that is accepted in the end
WITHIN = (4e-15, 3e-14, 2e-13)  # relative: by so much limits are tightened where rounding needs it
AT_BOUND = 1e-6  # of an entry's room: with a price above its slack it is at the bound


def with_floors(problem: Problem) -> tuple[FloatArray, Prices]:
    """Optimal probabilities ``(V, S)`` and prices of a problem with floors of sums.

    Raises:
        InfeasibleError: no probabilities satisfy the limits, or none draw everybody with a score.
        ConvergenceError: the path did not get to its end; nothing else is returned.
    """
    ready = program(problem)
    held = forced(ready.rows, ready.floor, ready.ceiling)
    _require_drawn(problem, held)
    entries = Entries(scores=ready.scores, floor=held.floor, ceiling=held.ceiling)
    path = Path(held.rows, entries, ready.draws)
    scored = bool(ready.scores.any())
    found = path.follow(centre=not scored)
    if not scored and found.inside is None:
        require_met(ready)
    if not scored and found.inside is not None:
        return settled(problem, found.inside, found.inside, held), no_prices(problem)
    if not found.miss <= MOST:
        require_met(ready)
        raise ConvergenceError(
            f"the path to the optimum stopped at a relative error of {found.miss:.2g}; try "
            "method='conic', or rescale limits that differ by many orders of magnitude"
        )
    try:
        p = settled(problem, _snapped(entries, found), found.inside, held)
    except ConvergenceError:
        p = _settled_within(problem, ready, held, entries)
    return _drawn(problem, p), _prices(ready, held, path, found)


def _settled_within(problem: Problem, ready: Program, held: Forced, entries: Entries) -> FloatArray:
    """The same where limits leave hardly any room: along limits that are tighter by rounding.

    Raises:
        ConvergenceError: they leave none.
    """
    for share in WITHIN:
        path = Path(held.rows.tightened(share), entries, ready.draws)
        found = path.follow()
        try:
            return settled(problem, _snapped(entries, found), found.inside, held)
        except ConvergenceError:
            continue
    return settled(problem, _snapped(entries, found), found.inside, held)


def require_inside(problem: Problem) -> FloatArray | None:
    """Probabilities inside all limits; None where rounding alone may be all that is missing.

    Raises:
        InfeasibleError: limits that cannot be met together, or that leave 0 for a positive score.
    """
    ready = program(problem)
    held = forced(ready.rows, ready.floor, ready.ceiling)
    _require_drawn(problem, held)
    entries = Entries(scores=np.zeros_like(ready.scores), floor=held.floor, ceiling=held.ceiling)
    inside = Path(held.rows, entries, ready.draws).follow(centre=True).inside
    if inside is None:
        require_met(ready)
    return inside


def within_floors(problem: Problem, p: FloatArray) -> FloatArray:
    """``(V, S)`` within all limits as real sums, from probabilities that nearly are.

    Raises:
        InfeasibleError: as :func:`require_inside`.
        ConvergenceError: limits that leave no room for rounding.
    """
    ready = program(problem)
    held = forced(ready.rows, ready.floor, ready.ceiling)
    return settled(problem, p, require_inside(problem), held)


def _require_drawn(problem: Problem, held: Forced) -> None:
    """Refuses limits that leave 0 for a positive score: no probabilities have a finite variance."""
    never = (held.ceiling == 0.0) & (problem.scores > 0.0)
    if never.any():
        v, s = (int(i) for i in np.argwhere(never)[0])
        raise InfeasibleError(
            f"floors of sums leave 0 for {problem.names.row(v)} and {problem.names.model(s)} with "
            "a positive score, so every variance is infinite; lower them, or make the pair "
            "unavailable"
        )


def _snapped(entries: Entries, found: Found) -> FloatArray:
    """Entries that a price holds at their bounds, on them."""
    (below, above), (low, high) = found.point.slacks[:2], found.point.duals[:2]
    room = AT_BOUND * (entries.ceiling - entries.floor)
    p = np.where((below < room) & (low > below), entries.floor, found.point.p)
    p = np.where((above < room) & (high > above), entries.ceiling, p)
    return np.where(entries.free, p, entries.floor)


def _drawn(problem: Problem, p: FloatArray) -> FloatArray:
    """A positive score is never left at 0: what is so small keeps every sum."""
    lost = (p == 0.0) & (problem.scores > 0.0)
    return np.where(lost, 5e-324, p) if lost.any() else p


def _prices(ready: Program, held: Forced, path: Path, found: Found) -> Prices:
    needed = np.zeros(ready.problem.n_processors)
    if held.some:
        fixed = (held.floor == held.ceiling) & (ready.ceiling > ready.floor)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            slope = np.square(ready.scores / np.where(held.floor > 0.0, held.floor, 1.0))
        needed = np.where(fixed & (held.floor > 0.0), slope, 0.0).max(axis=1)
    return ready.prices(*priced(held, path.binding(found.point), needed))
