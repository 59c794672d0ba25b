"""The optimum of problems with floors of sums where variances have ceilings, or a norm is small."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from roundlot.solvers.central.careful import carefully
from roundlot.solvers.central.floors import at_base, forced_of, inside_of, snapped, steepness
from roundlot.solvers.central.forcing import Forced, priced
from roundlot.solvers.central.moment_path import MomentPath
from roundlot.solvers.central.moments import Moments, moments
from roundlot.solvers.central.path import Entries, Found, Path
from roundlot.solvers.central.program import Program, program
from roundlot.solvers.central.settling import settled
from roundlot.solvers.central.unmet import require_met
from roundlot.solvers.proof.accepted import ACCEPTED
from roundlot.theory import ConvergenceError, Problem
from roundlot.theory.arrays import FloatArray
from roundlot.theory.certificates.claim import Prices

SURE = 1e-12  # relative miss: a path that ends above it is followed on in short steps


@dataclass(frozen=True, kw_only=True, eq=False)
class Under:
    """Probabilities, and prices of all that limits them.

    Attributes:
        probabilities: ``(V, S)``, within limits on sums and boxes exactly.
        prices: of these limits, in units of the objective.
        rows: ``(J,)``, of rows with ceilings; weights of those of the norm.
        miss: by how much the end of the path is missed, relative.
        steps: of the path.
    """

    probabilities: FloatArray = field(repr=False)
    prices: Prices
    rows: FloatArray
    miss: float
    steps: int


def with_variances(
    problem: Problem,
    *,
    layers: FloatArray,
    weights: FloatArray,
    ceilings: FloatArray,
    fixed: FloatArray | None = None,
    cost: FloatArray | float | None = None,
    order: float = math.inf,
    unlimited: bool = False,
) -> Under:
    """The optimum within a problem's limits and under ceilings of rows of variances.

    Args:
        problem: its limits; its scores are not read.
        layers: ``(R, V, S)``, roots of second moments.
        weights: ``(J, R, S)``, of rows; ceilings: ``(J,)``, infinite for rows of the norm.
        fixed: ``(R, S)``: the objective is ``Σ fixed_rs Σ_v a²/p``.
        cost: ``(V, S)`` or one number: it is ``Σ cost p``.
        order: of the norm that it is otherwise.
        unlimited: whether the budget is left out.

    Raises:
        InfeasibleError: limits on sums that cannot be met together.
    """
    ready = program(problem)
    if unlimited:
        caps = (*ready.rows.caps[:-2], np.full(1, np.inf), ready.rows.caps[-1])
        ready = replace(ready, rows=replace(ready.rows, caps=caps))
    held = forced_of(ready)
    draws = ready.draws + float(ready.base.sum())  # what comes beside may be next to nothing
    given = moments(layers, weights, ceilings, fixed=fixed, cost=cost, order=order, draws=draws)
    top = np.sqrt(given.fixed + given.squares.sum(axis=0))
    entries = Entries(scores=top, base=ready.base, floor=held.floor, ceiling=held.ceiling)
    path = MomentPath(held.rows, entries, ready.draws, given)
    with np.errstate(over="ignore", invalid="ignore"):  # it may run off; what it missed tells
        found = path.follow()
        for way in ({"waits": False}, {"held": True}):
            if found.miss <= SURE:
                break
            other = MomentPath(held.rows, entries, ready.draws, given, **way).follow()
            found = other if other.miss < found.miss else found
        if not found.miss <= SURE:
            found = carefully(path, found)
    return Under(
        probabilities=_probabilities(problem, ready, held, entries, found),
        prices=_prices(ready, held, path, found, given),
        rows=given.in_user_units(found.point.duals[-1]),
        miss=found.miss,
        steps=found.steps,
    )


def _probabilities(
    problem: Problem, ready: Program, held: Forced, entries: Entries, found: Found
) -> FloatArray:
    """Within limits on sums and boxes; those inside all limits where the path went astray."""
    inside = inside_of(entries, found)
    if inside is None or not found.miss <= ACCEPTED:
        bare = replace(entries, scores=np.zeros_like(entries.scores))
        centre = Path(held.rows, bare, ready.draws).follow(centre=True)
        inside = inside_of(entries, centre)
        if inside is None:
            require_met(problem)
    if found.miss <= ACCEPTED or inside is None:
        try:
            return settled(problem, snapped(ready, entries, found), inside, held)
        except ConvergenceError:
            if inside is None:
                raise
    return settled(problem, inside, inside, held)


def _prices(ready: Program, held: Forced, path: MomentPath, found: Found, given: Moments) -> Prices:
    moments = given.priced(found.point.duals[-1])
    steep = steepness(ready, held, moments) - given.cost
    slopes = at_base(ready, moments) - given.cost
    scaled = replace(ready, exponent=given.unit // 2)
    return scaled.prices(*priced(held, path.binding(found.point), steep), slopes)
