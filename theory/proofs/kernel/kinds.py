"""What may be assumed: each kind writes its inequality from its objects, so none can be retyped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from roundlot.theory.json_text import UnreadableError
from roundlot.theory.proofs.kernel.algebra import Ratio, constant, total
from roundlot.theory.proofs.kernel.documents import Assumption, Tree
from roundlot.theory.proofs.kernel.scopes import Scope

TWO = constant(2)
HALF = TWO**-1


class Objects:
    """The objects of an assumption, by role, read in a scope."""

    def __init__(self, objects: Mapping[str, Tree], scope: Scope) -> None:
        self._objects, self._scope = objects, scope

    def number(self, role: str) -> Ratio:
        """The number in that role."""
        return self._scope.read(self._of(role))

    def product(self, one: tuple[str, ...], other: tuple[str, ...]) -> Ratio:
        """The product of two vectors; each is the first role's, less the second's if named."""
        return total(
            self._scope.read(["dot", self._of(u), self._of(v)]) * constant(s * t)
            for u, s in zip(one, (1, -1), strict=False)
            for v, t in zip(other, (1, -1), strict=False)
        )

    def norm(self, *roles: str) -> Ratio:
        """The squared norm of a vector, or of the difference of two."""
        return self.product(roles, roles)

    def _of(self, role: str) -> Tree:
        if role not in self._objects:
            raise UnreadableError(f"no {role!r} among its objects")
        return self._objects[role]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What is assumed to be at least 0, or to be 0."""

    roles: tuple[str, ...]
    write: Callable[[Objects], Ratio]
    equality: bool = False


def _interpolation(o: Objects) -> Ratio:
    """Two points of an L-smooth, μ-strongly convex function; times 2(L − μ), so also for L = μ."""
    L, mu, move, turn = (
        o.number("smoothness"),
        o.number("convexity"),
        ("point", "other_point"),
        ("gradient", "other_gradient"),
    )
    gap = o.number("value") - o.number("other_value") - o.product(("other_gradient",), move)
    bent = o.norm(*turn) + mu * L * o.norm(*move) - TWO * mu * o.product(turn, move)
    return TWO * (L - mu) * gap - bent


def _along(o: Objects, curvature: str) -> Ratio:
    """``F(x) + ⟨∇F(x), move⟩ + c/2 ‖move‖² − F(x + move)``."""
    first = o.number("value") + o.product(("gradient",), ("move",))
    return first + HALF * o.number(curvature) * o.norm("move") - o.number("new_value")


_STEP = ("value", "gradient", "move", "new_value")

KINDS: Mapping[str, Kind] = {
    "interpolation": Kind(
        roles=(
            *("value", "gradient", "point", "other_value", "other_gradient", "other_point"),
            *("smoothness", "convexity"),
        ),
        write=_interpolation,
    ),
    "descent": Kind(roles=(*_STEP, "smoothness"), write=lambda o: _along(o, "smoothness")),
    "strong convexity": Kind(roles=(*_STEP, "convexity"), write=lambda o: -_along(o, "convexity")),
    "Lipschitz gradient": Kind(
        roles=("turn", "move", "smoothness"),
        write=lambda o: o.number("smoothness") ** 2 * o.norm("move") - o.norm("turn"),
    ),
    "gradient domination": Kind(
        roles=("gradient", "value", "convexity"),
        write=lambda o: o.norm("gradient") - TWO * o.number("convexity") * o.number("value"),
    ),
    "least value": Kind(
        roles=("value", "least"), write=lambda o: o.number("value") - o.number("least")
    ),
    "zero mean": Kind(
        roles=("noise", "other"),
        write=lambda o: o.product(("noise",), ("other",)),
        equality=True,
    ),
    "unbiased": Kind(
        roles=("expected", "target"),
        write=lambda o: o.number("expected") - o.number("target"),
        equality=True,
    ),
    "independence": Kind(
        roles=("product", "first", "second"),
        write=lambda o: o.number("product") - o.number("first") * o.number("second"),
        equality=True,
    ),
    "bounded second moment": Kind(
        roles=("vector", "most"), write=lambda o: o.number("most") - o.norm("vector")
    ),
    "mean over clients": Kind(
        roles=("vector", "mean", "other"),
        write=lambda o: o.product(("vector", "mean"), ("other",)),
        equality=True,
    ),
    "definition": Kind(
        roles=("symbol", "value"),
        write=lambda o: o.number("symbol") - o.number("value"),
        equality=True,
    ),
    "given": Kind(
        roles=("greater", "smaller"), write=lambda o: o.number("greater") - o.number("smaller")
    ),
    "given equality": Kind(
        roles=("left", "right"),
        write=lambda o: o.number("left") - o.number("right"),
        equality=True,
    ),
}


def kind_of(assumption: Assumption) -> Kind:
    """Its kind, after a look at its roles.

    Raises:
        UnreadableError: an unknown kind, or other roles than the kind's.
    """
    if assumption.kind not in KINDS:
        raise UnreadableError(f"unknown kind {assumption.kind!r}; there are {', '.join(KINDS)}")
    kind = KINDS[assumption.kind]
    if set(kind.roles) != set(assumption.objects):
        raise UnreadableError(f"'{assumption.name}' needs the objects {', '.join(kind.roles)}")
    return kind


def written(assumption: Assumption, scope: Scope) -> Ratio:
    """What the assumption says to be at least 0, or to be 0."""
    return kind_of(assumption).write(Objects(assumption.objects, scope))
