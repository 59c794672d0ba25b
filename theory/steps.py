"""One step of a proof: a goal, the facts it uses, and multipliers that SymPy solves for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import sympy

from roundlot.theory.factoring import factor
from roundlot.theory.facts import Fact, Square
from roundlot.theory.gram import Expression
from roundlot.theory.linear import multipliers

Multipliers = tuple[Expression, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Step:
    """``goal >= 0`` because ``goal = Σ multiplier × fact + Σ weight × square``, all ``>= 0``.

    ``goal`` left out means the theorem's own claim, after ``shift`` (an induction shifts ``t``).
    ``scalars`` are the symbols that multipliers may depend on: they are found by comparing the
    coefficients of all other symbols. ``given`` fixes multipliers by the name of their fact.
    A ``direct`` goal is non-negative by the signs of its own coefficients over the range.
    """

    name: str
    scalars: tuple[Expression, ...]
    facts: tuple[Fact, ...] = ()
    squares: tuple[Square, ...] = ()
    goal: Expression | None = None
    shift: Mapping[Expression, Expression] = field(default_factory=dict)
    given: Mapping[str, Expression] = field(default_factory=dict)
    note: str = ""
    direct: bool = False

    def target(self, claim: Expression) -> Expression:
        """What the step shows to be non-negative (or zero), given the theorem's claim."""
        goal = claim if self.goal is None else self.goal
        return sympy.sympify(goal).subs(self.shift, simultaneous=True)

    @cached_property
    def terms(self) -> tuple[Expression, ...]:
        """Every fact's and square's expression, in the order of the multipliers."""
        return (*(f.expression for f in self.facts), *(s.value for s in self.squares))

    def residual(self, target: Expression, multipliers: Multipliers) -> Expression:
        """What is left of the goal; zero if the multipliers prove it."""
        used = sympy.Add(*(m * t for m, t in zip(multipliers, self.terms, strict=True)))
        numerator, denominator = sympy.fraction(sympy.together(sympy.sympify(target) - used))
        return sympy.expand(numerator) / denominator

    def solve(self, target: Expression) -> Multipliers:
        """Multipliers by comparing coefficients; as many equations as are consistent are met."""
        known = {
            index: sympy.sympify(self.given[fact.name])
            for index, fact in enumerate(self.facts)
            if fact.name in self.given
        }
        rest = sympy.sympify(target) - sympy.Add(*(m * self.terms[i] for i, m in known.items()))
        open_ = [i for i in range(len(self.terms)) if i not in known]
        found = multipliers(rest, [self.terms[i] for i in open_], self.scalars)
        values = known | dict(zip(open_, found, strict=True))
        return tuple(factor(values[i]) for i in range(len(self.terms)))
