"""A primal-dual path to the optimum of ``Σ a²/p`` within bounds of entries and of sums.

Slacks ``x`` of all inequalities and their prices ``λ`` stay positive while ``x λ = μ`` goes to 0;
``z p² = a²`` ties each entry to the slope ``z`` of its own cost. A step is Mehrotra's, a predictor
and a corrector by one elimination; equations of that kind are solved in `rows`. A dozen or two are
usual, whatever the size.

Source: Mehrotra, On the implementation of a primal-dual interior point method (1992); Wright,
Primal-Dual Interior-Point Methods (1997).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from roundlot.solvers.central.rows import Rows, System, Values
from roundlot.theory.arrays import BoolArray, FloatArray

STEPS, MORE = 120, 240  # twenty are usual; more from near the ceilings
GOAL = 1e-15  # relative gap, misses of limits and of slopes: what rounding allows
CLOSE, CLOSER = 1e-11, 1e-13  # from here on a few steps without a gain are the end
PATIENCE = 3  # of such steps
TRIES = 30  # steps without a gain from further away
SHORTEST, LONGEST = 0.9, 0.999  # of the way to the nearest bound that a step goes
SHRINK = 4.0  # an entry that is tiny beside its limits shrinks by at most e**-4 at a step
SLOPES = 2.0  # a slope is kept within e**±2 of its entry's
BEHIND = 1e-2  # products go ahead of limits and forces by no more: else the path is lost
SLACK = 1e-7  # a price that many times below its limit's relative slack, near 1, is none
UNSEEN = 1e-5  # parts of the smallest limit that are too small to matter to any sum
SMALLEST = (1e-100, 1e-30)  # of scores: those below have no slope on the path; then the same again
ROUNDING = 2e-15  # relative, of a sum: below it no limit is missed
ENDLESS = 1e100  # a mean of ``x λ``, near 1 at the start: prices grow without end, as limits clash


@dataclass(frozen=True, kw_only=True, eq=False)
class Entries:
    """Scores and limits of the entries, ``(V, S)`` each, scores in a unit where prices are near 1.

    What an entry has in any case, its floor in the problem, is its ``base``: ``p`` of a point, and
    all sums, are what comes beside. So a room that is tiny beside the floors keeps its digits.

    Attributes:
        scores: ``a``.
        base: ``>= 0``.
        floor, ceiling: of ``p``; floor 0, or the ceiling where nothing can move.
        least: scores up to here have no slope on the path.
    """

    scores: FloatArray = field(repr=False)
    base: FloatArray = field(repr=False)
    floor: FloatArray = field(repr=False)
    ceiling: FloatArray = field(repr=False)
    least: float = SMALLEST[0]

    @property
    def free(self) -> BoolArray:
        """Which can move."""
        return np.asarray(self.ceiling > self.floor)

    @property
    def curved(self) -> BoolArray:
        """Which have a cost that bends."""
        return np.asarray(self.free & (self.scores > self.least))

    def drawn(self, p: FloatArray) -> FloatArray:
        """Probabilities: base and what comes beside."""
        return self.base + p


@dataclass(frozen=True, kw_only=True, eq=False)
class Point:
    """Where the path is.

    Attributes:
        p: ``(V, S)``, beside the base; slopes: ``(V, S)``, ``z``.
        slacks, duals: of every inequality: floors and ceilings of entries, then caps of each kind
            of rows, then floors of each.
        fixed: of every row whose cap is its floor, its price.
    """

    p: FloatArray = field(repr=False)
    slopes: FloatArray = field(repr=False)
    slacks: Values = field(repr=False)
    duals: Values = field(repr=False)
    fixed: Values = field(repr=False)


@dataclass(frozen=True, kw_only=True, eq=False)
class Found:
    """The best point of a path.

    Attributes:
        point: it.
        inside: ``p`` well inside all limits, the first that the path met; None if none.
        miss: its largest relative error: gap, limits, slopes.
        steps: how many the path took.
    """

    point: Point
    inside: FloatArray | None = field(repr=False)
    miss: float
    steps: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Errors:
    """By how much a point misses what it should satisfy.

    Attributes:
        force: ``(V, S)``, ``z + λ_l − λ_u − κ``.
        bend: ``(V, S)``, ``log(a² / (z p²))``.
        gaps: of every inequality, by how much its slack differs from what the sums say.
        fixed: of every fixed row, what its sum lacks.
        mu: the mean of ``x λ``.
        worst: the largest of all, relative.
        missed: the largest of limits alone.
        infeasible: the largest of limits and forces, as a mean of ``x λ``.
    """

    force: FloatArray = field(repr=False)
    bend: FloatArray = field(repr=False)
    gaps: Values = field(repr=False)
    fixed: Values = field(repr=False)
    mu: float
    worst: float
    missed: float
    infeasible: float

    @property
    def endless(self) -> bool:
        """Whether there is no end to this path."""
        return not (np.isfinite(self.worst) and self.mu < ENDLESS)


class Path:
    """One program and the ways along it; nothing here changes.

    Args:
        rows: limits of sums.
        entries: scores and limits of entries.
        draws: about how much the sum of all may be.
        close: whether entries whose slope is above 1 at their ceilings begin next to these.
        held: whether a floor of 0 has a slack and a price even where a cost bends.
    """

    def __init__(
        self,
        rows: Rows,
        entries: Entries,
        draws: float,
        *,
        close: bool = False,
        held: bool = False,
    ) -> None:
        self.rows, self.entries, self.budget, self.close = rows, entries, draws, close
        free, curved = entries.free, entries.curved
        self.kinds = len(rows.caps)
        self.equal = tuple(cap == low for cap, low in zip(rows.caps, rows.lows, strict=True))
        caps = tuple(
            np.isfinite(cap) & ~same for cap, same in zip(rows.caps, self.equal, strict=True)
        )
        lows = tuple((low > 0.0) & ~same for low, same in zip(rows.lows, self.equal, strict=True))
        # A cost that bends keeps its entry above a floor of 0; so does a cap below a ceiling.
        self.held = held
        above = free & (held | (entries.base > 0.0) | ~curved)
        most = rows.smallest_caps()[:, None]
        self.masks: tuple[BoolArray, ...] = (above, free, *caps, *lows)
        self.signs = (1.0, -1.0, *(-1.0 for _ in caps), *(1.0 for _ in lows))
        self.count = max(1, sum(int(mask.sum()) for mask in self.masks))
        self.unseen = UNSEEN * np.minimum(most / len(free), 1e-3 * entries.ceiling)

    def follow(self, *, centre: bool = False) -> Found:
        """To the end of the path, or, if ``centre``, to the first point inside all limits."""
        point = self._start()
        best, least, stalled, inside = point, np.inf, 0, None
        steps = 0
        for steps in range(MORE if self.close else STEPS):
            errors = self._errors(point)
            if inside is None and errors.missed <= GOAL and steps > 0:
                inside = point.p
            if errors.worst < least:
                best, least, stalled = point, errors.worst, 0
            else:
                stalled += 1
            patience = PATIENCE if least < (CLOSER if self.close else CLOSE) else TRIES
            if least <= GOAL or stalled >= patience or errors.endless:
                break
            if centre and inside is not None:
                break
            point = self._next(point, errors)
        return Found(point=best, inside=inside, miss=least, steps=steps)

    def prices(self, point: Point) -> Values:
        """What every row asks of its entries, ``ν = y − w``."""
        return self._asked(self._caps(point.duals), self._lows(point.duals), point)

    def binding(self, point: Point) -> Values:
        """The same without the prices of limits that are clearly slack, where that proves more."""
        bounds, last = (*self.rows.caps, *self.rows.lows), 2 + 2 * self.kinds
        parts = (self.masks[2:last], bounds, point.duals[2:last], point.slacks[2:last])
        duals = tuple(
            np.where(dual * np.where(mask, bound, 1.0) > SLACK * slack, dual, 0.0)
            for mask, bound, dual, slack in zip(*parts, strict=True)
        )
        fewer = self._asked(duals[: self.kinds], duals[self.kinds :], point)
        unpaid = sum(
            float(np.sum((all_ - some) * slack, where=mask))
            for mask, all_, some, slack in zip(parts[0], parts[2], duals, parts[3], strict=True)
        )
        every = self.prices(point)
        return fewer if self.lost(point, fewer) - unpaid <= self.lost(point, every) else every

    def start(self) -> Point:
        """A point with room to all bounds."""
        return self._start()

    def errors(self, point: Point) -> Errors:
        """By how much a point misses what it should satisfy."""
        return self._errors(point)

    def least(self, errors: Errors, point: Point) -> float:
        """The mean of ``x λ`` at the end."""
        return 2e-16 * max(self.objective(point.p), 1e-3 * self.budget) / self.count

    def toward(self, point: Point, errors: Errors, aim: float) -> Point:
        """The change of everything towards ``x λ = aim``, of first order."""
        system, rates = self._system(point)
        none = tuple(np.zeros(1) for _ in self.masks)
        return self._direction(point, errors, system, rates, aim, none, np.zeros(1))

    def reach(self, point: Point, step: Point) -> tuple[float, float]:
        """How often a step fits before a slack, an entry or a price would reach 0."""
        return self._reach(point, step)

    def moved(self, point: Point, step: Point, primal: float, dual: float) -> Point:
        """A point further along."""
        return self._moved(point, step, primal, dual)

    def _asked(self, caps: Values, lows: Values, point: Point) -> Values:
        return tuple(
            np.where(same, fix, y - w)
            for same, fix, y, w in zip(self.equal, point.fixed, caps, lows, strict=True)
        )

    def objective(self, p: FloatArray) -> float:
        """``Σ a²/(base + p)``, of entries that bend or cannot move."""
        q, a = self.entries.drawn(p), self.entries.scores
        some = (a > self.entries.least) & (q > 0.0)
        return float(np.sum(a * (a / np.where(some, q, 1.0)), where=some))

    def _caps(self, values: Values) -> Values:
        return values[2 : 2 + self.kinds]

    def _lows(self, values: Values) -> Values:
        return values[2 + self.kinds : 2 + 2 * self.kinds]

    def _moves(self, change: FloatArray, sums: Values) -> Values:
        """By how much every inequality's left side changes, in the order of the slacks."""
        return (change, change, *sums, *sums)

    def _start(self) -> Point:
        a, floor, ceiling = self.entries.scores, self.entries.floor, self.entries.ceiling
        curved, free = self.entries.curved, self.entries.free
        most = np.minimum(ceiling, self.rows.caps[0][:, None])
        room = np.maximum(most - floor, 0.0)
        share = np.minimum(0.1 * room, self.budget / a.size)
        inner = floor + np.where(self.entries.base > 0.0, 0.1 * room, 0.0)
        wanted = a - self.entries.base
        p = np.where(curved, np.clip(wanted, inner, floor + 0.7 * room), floor + share)
        p = np.where(free, p, floor)
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            steep = np.square(a / self.entries.drawn(ceiling)) - 1.0
            near = self.budget / a.size / steep
        held = curved & self.close & (steep > 0.0) & (near < 0.3 * (ceiling - floor))
        p = np.where(held, ceiling - near, p)
        lower = np.maximum(p - floor, 1e-3 * room)
        p = np.where(self.masks[0], floor + lower, p)
        with np.errstate(over="ignore", under="ignore"):
            slopes = np.where(
                curved, np.square(a / np.where(curved, self.entries.drawn(p), 1.0)), 0.0
            )
        sums = self.rows.sums(p)
        slacks = [lower, np.where(held, near, np.maximum(ceiling - p, 1e-3 * room))]
        for cap, total in zip(self.rows.caps, sums, strict=True):
            slacks.append(np.maximum(cap - total, 0.1 * cap))
        for low, total in zip(self.rows.lows, sums, strict=True):
            slacks.append(np.maximum(total - low, 0.1 * low))
        mu = self.budget / a.size
        duals = [np.minimum(1.0, mu / np.where(mask, x, 1.0)) for mask, x in self._first(slacks)]
        duals[1] = np.where(held, mu / np.where(held, near, 1.0), duals[1])
        duals += [np.full(cap.shape, 1.0 / self.kinds) for cap in self.rows.caps]
        duals += [np.full(low.shape, 0.1 / self.kinds) for low in self.rows.lows]
        return Point(
            p=p,
            slopes=slopes,
            slacks=self._masked(slacks, 1.0),
            duals=self._masked(duals, 0.0),
            fixed=tuple(np.zeros(cap.shape) for cap in self.rows.caps),
        )

    def _first(self, values: list[FloatArray]) -> zip[tuple[BoolArray, FloatArray]]:
        return zip(self.masks[:2], values[:2], strict=True)

    def _masked(self, values: list[FloatArray], other: float) -> Values:
        return tuple(
            np.where(mask, value, other) for mask, value in zip(self.masks, values, strict=True)
        )

    def _errors(self, point: Point) -> Errors:
        p, curved = point.p, self.entries.curved
        sums, prices = self.rows.sums(p), self.prices(point)
        force = self._force(point, self._paid_by(prices))
        with np.errstate(divide="ignore", invalid="ignore"):
            bend = 2.0 * np.log(np.where(curved, self.entries.scores / self.entries.drawn(p), 1.0))
            bend = np.where(curved, bend - np.log(point.slopes), 0.0)
        gaps, missed = self._gaps(point, sums)
        fixed = []
        for same, cap, total in zip(self.equal, self.rows.caps, sums, strict=True):
            lack = np.where(same, cap - total, 0.0)
            fixed.append(np.where(np.abs(lack) > ROUNDING * cap, lack, 0.0))
            missed = max(missed, largest(np.abs(fixed[-1]), np.where(same, cap, 1.0)))
        product = sum(
            float(np.sum(x * y, where=mask))
            for mask, x, y in zip(self.masks, point.slacks, point.duals, strict=True)
        )
        cost = self.objective(p)
        scale = max(cost, 1e-3 * self.budget)
        off = float(np.sum(np.abs(force) * p)) / scale
        rows = sum(
            float(np.sum(x * y, where=mask))
            for mask, x, y in list(zip(self.masks, point.slacks, point.duals, strict=True))[2:]
        )
        worst = max((rows + self.lost(point, prices)) / scale, missed)
        return Errors(
            force=force,
            bend=bend,
            gaps=gaps,
            fixed=tuple(fixed),
            mu=product / self.count,
            worst=worst,
            missed=missed,
            infeasible=max(missed, off) * scale / self.count,
        )

    def _force(self, point: Point, kappa: FloatArray) -> FloatArray:
        """``z + λ_l − λ_u − κ`` of what is free; below the rounding of its terms it is none."""
        slopes, (low, high) = point.slopes, point.duals[:2]
        force = slopes + low - high - kappa
        seen = np.abs(force) > ROUNDING * (slopes + low + high + np.abs(kappa))
        return np.where(self.entries.free & seen, force, 0.0)

    def _paid_by(self, prices: Values) -> FloatArray:
        """``κ``, what each entry pays."""
        return self.rows.spread(prices)

    def _roots(self, point: Point) -> FloatArray:
        """``a``."""
        return self.entries.scores

    def lost(self, point: Point, prices: Values) -> float:
        """``Σ a²/q + κ q − min (a²/q + κ q)``: with what rows leave it is the gap, term by term.

        How far an entry is from a bound its slack says, which has digits that the entry lost.
        """
        kappa, scores = self._paid_by(prices), self._roots(point)
        p, (below, above) = point.p, point.slacks[:2]
        entries, curved, free = self.entries, self.entries.curved, self.entries.free
        q = entries.drawn(p)
        a = np.where(curved, scores, 0.0)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
            root = np.sqrt(np.maximum(kappa, 0.0)) + np.zeros(p.shape)
            best = np.clip(
                np.where(curved, a / root - entries.base, entries.floor),
                entries.floor,
                entries.ceiling,
            )
            best = np.where(
                kappa <= 0.0, np.where(curved | (kappa < 0.0), entries.ceiling, p), best
            )
            at_bound = (best == entries.floor) | (best == entries.ceiling) | ~curved
            inner = np.square(a / np.sqrt(q) - root * np.sqrt(q))
            away = np.where(self.masks[0] & (best == entries.floor), -below, best - p)
            away = np.where(best == entries.ceiling, above, away)
            outer = (np.where(curved, a / q * (a / entries.drawn(best)), 0.0) - kappa) * away
        return float(np.sum(np.where(at_bound, np.maximum(outer, 0.0), inner), where=free))

    def _gaps(self, point: Point, sums: Values) -> tuple[Values, float]:
        """What the sums leave, less the slacks; below the rounding of a sum it is none."""
        gaps, missed = [np.zeros(1), np.zeros(1)], 0.0
        bounds = (*self.rows.caps, *self.rows.lows)
        last = 2 + 2 * self.kinds
        rows = zip(self.masks[2:last], self.signs[2:last], bounds, (*sums, *sums), strict=True)
        for (mask, sign, bound, total), slack in zip(rows, point.slacks[2:last], strict=True):
            limit = np.where(mask, bound, 1.0)
            left = sign * (total - limit) - slack
            seen = mask & (np.abs(left) > ROUNDING * np.maximum(limit, total))
            gaps.append(np.where(seen, left, 0.0))
            missed = max(missed, largest(np.abs(gaps[-1]), limit))
        return tuple(gaps), missed

    def _next(self, point: Point, errors: Errors) -> Point:
        system, rates = self._system(point)
        none = tuple(np.zeros(1) for _ in self.masks)
        ahead = self._direction(point, errors, system, rates, 0.0, none, np.zeros(1))
        primal, dual = (min(1.0, share) for share in self._reach(point, ahead))
        after = sum(
            float(np.sum((x + primal * dx) * (y + dual * dy), where=mask))
            for mask, x, y, dx, dy in zip(
                self.masks, point.slacks, point.duals, ahead.slacks, ahead.duals, strict=True
            )
        )
        mu = errors.mu
        left = max(after, 0.0) / (mu * self.count) if mu > 0.0 else 0.0
        least = 2e-16 * max(self.objective(point.p), 1e-3 * self.budget) / self.count
        aim = max(mu * min(1.0, left) ** 3, least, min(mu, BEHIND * errors.infeasible))
        both = primal * dual
        turned = tuple(dx * dy * both for dx, dy in zip(ahead.slacks, ahead.duals, strict=True))
        curved = self.entries.curved
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            steep = np.minimum(np.abs(ahead.slopes / point.slopes), 1.0)
            moved = np.minimum(np.abs(ahead.p / self.entries.drawn(point.p)), 1.0)
            second = np.where(curved, 0.5 * steep**2 + moved**2, 0.0) * min(primal, dual)
        step = self._direction(point, errors, system, rates, aim, turned, second)
        far = max(SHORTEST, min(LONGEST, 1.0 - mu * self.count / max(self.budget, least)))
        primal, dual = (min(1.0, far * share) for share in self._reach(point, step))
        return self._moved(point, step, primal, dual)

    def _system(self, point: Point) -> tuple[System, Values]:
        """The linear system of a step, and ``λ/x`` of every inequality."""
        curved, free = self.entries.curved, self.entries.free
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            rates = tuple(
                np.where(mask, y / x, 0.0)
                for mask, x, y in zip(self.masks, point.slacks, point.duals, strict=True)
            )
            bend = np.where(curved, 2.0 * point.slopes / self.entries.drawn(point.p), 0.0)
            stiff = bend + rates[0] + rates[1]
            loose = np.where(free, 1.0 / stiff, 0.0)
            give = tuple(
                np.where(same, 0.0, 1.0 / (cap + low))
                for same, cap, low in zip(
                    self.equal, self._caps(rates), self._lows(rates), strict=True
                )
            )
        return System.of(self.rows, loose, give), rates

    def _direction(
        self,
        point: Point,
        errors: Errors,
        system: System,
        rates: Values,
        aim: float,
        turned: Values,
        second: FloatArray,
    ) -> Point:
        """The change of everything towards ``x λ = aim``, second-order terms given."""
        curved = self.entries.curved
        with np.errstate(divide="ignore", invalid="ignore"):
            base = tuple(
                np.where(mask, (aim - x * y - turn - y * gap) / x, 0.0)
                for mask, x, y, turn, gap in zip(
                    self.masks, point.slacks, point.duals, turned, errors.gaps, strict=True
                )
            )
        bend = errors.bend + second
        right = errors.force + point.slopes * bend + base[0] - base[1]
        pulls = tuple(c - f for c, f in zip(self._caps(base), self._lows(base), strict=True))
        gaps = tuple(
            np.where(same, lack, -product(give, pull))
            for same, lack, give, pull in zip(
                self.equal, errors.fixed, system.give, pulls, strict=True
            )
        )
        change, prices = system.solve(np.where(self.entries.free, right, 0.0), gaps)
        # From prices, not from sums: what hardly moves must not lose its digits.
        sums = tuple(
            np.where(np.isfinite(give), product(give, price - pull), total)
            for give, price, pull, total in zip(
                system.give, prices, pulls, self.rows.sums(change), strict=True
            )
        )
        moves = self._moves(change, sums)
        with np.errstate(divide="ignore", invalid="ignore"):
            relative = np.where(curved, change / self.entries.drawn(point.p), 0.0)
        return Point(
            p=change,
            slopes=np.where(curved, point.slopes * (bend - 2.0 * relative), 0.0),
            slacks=tuple(
                np.where(mask, sign * move + gap, 0.0)
                for mask, sign, move, gap in zip(
                    self.masks, self.signs, moves, errors.gaps, strict=True
                )
            ),
            duals=tuple(
                np.where(mask, first - sign * rate * move, 0.0)
                for mask, first, sign, rate, move in zip(
                    self.masks, base, self.signs, rates, moves, strict=True
                )
            ),
            fixed=tuple(
                np.where(same, price, 0.0) for same, price in zip(self.equal, prices, strict=True)
            ),
        )

    def _reach(self, point: Point, step: Point) -> tuple[float, float]:
        """How often a step fits before a slack, an entry or a price would reach 0."""
        primal = fits(point.p, step.p, self._blocking(point.p))
        dual = np.inf
        for mask, x, y, dx, dy in zip(
            self.masks, point.slacks, point.duals, step.slacks, step.duals, strict=True
        ):
            primal = min(primal, fits(x, dx, mask))
            dual = min(dual, fits(y, dy, mask))
        return primal, dual

    def _blocking(self, p: FloatArray) -> BoolArray:
        """Entries without a slack of their own that are not too small to matter."""
        return np.asarray(self.entries.curved & ~self.masks[0] & (p >= self.unseen))

    def _moved(self, point: Point, step: Point, primal: float, dual: float) -> Point:
        curved, p = self.entries.curved, point.p
        tiny = curved & ~self.masks[0] & (p < self.unseen) & (step.p < 0.0)
        with np.errstate(all="ignore"):
            shrunk = p * np.expm1(np.maximum(primal * step.p / p, -SHRINK))
            change = np.where(tiny, shrunk, primal * step.p)
            z, dz = point.slopes, dual * step.slopes
            z = np.where(dz < 0.0, z * np.exp(np.maximum(dz / z, -30.0)), z + dz)
            now = p + change
            bend = 2.0 * np.log(self.entries.scores / self.entries.drawn(now)) - np.log(z)
            z = z * np.exp(bend - np.clip(bend, -SLOPES, SLOPES))
        slacks = [x + primal * dx for x, dx in zip(point.slacks, step.slacks, strict=True)]
        for i, sign in enumerate(self.signs[:2]):
            slacks[i] = np.where(self.masks[i], point.slacks[i] + sign * change, 1.0)
        return Point(
            p=now,
            slopes=np.where(curved, z, 0.0),
            slacks=tuple(slacks),
            duals=tuple(y + dual * dy for y, dy in zip(point.duals, step.duals, strict=True)),
            fixed=tuple(f + dual * df for f, df in zip(point.fixed, step.fixed, strict=True)),
        )


def product(give: FloatArray, price: FloatArray) -> FloatArray:
    """``give · price``; 0 for rows that give without end."""
    return np.where(np.isfinite(give), give, 0.0) * price


def largest(values: FloatArray, unit: FloatArray) -> float:
    """The largest of values in units of their own; 0 of none."""
    return float(np.max(values / unit, initial=0.0))


def fits(values: FloatArray, change: FloatArray, mask: BoolArray) -> float:
    """How often a change fits before one of the masked values would reach 0."""
    falling = mask & (change < 0.0)
    if not falling.any():
        return np.inf
    return float(np.min(values[falling] / -change[falling]))
