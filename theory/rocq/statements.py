"""What a theorem says, for Rocq: variables, hypotheses of named kinds, conclusion.

A statement can be rendered with other texts for its variables: that is how a theorem which cites it
takes over its hypotheses.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

import sympy
from sympy.core.function import AppliedUndef

from roundlot.theory.proofs.expressions import Expression
from roundlot.theory.proofs.theorem import Theorem
from roundlot.theory.rocq.terms import Count, Scope, counted, real

Kind = Literal["sign", "condition", "assumption", "square", "link", "norm"]
Texts = Mapping[str, str]  # by identifier of a variable
Formula = Callable[[Texts], str]
NATURAL = -1  # a rank: -2 for a sequence of natural numbers, 0 for a real number, 1 for a sequence


@dataclass(frozen=True, kw_only=True)
class Variable:
    """A variable: its identifier, and the number of indices it has."""

    name: str
    rank: int
    note: str

    @property
    def type(self) -> str:
        """Its type in Rocq."""
        if self.rank < 0:
            return "nat -> " * (NATURAL - self.rank) + "nat"
        return "nat -> " * self.rank + "R"

    @property
    def moving(self) -> int:
        """The rank it has with one index more."""
        return self.rank + 1 if self.rank >= 0 else self.rank - 1


@dataclass(frozen=True, kw_only=True)
class Hypothesis:
    """A hypothesis: of what kind, in which words, as a formula in the variables."""

    name: str
    kind: Kind
    note: str
    formula: Formula
    needs: Expression = None  # signs and conditions: what is non-negative, in the theorem's symbols
    strict: bool = False
    moving: bool = False  # said of every index of an induction, of numbers that differ there


@dataclass(frozen=True, kw_only=True)
class Relation:
    """``smaller <= greater``, ``<`` or ``=``, in SymPy."""

    smaller: Expression
    greater: Expression
    sign: str = "<="
    turned: bool = False  # an equality that reads better from right to left

    def text(self, scope: Scope) -> str:
        """The relation in Rocq."""
        if self.turned:
            return f"{real(self.greater, scope)} {self.sign} {real(self.smaller, scope)}"
        return f"{real(self.smaller, scope)} {self.sign} {real(self.greater, scope)}"


def at_least_zero(expression: Expression, *, equality: bool = False) -> Relation:
    """``0 <= expression`` with its negative terms brought to the other side."""
    terms = sympy.Add.make_args(sympy.sympify(expression))
    below = [-t for t in terms if t.could_extract_minus_sign()]
    above = [t for t in terms if not t.could_extract_minus_sign()]
    sign = "=" if equality else "<="
    return Relation(
        smaller=sympy.Add(*below), greater=sympy.Add(*above), sign=sign, turned=equality
    )


@dataclass(kw_only=True)
class Statement:
    """A theorem's variables and hypotheses; ``index`` is what an induction runs over."""

    theorem: Theorem
    index: Expression | None
    symbols: dict[Expression, Variable] = field(default_factory=dict)
    functions: dict[str, Variable] = field(default_factory=dict)
    taken_over: list[Variable] = field(default_factory=list)
    hypotheses: list[Hypothesis] = field(default_factory=list)
    further: list[Relation] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The theorem's name."""
        return self.theorem.name

    @property
    def variables(self) -> list[Variable]:
        """All variables, in the order in which they are bound."""
        return [*self.symbols.values(), *self.functions.values(), *self.taken_over]

    def scope(self, texts: Texts, at: Count | None) -> Scope:
        """What the theorem's symbols and functions are called, its index standing at ``at``."""
        reals, counts = {}, {}
        for symbol, variable in self.symbols.items():
            text = texts[variable.name]
            if variable.rank == NATURAL:
                counts[symbol] = counted(text)
            elif variable.rank < 0 and at is not None:
                counts[symbol] = counted(f"({text} {at.natural})")
            elif variable.rank == 0:
                reals[symbol] = text
            elif variable.rank > 0 and at is not None:
                reals[symbol] = f"({text} {at.natural})"
        if self.index is not None and at is not None:
            counts[self.index] = at
        functions = {
            name: f"({texts[v.name]} {at.natural})" if v.rank > 1 and at else texts[v.name]
            for name, v in self.functions.items()
            if v.rank == 1 or at is not None
        }
        return Scope(reals=reals, counts=counts, functions=functions, powers=self._powers())

    def _powers(self) -> dict[str, tuple[Expression, Expression]]:
        return {
            key.func.__name__: (key.args[0], value)
            for key, value in definitions(self.theorem).items()
            if not key.is_Symbol
        }

    def claim(self) -> Relation:
        """The claim as a relation."""
        claim = self.theorem.claim
        left, right = sympy.sympify(claim.left), sympy.sympify(claim.right)
        sign = "=" if self.theorem.relation == "exact" else "<="
        small, great = (right, left) if claim.lower else (left, right)
        return Relation(smaller=small, greater=great, sign=sign)

    @property
    def own_texts(self) -> Texts:
        """Every variable under its own name."""
        return {v.name: v.name for v in self.variables}


def induction_index(theorem: Theorem) -> Expression | None:
    """What the theorem is proved by induction over, if it is."""
    found = {key for step in theorem.steps for key in step.shift}
    return found.pop() if found else None


def definitions(theorem: Theorem) -> dict[Expression, Expression]:
    """What abbreviations stand for, those of cited theorems included."""
    found: dict[Expression, Expression] = {}
    for fact in (f for s in theorem.steps for f in s.facts if f.lemma is not None):
        found |= definitions(fact.lemma.theorem) if fact.lemma is not None else {}
    return found | dict(theorem.claim.definitions)


def applications(expressions: Collection[Expression]) -> list[Expression]:
    """Every application of a named function, in a fixed order."""
    found = {a for e in expressions for a in sympy.sympify(e).atoms(AppliedUndef)}
    return sorted(found, key=str)


def bound(wanted: str, texts: Texts) -> str:
    """A name for a bound index that none of ``texts`` mentions."""
    used = {word for text in texts.values() for word in _words(text)}
    candidates = [wanted, *"ijkmn", *(f"{wanted}{number}" for number in range(2, 99))]
    return str(next(c for c in candidates if c not in used))


def _words(text: str) -> list[str]:
    return "".join(c if c.isalnum() or c == "_" else " " for c in text).split()
