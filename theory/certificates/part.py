"""One problem of a plan, its design and prices: what they keep and prove, in fractions.

Row ``v`` comes into play with chance ``α_v``, and is then drawn with probabilities ``p``. Limits of
those in play hold for ``p``, all others for what is expected, ``α p``. Prices are all of a unit
that is expected, so that for any prices ``>= 0`` and ``κ = α Aᵀ y``

    Σ M/p >= Σ min_{l <= p <= u} (M/p + κ p) − Σ_in play y α b − Σ_others y b.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from roundlot.theory.arrays import FloatArray
from roundlot.theory.certificates.arithmetic import ZERO, above, nearest, two_to
from roundlot.theory.certificates.bound import least
from roundlot.theory.certificates.claim import Prices, price_complaints
from roundlot.theory.certificates.feasibility import infeasibilities
from roundlot.theory.problem import Limit, Problem, Structure

LAST = 1074  # no float64 has binary digits beyond
#: ``(V, S)`` fractions, as rows.
Table = Sequence[Sequence[Fraction]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """A problem, probabilities and prices.

    Attributes:
        problem: its limits.
        probabilities: ``(V, S)``, of those in play.
        prices: of the problem's limits, for a unit that is expected.
        chance: ``(V,)``, ``α``; None where every row is in play.
        apart: whether budgets and groups are on what is expected, too; else all limits hold for
            those in play.
    """

    problem: Problem
    probabilities: FloatArray = field(repr=False)
    prices: Prices = field(repr=False)
    chance: FloatArray | None = field(default=None, repr=False)
    apart: bool = False

    def malformed(self) -> Iterator[str]:
        """Shapes and signs."""
        problem = self.problem
        if self.probabilities.shape != problem.scores.shape:
            yield (
                f"probabilities have shape {self.probabilities.shape}; scores have "
                f"{problem.scores.shape}"
            )
            return
        yield from price_complaints(problem, self.prices)
        yield from self._unlike_chances()

    def _unlike_chances(self) -> Iterator[str]:
        if self.chance is None:
            return
        if self.chance.shape != (self.problem.n_processors,):
            yield f"chances have shape {self.chance.shape}, not ({self.problem.n_processors},)"
        elif not np.all((self.chance > 0.0) & (self.chance <= 1.0)):
            yield "a chance is not above 0 and at most 1"
        else:
            limits = (*self.problem.sum_limits(), *self.problem.sum_floors())
            for limit in filter(self._in_play, limits):
                for row in range(limit.size):
                    if np.unique(self.chance[limit.entries(row)[0]]).size > 1:
                        yield f"{limit.title(row)} has processors of different chances"
                        return

    def exceeded(self) -> Iterator[str]:
        """Limits that the probabilities break, as real numbers."""
        if not self.apart:
            yield from infeasibilities(self.problem, self.probabilities)
            return
        if not np.isfinite(self.probabilities).all():
            yield "a probability is NaN or infinite"
            return
        floor, ceiling = self.problem.bounds
        for wrong, word in (
            (self.probabilities < floor, "below its floor"),
            (self.probabilities > ceiling, "above its ceiling"),
        ):
            if wrong.any():
                v, s = (int(i) for i in np.argwhere(wrong)[0])
                yield f"probabilities[{v}, {s}] is {word}"
        for limit in (*self.problem.sum_limits(), *self.problem.sum_floors()):
            for row, bound in enumerate(limit.bound.tolist()):
                over = self.sum_of(limit, row) - Fraction(bound)
                if (-over if limit.at_least else over) > 0:
                    yield (
                        f"{limit.title(row)} is {nearest(abs(over), up=True):.3g} "
                        f"{'below' if limit.at_least else 'above'} its {limit.word} {bound:g}"
                    )

    def sum_of(self, limit: Limit, row: int) -> Fraction:
        """The sum that a row of a limit is on, of those in play or expected."""
        v, s, weight = limit.entries(row)
        share = np.ones(v.size) if self._in_play(limit) else self._chances[v]
        drawn = self.probabilities[v, s]
        terms = zip(weight.tolist(), share.tolist(), drawn.tolist(), strict=True)
        return Fraction(sum(whole(w) * whole(a) * whole(p) for w, a, p in terms), 1 << 3 * LAST)

    def factors_of(self, limit: Limit, row: int) -> FloatArray:
        """What the entries of a row count in its sum, beside their weights: 1, or their chance."""
        v, _, _ = limit.entries(row)
        return np.ones(v.size) if self._in_play(limit) else self._chances[v]

    def share_of(self, limit: Limit, row: int) -> Fraction:
        """What a unit of a row's sum counts among expected draws."""
        return self._chance_of(limit, row)

    @property
    def _chances(self) -> FloatArray:
        return np.ones(self.problem.n_processors) if self.chance is None else self.chance

    def bound(
        self, moments: Table, *, cost: FloatArray | None = None, beside: Fraction = ZERO
    ) -> Fraction:
        """What ``Σ M/p + Σ cost p`` does not go below; ``beside`` is a further price of a draw.

        The right side of the limit that ``beside`` is of is not taken off.
        """
        floor, ceiling = self.problem.bounds
        total = ZERO
        for v, row in enumerate(self._paid(beside)):
            for s in np.flatnonzero(ceiling[v] > 0.0).tolist():
                kappa = row[s] + (ZERO if cost is None else Fraction(float(cost[v, s])))
                low, high = Fraction(float(floor[v, s])), Fraction(float(ceiling[v, s]))
                total += least(moments[v][s], kappa, low, high) + kappa * low
        return total - self._spent()

    def _in_play(self, limit: Limit) -> bool:
        return not self.apart or limit.structure is Structure.PROCESSORS or limit.name == "client"

    def _priced(self) -> Iterator[tuple[Limit, list[Fraction]]]:
        """Limits and prices; those of floors are negative."""
        unit = two_to(2 * self.prices.exponent)
        for limit, prices in self.prices.by_limit(self.problem):
            yield limit, [unit * Fraction(y) for y in prices.tolist()]
        for limit, prices in self.prices.by_floor(self.problem):
            yield limit, [-unit * Fraction(w) for w in prices.tolist()]

    def _spent(self) -> Fraction:
        """``Σ y b``, of limits in play times their chances."""
        total = ZERO
        for limit, prices in self._priced():
            for row, (price, bound) in enumerate(zip(prices, limit.bound.tolist(), strict=True)):
                if price:
                    total += price * Fraction(bound) * self._chance_of(limit, row)
        return total

    def _chance_of(self, limit: Limit, row: int) -> Fraction:
        if self.chance is None or not self._in_play(limit):
            return Fraction(1)
        v = limit.entries(row)[0]
        return _at(self.chance, int(v[0])) if v.size else Fraction(1)

    def _paid(self, beside: Fraction) -> Iterator[list[Fraction]]:
        """``κ``, row by row."""
        rows, columns = self.problem.scores.shape
        priced = [(limit, prices) for limit, prices in self._priced() if any(prices)]
        for v in range(rows):
            found = []
            for s in range(columns):
                total = beside
                for limit, prices in priced:
                    for row, times in limit.column(v, s):
                        if prices[row]:
                            total += prices[row] * Fraction(times)
                found.append(total * _at(self.chance, v))
            yield found


def squares(problem: Problem, table: FloatArray) -> list[list[Fraction]]:
    """``(V, S)``, ``λ a²`` of scores; 0 where a pair is not available."""
    weights = [Fraction(x) for x in problem.model_weights.tolist()]
    full = np.where(problem.available, table, 0.0)
    return [
        [w * Fraction(a) ** 2 for w, a in zip(weights, row, strict=True)] for row in full.tolist()
    ]


def whole(value: float) -> int:
    """``value 2**LAST``, a whole number whatever the float: no common divisor is looked for."""
    above_, below_ = value.as_integer_ratio()
    return above_ << (LAST + 1 - below_.bit_length())


def spread(moments: Table, probabilities: FloatArray) -> Fraction | None:
    """``Σ M/p``, rounded up to 400 binary digits; None where a positive ``M`` is never drawn."""
    total = ZERO
    for row, drawn in zip(moments, probabilities.tolist(), strict=True):
        for moment, p in zip(row, drawn, strict=True):
            if moment and not p > 0.0:
                return None
            if moment:
                total += above(moment / Fraction(p))
    return total


def _at(chance: FloatArray | None, v: int) -> Fraction:
    return Fraction(1) if chance is None else Fraction(float(chance[v]))
