"""The optimum of problems with floors of sums where variances have ceilings, or a norm is small."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace

import numpy as np

from roundlot.solvers.central.careful import carefully
from roundlot.solvers.central.floors import (
    at_base,
    forced_of,
    inside_of,
    rigid_of,
    snapped,
    steepness,
)
from roundlot.solvers.central.forcing import Forced, priced
from roundlot.solvers.central.moment_path import TINY, MomentPath
from roundlot.solvers.central.moments import Moments, moments
from roundlot.solvers.central.path import Entries, Found, Path
from roundlot.solvers.central.program import Program, program
from roundlot.solvers.central.rigid import Rigid, priced_parts
from roundlot.solvers.central.rows import Values
from roundlot.solvers.central.settling import Loss, grown, settled
from roundlot.solvers.central.unmet import require_met
from roundlot.solvers.proof.accepted import ACCEPTED
from roundlot.solvers.water.scaling import LEAST_PROBABILITY
from roundlot.theory import ConvergenceError, Problem
from roundlot.theory.arrays import FloatArray
from roundlot.theory.certificates.claim import Prices

SURE = 1e-12  # relative miss: a path that ends above it is followed on in short steps


@dataclass(frozen=True, kw_only=True, eq=False)
class Way:
    """Limits of which those without room are equations, and how a path is followed within them.

    Attributes:
        limits: the limits.
        waits, held: as of `MomentPath`.
    """

    limits: Forced | Rigid = field(repr=False)
    waits: bool = True
    held: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Under:
    """Probabilities, and prices of all that limits them.

    Attributes:
        probabilities: ``(V, S)``, within limits on sums and boxes exactly.
        prices: of these limits, in units of the objective.
        rows: ``(J,)``, of rows with ceilings; weights of those of the norm.
        miss: by how much the end of the path is missed, relative.
        steps: of the path.
        way: that was gone.
    """

    probabilities: FloatArray = field(repr=False)
    prices: Prices
    rows: FloatArray
    miss: float
    steps: int
    way: Way = field(repr=False)


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
    way: Way | None = None,
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
        way: the one that found nearly the same.

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
    best: _End | None = None
    for end in _ends(ready, Way(limits=held) if way is None else way, given):
        if end.found.miss <= SURE and end.is_priced:
            with suppress(ConvergenceError):
                return end.under(held)
        best = end if best is None or end.found.miss < best.found.miss else best
    assert best is not None
    if not best.found.miss <= SURE:
        with np.errstate(over="ignore", invalid="ignore"):
            best = replace(best, found=carefully(best.path, best.found))
    try:
        return best.under(held, end.way.limits)
    except ConvergenceError:
        require_met(problem)
        raise


@dataclass(frozen=True, kw_only=True, eq=False)
class _End:
    """Where a way ended."""

    ready: Program
    way: Way
    given: Moments
    path: MomentPath
    found: Found

    @classmethod
    def of(cls, ready: Program, way: Way, given: Moments) -> _End:
        limits = way.limits
        entries = _entries(ready, limits, np.sqrt(given.fixed + given.squares.sum(axis=0)))
        path = MomentPath(limits.rows, entries, ready.draws, given, waits=way.waits, held=way.held)
        with np.errstate(over="ignore", invalid="ignore"):  # it may run off; what it missed tells
            found = path.follow()
        return cls(ready=ready, way=way, given=given, path=path, found=found)

    @property
    def snapped(self) -> FloatArray:
        """``(V, S)``, right up to rounding; what has a score is drawn, however little."""
        p, limits = snapped(self.ready, self.path.entries, self.found), self.way.limits
        never = (p == 0.0) & (self.ready.problem.scores > 0.0) & self.path.entries.free
        p = np.where(never, np.minimum(LEAST_PROBABILITY, self.ready.problem.bounds[1]), p)
        return np.where(limits.still, limits.drawn, p) if isinstance(limits, Rigid) else p

    @property
    def inside(self) -> FloatArray | None:
        """``(V, S)``, inside all limits that are no equations; None if the path met none."""
        return inside_of(self.path.entries, self.found)

    def under(self, held: Forced, somewhere: Forced | Rigid | None = None) -> Under:
        """What was found, within all limits on sums and boxes; or just ``somewhere`` within them.

        Raises:
            ConvergenceError: limits leave no room for rounding.
        """
        return Under(
            probabilities=self._settled(held, self.inside)
            if somewhere is None
            else self._somewhere(held, somewhere),
            prices=self._prices(),
            rows=self.given.in_user_units(self.found.point.duals[-1]),
            miss=self.found.miss,
            steps=self.found.steps,
            way=self.way,
        )

    def _settled(self, held: Forced, inside: FloatArray | None) -> FloatArray:
        p = self.snapped
        return settled(self.ready.problem, p, inside, held, _loss(self.given, p))

    def _somewhere(self, held: Forced, limits: Forced | Rigid) -> FloatArray:
        """The same; a point inside all limits where the path went astray."""
        close, inside = self.found.miss <= ACCEPTED, self.inside
        if inside is None or not close:
            entries = _entries(self.ready, limits, np.zeros(self.ready.base.shape))
            with np.errstate(over="ignore", invalid="ignore"):
                centre = Path(limits.rows, entries, self.ready.draws).follow(centre=True)
            inside = inside_of(entries, centre)
        if close or inside is None:
            try:
                return self._settled(held, inside)
            except ConvergenceError:
                if inside is None:
                    raise
        return settled(self.ready.problem, inside, inside, held)

    def _prices(self) -> Prices:
        ready, given = self.ready, self.given
        moments = given.priced(self.found.point.duals[-1])
        scaled = replace(ready, exponent=given.unit // 2)
        return scaled.prices(*self._both(moments), at_base(ready, moments) - given.cost)

    def _both(self, moments: FloatArray) -> tuple[Values, Values]:
        """Prices of all caps and of all floors."""
        ready, cost, limits = self.ready, self.given.cost, self.way.limits
        binding = self.path.binding(self.found.point)
        if isinstance(limits, Rigid):
            return priced_parts(limits, ready, binding, moments, cost)
        return priced(limits, binding, steepness(ready, limits, moments) - cost)

    @property
    def is_priced(self) -> bool:
        """Whether limits that there are prove what equations in their places did."""
        ready, limits, point = self.ready, self.way.limits, self.found.point
        if not isinstance(limits, Forced) or not limits.some:
            return True
        rows, sums = ready.rows, ready.rows.sums(point.p)
        both = self._both(self.given.priced(point.duals[-1]))
        caps = tuple(
            np.where(np.isfinite(x), y, 0.0) for x, y in zip(rows.caps, both[0], strict=True)
        )
        lows = tuple(np.where(x > 0.0, w, 0.0) for x, w in zip(rows.lows, both[1], strict=True))
        free = replace(self.path.entries, floor=np.zeros_like(point.p), ceiling=ready.ceiling)
        lost = MomentPath(rows, free, ready.draws, self.given).lost(
            replace(point, slacks=(point.p, ready.ceiling - point.p, *point.slacks[2:])),
            tuple(y - w for y, w in zip(caps, lows, strict=True)),
        )
        for bounds, prices in ((rows.caps, caps), (rows.lows, lows)):
            for bound, price, total in zip(bounds, prices, sums, strict=True):
                left = np.where(price > 0.0, bound, total) - total
                lost += float(price @ np.abs(left))
        return bool(lost <= SURE * self.path.scale(point))


def _entries(ready: Program, limits: Forced | Rigid, scores: FloatArray) -> Entries:
    return Entries(scores=scores, base=ready.base, floor=limits.floor, ceiling=limits.ceiling)


def _ends(ready: Program, way: Way, given: Moments) -> Iterator[_End]:
    """Of a way; then without all that cannot move; then by what else a path can do."""
    end = _End.of(ready, way, given)
    yield end
    missed = end.found.miss
    less = rigid_of(ready, end.snapped) if isinstance(way.limits, Forced) else None
    ways = [] if way.held else [replace(way, held=True), replace(way, waits=False)]
    if less is not None and less.fixed.any():
        ways = [replace(x, limits=less) for x in (way, *ways)]
        missed = math.inf
    for other in ways:
        if missed <= SURE:
            return
        end = _End.of(ready, other, given)
        yield end
        missed = min(missed, end.found.miss)


def _loss(given: Moments, p: FloatArray) -> Loss:
    """By what part of itself others raise what is made small; at least 1 above a ceiling."""
    norm, moments = given.is_norm, np.concatenate((given.fixed[None], given.squares))
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        each = np.where(moments > 0.0, moments * ((1.0 - p) / p), 0.0)
    before = each.sum(axis=(1, 2))

    def value(sums: FloatArray, q: FloatArray) -> float:
        if norm.any():
            return float(np.linalg.norm(sums[1:][norm], given.order))
        return float(sums[0] + np.sum(given.cost * q))

    def loss(q: FloatArray) -> float:
        sums = before + grown(moments, p, q)
        above = bool((sums[1:] > given.ceilings).any())
        return (value(sums, q) - now) / max(now, TINY) + above

    now = value(before, p)
    return loss
