"""The central path where rows of variances have ceilings, or their norm is made small.

``z p² = M``, ``M = fixed + Σ_j μ_j M_j``, ties an entry's slope to the prices of all rows. A row's
slack and price are a further pair ``x λ``; in the linear system each row is one more right side and
one more unknown of a small dense system, so what is diagonal stays so.

With ``t_n = u_n/N`` rows of a norm have ``y_n + x_n = u_n``, ``θ_n = t_n^(α−1)`` and ``N = ‖u‖_α``;
``u_n = N`` for the worst. All prices are scaled after each step so that ``‖θ‖_β = 1``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from roundlot.solvers.central.moments import Moments
from roundlot.solvers.central.path import (
    BEHIND,
    LONGEST,
    SHORTEST,
    SHRINK,
    SMALLEST,
    Entries,
    Errors,
    Path,
    Point,
    fits,
    largest,
    product,
)
from roundlot.solvers.central.rows import Rows, System, Values
from roundlot.theory.arrays import FloatArray

LEAST = 4e-16  # of the objective: the mean of ``x λ`` at the end, all in all
SPREAD = 2.0  # a slope is kept within e**±2 of its entry's
TINY = 1e-250
LAST_BITS = 1e-18  # of second moments, or of the cost of all draws: less is none
NEAR = 10.0  # a row's slack is taken as it is, within a factor of what the step said
LOST = 1e40  # a price of a row, about as much as the objective: there is no end to this path


@dataclass(frozen=True, kw_only=True, eq=False)
class Levels(Point):
    """A point, and what the variances of a norm may come to.

    Attributes:
        levels: ``(J,)``, ``u``; 0 of rows with ceilings.
    """

    levels: FloatArray = field(repr=False)


@dataclass(frozen=True, kw_only=True, eq=False)
class Misses(Errors):
    """Errors, and those of rows.

    Attributes:
        bent: ``(J,)``, ``(α−1) log(u/N) − log θ`` of rows of a norm.
        moments: ``(V, S)``, ``M``.
        scale: of the objective.
    """

    bent: FloatArray = field(repr=False)
    moments: FloatArray = field(repr=False)
    scale: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Reply:
    """What the linear system of a step answers to the prices of rows.

    Attributes:
        tables: of each row how all entries move for a unit of its price.
        prices: and all prices of sums.
        matrix: ``(J, J)``, and how all rows do.
        slopes: ``(J, V, S)``, ``M_j/p²``.
    """

    tables: tuple[FloatArray, ...] = field(repr=False)
    prices: tuple[Values, ...] = field(repr=False)
    matrix: FloatArray
    slopes: FloatArray = field(repr=False)


class MomentPath(Path):
    """One program with rows of variances, and the ways along it.

    Args:
        rows: limits of sums.
        entries: limits of entries; its scores are ``√M`` at prices of 1.
        draws: about how much the sum of all may be.
        moments: rows of variances, and what is made small.
        waits: whether steps end before any entry does; else those too small to matter to a sum
            shrink by themselves, as where scores are many orders apart.
        held: whether floors of 0 have slacks and prices, too. Where ceilings of variances ask for
            next to nothing, or scores are many orders apart, costs bend too little to keep entries
            above 0: one after another runs there, and cuts all steps short.
    """

    def __init__(
        self,
        rows: Rows,
        entries: Entries,
        draws: float,
        moments: Moments,
        *,
        waits: bool = True,
        held: bool = False,
    ) -> None:
        super().__init__(rows, entries, draws, held=held)
        self.moments = moments
        self.norm = moments.is_norm
        every = np.ones(len(moments.ceilings), dtype=np.bool_)
        self.masks = (*self.masks, every)
        self.signs = (*self.signs, -1.0)
        self.count += every.size
        if waits:
            self.unseen = np.zeros_like(self.unseen)
        self.short = (1.0 - entries.base) - entries.ceiling

    # The start.

    def _start(self) -> Levels:
        given, curved = self.moments, self.entries.curved
        prices = self._guess()
        scores = np.sqrt(given.priced(prices))
        if given.cost.any():
            near = given.cost + 1e-3 * float(given.cost.mean())
            scores = scores / np.sqrt(near)
        scores = np.where(curved, np.maximum(scores, 2.0 * SMALLEST[0]), 0.0)
        bare = replace(self.entries, scores=scores)
        start = Path(self.rows, bare, self.budget, held=self.held)
        point = start._start()
        p = point.p
        variances = self._variances(p, point.slacks[1])
        levels = np.zeros(prices.size)
        if self.norm.any():
            t = self._targets(prices)
            y = variances[self.norm]
            level = float((t * y).max() if given.order == math.inf else y.max())
            level = 1.1 * max(level, 1e-3 * float(prices @ self._bare(p)))
            levels[self.norm] = level * np.maximum(t, 1e-3)
            held = levels
        held = np.where(self.norm, levels, np.where(self.norm, 1.0, given.ceilings))
        slacks = np.maximum(held - variances, 0.1 * held)
        with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):
            slopes = np.where(curved, given.priced(prices) / np.square(self.entries.drawn(p)), 0.0)
        return Levels(
            p=p,
            slopes=slopes,
            slacks=(*point.slacks, slacks),
            duals=(*point.duals, prices),
            fixed=point.fixed,
            levels=self._settled(levels),
        )

    def _bare(self, p: FloatArray) -> FloatArray:
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            squares = self.moments.squares
            each = np.where(squares > 0.0, squares / self.entries.drawn(p), 0.0)
        return np.asarray(each.sum(axis=(1, 2)))

    def _guess(self) -> FloatArray:
        """Prices of rows ``(J,)``, as if each were alone."""
        given = self.moments
        roots = np.sqrt(given.squares)
        sizes = np.square(roots.sum(axis=(1, 2)))
        bare = given.squares.sum(axis=(1, 2))
        most = np.where(self.norm, 1.0, given.ceilings) + bare
        if self.norm.any():
            theta = np.where(self.norm, sizes, 0.0) ** (
                1.0 if given.order == math.inf else (given.order - 1.0) / given.order
            )
            theta = np.maximum(theta, 1e-12 * theta.max())
            theta = np.where(self.norm, theta, 0.0)
            theta[self.norm] /= self._length(theta)
            total = float((theta @ sizes) / self.budget)
            return np.where(self.norm, theta, 0.1 * total / most)
        if given.fixed.any():
            total = float(np.square(np.sqrt(given.fixed).sum()) / self.budget)
            return np.asarray(0.1 * total / most)
        near = np.sqrt(given.cost + 1e-3 * float(given.cost.mean()))
        return np.asarray(np.square((roots * near).sum(axis=(1, 2)) / most))

    # The norm.

    def _length(self, prices: FloatArray) -> float:
        """``‖θ‖_β``."""
        theta, order = prices[self.norm], self.moments.order
        if order == math.inf:
            return float(theta.sum())
        beta, top = order / (order - 1.0), float(theta.max())
        with np.errstate(under="ignore"):
            return top * math.pow(float(np.power(theta / top, beta).sum()), 1.0 / beta)

    def _targets(self, prices: FloatArray) -> FloatArray:
        """``θ^(1/(α−1))`` of the rows of the norm."""
        order = self.moments.order
        if order == math.inf:
            return np.ones(int(self.norm.sum()))
        with np.errstate(under="ignore"):
            return np.asarray(prices[self.norm] ** (1.0 / (order - 1.0)))

    def _level(self, levels: FloatArray) -> float:
        """``N``."""
        u, order = levels[self.norm], self.moments.order
        top = float(u.max())
        if order == math.inf or top == 0.0:
            return top
        with np.errstate(under="ignore"):
            return top * math.pow(float(np.power(u / top, order).sum()), 1.0 / order)

    def _settled(self, levels: FloatArray) -> FloatArray:
        if self.norm.any() and self.moments.order == math.inf:
            return np.where(self.norm, levels.max(), 0.0)
        return levels

    def _bent(self, levels: FloatArray, prices: FloatArray) -> FloatArray:
        out = np.zeros(prices.size)
        if self.norm.any() and self.moments.order < math.inf:
            t = levels[self.norm] / self._level(levels)
            out[self.norm] = (self.moments.order - 1.0) * np.log(t) - np.log(prices[self.norm])
        return out

    # Errors.

    def _variances(self, p: FloatArray, left: FloatArray) -> FloatArray:
        """``(J,)``, with ``1 − p`` from how far an entry is below its ceiling."""
        q = self.entries.drawn(p)
        rest = np.where(self.entries.free, self.short + left, 1.0 - q)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            each = self.moments.squares * np.where(q > 0.0, rest / q, 0.0)
        return np.asarray(each.sum(axis=(1, 2)))

    def _errors(self, point: Point) -> Misses:
        assert isinstance(point, Levels)
        given, p, curved = self.moments, point.p, self.entries.curved
        q, prices = self.entries.drawn(p), point.duals[-1]
        moments = given.priced(prices)
        sums = self.rows.sums(p)
        asked = self.prices(point)
        force = self._force(point, self._paid_by(asked))
        with np.errstate(divide="ignore", invalid="ignore"):
            bend = np.log(np.where(curved, moments, 1.0)) - 2.0 * np.log(np.where(curved, q, 1.0))
            bend = np.where(curved, bend - np.log(np.where(curved, point.slopes, 1.0)), 0.0)
        gaps, missed = self._gaps(point, sums)
        fixed = []
        for same, cap, total in zip(self.equal, self.rows.caps, sums, strict=True):
            lack = np.where(same, cap - total, 0.0)
            fixed.append(np.where(np.abs(lack) > 2e-15 * cap, lack, 0.0))
            missed = max(missed, largest(np.abs(fixed[-1]), np.where(same, cap, 1.0)))
        variances = self._variances(p, point.slacks[1])
        held = np.where(self.norm, point.levels, np.where(self.norm, 1.0, given.ceilings))
        lack = held - variances - point.slacks[-1]
        unit = np.maximum(held, 1e-300)
        lack = np.where(np.abs(lack) > 1e-15 * np.maximum(held, variances), lack, 0.0)
        scale = self.scale(point)
        off_rows = largest(np.where(self.norm, np.abs(lack), 0.0), np.full(lack.shape, scale))
        missed = max(missed, largest(np.where(self.norm, 0.0, np.abs(lack)), unit))
        bent = self._bent(point.levels, prices)
        if bent.any():
            off_rows = max(off_rows, float(np.sum(np.abs(bent) * prices * point.levels)) / scale)
        products = [
            float(np.sum(x * y, where=mask))
            for mask, x, y in zip(self.masks, point.slacks, point.duals, strict=True)
        ]
        off = float(np.sum(np.abs(force) * p)) / scale
        gap = sum(products[2:]) + self.lost(point, asked)
        return Misses(
            force=force,
            bend=bend,
            gaps=(*gaps, lack),
            fixed=tuple(fixed),
            mu=sum(products) / self.count,
            worst=max(gap / scale, missed, off_rows) if (prices < LOST).all() else math.inf,
            missed=missed,
            infeasible=max(missed, off, off_rows) * scale / self.count,
            bent=bent,
            moments=moments,
            scale=scale,
        )

    def _paid_by(self, prices: Values) -> FloatArray:
        return self.rows.spread(prices) + self.moments.cost

    def _roots(self, point: Point) -> FloatArray:
        return np.sqrt(self.moments.priced(point.duals[-1]))

    def scale(self, point: Point) -> float:
        """Of the objective; where that is next to 0, of what it is the last bits of."""
        assert isinstance(point, Levels)
        given, q = self.moments, self.entries.drawn(point.p)
        if self.norm.any():
            bare = float(point.duals[-1][self.norm] @ self._bare(point.p)[self.norm])
            return max(self._level(point.levels), LAST_BITS * bare, TINY)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            each = np.where(given.fixed > 0.0, given.fixed / q, 0.0)
        return max(float(each.sum() + (given.cost * q).sum()), LAST_BITS * self.budget, TINY)

    # One step.

    def least(self, errors: Errors, point: Point) -> float:
        assert isinstance(errors, Misses)
        return LEAST * errors.scale / self.count

    def toward(self, point: Point, errors: Errors, aim: float) -> Levels:
        assert isinstance(point, Levels)
        assert isinstance(errors, Misses)
        system, rates = self._system(point)
        reply = self._reply(point, errors, system, rates)
        none = tuple(np.zeros(1) for _ in self.masks)
        rows = np.zeros(len(self.norm))
        return self._step(point, errors, system, rates, reply, aim, none, np.zeros(1), rows)

    def _next(self, point: Point, errors: Errors) -> Levels:
        assert isinstance(point, Levels)
        assert isinstance(errors, Misses)
        system, rates = self._system(point)
        reply = self._reply(point, errors, system, rates)
        none = tuple(np.zeros(1) for _ in self.masks)
        rows = np.zeros(len(self.norm))
        ahead = self._step(point, errors, system, rates, reply, 0.0, none, np.zeros(1), rows)
        primal, dual = (min(1.0, share) for share in self._reach(point, ahead))
        after = sum(
            float(np.sum((x + primal * dx) * (y + dual * dy), where=mask))
            for mask, x, y, dx, dy in zip(
                self.masks, point.slacks, point.duals, ahead.slacks, ahead.duals, strict=True
            )
        )
        mu = errors.mu
        left = max(after, 0.0) / (mu * self.count) if mu > 0.0 else 0.0
        least = LEAST * errors.scale / self.count
        aim = max(mu * min(1.0, left) ** 3, least, min(mu, BEHIND * errors.infeasible))
        both = primal * dual
        turned = tuple(dx * dy * both for dx, dy in zip(ahead.slacks, ahead.duals, strict=True))
        curved, drawn = self.entries.curved, self.entries.drawn(point.p)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            steep = np.minimum(np.abs(ahead.slopes / point.slopes), 1.0)
            moved = np.minimum(np.abs(ahead.p / drawn), 1.0)
            own = np.tensordot(ahead.duals[-1], self.moments.squares, axes=1) / errors.moments
            own = np.minimum(np.abs(own), 1.0)
            share = min(primal, dual)
            second = np.where(curved, 0.5 * steep**2 + moved**2 - 0.5 * own**2, 0.0) * share
            more = np.where(curved, self.moments.squares / drawn * moved**2, 0.0)
        rows = np.asarray(more.sum(axis=(1, 2))) * primal**2
        rows = np.minimum(rows, 0.5 * np.abs(self._held(point)))
        step = self._step(point, errors, system, rates, reply, aim, turned, second, rows)
        far = max(SHORTEST, min(LONGEST, 1.0 - mu * self.count / errors.scale))
        primal, dual = (min(1.0, far * share) for share in self._reach(point, step))
        return self._moved(point, step, primal, dual)

    def _held(self, point: Levels) -> FloatArray:
        """``(J,)``, what every row may come to."""
        ceilings = np.where(self.norm, 0.0, self.moments.ceilings)
        return np.where(self.norm, point.levels, ceilings)

    def _reply(self, point: Levels, errors: Misses, system: System, rates: Values) -> Reply:
        curved, squares = self.entries.curved, self.moments.squares
        with np.errstate(divide="ignore", invalid="ignore"):
            pulls = np.where(curved, squares * (point.slopes / errors.moments), 0.0)
            slopes = np.where(curved, squares / np.square(self.entries.drawn(point.p)), 0.0)
        nothing = tuple(np.zeros(cap.shape) for cap in self.rows.caps)
        found = [system.solve(pull, nothing) for pull in pulls]
        tables = tuple(one for one, _ in found)
        matrix = np.array([[float((r * x).sum()) for x in tables] for r in slopes])
        return Reply(
            tables=tables,
            prices=tuple(other for _, other in found),
            matrix=matrix.reshape(len(slopes), len(slopes)),
            slopes=slopes,
        )

    def _step(
        self,
        point: Levels,
        errors: Misses,
        system: System,
        rates: Values,
        reply: Reply,
        aim: float,
        turned: Values,
        second: FloatArray,
        rows: FloatArray,
    ) -> Levels:
        """The change of everything towards ``x λ = aim``, second-order terms given."""
        curved = self.entries.curved
        gaps = (*errors.gaps[:-1], errors.gaps[-1] - rows)
        with np.errstate(divide="ignore", invalid="ignore"):
            base = tuple(
                np.where(mask, (aim - x * y - turn - y * gap) / x, 0.0)
                for mask, x, y, turn, gap in zip(
                    self.masks, point.slacks, point.duals, turned, gaps, strict=True
                )
            )
        bend = errors.bend + second
        right = errors.force + point.slopes * bend + base[0] - base[1]
        pulls = tuple(c - f for c, f in zip(self._caps(base), self._lows(base), strict=True))
        lacks = tuple(
            np.where(same, lack, -product(give, pull))
            for same, lack, give, pull in zip(
                self.equal, errors.fixed, system.give, pulls, strict=True
            )
        )
        change, prices = system.solve(np.where(self.entries.free, right, 0.0), lacks)
        paid, level = self._paid(point, errors, rates[-1], base[-1], reply, change)
        for price, table, asked in zip(paid.tolist(), reply.tables, reply.prices, strict=True):
            change = change + price * table
            prices = tuple(x + price * y for x, y in zip(prices, asked, strict=True))
        # From prices, not from sums: what hardly moves must not lose its digits.
        sums = tuple(
            np.where(np.isfinite(give), product(give, price - pull), total)
            for give, price, pull, total in zip(
                system.give, prices, pulls, self.rows.sums(change), strict=True
            )
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            relative = np.where(curved, change / self.entries.drawn(point.p), 0.0)
            own = np.tensordot(paid, self.moments.squares, axes=1)
            own = np.where(curved, own / errors.moments, 0.0)
        room = (base[-1] - paid) / rates[-1]  # by how much the rooms of rows grow, less their gaps
        moves = self._moves(change, sums)
        slacks = [
            np.where(mask, sign * move + gap, 0.0)
            for mask, sign, move, gap in zip(
                self.masks[:-1], self.signs[:-1], moves, gaps[:-1], strict=True
            )
        ]
        duals = [
            np.where(mask, first - sign * rate * move, 0.0)
            for mask, first, sign, rate, move in zip(
                self.masks[:-1], base[:-1], self.signs[:-1], rates[:-1], moves, strict=True
            )
        ]
        return Levels(
            p=change,
            slopes=np.where(curved, point.slopes * (bend + own - 2.0 * relative), 0.0),
            slacks=(*slacks, room + gaps[-1]),
            duals=(*duals, paid),
            fixed=tuple(
                np.where(same, price, 0.0) for same, price in zip(self.equal, prices, strict=True)
            ),
            levels=self._raised(point, level, room, reply, change),
        )

    def _paid(
        self,
        point: Levels,
        errors: Misses,
        rates: FloatArray,
        base: FloatArray,
        reply: Reply,
        change: FloatArray,
    ) -> tuple[FloatArray, float]:
        """The change of the rows' prices, and the relative one of the norm."""
        matrix = reply.matrix + np.diag(1.0 / rates)
        right = base / rates - np.array([float((r * change).sum()) for r in reply.slopes])
        norm, order = self.norm, self.moments.order
        border = np.zeros(norm.size)
        if norm.any():
            border[norm] = point.levels[norm]
            if order < math.inf:
                theta = point.duals[-1][norm]
                matrix[norm, norm] += point.levels[norm] / (theta * (order - 1.0))
                right[norm] += point.levels[norm] * errors.bent[norm] / (order - 1.0)
        return _bordered(matrix, right, border)

    def _raised(
        self, point: Levels, level: float, room: FloatArray, reply: Reply, change: FloatArray
    ) -> FloatArray:
        """By how much what the variances of a norm may come to grows."""
        if self.moments.order == math.inf:
            return np.where(self.norm, level * point.levels, 0.0)
        eased = np.array([float((r * change).sum()) for r in reply.slopes])
        return np.where(self.norm, room - eased, 0.0)

    def _reach(self, point: Point, step: Point) -> tuple[float, float]:
        primal, dual = super()._reach(point, step)
        assert isinstance(point, Levels)
        assert isinstance(step, Levels)
        return min(primal, fits(point.levels, step.levels, self.norm)), dual

    def _moved(self, point: Point, step: Point, primal: float, dual: float) -> Levels:
        assert isinstance(point, Levels)
        assert isinstance(step, Levels)
        curved, p = self.entries.curved, point.p
        prices = point.duals[-1] + dual * step.duals[-1]
        duals = tuple(y + dual * dy for y, dy in zip(point.duals, step.duals, strict=True))
        fixed = tuple(f + dual * df for f, df in zip(point.fixed, step.fixed, strict=True))
        with np.errstate(all="ignore"):
            before, after = self.moments.priced(point.duals[-1]), self.moments.priced(prices)
            shrunk = p * np.expm1(np.maximum(primal * step.p / p, -SHRINK))
            tiny = curved & ~self.masks[0] & (p < self.unseen) & (step.p < 0.0)
            change = np.where(tiny, shrunk, primal * step.p)
            now = p + change
            rest = dual * step.slopes / point.slopes - (after - before) / before
            z = point.slopes * (after / before)
            z = z * np.where(rest < 0.0, np.exp(np.maximum(rest, -30.0)), 1.0 + rest)
            best = after / np.square(self.entries.drawn(now))
            z = best * np.clip(z / best, math.exp(-SPREAD), math.exp(SPREAD))
        slacks = [x + primal * dx for x, dx in zip(point.slacks, step.slacks, strict=True)]
        for i, sign in enumerate(self.signs[:2]):
            slacks[i] = np.where(self.masks[i], point.slacks[i] + sign * change, 1.0)
        levels = self._settled(point.levels + primal * step.levels)
        held = np.where(self.norm, levels, np.where(self.norm, 0.0, self.moments.ceilings))
        left = held - self._variances(now, slacks[1])
        # variances are not what a step says: they bend
        slacks[-1] = np.clip(left, slacks[-1] / NEAR, NEAR * slacks[-1])
        unit = 1.0 / self._length(prices) if self.norm.any() else 1.0
        return Levels(
            p=now,
            slopes=np.where(curved, unit * z, 0.0),
            slacks=tuple(slacks),
            duals=tuple(unit * y for y in duals),
            fixed=tuple(unit * f for f in fixed),
            levels=levels,
        )


def _bordered(
    matrix: FloatArray, right: FloatArray, border: FloatArray
) -> tuple[FloatArray, float]:
    """``matrix x + r border = right`` with ``borderᵀ x = 0``; ``r`` is 0 without a border.

    All at once: the matrix alone may have no inverse along the border.
    """
    count = right.size
    unit = 1.0 / np.sqrt(np.maximum(np.diag(matrix), 1e-300))
    side = border * unit
    top = float(np.max(np.abs(side), initial=0.0))
    whole = np.zeros((count + 1, count + 1))
    whole[:count, :count] = matrix * unit * unit[:, None]
    if top > 0.0:
        whole[:count, count] = whole[count, :count] = side / top
    else:
        whole[count, count] = top = 1.0
    sides = np.append(right * unit, 0.0)
    if not np.isfinite(whole).all():  # prices without end
        return np.full(count, np.nan), math.nan
    try:
        found = np.linalg.solve(whole, sides)
    except np.linalg.LinAlgError:
        found = np.linalg.lstsq(whole, sides, rcond=None)[0]
    return found[:count] * unit, float(found[count]) / top
