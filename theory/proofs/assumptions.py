"""What a proof may assume: a short list of kinds, each an inequality or equality of its objects.

A fact of a kind is made from objects alone (vectors, values, constants) by the kind's template, so
that whoever checks a proof can write the inequality again from kind and objects.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from roundlot.theory.proofs.expressions import Expression, Vector, inner, norm2

Object = Vector | Expression


class Kind(Enum):
    """What a proof may assume; the value is the name of the kind."""

    INTERPOLATION = "interpolation"
    DESCENT = "descent"
    CONVEXITY = "strong convexity"
    LIPSCHITZ = "Lipschitz gradient"
    DOMINATION = "gradient domination"
    LEAST = "least value"
    ZERO_MEAN = "zero mean"
    UNBIASED = "unbiased"
    BOUNDED = "bounded second moment"
    CENTRED = "mean over clients"
    DEFINITION = "definition"
    GIVEN = "given"


@dataclass(frozen=True, kw_only=True)
class Template:
    """What a kind says, of which objects: ``write(**objects) >= 0``, ``= 0`` if ``equality``."""

    says: str
    source: str
    write: Callable[..., Expression]
    equality: bool = False


def _interpolation(
    *,
    value: Expression,
    gradient: Vector,
    point: Vector,
    other_value: Expression,
    other_gradient: Vector,
    other_point: Vector,
    smoothness: Expression,
    convexity: Expression,
) -> Expression:
    move, turn = point - other_point, gradient - other_gradient
    curvature = norm2(turn) + convexity * smoothness * norm2(move)
    gap = value - other_value - inner(other_gradient, move)
    return (
        2 * (smoothness - convexity) * gap - curvature + 2 * convexity * inner(turn, move)
    ).expand()


def _descent(
    *,
    value: Expression,
    gradient: Vector,
    move: Vector,
    new_value: Expression,
    smoothness: Expression,
) -> Expression:
    return value + inner(gradient, move) + smoothness * norm2(move) / 2 - new_value


def _convexity(
    *,
    value: Expression,
    gradient: Vector,
    move: Vector,
    new_value: Expression,
    convexity: Expression,
) -> Expression:
    return new_value - value - inner(gradient, move) - convexity * norm2(move) / 2


#: What each kind says of its objects, and where it comes from.
TEMPLATES: Mapping[Kind, Template] = {
    Kind.INTERPOLATION: Template(
        says="an L-smooth, μ-strongly convex function at two points: value, gradient and point "
        "of each",
        source="Taylor, Hendrickx, Glineur (Math. Program. 2017), theorem 4, times 2(L − μ)",
        write=_interpolation,
    ),
    Kind.DESCENT: Template(
        says="F(x + move) <= F(x) + ⟨∇F(x), move⟩ + L/2 ‖move‖² for an L-smooth F",
        source="Nesterov (2004), lemma 1.2.3",
        write=_descent,
    ),
    Kind.CONVEXITY: Template(
        says="F(x + move) >= F(x) + ⟨∇F(x), move⟩ + μ/2 ‖move‖² for a μ-strongly convex F",
        source="Nesterov (2004), definition 2.1.2",
        write=_convexity,
    ),
    Kind.LIPSCHITZ: Template(
        says="‖∇F(x + move) − ∇F(x)‖² <= L² ‖move‖² for an L-smooth F",
        source="definition of smoothness",
        write=lambda *, turn, move, smoothness: smoothness**2 * norm2(move) - norm2(turn),
    ),
    Kind.DOMINATION: Template(
        says="‖∇F(x)‖² >= 2μ (F(x) − F*), the Polyak-Łojasiewicz inequality",
        source="Karimi, Nutini, Schmidt (ECML-PKDD 2016)",
        write=lambda *, gradient, value, convexity: norm2(gradient) - 2 * convexity * value,
    ),
    Kind.LEAST: Template(
        says="a value of a function is at least its least value, or a lower bound of it",
        source="definition of a lower bound",
        write=lambda *, value, least: value - least,
    ),
    Kind.ZERO_MEAN: Template(
        says="E⟨noise, other⟩ = 0: the noise has mean zero given what the other depends on",
        source="tower rule",
        write=lambda *, noise, other: inner(noise, other),
        equality=True,
    ),
    Kind.UNBIASED: Template(
        says="the expectation of a number is the number that it estimates",
        source="the setting: weights of the draw have the clients' shares as expectations",
        write=lambda *, expected, target: expected - target,
        equality=True,
    ),
    Kind.BOUNDED: Template(
        says="E‖vector‖² is at most a number",
        source="the setting",
        write=lambda *, vector, most: most - norm2(vector),
    ),
    Kind.CENTRED: Template(
        says="a vector less its mean over clients is orthogonal, on average over clients, to what "
        "is the same for all clients",
        source="definition of the mean",
        write=lambda *, vector, mean, other: inner(vector - mean, other),
        equality=True,
    ),
    Kind.DEFINITION: Template(
        says="a name, or one term of a sequence, stands for its value",
        source="the statement",
        write=lambda *, symbol, value: symbol - value,
        equality=True,
    ),
    Kind.GIVEN: Template(
        says="a hypothesis of the statement: one number is at least another",
        source="the statement",
        write=lambda *, greater, smaller: greater - smaller,
    ),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Assumption:
    """A kind and its objects by role: what is assumed, as data."""

    kind: Kind
    objects: Mapping[str, Object]

    @property
    def template(self) -> Template:
        """What the kind says."""
        return TEMPLATES[self.kind]

    @property
    def expression(self) -> Expression:
        """What is non-negative, or zero, written from the objects."""
        return self.template.write(**self.objects)
