"""Whether float64 has probabilities near the optimum of "max" or "fair", by branch and bound.

A pair that is all but always drawn may need a probability between two floats: in any float64 answer
it has at most the one below, or at least the one above. Both boxes are narrowed by the limits, and
by what a variance may be, and a box has nothing better than a goal where prices say so: for any
``y >= 0`` of the rows ``A p <= b``, any ``θ >= 0`` and ``κ = Aᵀ y``, whatever is in it has

    ``‖θ‖_β ‖λ Var‖_α >= Σ min_p (θ λ a²/p + κ p) − yᵀ b − Σ θ λ a²``.

All of it is decided here, in fractions, from the arguments alone. Where to look is a *hint*: the
decimals of `roundlot.solvers.digits` propose prices, weights and a point; bad ones prove nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from typing import Any

import numpy as np

import roundlot as rl
from benchmarks.hostile.instances import Array, Instance
from roundlot.solvers.digits.answer import followed_to_the_end
from roundlot.solvers.digits.decimals import CONTEXT, digits
from roundlot.solvers.digits.question import Question, Row

NODES = 60  # boxes that are looked at
BITS = 4000  # of a root: squares of scores differ by as many as this, and a dozen digits count
SHORT = 700  # bits of a proposed number: more than the decimals have
PASSES = 4
# Where a last bit is a part of 1e-12 of what a probability leaves to others.
NEARLY = 1.0 - 2.0**-13
LEAST = 5e-324
ZERO, ONE = Fraction(0), Fraction(1)
NORMS = Context(prec=80, Emax=10**9, Emin=-(10**9))
SPARE = 1 + Fraction(1, 10**60)  # what powers in 80 digits may be off

Pair = tuple[int, int]
Box = dict[Pair, tuple[float, float]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Exact:
    """An instance in fractions.

    Attributes:
        instance: it.
        squares: ``λ a²`` of pairs with a score and a weight.
        rows: coefficients and bound of ``A p <= b``.
        order: ``α``.
    """

    instance: Instance
    squares: dict[Pair, Fraction] = field(repr=False)
    rows: list[tuple[dict[Pair, Fraction], Fraction]] = field(repr=False)
    order: float

    @classmethod
    def of(cls, instance: Instance) -> Exact:
        """Its rows, floors with a minus."""
        scores: Any = instance.scores
        weights = np.broadcast_to(instance.given.get("model_weights", 1.0), scores.shape[1:])
        _, high = instance.box
        rows = []
        for row in instance.rows():
            sign = -1 if row.at_least else 1
            held = {pair: sign * c for pair, c in row.coefficients.items() if high[pair] > 0.0}
            rows.append((held, sign * row.bound))
        return cls(
            instance=instance,
            squares={
                (int(v), int(s)): Fraction(float(weights[s])) * Fraction(float(scores[v, s])) ** 2
                for v, s in np.argwhere(scores > 0.0)
                if weights[s] > 0.0
            },
            rows=rows,
            order=math.inf if instance.objective == "max" else float(instance.options["alpha"]),
        )

    def box(self) -> Box:
        """Of every pair that can be drawn."""
        low, high = self.instance.box
        wanted = self.instance.wanted
        return {
            (int(v), int(s)): (
                max(float(low[v, s]), LEAST if wanted[v, s] else 0.0),
                float(high[v, s]),
            )
            for v, s in np.argwhere(high > 0.0)
        }

    def keeps(self, p: dict[Pair, Fraction]) -> bool:
        """Whether fractions are within boxes and rows, and above 0 where there is a score."""
        low, high = self.instance.box
        if any(not Fraction(float(low[q])) <= x <= Fraction(float(high[q])) for q, x in p.items()):
            return False
        if any(p.get(q, ZERO) <= 0 for q in self.squares):
            return False
        return all(
            sum((c * p[q] for q, c in held.items()), ZERO) <= bound for held, bound in self.rows
        )

    def value(self, p: dict[Pair, Fraction]) -> Fraction:
        """``‖λ Var‖_α``, rounded up."""
        totals: dict[int, Fraction] = {}
        for (v, s), square in self.squares.items():
            totals[s] = totals.get(s, ZERO) + square * (1 - p[v, s]) / p[v, s]
        return norm_above(list(totals.values()), self.order)


@dataclass(frozen=True, kw_only=True, eq=False)
class Hint:
    """A point, prices of rows and weights of models; none of them is trusted."""

    p: dict[Pair, Fraction] = field(repr=False)
    prices: list[Fraction] = field(repr=False)
    weights: dict[int, Fraction]


def none_within(instance: Instance, part: Fraction) -> bool:
    """Whether it is proved that all float64 has is above the optimum by more than a ``part``."""
    exact = Exact.of(instance)
    hint = _hint(exact, exact.box())
    if hint is None or not exact.keeps(hint.p):
        return False
    return _nothing_below(exact, exact.value(hint.p) * (1 + part), hint)


def none_better(instance: Instance, probabilities: Array, part: Fraction) -> bool:
    """Whether it is proved that nothing in float64 is better than these by more than a ``part``."""
    exact = Exact.of(instance)
    p = {q: Fraction(float(probabilities[q])) for q in exact.box()}
    if not exact.keeps(p):
        return False
    return _nothing_below(exact, exact.value(p) * (1 - part), _hint(exact, exact.box()))


def _nothing_below(exact: Exact, goal: Fraction, first: Hint | None) -> bool:
    """Whether all float64 probabilities within the limits are proved to have at least ``goal``."""
    boxes, hints = [exact.box()], [] if first is None else [first]
    for _ in range(NODES):
        if not boxes:
            return True
        box = narrowed(exact, boxes.pop(), goal)
        if box is None or any(bound(exact, box, hint) >= goal for hint in hints):
            continue
        hint = _hint(exact, box)
        if hint is None:
            return False
        hints.insert(0, hint)
        if bound(exact, box, hint) >= goal:
            continue
        floats = {q: Fraction(below(p)) for q, p in hint.p.items()}
        if exact.keeps(floats) and exact.value(floats) < goal:
            return False
        parts = list(_halves(exact, box, hint))
        if not parts:
            return False
        boxes += parts
    return not boxes


def narrowed(exact: Exact, box: Box, goal: Fraction) -> Box | None:
    """With all floats that rows rule out, or a variance of at least ``goal``; None if none is left.

    Each variance is at most the norm.
    """
    box = dict(box)
    for q, square in exact.squares.items():
        if q not in box:
            return None
        low, high = box[q]
        box[q] = max(low, above(square / (square + goal))), high
    for _ in range(PASSES):
        before = dict(box)
        for held, most in exact.rows:
            least = {q: c * Fraction(box[q][0] if c > 0 else box[q][1]) for q, c in held.items()}
            used = sum(least.values(), ZERO)
            for q, c in held.items():
                room = (most - used + least[q]) / c
                low, high = box[q]
                if c > 0 and room < Fraction(high):
                    box[q] = low, below(room)
                elif c < 0 and room > Fraction(low):
                    box[q] = above(room), high
                if box[q][0] > box[q][1]:
                    return None
        if box == before:
            break
    return None if any(low > high for low, high in box.values()) else box


def bound(exact: Exact, box: Box, hint: Hint) -> Fraction:
    """What no probabilities in a box are below, by prices and weights."""
    total = -sum((y * b for y, (_, b) in zip(hint.prices, exact.rows, strict=True)), ZERO)
    slopes = dict.fromkeys(box, ZERO)
    for price, (held, _) in zip(hint.prices, exact.rows, strict=True):
        if price:
            for q, c in held.items():
                slopes[q] += price * c
    for q, (low, high) in box.items():
        square = hint.weights.get(q[1], ZERO) * exact.squares.get(q, ZERO)
        total += _least(square, slopes[q], Fraction(low), Fraction(high)) - square
    length = dual_norm_above(list(hint.weights.values()), exact.order)
    return total / length if length and total > 0 else ZERO


def _least(square: Fraction, slope: Fraction, low: Fraction, high: Fraction) -> Fraction:
    """What ``square/p + slope p`` is not below for ``low <= p <= high``."""
    if square == 0:
        return slope * (low if slope > 0 else high)
    if slope <= 0 or square >= slope * high * high:
        return square / high + slope * high
    if square <= slope * low * low:
        return square / low + slope * low
    return 2 * _root_below(square * slope)


def _root_below(x: Fraction) -> Fraction:
    shift = BITS - (x.numerator.bit_length() - x.denominator.bit_length()) // 2
    if shift >= 0:
        return Fraction(math.isqrt((x.numerator << 2 * shift) // x.denominator), 1 << shift)
    return Fraction(math.isqrt(x.numerator // (x.denominator << -2 * shift)) << -shift)


def norm_above(values: list[Fraction], order: float) -> Fraction:
    """``‖values‖_order``, rounded up."""
    if math.isinf(order):
        return max(values, default=ZERO)
    if order == 1.0:
        return sum(values, ZERO)
    top = max(values, default=ZERO)
    if top == 0:
        return ZERO
    with localcontext(NORMS):
        power = Decimal(order)
        parts = [_decimal(x / top) for x in values if x > 0]
        total = sum(((x.ln() * power).exp() for x in parts), Decimal(0))
        return top * Fraction((total.ln() / power).exp()) * SPARE


def dual_norm_above(values: list[Fraction], order: float) -> Fraction:
    """``‖values‖_β`` with ``1/α + 1/β = 1``, rounded up."""
    if math.isinf(order):
        return norm_above(values, 1.0)
    if order == 1.0:
        return norm_above(values, math.inf)
    top = max(values, default=ZERO)
    if top == 0:
        return ZERO
    with localcontext(NORMS):
        power = Decimal(order) / (Decimal(order) - 1)
        parts = [_decimal(x / top) for x in values if x > 0]
        total = sum(((x.ln() * power).exp() for x in parts), Decimal(0))
        return top * Fraction((total.ln() / power).exp()) * SPARE


def _decimal(x: Fraction) -> Decimal:
    return Decimal(x.numerator) / Decimal(x.denominator)


def below(x: Fraction) -> float:
    """The largest float that is not above."""
    near = float(x)
    return math.nextafter(near, -math.inf) if Fraction(near) > x else near


def above(x: Fraction) -> float:
    """The least float that is not below."""
    near = float(x)
    return math.nextafter(near, math.inf) if Fraction(near) < x else near


def _halves(exact: Exact, box: Box, hint: Hint) -> Iterator[Box]:
    """With the pair that loses most by rounding at most the float below it, at least that above."""
    best, most = None, ZERO
    for q, (low, high) in box.items():
        p = hint.p.get(q, ZERO)
        if not NEARLY < p < 1 or q not in exact.squares:
            continue
        down = below(p)
        up = math.nextafter(down, 2.0)
        # what is drawn always leaves nothing to others
        off = p - Fraction(down) if up >= 1.0 else min(p - Fraction(down), Fraction(up) - p)
        loss = hint.weights[q[1]] * exact.squares[q] * off
        if low <= down and up <= high and loss > most:
            best, most = (q, down, up), loss
    if best is not None:
        q, down, up = best
        yield {**box, q: (box[q][0], down)}
        yield {**box, q: (up, box[q][1])}


def _hint(exact: Exact, box: Box) -> Hint | None:
    """What decimals of many digits propose for a box; None if they do not get to an end."""
    pairs = [q for q, (low, high) in box.items() if low < high]
    fixed = {q: Fraction(low) for q, (low, high) in box.items() if low == high}
    point: Any = None
    if pairs:
        with localcontext(CONTEXT):
            try:
                point, miss = followed_to_the_end(_question(exact, box, pairs, fixed))
            except ArithmeticError:
                return None
            if not miss < 1:
                return None
    p = dict(fixed)
    models = sorted({s for _, s in exact.squares})
    weights, prices = dict.fromkeys(models, ONE), [ZERO] * len(exact.rows)
    if point is not None:
        p |= {q: Fraction(x) for q, x in zip(pairs, point.p, strict=True)}
        for row, price in zip(_binding(exact, box), point.prices, strict=True):
            prices[row] = _short(Fraction(price))
        if exact.order > 1.0:
            weights = {s: _short(Fraction(x)) for s, x in zip(models, point.weights, strict=True)}
    return Hint(p=_lowered(exact, p), prices=prices, weights=weights)


def _lowered(exact: Exact, p: dict[Pair, Fraction]) -> dict[Pair, Fraction]:
    """Within rows that the last decimals of a sum are above, by the largest that is in them."""
    p = dict(p)
    for held, most in exact.rows:
        over = sum((c * p[q] for q, c in held.items()), ZERO) - most
        some = [q for q, c in held.items() if c > 0]
        if over > 0 and some:
            q = max(some, key=lambda q: p[q])
            p[q] -= over / held[q]
    return p


def _short(x: Fraction) -> Fraction:
    """Fewer digits, below."""
    shift = SHORT - x.numerator.bit_length() + x.denominator.bit_length()
    if x <= 0:
        return ZERO
    if shift >= 0:
        return Fraction((x.numerator << shift) // x.denominator, 1 << shift)
    return Fraction(x.numerator // (x.denominator << -shift) << -shift)


def _binding(exact: Exact, box: Box) -> list[int]:
    """Rows that something in a box would violate, and that hold a pair that can move."""
    found = []
    for row, (held, bound) in enumerate(exact.rows):
        most = sum((c * Fraction(box[q][c > 0]) for q, c in held.items()), ZERO)
        if most > bound and any(box[q][0] < box[q][1] for q in held):
            found.append(row)
    return found


def _question(exact: Exact, box: Box, pairs: list[Pair], fixed: dict[Pair, Fraction]) -> Question:
    def column(values: list[Fraction]) -> Any:
        out = np.empty(len(values), dtype=object)
        out[:] = [_decimal(x) for x in values]
        return out

    squares = exact.squares
    models = sorted({s for _, s in squares})
    rows = []
    for held, most in (exact.rows[row] for row in _binding(exact, box)):
        taken = sum((c * fixed[q] for q, c in held.items() if q in fixed), ZERO)
        counts = column([held.get(q, ZERO) for q in pairs])
        rows.append(
            Row(limit=None, row=0, counts=counts, bound=_decimal(most - taken), floor=False)  # type: ignore[arg-type]
        )
    summed = exact.order == 1.0
    moments, allowed = [], []
    for s in [] if summed else models:
        moments.append(column([squares.get(q, ZERO) if q[1] == s else ZERO for q in pairs]))
        still = sum(
            (squares[q] * (1 - 1 / fixed[q]) for q in fixed if q[1] == s and q in squares), ZERO
        )
        moving = sum((squares.get(q, ZERO) for q in pairs if q[1] == s), ZERO)
        allowed.append(_decimal(moving + still))
    return Question(
        problem=rl.Problem(**exact.instance.given),
        pairs=np.array(pairs, dtype=np.int64).reshape(-1, 2),
        low=digits([box[q][0] if box[q][0] > LEAST else 0.0 for q in pairs]),
        high=digits([box[q][1] for q in pairs]),
        rows=tuple(rows),
        fixed=column([squares.get(q, ZERO) if summed else ZERO for q in pairs]),
        cost=column([ZERO for _ in pairs]),
        moments=np.array(moments, dtype=object).reshape(len(moments), len(pairs)),
        allowed=np.array(allowed, dtype=object),
        is_norm=np.full(len(moments), True),
        models=np.array([] if summed else models, dtype=np.int64),
        order=exact.order,
    )
