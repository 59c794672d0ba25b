"""A primal-dual path in decimals of many digits, to the optimum of a small problem.

Slacks ``x`` and their prices ``λ`` stay positive while all products ``x λ`` go to 0 together; the
slope ``z`` of an entry's cost is an unknown of its own, tied by ``log(M / (z p²)) = 0``, so that
entries of any scale move as fast as others. Each step is Mehrotra's: a predictor, then a corrector
with the same elimination. With more digits than scores are apart nothing is lost in a sum, so rooms
that are tiny beside 1 and variances beside their second moments keep theirs.

Source: Mehrotra, On the implementation of a primal-dual interior point method (1992).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from decimal import Decimal, localcontext
from functools import cached_property

import numpy as np
import numpy.typing as npt

from roundlot.solvers.digits.decimals import CONTEXT, ONE, ZERO, Digits
from roundlot.solvers.digits.question import Question

STEPS = 1200
#: Products of decimals, at about half a microsecond each, that both paths of a question may take.
#: Counted, not timed: answers are the same on any machine.
WORK = 16_000_000
FIRST = 4  # parts of five of it for the first path; those that need the second are lost early
GOAL = Decimal("1e-34")  # relative: of products, of what is missed
MOST_WAY = Decimal("0.995")  # of the way to the nearest bound
LEAST_AIM = Decimal("1e-4")  # of the mean product, that a step aims at
# Products go ahead of what is missed by no more, on the first path and on the second.
BEHIND = Decimal(1), Decimal(10)
NEARBY = Decimal("0.8")  # of the mean: what a step aims at where those to less are short
AHEAD = 10  # times the mean: as much may be missed
HALVES = 12
ENOUGH = Decimal("1e-9")  # relative miss, above which nothing is made of an end
PATIENCE = 25  # steps without a gain


@dataclass(frozen=True, kw_only=True, eq=False)
class Point:
    """Where the path is.

    Attributes:
        p, z: ``(n,)``, probabilities and slopes.
        below, above: ``(n,)``, prices of the boxes.
        prices, slacks: ``(m,)``, of rows of limits.
        weights, rooms: ``(J,)``, prices and slacks of rows of variances.
        tops: what rows of the norm come to: one for all, or one each.
    """

    p: Digits = field(repr=False)
    z: Digits = field(repr=False)
    below: Digits = field(repr=False)
    above: Digits = field(repr=False)
    prices: Digits = field(repr=False)
    slacks: Digits = field(repr=False)
    weights: Digits = field(repr=False)
    rooms: Digits = field(repr=False)
    tops: Digits = field(repr=False)


NAMES = ("p", "z", "below", "above", "prices", "slacks", "weights", "rooms", "tops")


@dataclass(frozen=True, kw_only=True, eq=False)
class Errors:
    """What a point misses, and the mean of its products."""

    force: Digits = field(repr=False)
    bend: Digits = field(repr=False)
    limits: Digits = field(repr=False)
    variances: Digits = field(repr=False)
    norm: Digits = field(repr=False)
    mean: Decimal
    missed: Decimal
    worst: Decimal


@dataclass(frozen=True, kw_only=True, eq=False)
class Path:
    """The path of a question; all within ``CONTEXT``.

    Attributes:
        given: the question, its moments and costs in units near 1.
        rows: ``(m, n)``, ``G`` of ``G p <= g``.
        bounds: ``(m,)``, ``g``.
        every: whether products wait for limits and rows that are worth nothing, too.
    """

    given: Question
    rows: Digits = field(repr=False)
    bounds: Digits = field(repr=False)
    every: bool = False

    @classmethod
    def of(cls, given: Question, *, every: bool = False) -> Path:
        count = len(given.pairs)
        rows = np.array([row.counts for row in given.rows], dtype=object)
        return cls(
            given=given,
            rows=rows.reshape(len(given.rows), count),
            bounds=np.array([row.bound for row in given.rows], dtype=object),
            every=every,
        )

    @property
    def cost(self) -> int:
        """About how many products of decimals a step takes."""
        count, rows = len(self.given.pairs), len(self.bounds) + len(self.given.is_norm) + 1
        return count * rows * rows // 4 + 2 * rows**3 // 3 + 30 * count * (rows + 2)

    def best(self, steps: int = STEPS) -> tuple[Point, Decimal, int]:
        """The end of the path within so many ``steps``, what it misses, relative, and how many."""
        point = self._start()
        errors = self._errors(point)
        best, least, since, taken = point, errors.worst, 0, 0
        while taken < steps:
            taken += 1
            mean = errors.mean
            try:
                point, errors = self._step(point, errors)
            except ArithmeticError:  # a product beyond all digits: the path was lost
                break
            since = 0 if errors.mean < mean * Decimal("0.7") else since + 1
            if errors.worst < least:
                if errors.worst < least / 2:
                    since = 0
                best, least = point, errors.worst
            if least <= GOAL or since >= PATIENCE:
                break
        return best, least, taken

    def _start(self) -> Point:
        given = self.given
        p = given.low + (given.high - given.low) / 2
        if self.bounds.size:
            used = self.rows @ p
            over = [u / b for u, b in zip(used, self.bounds, strict=True) if u > b > 0]
            share = ONE / max([ONE, *over]) / 2
            p = given.low + (given.high - given.low) * share
        held = given.is_norm
        # a weight for each row, so that what it pays is near what the objective does
        weights = np.full(len(held), ONE)
        sums = given.moments @ (ONE / p) if len(held) else np.full(0, ZERO)
        if held.any():
            weights = np.array([ONE / int(held.sum()) if h else ONE for h in held], dtype=object)
        paid = sum(given.cost * p, ZERO) + sum(given.fixed / p, ZERO)
        if not held.any() and paid > 0:
            # a ceiling far above what it is on has its room at once, and a price beside that
            loose = np.maximum(sums, given.allowed - sums)
            weights = np.array([paid / x if x else ONE for x in loose], dtype=object)
        elif held.any():
            top = max(sums[held])
            weights = np.array(
                [
                    w if h else top / x if x else ONE
                    for w, h, x in zip(weights, held, sums, strict=True)
                ],
                dtype=object,
            )
            paid = top
        tops = np.full(0, ZERO)
        if held.any():
            tops = np.full(1 if self._is_worst else int(held.sum()), max(sums[held]))
            if not self._is_worst:
                weights[held] = [x ** (Decimal(given.order) - 1) for x in tops]
        moments = self._moments(weights)
        z = np.array([m / (x * x) for m, x in zip(moments, p, strict=True)], dtype=object)
        mean = max(paid, sum(moments / p, ZERO)) / max(1, len(p))
        mean = mean if mean > 0 else ONE
        slacks = np.array(
            [
                max(b - u, max(abs(b), Decimal("1e-3")) / 100)
                for b, u in zip(self.bounds, self.rows @ p, strict=True)
            ],
            dtype=object,
        )
        rooms = np.array([max(x, Decimal("1e-3") * max(sums)) for x in sums], dtype=object)
        if not held.any():
            rooms = np.maximum(rooms, given.allowed - sums)
        return Point(
            p=p,
            z=z,
            below=mean / (p - given.low),
            above=mean / (given.high - p),
            prices=mean / slacks if slacks.size else slacks,
            slacks=slacks,
            weights=weights,
            rooms=rooms,
            tops=tops,
        )

    @property
    def _is_worst(self) -> bool:
        return self.given.order == math.inf

    def _moments(self, weights: Digits) -> Digits:
        if not weights.size:
            return self.given.fixed
        found: Digits = self.given.fixed + weights @ self.given.moments
        return found

    def _raised(self, tops: Digits) -> Digits:
        """``(J,)``, what rows of the norm may come to besides."""
        out = np.full(len(self.given.is_norm), ZERO)
        if tops.size:
            out[self.given.is_norm] = tops[0] if self._is_worst else tops
        return out

    def _errors(self, at: Point) -> Errors:
        given = self.given
        moments = self._moments(at.weights)
        pulled = given.cost + at.above - at.below
        if at.prices.size:
            pulled = pulled + at.prices @ self.rows
        force = pulled - at.z
        bend = np.array(
            [
                (m / (z * p * p)).ln() if m > 0 else ZERO
                for m, z, p in zip(moments, at.z, at.p, strict=True)
            ],
            dtype=object,
        )
        limits = self.bounds - self.rows @ at.p - at.slacks if at.slacks.size else at.slacks
        spent = given.moments @ (ONE / at.p) if at.rooms.size else at.rooms
        allowed = given.allowed + self._raised(at.tops)
        variances = allowed - spent - at.rooms
        norm = self._norm_error(at)
        products = np.concatenate(
            (
                at.below * (at.p - given.low),
                at.above * (given.high - at.p),
                at.prices * at.slacks,
                at.weights * at.rooms,
            )
        )
        mean = sum(products, ZERO) / len(products)
        value = self.value(at)
        misses = [sum(products, ZERO) / value]
        misses.append(sum(np.abs(force) * at.p, ZERO) / value)
        sizes = [max(z * x, m / x) for m, z, x in zip(moments, at.z, at.p, strict=True)]
        misses.append(sum(np.abs(bend) * np.array(sizes, dtype=object), ZERO) / value)
        misses.append(sum(np.abs(limits) * at.prices, ZERO) / value)
        misses.append(sum(np.abs(variances) * at.weights, ZERO) / value)
        misses += [abs(x) for x in norm]
        misses += [
            abs(x) / (y + abs(a)) for x, y, a in zip(variances, spent, allowed, strict=True) if x
        ]
        misses += [
            abs(x) / max(abs(b), abs(s))
            for x, b, s in zip(limits, self.bounds, at.slacks, strict=True)
            if x
        ]
        return Errors(
            force=force,
            bend=bend,
            limits=limits,
            variances=variances,
            norm=norm,
            mean=mean,
            missed=max(misses[1:] if self.every else misses[1:5]) * value / len(products),
            worst=max(misses),
        )

    def value(self, at: Point) -> Decimal:
        """What the objective is about, above 0."""
        given = self.given
        found = sum(given.cost * at.p, ZERO) + sum(given.fixed / at.p, ZERO)
        if at.tops.size:
            found = at.tops[0] if self._is_worst else sum(at.tops * at.weights[given.is_norm], ZERO)
            found = abs(found)
        return found if found > 0 else ONE

    def _norm_error(self, at: Point) -> Digits:
        held = self.given.is_norm
        if not held.any():
            return np.full(0, ZERO)
        if self._is_worst:
            return np.array([ONE - sum(at.weights[held], ZERO)], dtype=object)
        power = Decimal(self.given.order) - 1
        pairs = zip(at.tops, at.weights[held], strict=True)
        return np.array([power * t.ln() - w.ln() for t, w in pairs], dtype=object)

    def _step(self, at: Point, errors: Errors) -> tuple[Point, Errors]:
        solve = _System.of(self, at, errors)
        first = solve.direction(ZERO, None)
        far = self._reach(at, first)
        there = self._moved(at, first, far)
        ratio = self._mean(there) / errors.mean
        aim = max(ratio * ratio * ratio, LEAST_AIM) * errors.mean
        aim = max(aim, min(errors.mean, BEHIND[self.every] * errors.missed))
        if far < Decimal("0.1"):
            aim = max(aim, errors.mean / 2)
        step = solve.direction(aim, first)
        length = self._reach(at, step) * MOST_WAY
        if length < Decimal("0.05"):
            plain = solve.direction(errors.mean * NEARBY, None)
            other = self._reach(at, plain) * MOST_WAY
            if other > length:
                step, length = plain, other
        length = min(ONE, length)
        for _ in range(HALVES):
            there = self._tied(self._moved(at, step, length))
            after = self._errors(there)
            if after.missed <= max(errors.missed * (1 - length / 1000), AHEAD * after.mean):
                break
            length /= 2
        return there, after

    def _tied(self, at: Point) -> Point:
        """With what rows of the norm come to, as their weights say, for a finite order."""
        if self._is_worst or not at.tops.size:
            return at
        power = ONE / (Decimal(self.given.order) - 1)
        weights = at.weights[self.given.is_norm]
        return replace(at, tops=np.array([x**power for x in weights], dtype=object))

    def _mean(self, at: Point) -> Decimal:
        given = self.given
        total = sum(at.below * (at.p - given.low), ZERO) + sum(at.above * (given.high - at.p), ZERO)
        total += sum(at.prices * at.slacks, ZERO) + sum(at.weights * at.rooms, ZERO)
        return total / (2 * len(at.p) + len(at.slacks) + len(at.rooms))

    def _reach(self, at: Point, step: Point) -> Decimal:
        """How far a step can go until something positive is 0, at most 1 over ``MOST_WAY``."""
        given, most = self.given, ONE / MOST_WAY
        positive = NAMES[1:-1] if self._is_worst else NAMES[1:]
        for value, move in (
            (at.p - given.low, step.p),
            (given.high - at.p, -step.p),
            *((getattr(at, name), getattr(step, name)) for name in positive),
        ):
            for x, d in zip(value, move, strict=True):
                if d < 0 and -d * most > x:
                    most = x / -d
        return most

    @staticmethod
    def _moved(at: Point, step: Point, length: Decimal) -> Point:
        return replace(
            at, **{name: getattr(at, name) + length * getattr(step, name) for name in NAMES}
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class _System:
    """The equations of a step, eliminated down to rows of limits, of variances, and tops."""

    path: Path
    at: Point
    errors: Errors
    stiff: Digits = field(repr=False)
    shares: Digits = field(repr=False)
    steep: Digits = field(repr=False)
    matrix: Digits = field(repr=False)

    @classmethod
    def of(cls, path: Path, at: Point, errors: Errors) -> _System:
        given = path.given
        low, high = at.p - given.low, given.high - at.p
        stiff = at.below / low + at.above / high + 2 * at.z / at.p
        moments = path._moments(at.weights)
        count, limits, rows = len(at.p), len(at.slacks), len(at.rooms)
        shares = np.full((rows, count), ZERO)
        steep = np.full((rows, count), ZERO)
        for e in range(count):
            if moments[e] > 0:
                shares[:, e] = given.moments[:, e] * (at.z[e] / moments[e])
            steep[:, e] = given.moments[:, e] / (at.p[e] * at.p[e])
        size = limits + rows + (1 if path._is_worst and given.is_norm.any() else 0)
        matrix = np.full((size, size), ZERO)
        g = path.rows / stiff if limits else path.rows
        if limits:
            matrix[:limits, :limits] = -_gram(g, path.rows)
            matrix[range(limits), range(limits)] -= at.slacks / at.prices
        if rows:
            here = slice(limits, limits + rows)
            if limits:
                matrix[:limits, here] = g @ shares.T
                matrix[here, :limits] = steep @ g.T
            matrix[here, here] = -((steep / stiff) @ shares.T)
            places = range(limits, limits + rows)
            matrix[places, places] -= at.rooms / at.weights
            held = np.flatnonzero(given.is_norm)
            if held.size and path._is_worst:
                matrix[limits + held, -1] = -ONE
                matrix[-1, limits + held] = ONE
            elif held.size:
                power = Decimal(given.order) - 1
                matrix[limits + held, limits + held] -= at.tops / (power * at.weights[held])
        return cls(
            path=path,
            at=at,
            errors=errors,
            stiff=stiff,
            shares=shares,
            steep=steep,
            matrix=matrix,
        )

    @cached_property
    def factors(self) -> _Factors:
        """Of the matrix, for all directions of a step."""
        return _Factors.of(self.matrix)

    def direction(self, aim: Decimal, first: Point | None) -> Point:
        """A step towards products that are all ``aim``.

        ``first`` is the predictor, whose products of changes are taken into account.
        """
        path, at, errors, given = self.path, self.at, self.errors, self.path.given
        low, high = at.p - given.low, given.high - at.p
        more = (
            (ZERO, ZERO, ZERO, ZERO)
            if first is None
            else (
                first.below * first.p,
                -first.above * first.p,
                first.prices * first.slacks,
                first.weights * first.rooms,
            )
        )
        below = (aim - more[0]) / low - at.below
        above = (aim - more[1]) / high - at.above
        free = (at.z * errors.bend - errors.force - above + below) / self.stiff
        limits, rows = len(at.slacks), len(at.rooms)
        slack = (aim - more[2]) / at.prices - at.slacks if limits else at.slacks
        room = (aim - more[3]) / at.weights - at.rooms if rows else at.rooms
        right = np.full(len(self.matrix), ZERO)
        if limits:
            right[:limits] = errors.limits - slack - path.rows @ free
        held = np.flatnonzero(given.is_norm)
        if rows:
            right[limits : limits + rows] = errors.variances - room + self.steep @ free
        power = ZERO if path._is_worst else Decimal(given.order) - 1
        if held.size and path._is_worst:
            right[-1] = errors.norm[0]
        elif held.size:
            right[limits + held] -= at.tops * errors.norm / power
        found = self.factors.solved(right)
        prices, weights = found[:limits], found[limits : limits + rows]
        pulled = prices @ path.rows if limits else np.full(len(at.p), ZERO)
        grown = weights @ self.shares if rows else np.full(len(at.p), ZERO)
        p = free + (grown - pulled) / self.stiff
        bent = at.z * errors.bend + grown - 2 * at.z * p / at.p
        tops = np.full(0, ZERO)
        if held.size:
            tops = (
                found[-1:]
                if path._is_worst
                else at.tops / power * (weights[held] / at.weights[held] - errors.norm)
            )
        return Point(
            p=p,
            z=np.array(
                [x if z > 0 else ZERO for x, z in zip(bent, at.z, strict=True)], dtype=object
            ),
            below=below - at.below * p / low,
            above=above + at.above * p / high,
            prices=prices,
            slacks=slack - at.slacks * prices / at.prices if limits else at.slacks,
            weights=weights,
            rooms=room - at.rooms * weights / at.weights if rows else at.rooms,
            tops=tops,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Factors:
    """``A`` as products of triangles, of rows in units of their own, the largest pivots first."""

    tops: Digits = field(repr=False)
    order: npt.NDArray[np.int64]
    both: Digits = field(repr=False)

    @classmethod
    def of(cls, matrix: Digits) -> _Factors:
        size = len(matrix)
        tops = np.array([max(abs(x) for x in row) or ONE for row in matrix], dtype=object)
        a, order = matrix / tops[:, None] if size else matrix.copy(), np.arange(size)
        for k in range(size):
            pivot = max(range(k, size), key=lambda row: abs(a[row, k]))
            if not a[pivot, k]:
                continue
            if pivot != k:
                a[[k, pivot]], order[[k, pivot]] = a[[pivot, k]], order[[pivot, k]]
            rows = k + 1 + np.flatnonzero(a[k + 1 :, k])
            columns = k + 1 + np.flatnonzero(a[k, k + 1 :])
            a[rows, k] = a[rows, k] / a[k, k]
            a[np.ix_(rows, columns)] -= np.multiply.outer(a[rows, k], a[k, columns])
        return cls(tops=tops, order=order, both=a)

    def solved(self, right: Digits) -> Digits:
        """``x`` of ``A x = b``; 0 where nothing is left to divide by."""
        a, size = self.both, len(right)
        b = (right / self.tops)[self.order] if size else right.copy()
        for k in range(1, size):
            b[k] -= a[k, :k] @ (b[:k] * self._divided[:k])
        found = np.full(size, ZERO)
        for k in range(size - 1, -1, -1):
            if a[k, k]:
                rest = a[k, k + 1 :] @ found[k + 1 :] if k + 1 < size else ZERO
                found[k] = (b[k] - rest) / a[k, k]
        return found

    @cached_property
    def _divided(self) -> Digits:
        """1 for columns that had a pivot, else 0: what stands under it is no factor."""
        return np.array([ONE if x else ZERO for x in self.both.diagonal()], dtype=object)


def _gram(g: Digits, rows: Digits) -> Digits:
    """``g @ rows.T``, which is symmetric; most limits hold few pairs."""
    size = len(rows)
    out = np.full((size, size), ZERO)
    for i in range(size):
        some = np.flatnonzero(rows[i])
        out[i, i:] = rows[i:, some] @ g[i, some]
        out[i:, i] = out[i, i:]
    return out


def followed(given: Question) -> tuple[Point, Decimal]:
    """The end of a question's path, in its own units, and what it misses."""
    with localcontext(CONTEXT):
        tops = [max(given.fixed, default=ZERO), max(given.cost, default=ZERO)]
        norms = given.moments[given.is_norm]
        tops.append(max((x for row in norms for x in row), default=ZERO))
        unit = max(tops)
        if not unit:
            unit = ONE
        scale = np.array(
            [
                unit if held else max(row) or ONE
                for held, row in zip(given.is_norm, given.moments, strict=True)
            ],
            dtype=object,
        )
        near = replace(
            given,
            fixed=given.fixed / unit,
            cost=given.cost / unit,
            moments=given.moments / scale[:, None] if len(scale) else given.moments,
            allowed=given.allowed / scale if len(scale) else given.allowed,
        )
        path = Path.of(near)
        steps = WORK // path.cost
        point, miss, taken = path.best(min(STEPS, steps * FIRST // 5))
        if miss > ENOUGH:
            other, left, _ = replace(path, every=True).best(min(STEPS, steps - taken))
            point, miss = (other, left) if left < miss else (point, miss)
        return replace(
            point,
            z=point.z * unit,
            below=point.below * unit,
            above=point.above * unit,
            prices=point.prices * unit,
            weights=np.where(given.is_norm, point.weights, point.weights * unit / scale)
            if len(scale)
            else point.weights,
        ), miss
