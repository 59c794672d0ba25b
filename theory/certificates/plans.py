"""Plans for what is not known in advance, or for several variances: claims, and their judge.

A plan is a design of one problem or several, prices, and three numbers: the objective, a lower
bound and the gap. Everything is computed afresh in fractions, from the question as it was given.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import ClassVar

import numpy as np

from roundlot.theory.arrays import FloatArray
from roundlot.theory.certificates.arithmetic import ZERO, above, nearest
from roundlot.theory.certificates.claim import Claim
from roundlot.theory.certificates.findings import AGREED, NEAR, Findings, examine
from roundlot.theory.certificates.part import Part, spread, squares

UNDRAWN = "a pair is never drawn although its score may be positive"


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan(ABC):
    """A question, a design, prices, and the numbers that they are said to prove.

    Attributes:
        objective: what the design is said to cost.
        lower_bound: what no design is said to go below.
        gap: said to be at least ``objective / optimum − 1``.
    """

    kind: ClassVar[str]
    """What a file calls it."""
    _knows_ceilings: ClassVar[bool] = False
    """Whether variances may have ceilings."""

    objective: float
    lower_bound: float
    gap: float

    @property
    @abstractmethod
    def parts(self) -> tuple[Part, ...]:
        """The problems with their designs and prices."""

    @abstractmethod
    def _malformed(self) -> Iterator[str]:
        """What is wrong with shapes and ranges of the question."""

    @abstractmethod
    def _exceeded(self) -> Iterator[str]:
        """Limits of the question's own that are broken."""

    @abstractmethod
    def _value(self) -> Fraction | None:
        """What the design costs; None where that is infinite."""

    @abstractmethod
    def _bound(self) -> Fraction:
        """What no design goes below."""

    def proved(self) -> float:
        """The largest float64 that the prices prove to be a lower bound, in fractions."""
        return nearest(max(ZERO, self._bound()), up=False)

    @property
    def entries(self) -> int:
        """Pairs of a processor and a model, in all parts."""
        return sum(int(part.problem.scores.size) for part in self.parts)

    def findings(self) -> Findings:
        """Feasibility, objective, bound and gap, from the question as it was given."""
        wrong = tuple(self._of_parts()) or tuple(self._malformed()) or tuple(self._numbers())
        wrong = wrong or tuple(x for part in self.parts for x in part.exceeded())
        wrong = wrong or tuple(self._exceeded())
        value = None if wrong else self._value()
        if wrong or value is None:
            return Findings(complaints=wrong or (UNDRAWN,))
        return self._compared(value, max(ZERO, self._bound()))

    def _of_parts(self) -> Iterator[str]:
        for part in self.parts:
            yield from part.malformed()
            if part.problem.model_variance_ceilings is not None and not self._knows_ceilings:
                yield "the problem has ceilings of variances, which this kind of plan does not know"

    def _numbers(self) -> Iterator[str]:
        for name in ("objective", "lower_bound", "gap"):
            if not getattr(self, name) >= 0.0:
                yield f"{name} is {getattr(self, name)!r}; it must be at least 0"

    def _compared(self, value: Fraction, bound: Fraction) -> Findings:
        proved = Fraction(0) if value == 0 else value / bound - 1 if bound > 0 else None
        undecided: tuple[str, ...] = ()
        if math.inf in (self.objective, self.lower_bound, self.gap):
            undecided = ("a number is infinite: nothing is claimed; rescale the scores",)
        return Findings(
            complaints=() if undecided else tuple(self._false(value, bound, proved)),
            undecided=undecided,
            objective=nearest(value, up=True),
            lower_bound=nearest(bound, up=False),
            gap=nearest(None if proved is None else max(ZERO, proved), up=True),
        )

    def _false(self, value: Fraction, bound: Fraction, proved: Fraction | None) -> Iterator[str]:
        said = Fraction(self.objective)
        if not value * (1 - NEAR) <= said <= value * (1 + NEAR):
            yield (
                f"objective {self.objective!r} is not that of the probabilities, "
                f"{nearest(value, up=True)!r}"
            )
        if Fraction(self.lower_bound) > bound:
            yield (
                f"lower_bound {self.lower_bound!r} is not proved: the prices prove "
                f"{nearest(bound, up=False)!r}"
            )
        if proved is None or Fraction(self.gap) < proved:
            yield f"gap {self.gap!r} is not proved: the prices prove {nearest(proved, up=True)!r}"
        elif self.lower_bound == 0.0:
            if value > 0:
                yield f"gap {self.gap!r} is not that of the objective and of lower_bound 0"
        else:
            apart = said / Fraction(self.lower_bound) - 1 - Fraction(self.gap)
            if abs(apart) > Fraction(AGREED) * (1 + Fraction(self.gap)):
                yield f"gap {self.gap!r} is not that of the objective and the lower bound"


@dataclass(frozen=True, kw_only=True, eq=False)
class UncertainPlan(Plan):
    """Scores of which some may be higher: the worst case of the design, and one that proves it.

    Attributes:
        part: the lowest scores, and all limits.
        highest: ``(V, S)``.
        deviations: ``Γ``, how many are higher at most.
        shares: ``(V, S)``, ``z`` in 0 to 1, ``Σ z <= Γ``: the worst case of the bound.
        ceiling_shares: ``(V, S)``, ``zˢ``, the same of each model's variance, which adds up to at
            most ``Γ`` over its column; None where variances have no ceilings.
    """

    kind: ClassVar[str] = "uncertain scores"
    _knows_ceilings: ClassVar[bool] = True

    part: Part
    highest: FloatArray = field(repr=False)
    deviations: float
    shares: FloatArray = field(repr=False)
    ceiling_shares: FloatArray | None = field(default=None, repr=False)

    @property
    def parts(self) -> tuple[Part, ...]:
        """The one."""
        return (self.part,)

    def _malformed(self) -> Iterator[str]:
        scores = self.part.problem.scores
        if (self.ceiling_shares is None) != (self._ceilings is None):
            yield "there are ceilings of variances without ceiling_shares, or these without those"
            return
        given = [self.shares] if self.ceiling_shares is None else [self.shares, self.ceiling_shares]
        if any(x.shape != scores.shape for x in given):
            yield "shares must have the shape of the scores"
        elif not all(np.all((x >= 0.0) & (x <= 1.0)) for x in given):
            yield "a share of a deviation is outside 0 to 1"
        elif self.highest.shape != scores.shape:
            yield "highest must have the shape of the scores"
        elif not np.all(np.isfinite(self.highest) & (self.highest >= scores)):
            yield "a highest score is below the score, NaN or infinite"
        elif not 0.0 <= self.deviations < math.inf:
            yield f"deviations is {self.deviations!r}; it must be finite and at least 0"

    def _exceeded(self) -> Iterator[str]:
        if sum(map(Fraction, self.shares.ravel().tolist()), ZERO) > Fraction(self.deviations):
            yield "the shares add up to more than may deviate"
        for s, column in enumerate(() if self.ceiling_shares is None else self.ceiling_shares.T):
            if sum(map(Fraction, column.tolist()), ZERO) > Fraction(self.deviations):
                yield f"the ceiling_shares of model {s} add up to more than may deviate"
        yield from self._too_high()

    @property
    def _ceilings(self) -> FloatArray | None:
        return self.part.problem.model_variance_ceilings

    def _too_high(self) -> Iterator[str]:
        """Variances that are above their ceilings in the worst case."""
        if self._ceilings is None:
            return
        for s, ceiling in enumerate(self._ceilings.tolist()):
            low, more = self._columns(s)
            drawn = self.part.probabilities[:, s].tolist()
            if math.isinf(ceiling):
                continue
            triples = list(zip(low, more, drawn, strict=True))
            if any((a or (d and self.deviations)) and not p > 0.0 for a, d, p in triples):
                yield UNDRAWN
                return
            away = [1 / Fraction(p) - 1 if p > 0.0 else ZERO for p in drawn]
            base = [above(a * w) for a, w in zip(low, away, strict=True) if a]
            extra = [above(d * w) for d, w in zip(more, away, strict=True) if d]
            worst = sum(base, ZERO) + self._largest(extra)
            if worst > Fraction(ceiling):
                by = nearest(worst - Fraction(ceiling), up=True)
                yield f"the worst variance of model {s} is {by:.3g} above its ceiling"

    def _columns(self, s: int) -> tuple[list[Fraction], list[Fraction]]:
        """``a²`` of a model, without its weight, and what a deviation adds to it."""
        problem = self.part.problem
        there = problem.available[:, s]
        low = [Fraction(a) ** 2 for a in np.where(there, problem.scores[:, s], 0.0).tolist()]
        high = [Fraction(a) ** 2 for a in np.where(there, self.highest[:, s], 0.0).tolist()]
        return low, [b - a for a, b in zip(low, high, strict=True)]

    def _largest(self, extra: list[Fraction]) -> Fraction:
        """The sum of as many of the largest as may deviate."""
        extra = sorted(extra, reverse=True)
        whole, part = divmod(Fraction(self.deviations), 1)
        taken = sum(extra[: int(whole)], ZERO)
        return taken + (part * extra[int(whole)] if int(whole) < len(extra) else ZERO)

    def _tables(self) -> tuple[list[list[Fraction]], list[list[Fraction]]]:
        """``λ a²``, and what a deviation adds to it."""
        problem = self.part.problem
        low, high = squares(problem, problem.scores), squares(problem, self.highest)
        return low, [
            [b - a for a, b in zip(*rows, strict=True)] for rows in zip(low, high, strict=True)
        ]

    def _value(self) -> Fraction | None:
        low, more = self._tables()
        base, p = spread(low, self.part.probabilities), self.part.probabilities
        if base is None or not self.deviations:
            return base
        if spread(more, p) is None:
            return None
        extra = [
            above(delta / Fraction(x))
            for row, drawn in zip(more, p.tolist(), strict=True)
            for delta, x in zip(row, drawn, strict=True)
            if delta
        ]
        return base + self._largest(extra)

    def _bound(self) -> Fraction:
        moments = [
            [a + Fraction(z) * delta for a, delta, z in zip(*rows, strict=True)]
            for rows in zip(*self._tables(), self.shares.tolist(), strict=True)
        ]
        paid, spent = self.part.prices.ceilings, ZERO
        if paid is not None and self._ceilings is not None and self.ceiling_shares is not None:
            for s in np.flatnonzero(paid > 0.0).tolist():
                price = Fraction(float(paid[s]))
                spent += price * Fraction(float(self._ceilings[s]))
                own = zip(*self._columns(s), self.ceiling_shares[:, s].tolist(), strict=True)
                for v, (a, delta, z) in enumerate(own):
                    moment = price * (a + Fraction(z) * delta)
                    moments[v][s] += moment
                    spent += moment
        return self.part.bound(moments) - spent


@dataclass(frozen=True, kw_only=True, eq=False)
class OnlinePlan(Plan):
    """Rows that are online by chance: ``Σ λ a²/(α p)``.

    Attributes:
        part: with the chances of its rows.
    """

    kind: ClassVar[str] = "online"
    _knows_ceilings: ClassVar[bool] = True

    part: Part

    @property
    def parts(self) -> tuple[Part, ...]:
        """The one."""
        return (self.part,)

    def _malformed(self) -> Iterator[str]:
        if self.part.chance is None or not self.part.apart:
            yield "the chances of being online are missing"

    def _exceeded(self) -> Iterator[str]:
        return self.above_ceilings()

    def above_ceilings(self) -> Iterator[str]:
        """Models whose ``Σ a² (1/(α p) − 1)`` is above its ceiling."""
        ceilings = self.part.problem.model_variance_ceilings
        for s, ceiling in enumerate([] if ceilings is None else ceilings.tolist()):
            total = ZERO
            for v, square in enumerate(self._squares_of(s)):
                p = float(self.part.probabilities[v, s])
                if square and not p > 0.0:
                    yield UNDRAWN
                    return
                if square:
                    total += above(square / (self._chance(v) * Fraction(p))) - square
            if math.isfinite(ceiling) and total > Fraction(ceiling):
                by = nearest(total - Fraction(ceiling), up=True)
                yield f"the variance of model {s} is {by:.3g} above its ceiling {ceiling:g}"

    def _chance(self, v: int) -> Fraction:
        assert self.part.chance is not None
        return Fraction(float(self.part.chance[v]))

    def _squares_of(self, s: int) -> list[Fraction]:
        """``a²`` of a model, without its weight."""
        problem = self.part.problem
        column = np.where(problem.available[:, s], problem.scores[:, s], 0.0)
        return [Fraction(a) ** 2 for a in column.tolist()]

    def _moments(self) -> list[list[Fraction]]:
        assert self.part.chance is not None
        low = squares(self.part.problem, self.part.problem.scores)
        return [
            [square / Fraction(chance) for square in row]
            for row, chance in zip(low, self.part.chance.tolist(), strict=True)
        ]

    def _value(self) -> Fraction | None:
        return spread(self._moments(), self.part.probabilities)

    def _bound(self) -> Fraction:
        moments, spent = self._moments(), ZERO
        paid, ceilings = self.part.prices.ceilings, self.part.problem.model_variance_ceilings
        if paid is not None and ceilings is not None:
            for s in np.flatnonzero(paid > 0.0).tolist():
                price = Fraction(float(paid[s]))
                spent += price * Fraction(float(ceilings[s]))
                for v, square in enumerate(self._squares_of(s)):
                    spent += price * square
                    moments[v][s] += price * square / self._chance(v)
        return self.part.bound(moments) - spent


@dataclass(frozen=True, kw_only=True, eq=False)
class RoundsPlan(Plan):
    """Rounds, or states of the fleet, that share a budget: ``Σ π Σ λ a²/p``.

    Attributes:
        rounds: one part each, with all limits of its own.
        chances: ``(R,)``, of the states; None of rounds, which all take place.
        budget: the most draws in all, or expected.
        price: of a draw of that budget.
    """

    kind: ClassVar[str] = "rounds"

    rounds: tuple[Part, ...]
    chances: FloatArray | None
    budget: float
    price: float

    @property
    def parts(self) -> tuple[Part, ...]:
        """One for each round."""
        return self.rounds

    def _malformed(self) -> Iterator[str]:
        if not self.rounds:
            yield "there are no rounds"
            return
        first = self.rounds[0].problem.model_weights
        if any(not np.array_equal(part.problem.model_weights, first) for part in self.rounds):
            yield "the rounds have different models or model weights"
        if self.chances is not None and self.chances.shape != (len(self.rounds),):
            yield f"chances have shape {self.chances.shape}; there are {len(self.rounds)} rounds"
        elif self.chances is not None and not abs(math.fsum(self.chances.tolist()) - 1) <= 1e-9:
            yield "the chances do not add up to 1"
        else:
            for part, chance in zip(self.rounds, self._shares(), strict=True):
                if part.chance is not None and (part.chance != float(chance)).any():
                    yield "a round's rows have another chance than the round"
                if part.chance is None and chance != 1:
                    yield "a round's rows have no chance"
        for name in ("budget", "price"):
            if not 0.0 <= getattr(self, name) < math.inf:
                yield f"the shared {name} is {getattr(self, name)!r}"

    def _shares(self) -> list[Fraction]:
        if self.chances is None:
            return [Fraction(1)] * len(self.rounds)
        return [Fraction(x) for x in self.chances.tolist()]

    def _exceeded(self) -> Iterator[str]:
        spent = ZERO
        for part, chance in zip(self.rounds, self._shares(), strict=True):
            spent += chance * sum(map(Fraction, part.probabilities.ravel().tolist()), ZERO)
        if spent > Fraction(self.budget):
            drawn = nearest(spent, up=True)
            yield f"the draws of all come to {drawn:.17g}, above {self.budget:.17g}"

    def _moments(self, part: Part, chance: Fraction) -> list[list[Fraction]]:
        return [[chance * x for x in row] for row in squares(part.problem, part.problem.scores)]

    def _value(self) -> Fraction | None:
        total = ZERO
        for part, chance in zip(self.rounds, self._shares(), strict=True):
            cost = spread(self._moments(part, chance), part.probabilities)
            if cost is None:
                return None
            total += cost
        return total

    def _bound(self) -> Fraction:
        shared = Fraction(self.price)
        return sum(
            (
                part.bound(self._moments(part, chance), beside=shared)
                for part, chance in zip(self.rounds, self._shares(), strict=True)
            ),
            -shared * Fraction(self.budget),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class SeveralPlan(Plan):
    """Several variances of one draw under ceilings, at the least ``Σ cost p``.

    Attributes:
        part: all limits; its scores are not used.
        variables: ``(R, V, S)``, scores of each quantity.
        ceilings: ``(R, S)``, above 0; infinite for none.
        cost: ``(V, S)``, ``>= 0``.
        ceiling_prices: ``(R, S)``, ``μ >= 0``.
    """

    kind: ClassVar[str] = "several variances"

    part: Part
    variables: FloatArray = field(repr=False)
    ceilings: FloatArray
    cost: FloatArray = field(repr=False)
    ceiling_prices: FloatArray = field(repr=False)

    @property
    def parts(self) -> tuple[Part, ...]:
        """The one."""
        return (self.part,)

    def _malformed(self) -> Iterator[str]:
        shape = self.part.problem.scores.shape
        if self.variables.ndim != 3 or self.variables.shape[1:] != shape:
            yield f"variables have shape {self.variables.shape}; scores have {shape}"
            return
        wanted = (len(self.variables), shape[1])
        if not self.ceilings.shape == self.ceiling_prices.shape == wanted:
            yield f"ceilings and their prices must have shape {wanted}"
        elif self.cost.shape != shape:
            yield f"cost has shape {self.cost.shape}; scores have {shape}"
        for name in ("variables", "cost", "ceiling_prices"):
            table = getattr(self, name)
            if not np.all(np.isfinite(table) & (table >= 0.0)):
                yield f"{name} must be finite and at least 0"
        if not np.all(self.ceilings > 0.0):
            yield "a ceiling is not above 0"
        if np.any((self.ceilings == math.inf) & (self.ceiling_prices > 0.0)):
            yield "an infinite ceiling has a price"

    def _squares(self, r: int) -> list[list[Fraction]]:
        return [[Fraction(a) ** 2 for a in row] for row in self._layer(r).tolist()]

    def _exceeded(self) -> Iterator[str]:
        for r, s in np.argwhere(np.isfinite(self.ceilings)).tolist():
            ceiling = Fraction(float(self.ceilings[r, s]))
            scores, p = self._layer(r)[:, s], self.part.probabilities[:, s]
            if ((scores > 0.0) & ~(p > 0.0)).any():
                yield UNDRAWN
                return
            pairs = list(zip(scores.tolist(), p.tolist(), strict=True))
            terms = [Fraction(a) ** 2 * (1 / Fraction(x) - 1) for a, x in pairs if a]
            if sum(map(above, terms), ZERO) > ceiling < sum(terms, ZERO):
                by = nearest(sum(map(above, terms), ZERO) - ceiling, up=True)
                yield f"variance {r} of model {s} is {by:.3g} above its ceiling"

    def _layer(self, r: int) -> FloatArray:
        return np.where(self.part.problem.available, self.variables[r], 0.0)

    def _value(self) -> Fraction:
        pairs = zip(
            self.cost.ravel().tolist(), self.part.probabilities.ravel().tolist(), strict=True
        )
        return sum((Fraction(c) * Fraction(p) for c, p in pairs), ZERO)

    def _bound(self) -> Fraction:
        rows, columns = self.part.problem.scores.shape
        moments = [[ZERO] * columns for _ in range(rows)]
        allowed = ZERO
        for r, s in np.argwhere(self.ceiling_prices > 0.0).tolist():
            price = Fraction(float(self.ceiling_prices[r, s]))
            allowed += price * Fraction(float(self.ceilings[r, s]))
            for v, row in enumerate(self._squares(r)):
                moments[v][s] += price * row[s]
                allowed += price * row[s]
        return self.part.bound(moments, cost=self.cost) - allowed


def findings_of(claim: Claim | Plan) -> Findings:
    """What the judge of a claim or of a plan finds."""
    return claim.findings() if isinstance(claim, Plan) else examine(claim)
