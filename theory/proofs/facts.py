"""What proofs may use: named inequalities and equalities, each with the reason it holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import sympy

from roundlot.theory.proofs.assumptions import Assumption, Kind, Object
from roundlot.theory.proofs.domain import Condition
from roundlot.theory.proofs.expressions import Expression, Vector, norm2

if TYPE_CHECKING:
    from roundlot.theory.proofs.theorem import Theorem


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
    the goal of another step (``shown_by``) or the claim itself as an induction hypothesis. What
    is assumed has a kind and its objects (``assumption``), from which its expression is written.
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
    assumption: Assumption | None = None

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


def hypothesis(gap: Expression, *, equality: bool = False) -> Fact:
    """The claim at the index itself, which the step of an induction to the next one may use."""
    return Fact(
        name="hypothesis", expression=gap, reason="induction", equality=equality, hypothesis=True
    )


def shown_above(step: str, goal: Expression) -> Fact:
    """The goal of an earlier step of the same proof."""
    return Fact(name=step, expression=goal, reason="above", shown_by=step)


def _assumed(kind: Kind, name: str, reason: str, **objects: Object) -> Fact:
    assumption = Assumption(kind=kind, objects=objects)
    return Fact(
        name=name,
        expression=assumption.expression,
        reason=reason,
        equality=assumption.template.equality,
        assumption=assumption,
    )


def zero_mean(noise: Vector, *others: Vector) -> tuple[Fact, ...]:
    """``E⟨noise, other⟩ = 0`` for every vector that is fixed before the draw."""
    return tuple(
        _assumed(
            Kind.ZERO_MEAN,
            f"unbiased, against {other}",
            f"{noise} has mean zero and {other} is fixed before the draw",
            noise=noise,
            other=other,
        )
        for other in others
    )


def bounded(vector: Vector, most: Expression, *, name: str, reason: str) -> Fact:
    """``E‖vector‖² <= most``."""
    return _assumed(Kind.BOUNDED, name, reason, vector=vector, most=most)


def bounded_variance(noise: Vector, variance: Expression) -> Fact:
    """``E‖noise‖² <= variance``."""
    reason = f"the step's variance at this point is at most {variance}"
    return bounded(noise, variance, name="variance", reason=reason)


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

    It is multiplied by ``2(L − μ)``, and so holds for ``0 <= μ <= L``.

    Source: Taylor, Hendrickx, Glineur (Math. Program. 2017), theorem 4.
    """
    return _assumed(
        Kind.INTERPOLATION,
        name,
        "interpolation inequality of smooth strongly convex functions",
        value=sympy.sympify(value),
        gradient=gradient,
        point=point,
        other_value=sympy.sympify(other_value),
        other_gradient=other_gradient,
        other_point=other_point,
        smoothness=L,
        convexity=sympy.sympify(mu),
    )


def descent(
    value: Expression,
    gradient: Vector,
    move: Vector,
    new_value: Expression,
    *,
    L: Expression,
    reason: str = "descent lemma, F is L-smooth",
) -> Fact:
    """``F(x + move) <= F(x) + ⟨∇F(x), move⟩ + L/2 ‖move‖²`` of an L-smooth function."""
    return _assumed(
        Kind.DESCENT,
        "smoothness",
        reason,
        value=sympy.sympify(value),
        gradient=gradient,
        move=move,
        new_value=new_value,
        smoothness=L,
    )


def strong_convexity(
    value: Expression,
    gradient: Vector,
    move: Vector,
    new_value: Expression,
    *,
    mu: Expression,
    reason: str,
    name: str = "strong convexity",
) -> Fact:
    """``F(x + move) >= F(x) + ⟨∇F(x), move⟩ + μ/2 ‖move‖²``; ``μ = 0`` is convexity."""
    return _assumed(
        Kind.CONVEXITY,
        name,
        reason,
        value=sympy.sympify(value),
        gradient=gradient,
        move=move,
        new_value=sympy.sympify(new_value),
        convexity=sympy.sympify(mu),
    )


def lipschitz(turn: Vector, move: Vector, *, L: Expression, name: str, reason: str) -> Fact:
    """``‖turn‖² <= L² ‖move‖²``: how much a gradient turns when its point moves."""
    return _assumed(Kind.LIPSCHITZ, name, reason, turn=turn, move=move, smoothness=L)


def domination(gradient: Vector, value: Expression, *, mu: Expression) -> Fact:
    """``‖gradient‖² >= 2μ value``, the value measured from the least one."""
    return _assumed(
        Kind.DOMINATION,
        "gradient dominance",
        "Polyak-Łojasiewicz inequality",
        gradient=gradient,
        value=value,
        convexity=mu,
    )


def at_least(value: Expression, least: Expression, *, name: str, reason: str) -> Fact:
    """``value >= least``, the least value of the function or a lower bound of it."""
    return _assumed(Kind.LEAST, name, reason, value=value, least=sympy.sympify(least))


def unbiased(expected: Expression, target: Expression, *, name: str, reason: str) -> Fact:
    """``expected = target``: an expectation over the draw is what it estimates."""
    return _assumed(Kind.UNBIASED, name, reason, expected=expected, target=target)


def centred(vector: Vector, mean: Vector, other: Vector, *, name: str, reason: str) -> Fact:
    """``⟨vector − mean, other⟩ = 0`` on average over clients, ``other`` the same for all."""
    return _assumed(Kind.CENTRED, name, reason, vector=vector, mean=mean, other=other)


def definition(symbol: Expression, value: Expression, *, name: str, reason: str) -> Fact:
    """``symbol = value``: what a name, or a term of a sequence, stands for."""
    return _assumed(
        Kind.DEFINITION, name, reason, symbol=sympy.sympify(symbol), value=sympy.sympify(value)
    )


def given(greater: Expression, smaller: Expression, *, name: str, reason: str) -> Fact:
    """``greater >= smaller``: a hypothesis of the statement."""
    return _assumed(
        Kind.GIVEN,
        name,
        reason,
        greater=sympy.sympify(greater),
        smaller=sympy.sympify(smaller),
    )
