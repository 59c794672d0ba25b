"""One step of a proof: a goal, the facts it uses, and multipliers that SymPy solves for.

Multipliers come from comparing coefficients, by linear algebra over rational functions:
``target = Σ_i λ_i term_i`` identically in the variables, every ``λ_i`` a rational function of the
scalars. Over one common denominator every coefficient of the numerators gives one equation;
Gauss-Jordan elimination in ``ℚ(scalars)``, an equation that contradicts those before it left out.
The kernel judges what comes out; here nothing is decided.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce
from typing import Any

import sympy
from sympy.core.function import AppliedUndef
from sympy.polys.fields import FracField

from roundlot.theory.proofs.expressions import Expression, factor
from roundlot.theory.proofs.facts import Fact, Square

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


Element = Any  # an element of a SymPy field of rational functions; SymPy carries no types
Monomial = tuple[int, ...]
Row = dict[int, Element]


@dataclass(frozen=True, kw_only=True)
class Fractions:
    """Rational functions of the generators: symbols, terms of sequences, powers to an index."""

    generators: tuple[Expression, ...]
    field: Element

    @classmethod
    def of(cls, expressions: Iterable[Expression]) -> Fractions:
        """Those that contain the expressions."""
        found: set[Expression] = set()
        for expression in expressions:
            _collect(expression, found)
        generators = tuple(sorted(found, key=str))
        names = [sympy.Symbol(f"x{i}") for i in range(len(generators))]
        return cls(generators=generators, field=FracField(names, sympy.ZZ, sympy.lex))

    def element(self, expression: Expression) -> Element:
        """An expression as an element of the field."""
        if expression.is_Rational:
            return self.field(int(expression.p)) / self.field(int(expression.q))
        if expression.is_Add or expression.is_Mul:
            parts = [self.element(part) for part in expression.args]
            return reduce(lambda a, b: a + b if expression.is_Add else a * b, parts)
        if expression.is_Pow:
            whole, rest = _split(expression)
            lone = self._generator(rest) if rest is not None else self.field(1)
            return lone * self.element(expression.base) ** whole if whole else lone
        return self._generator(expression)

    def expression(self, element: Element) -> Expression:
        """An element as an expression."""
        return element.as_expr(*self.generators)

    def _generator(self, expression: Expression) -> Element:
        return self.field.gens[self.generators.index(expression)]


def multipliers(
    target: Expression, terms: Sequence[Expression], scalars: Iterable[Expression]
) -> tuple[Expression, ...]:
    """Rational functions of ``scalars`` with ``target = Σ multiplier × term``.

    As many equations as are consistent are met; a multiplier that they leave open is 0.
    """
    every = [sympy.sympify(one) for one in (target, *terms)]
    full = Fractions.of(every)
    elements = [full.element(one) for one in every]
    constants = _constant(full.generators, frozenset(scalars))
    small = Fractions.of(full.generators[i] for i in constants)
    rows = _rows(elements, constants, small)
    solution = _eliminated(rows, len(terms))
    return tuple(
        small.expression(solution[i]) if i in solution else sympy.Integer(0)
        for i in range(len(terms))
    )


def _collect(expression: Expression, found: set[Expression]) -> None:
    if expression.is_Rational:
        return
    if expression.is_Add or expression.is_Mul:
        for part in expression.args:
            _collect(part, found)
    elif expression.is_Pow:
        whole, rest = _split(expression)
        if whole:
            _collect(expression.base, found)
        if rest is not None:
            found.add(rest)
    else:
        found.add(expression)


def _split(power: Expression) -> tuple[int, Expression | None]:
    """``b^(t + 2)`` as 2 and ``b^t``; an integer power has no second part."""
    constant, rest = power.exp.as_coeff_Add()
    if not constant.is_Integer:
        constant, rest = 0, power.exp
    return int(constant), None if rest == 0 else sympy.Pow(power.base, rest)


def _constant(generators: Sequence[Expression], scalars: frozenset[Expression]) -> tuple[int, ...]:
    """The generators that multipliers may depend on, an index of a sequence among them."""
    inside = {s for f in generators for one in f.atoms(AppliedUndef) for s in one.free_symbols}
    allowed = scalars | inside

    def fixed(one: Expression) -> bool:
        if one.is_Pow:
            return all(a in allowed for a in one.free_symbols | one.atoms(AppliedUndef))
        return one in allowed

    return tuple(i for i, one in enumerate(generators) if fixed(one))


def _rows(elements: Sequence[Element], constants: tuple[int, ...], small: Fractions) -> list[Row]:
    """One equation for each monomial of the variables; -1 is the target's own column."""
    common = reduce(lambda a, b: a.lcm(b), (one.denom for one in elements))
    found: dict[Monomial, dict[int, dict[Monomial, Any]]] = {}
    for column, one in enumerate(elements, start=-1):
        for monomial, coefficient in (one.numer * common.exquo(one.denom)).terms():
            inner = tuple(monomial[i] for i in constants)
            outer = tuple(0 if i in constants else d for i, d in enumerate(monomial))
            found.setdefault(outer, {}).setdefault(column, {})[inner] = coefficient
    ring = small.field.ring
    return [
        {column: small.field(ring.from_dict(part)) for column, part in found[outer].items()}
        for outer in sorted(found, reverse=True)
    ]


def _eliminated(rows: Sequence[Row], unknowns: int) -> dict[int, Element]:
    """Values of the pivots, all other unknowns 0, by Gauss-Jordan elimination."""
    solved: dict[int, Row] = {}
    for row in rows:
        rest = _reduced(row, solved)
        pivot = min((i for i in rest if i >= 0), default=None)
        if pivot is None:  # met already, or against those before it
            continue
        new = {i: value / rest[pivot] for i, value in rest.items() if i != pivot}
        solved = {i: _without(other, pivot, new) for i, other in solved.items()}
        solved[pivot] = new
    return {i: row[-1] for i, row in solved.items() if -1 in row}


def _reduced(row: Row, solved: Mapping[int, Row]) -> Row:
    for pivot, other in solved.items():
        row = _without(row, pivot, other)
    return row


def _without(row: Row, pivot: int, other: Row) -> Row:
    """``row`` less so many times the equation of ``pivot`` that it no longer has the pivot."""
    if pivot not in row:
        return row
    times = row[pivot]
    found = {i: value for i, value in row.items() if i != pivot}
    for i, value in other.items():
        total = found.get(i, 0) - times * value
        if total:
            found[i] = total
        else:
            found.pop(i, None)
    return found
