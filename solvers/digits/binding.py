"""Newton's method in decimals on the limits that bind, from prices that are nearly right.

With prices ``y`` of rows that bind and ``ω`` of variances, a free entry has
``p = √(M/κ)``, ``M = fixed + Σ ω m`` and ``κ = cost + Σ y G``. What is left are as many equations
as prices: each row comes to its bound. Residuals are taken in many digits and the matrix in
float64, so a step costs about what a pass over the table does, and a few give all digits. Which
limits bind, and which entries are at the ends of their boxes, is told by the prices; where the end
contradicts that, it is told again.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from roundlot.solvers.digits.path import Point
from roundlot.solvers.digits.question import ONE, ZERO, Digits, Question
from roundlot.theory.arrays import BoolArray, FloatArray

ROUNDS = 24  # times that it is told which limits bind
STEPS = 60  # of one round
WORK = 40_000  # pairs, each step: some seconds
DONE = Decimal("1e-30")  # relative: what rows miss at the end
SLOW = Decimal("0.25")  # a step that leaves more of what was missed has a new matrix
FARTHEST = Decimal("0.7")  # by so much, relative, a price falls at a step
BEYOND = Decimal("1.000001")  # of the way to where an entry starts to move
FLAT = 1e-13  # singular values below it, of rows near 1, are none
#: A pair without a second moment, so far inside its box, is where other limits leave it.
INSIDE = Decimal("1e-7")


_Solve = Callable[[list[Decimal]], tuple[list[Decimal], ...]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Start:
    """Where to begin: what a solver in float64 found.

    Attributes:
        p: ``(n,)``, of the pairs that can move.
        prices: ``(m,)``, of rows of limits.
        weights: ``(J,)``, of rows of variances.
    """

    p: Digits = field(repr=False)
    prices: Digits = field(repr=False)
    weights: Digits = field(repr=False)


@dataclass(kw_only=True, eq=False)
class _Guess:
    """Prices, what they say of entries, and what binds."""

    p: Digits
    prices: Digits
    weights: Digits
    top: Decimal
    at: npt.NDArray[np.int8]  # −1 at the floor, 1 at the ceiling, 0 free, 2 free without a moment
    rows: BoolArray
    held: BoolArray


class Binding:
    """The equations of a question; all within its context."""

    def __init__(self, given: Question) -> None:
        self.given, self.work, self.clipped = given, WORK, False
        self.some = [np.flatnonzero(row.counts) for row in given.rows]
        self.counts = [row.counts[at] for row, at in zip(given.rows, self.some, strict=True)]
        self.bounds = [row.bound for row in given.rows]
        self.some_moments = [np.flatnonzero(row) for row in given.moments]
        self.moments = [row[at] for row, at in zip(given.moments, self.some_moments, strict=True)]
        self.worst = given.order == math.inf
        self.power = ZERO if self.worst else Decimal(given.order) - 1

    def followed(self, start: Start) -> Point | None:
        """The optimum, with prices that prove it, if Newton's method finds it.

        First with entries that stay at the ends of their boxes until prices are right, then with
        what each price says by itself.
        """
        for self.clipped in (False, True):
            self.work = WORK
            with suppress(ArithmeticError):
                found = self._followed(start)
                if found is not None:
                    return found
        return None

    def _followed(self, start: Start) -> Point | None:
        guess = self._first(start)
        seen: set[bytes] = set()
        for _ in range(ROUNDS):
            key = guess.at.tobytes() + guess.rows.tobytes() + guess.held.tobytes()
            if key in seen:
                return None
            seen.add(key)
            if not self._solved(guess):
                return None
            if not self._told_again(guess):
                return self._point(guess)
        return None

    # What binds.

    def _first(self, start: Start) -> _Guess:
        given = self.given
        held = np.array([w > 0 for w in start.weights], dtype=np.bool_)
        value = max(self._value(start), Decimal("1e-999999"))
        rows = np.zeros(len(self.bounds), dtype=np.bool_)
        for r, price in enumerate(start.prices):
            if price > 0:
                slack = max(ZERO, self._left(r, start.p))
                size = max(abs(self.bounds[r]), self._used(r, start.p))
                # complementary: what it pays beside what it leaves
                rows[r] = price * size * size > slack * value
        for j in np.flatnonzero(held & ~given.is_norm).tolist():
            spent = self._spent(j, start.p)
            room = max(ZERO, given.allowed[j] - spent)
            held[j] = start.weights[j] * spent * spent > room * value
        prices, weights = start.prices.copy(), start.weights.copy()
        prices[~rows], weights[~held] = ZERO, ZERO
        guess = _Guess(
            p=start.p.copy(),
            prices=prices,
            weights=weights,
            top=ONE,
            at=np.zeros(len(start.p), dtype=np.int8),
            rows=rows,
            held=held,
        )
        kappa, moments = self._kappa(prices), self._moments(weights)
        for e, (k, m, p) in enumerate(zip(kappa, moments, start.p, strict=True)):
            low, high = given.low[e], given.high[e]
            if m > 0:
                guess.at[e] = _end_of(m, k, p, low, high)
            else:
                room = (high - low) * INSIDE
                inside = low + room < p < high - room
                guess.at[e] = 2 if inside else 1 if p - low > high - p else -1
        norm = np.flatnonzero(given.is_norm & held)
        if norm.size:
            self._draw(guess)
            guess.top = max(self._spent(j, guess.p) - given.allowed[j] for j in norm.tolist())
        return guess

    def _told_again(self, guess: _Guess) -> bool:
        """Whether anything contradicts what was taken to bind; then it is told again."""
        given, changed = self.given, False
        kappa, moments = self._kappa(guess.prices), self._moments(guess.weights)
        for e in range(len(guess.p)):
            low, high, now = given.low[e], given.high[e], guess.at[e]
            m, k, p = moments[e], kappa[e], guess.p[e]
            new = now
            if now in (0, 2):
                new = -1 if p < low else 1 if p > high else now
            elif (now == -1 and (m > k * low * low if m > 0 else k < 0)) or (
                now == 1 and (m < k * high * high if m > 0 else k > 0)
            ):
                new = 0 if m > 0 else 2
            if new != now:
                guess.at[e], changed = new, True
        for r in range(len(self.bounds)):
            if guess.rows[r]:
                if guess.prices[r] < 0:
                    guess.rows[r], guess.prices[r], changed = False, ZERO, True
            elif self._left(r, guess.p) < -DONE * max(abs(self.bounds[r]), DONE):
                guess.rows[r], changed = True, True
        for j in range(len(given.is_norm)):
            if given.is_norm[j] and not self.worst:
                continue
            if guess.held[j]:
                if guess.weights[j] < 0:
                    guess.held[j], guess.weights[j], changed = False, ZERO, True
            elif not guess.p[self.some_moments[j]].all():
                if not self._begun(j, guess, kappa):
                    raise ArithmeticError
                guess.held[j], changed = True, True
            elif self._room(j, guess) < -DONE * self._spent(j, guess.p):
                guess.held[j], changed = True, True
        return changed

    def _freed(self, guess: _Guess) -> None:
        """Prices of rows of which nothing moves go to where something does, or to 0."""
        self._draw(guess)
        kappa, moments = self._kappa(guess.prices), self._moments(guess.weights)
        low, high, moves = self.given.low, self.given.high, (guess.at == 0) | (guess.at == 2)
        for r in np.flatnonzero(guess.rows).tolist():
            left = self._left(r, guess.p)
            if not left or moves[self.some[r]].any():
                continue
            if not self.clipped:
                if left > 0:
                    guess.rows[r], guess.prices[r] = False, ZERO
                continue
            ways = []  # by how much its price has to change
            for e, count in zip(self.some[r].tolist(), self.counts[r], strict=True):
                end = high[e] if guess.at[e] > 0 else low[e]
                if moments[e] > 0 and end > 0:
                    ways.append((moments[e] / (end * end) - kappa[e]) / count)
            ways = [x for x in ways if (x > 0) == (left < 0) and x]
            if left > 0:
                step = max(ways, default=-guess.prices[r])
                if guess.prices[r] + step <= 0:
                    guess.rows[r], guess.prices[r] = False, ZERO
                    continue
            else:
                step = min(ways, default=ZERO)
            guess.prices[r] += step * BEYOND
        for j in np.flatnonzero(guess.held).tolist() if self.clipped else ():
            room = self._room(j, guess)
            if not room or moves[self.some_moments[j]].any():
                continue
            shares = []
            for e in self.some_moments[j].tolist():
                end = high[e] if guess.at[e] > 0 else low[e]
                if kappa[e] > 0 and moments[e] > 0:
                    shares.append(kappa[e] * end * end / moments[e])
            shares = [x for x in shares if (x > 1) == (room < 0)]
            if shares and room > 0:
                guess.weights[j] *= max(shares) / BEYOND
            elif shares:
                guess.weights[j] *= min(shares) * BEYOND
        self._draw(guess)

    def _begun(self, j: int, guess: _Guess, kappa: Digits) -> bool:
        """A weight for a row of variances with pairs that nothing else asks for; if it has any."""
        free = [
            (int(e), m)
            for e, m in zip(self.some_moments[j], self.moments[j], strict=True)
            if not guess.p[e] and kappa[e] > 0
        ]
        if not free:
            return False
        others = [
            m / guess.p[e]
            for e, m in zip(self.some_moments[j], self.moments[j], strict=True)
            if guess.p[e]
        ]
        room = self.given.allowed[j] - sum(others, ZERO)
        if room <= 0:
            return False
        guess.weights[j] = (sum(((m * kappa[e]).sqrt() for e, m in free), ZERO) / room) ** 2
        for e, _ in free:
            guess.at[e] = 0
        return True

    # Newton's method.

    def _solved(self, guess: _Guess) -> bool:
        """Whether all that binds is met; prices and entries are changed in place."""
        solve: _Solve | None = None
        size: Decimal | None = None
        for _ in range(STEPS):
            self.work -= len(guess.p)
            if self.work < 0:
                return False
            count = int(guess.rows.sum())
            self._freed(guess)
            if int(guess.rows.sum()) != count:
                solve = size = None
            missed = self._missed(guess)
            before, size = size, self._size(guess, missed)
            if size <= DONE:
                return True
            if before is None or size > SLOW * before or self.clipped:
                solve = None
            if not math.isfinite(size):
                return False
            if solve is None:
                solve = self._system(guess)
                if solve is None:
                    return False
            self._moved(guess, solve(missed))
        return False

    def _draw(self, guess: _Guess) -> None:
        """Entries as prices say."""
        given = self.given
        kappa, moments = self._kappa(guess.prices), self._moments(guess.weights)
        p = guess.p.copy()
        for e, at in enumerate(guess.at.tolist()):
            low, high, m, k = given.low[e], given.high[e], moments[e], kappa[e]
            if m > 0 and self.clipped:
                at = 1 if m >= k * high * high else -1 if m <= k * low * low else 0
                guess.at[e] = at
            elif not m and not at:
                guess.at[e] = at = -1
            if not at:
                p[e] = (m / k).sqrt() if k > 0 else high
            elif at != 2:
                p[e] = low if at < 0 else high
        guess.p = p

    def _missed(self, guess: _Guess) -> list[Decimal]:
        """Of rows, then of variances, then of entries without a moment, then of the norm."""
        given = self.given
        found = [self._left(r, guess.p) for r in np.flatnonzero(guess.rows).tolist()]
        found += [self._room(j, guess) for j in np.flatnonzero(guess.held).tolist()]
        flat = np.flatnonzero(guess.at == 2)
        if flat.size:
            found += self._kappa(guess.prices)[flat].tolist()
        if self._has_top(guess):
            norm = given.is_norm & guess.held
            found.append(sum(guess.weights[norm], ZERO) - ONE)
        return found

    def _size(self, guess: _Guess, missed: list[Decimal]) -> Decimal:
        units = [
            max(abs(self.bounds[r]), self._used(r, guess.p))
            for r in np.flatnonzero(guess.rows).tolist()
        ]
        units += [self._spent(j, guess.p) for j in np.flatnonzero(guess.held).tolist()]
        flat = np.flatnonzero(guess.at == 2)
        units += [self._greatest(e, guess) for e in flat.tolist()]
        if self._has_top(guess):
            units.append(ONE)
        return max(
            (abs(x) / (unit or ONE) for x, unit in zip(missed, units, strict=True)), default=ZERO
        )

    def _greatest(self, e: int, guess: _Guess) -> Decimal:
        """The largest term of what an entry pays."""
        most: Decimal = abs(self.given.cost[e])
        for r in np.flatnonzero(guess.rows).tolist():
            if self.given.rows[r].counts[e]:
                most = max(most, abs(guess.prices[r]))
        return most

    def _has_top(self, guess: _Guess) -> bool:
        return self.worst and bool((self.given.is_norm & guess.held).any())

    def _system(self, guess: _Guess) -> _Solve | None:
        """What changes of prices, of weights, of entries and of the top a residual asks for."""
        given = self.given
        rows, held = np.flatnonzero(guess.rows), np.flatnonzero(guess.held)
        flat = np.flatnonzero(guess.at == 2)
        free = np.flatnonzero(guess.at == 0)
        place = {int(e): i for i, e in enumerate(free.tolist())}
        kappa = self._kappa(guess.prices)
        roots = {e: (guess.p[e] / (2 * kappa[e])).sqrt() for e in free.tolist() if kappa[e] > 0}
        parts: list[tuple[list[int], list[Decimal]]] = []
        for r in rows.tolist():
            at = [
                (int(e), c)
                for e, c in zip(self.some[r], self.counts[r], strict=True)
                if e in place and e in roots
            ]
            parts.append(([place[e] for e, _ in at], [c * roots[e] for e, c in at]))
        for j in held.tolist():
            at = [
                (int(e), m)
                for e, m in zip(self.some_moments[j], self.moments[j], strict=True)
                if e in place and e in roots
            ]
            parts.append(
                ([place[e] for e, _ in at], [-m / guess.p[e] ** 2 * roots[e] for e, m in at])
            )
        norm = [i for i, j in enumerate(held.tolist()) if given.is_norm[j]]
        extra = [ZERO] * len(parts)
        if norm and not self.worst:
            for i in norm:
                weight = guess.weights[held[i]]
                extra[len(rows) + i] = weight ** (ONE / self.power) / (self.power * weight)
        unit = [
            (sum((x * x for x in values), ZERO) + more).sqrt()
            for (_, values), more in zip(parts, extra, strict=True)
        ]
        unit = [u or ONE for u in unit]
        table = np.zeros((len(parts), len(free)))
        for i, ((where, values), u) in enumerate(zip(parts, unit, strict=True)):
            table[i, where] = [float(x / u) for x in values]
        count = len(parts) + len(flat) + (1 if norm and self.worst else 0)
        matrix = np.zeros((count, count))
        inner = len(parts)
        matrix[:inner, :inner] = table @ table.T
        matrix[range(inner), range(inner)] += [
            float(x / (u * u)) for x, u in zip(extra, unit, strict=True)
        ]
        sides = [ONE] * (count - inner)
        for i, e in enumerate(flat.tolist()):
            column = {
                k: given.rows[r].counts[e] / unit[k]
                for k, r in enumerate(rows.tolist())
                if given.rows[r].counts[e]
            }
            sides[i] = max((abs(x) for x in column.values()), default=ONE)
            for k, x in column.items():
                matrix[k, inner + i] = matrix[inner + i, k] = float(x / sides[i])
        if norm and self.worst:
            ends = [ONE / unit[len(rows) + i] for i in norm]
            sides[-1] = max(ends)
            for i, end in zip(norm, ends, strict=True):
                matrix[len(rows) + i, -1] = matrix[-1, len(rows) + i] = float(end / sides[-1])
        if not np.isfinite(matrix).all():
            return None
        inverse = _inverse(matrix)
        units = [*unit, *sides]

        def solve(missed: list[Decimal]) -> tuple[list[Decimal], ...]:
            right = [x / u for x, u in zip(missed, units, strict=True)]
            size = max((abs(x) for x in right), default=ZERO) or ONE
            found = inverse @ np.array([float(x / size) for x in right])
            step = [Decimal(x) * size / u for x, u in zip(found.tolist(), units, strict=True)]
            a, b = len(rows), inner
            return step[:a], step[a:b], step[b : b + len(flat)], step[b + len(flat) :]

        return solve

    def _moved(self, guess: _Guess, step: tuple[list[Decimal], ...]) -> None:
        """All by one share of a step, so short that no entry's price or moment comes near 0."""
        rows, held = np.flatnonzero(guess.rows), np.flatnonzero(guess.held)
        # what a row lacks is had by a lower price, what a variance has above by a higher one
        more = guess.prices.copy()
        weights = guess.weights.copy()
        more[rows] -= np.array(step[0], dtype=object) if rows.size else 0
        weights[held] -= np.array(step[1], dtype=object) if held.size else 0
        share = ONE
        free = guess.at == 0
        for before, after in (
            (self._kappa(guess.prices), self._kappa(more)),
            (self._moments(guess.weights), self._moments(weights)),
        ):
            for x, y in zip(before[free], after[free], strict=True):
                if y < (ONE - FARTHEST) * x and x > 0:
                    share = min(share, FARTHEST * x / (x - y))
        finite = np.flatnonzero(self.given.is_norm & guess.held).tolist()
        for j in () if self.worst else finite:
            x, y = guess.weights[j], weights[j]
            if y < (ONE - FARTHEST) * x:
                share = min(share, FARTHEST * x / (x - y))
        guess.prices = guess.prices + share * (more - guess.prices)
        guess.weights = guess.weights + share * (weights - guess.weights)
        flat = np.flatnonzero(guess.at == 2)
        for e, x in zip(flat.tolist(), step[2], strict=True):
            guess.p[e] += share * x
        if step[3]:
            guess.top -= share * step[3][0]

    # Sums.

    def _kappa(self, prices: Digits) -> Digits:
        found = self.given.cost.copy()
        for r in np.flatnonzero(prices).tolist():
            found[self.some[r]] += prices[r] * self.counts[r]
        return found

    def _moments(self, weights: Digits) -> Digits:
        found = self.given.fixed.copy()
        for j in np.flatnonzero(weights).tolist():
            found[self.some_moments[j]] += weights[j] * self.moments[j]
        return found

    def _used(self, row: int, p: Digits) -> Decimal:
        return sum(np.abs(self.counts[row]) * p[self.some[row]], ZERO)

    def _left(self, row: int, p: Digits) -> Decimal:
        """What a row of limits leaves."""
        used: Decimal = sum(self.counts[row] * p[self.some[row]], ZERO)
        return self.bounds[row] - used

    def _spent(self, row: int, p: Digits) -> Decimal:
        return sum(self.moments[row] / p[self.some_moments[row]], ZERO)

    def _room(self, row: int, guess: _Guess) -> Decimal:
        """What a row of variances leaves."""
        allowed: Decimal = self.given.allowed[row]
        if self.given.is_norm[row]:
            weight = guess.weights[row]
            allowed += guess.top if self.worst else weight ** (ONE / self.power) if weight else ZERO
        return allowed - self._spent(row, guess.p)

    def _value(self, start: Start) -> Decimal:
        """About what the objective is."""
        given = self.given
        if given.is_norm.any():
            tops = [
                weight * (self._spent(j, start.p) - given.allowed[j])
                for j, weight in enumerate(start.weights)
                if given.is_norm[j]
            ]
            total: Decimal = abs(sum(tops, ZERO))
            return total
        over = (m / x for m, x in zip(given.fixed, start.p, strict=True) if m)
        fixed: Decimal = sum(over, ZERO)
        paid: Decimal = sum(given.cost * start.p, ZERO)
        return paid + fixed

    def _point(self, guess: _Guess) -> Point:
        none = np.full(0, ZERO)
        return Point(
            p=guess.p,
            z=none,
            below=none,
            above=none,
            prices=guess.prices,
            slacks=none,
            weights=guess.weights,
            rooms=none,
            tops=np.array([guess.top], dtype=object) if self.worst else none,
        )


def _end_of(m: Decimal, k: Decimal, p: Decimal, low: Decimal, high: Decimal) -> int:
    """Which end of its box an entry is held at: what a force exceeds beside how far it is away.

    Near 1 neither a price nor a probability alone tells.
    """
    if k <= 0:
        return 1
    if (m - k * high * high) * high > (high - p) * k * high * high:
        return 1
    if low > 0 and (k * low * low - m) * low > (p - low) * k * low * low:
        return -1
    return 0


def _inverse(matrix: FloatArray) -> FloatArray:
    """The inverse, of least norm where rows say the same."""
    if not matrix.size:
        return matrix
    with np.errstate(all="ignore"):
        try:
            found = np.linalg.inv(matrix)
            if np.isfinite(found).all() and np.abs(found).max() < 1e12:
                return np.asarray(found)
        except np.linalg.LinAlgError:
            pass
        return np.asarray(np.linalg.pinv(matrix, rcond=FLAT, hermitian=True))
