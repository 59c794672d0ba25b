"""One step of a proof: a goal, the facts it uses, and multipliers that SymPy solves for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import sympy

from roundlot.theory.factoring import factor, is_zero
from roundlot.theory.facts import Fact, Square
from roundlot.theory.gram import Expression

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
        unknowns = [sympy.Symbol(f"λ{index}") for index in range(len(self.terms))]
        known = {
            u: sympy.sympify(self.given[f.name])
            for u, f in zip(unknowns, self.facts, strict=False)
            if f.name in self.given
        }
        used = sympy.Add(*(u * t for u, t in zip(unknowns, self.terms, strict=True)))
        open_ = [u for u in unknowns if u not in known]
        equations = _coefficients(
            (sympy.sympify(target) - used).subs(known), (*self.scalars, *open_)
        )
        found = _solve_consistent(equations, open_)
        values = {**known, **found}
        return tuple(factor(values.get(u, sympy.Integer(0))) for u in unknowns)


def _coefficients(expression: Expression, scalars: tuple[Expression, ...]) -> list[Expression]:
    numerator, _ = sympy.fraction(sympy.together(expression))
    atoms = numerator.free_symbols | numerator.atoms(sympy.core.function.AppliedUndef)
    inside = {s for f in numerator.atoms(sympy.core.function.AppliedUndef) for s in f.free_symbols}
    variables = sorted((a for a in atoms - set(scalars) if a not in inside), key=str)
    if not variables:
        return [numerator]
    return list(sympy.Poly(sympy.expand(numerator), *variables).coeffs())


def _solve_consistent(
    equations: list[Expression], unknowns: list[Expression]
) -> dict[Expression, Expression]:
    """Solve the linear equations one by one; skip one that contradicts those before it."""
    solution: dict[Expression, Expression] = {}
    for equation in equations:
        rest = sympy.together(equation.subs(solution))
        present = [u for u in unknowns if rest.has(u) and not is_zero(sympy.diff(rest, u))]
        if not present:
            continue
        pivot = present[0]
        value = sympy.solve(sympy.numer(rest), pivot)[0]
        solution = {u: sympy.cancel(e.subs(pivot, value)) for u, e in solution.items()}
        solution[pivot] = sympy.cancel(value)
    free = {u: 0 for u in unknowns if u not in solution}
    return {u: e.subs(free) for u, e in solution.items()}
