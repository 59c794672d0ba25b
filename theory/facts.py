"""What proofs may use: named inequalities and equalities, each with the reason it holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import sympy

from roundlot.theory.domain import Condition
from roundlot.theory.gram import Expression, Vector, inner, norm2

if TYPE_CHECKING:
    from roundlot.theory.theorem import Theorem


@dataclass(frozen=True, kw_only=True, eq=False)
class Lemma:
    """The theorem that a fact is an instance of: with a substitution, or added up over an index."""

    theorem: Theorem
    substitution: Mapping[Expression, Expression] = field(default_factory=dict)
    left: Expression = None
    sums: Mapping[Expression, Expression] = field(default_factory=dict)
    over: str = ""

    @property
    def expression(self) -> Expression:
        """What the theorem says to be non-negative (or zero) here."""
        claim = self.theorem.claim
        if self.sums:
            return summed(claim.gap, self.sums)
        right = sympy.sympify(claim.right).subs(self.substitution, simultaneous=True)
        return self.left - right if claim.lower else right - self.left


def summed(expression: Expression, sums: Mapping[Expression, Expression]) -> Expression:
    """``expression`` added up over an index that the keys of ``sums`` vary with.

    Raises:
        ValueError: a term that ``sums`` does not cover.
    """
    varying = {symbol for term in sums for symbol in sympy.sympify(term).free_symbols}
    found = []
    for part in sympy.Add.make_args(sympy.expand(expression)):
        ratios = [(part / term, total) for term, total in sums.items()]
        fits = [r * total for r, total in ratios if not r.free_symbols & varying]
        if len(fits) != 1:
            raise ValueError(f"{part} is not among the terms {', '.join(map(str, sums))}")
        found.append(fits[0])
    return sympy.Add(*found)


@dataclass(frozen=True, kw_only=True, eq=False)
class Fact:
    """``expression >= 0`` (or ``= 0``), with the reason it may be used.

    A fact is assumed unless it is an instance of another theorem (``lemma``), true over the range
    of the parameters as decided by the check itself (``checked``), a condition of the theorem,
    the goal of another step (``shown_by``) or the claim itself as an induction hypothesis.
    """

    name: str
    expression: Expression
    reason: str
    equality: bool = False
    lemma: Lemma | None = None
    checked: bool = False
    condition: bool = False
    shown_by: str | None = None
    hypothesis: bool = False

    @property
    def assumed(self) -> bool:
        """Whether the fact is part of what the theorem assumes."""
        proved = self.checked or self.condition or self.hypothesis or self.shown_by is not None
        return self.lemma is None and not proved and self.reason != "definition"


@dataclass(frozen=True, kw_only=True, eq=False)
class Square:
    """Something that cannot be negative: ``E‖vector‖²`` or the square of a number."""

    form: Vector | Expression

    @property
    def value(self) -> Expression:
        """The square, written out."""
        return norm2(self.form) if isinstance(self.form, Vector) else self.form**2

    def __str__(self) -> str:
        return f"‖{self.form}‖²" if isinstance(self.form, Vector) else f"({self.form})²"


def from_condition(condition: Condition) -> Fact:
    """A condition on the parameters, used as an inequality in the proof."""
    return Fact(
        name=condition.text,
        expression=condition.difference,
        reason="condition",
        condition=True,
    )


def in_range(name: str, expression: Expression) -> Fact:
    """An inequality in the parameters alone, which the check proves over their whole range."""
    return Fact(name=name, expression=expression, reason="true over the stated range", checked=True)


def zero_mean(noise: Vector, *others: Vector) -> tuple[Fact, ...]:
    """``E⟨noise, other⟩ = 0`` for every vector that is fixed before the draw."""
    return tuple(
        Fact(
            name=f"unbiased, against {other}",
            expression=inner(noise, other),
            reason=f"{noise} has mean zero and {other} is fixed before the draw",
            equality=True,
        )
        for other in others
    )


def bounded_variance(noise: Vector, variance: Expression) -> Fact:
    """``E‖noise‖² <= variance``."""
    return Fact(
        name="variance",
        expression=variance - norm2(noise),
        reason=f"the step's variance at this point is at most {variance}",
    )


def interpolation(
    value: Expression,
    gradient: Vector,
    point: Vector,
    other_value: Expression,
    other_gradient: Vector,
    other_point: Vector,
    *,
    L: Expression,
    mu: Expression,
    name: str,
) -> Fact:
    """The interpolation inequality of an L-smooth, μ-strongly convex function at two points.

    Source: Taylor, Hendrickx, Glineur (Math. Program. 2017), theorem 4; needs ``0 <= μ < L``.
    """
    move, turn = point - other_point, gradient - other_gradient
    curvature = norm2(turn) / L + mu * norm2(move) - 2 * mu / L * inner(turn, move)
    gap = value - other_value - inner(other_gradient, move)
    return Fact(
        name=name,
        expression=sympy.expand(gap) - curvature / (2 * (1 - mu / L)),
        reason="interpolation inequality of smooth strongly convex functions",
    )


def descent(
    value: Expression, gradient: Vector, move: Vector, new_value: Expression, *, L: Expression
) -> Fact:
    """``F(x + move) <= F(x) + ⟨∇F(x), move⟩ + L/2 ‖move‖²`` of an L-smooth function."""
    bound = value + inner(gradient, move) + L / 2 * norm2(move)
    return Fact(
        name="smoothness", expression=bound - new_value, reason="descent lemma, F is L-smooth"
    )
