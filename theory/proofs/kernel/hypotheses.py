"""What a proved theorem rests on, and what it contributes where it is cited."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from roundlot.theory.json_text import UnreadableError
from roundlot.theory.proofs.kernel import words
from roundlot.theory.proofs.kernel.algebra import Ratio, total
from roundlot.theory.proofs.kernel.documents import (
    Assumption,
    Citation,
    Condition,
    Root,
    Substitution,
    Theorem,
    Tree,
    names_in,
    spoken_of,
)
from roundlot.theory.proofs.kernel.kinds import kind_of, written
from roundlot.theory.proofs.kernel.ranges import (
    cell_of,
    check_conditions,
    check_range,
    defined,
    scope_of,
    substituted,
)
from roundlot.theory.proofs.kernel.scopes import SOME_INDEX, RefusedError, Scope


@dataclass(frozen=True, kw_only=True)
class Proved:
    """A theorem whose proof stands, with everything that it rests on."""

    theorem: Theorem
    hypotheses: tuple[Hypothesis, ...]


@dataclass(frozen=True, kw_only=True)
class Cited:
    """Where a theorem is cited: by which other, and what the names stand for there."""

    by: Theorem
    names: Substitution


@dataclass(frozen=True, kw_only=True)
class Hypothesis:
    """An assumption; a condition at every index of an induction; or all that a sum rests on.

    ``reach`` leads from the scope of the theorem that rests on it to that in which it is written;
    ``path`` are the citations between both, from the inside.
    """

    theorem: Theorem
    assumption: Assumption | None = None
    condition: Condition | None = None
    total: Total | None = None
    reach: Callable[[Scope], Scope] = lambda scope: scope
    path: tuple[Cited, ...] = ()

    @property
    def is_equality(self) -> bool:
        """Whether the assumption is an equality."""
        return self.assumption is not None and kind_of(self.assumption).equality

    def value(self, scope: Scope) -> Ratio:
        """What is said to be at least 0, or 0, in the scope of who rests on it."""
        return self.read(for_every_index(self.theorem, self.reach(scope)))

    def read(self, inner: Scope) -> Ratio:
        """The same in a scope of its own theorem, at the index that stands there."""
        if self.condition is not None:
            return inner.read(self.condition.greater) - inner.read(self.condition.smaller)
        assert self.assumption is not None
        return written(self.assumption, inner)

    def through(self, citation: Citation, cited: Theorem, by: Theorem) -> Hypothesis:
        """The same, seen from a theorem that cites the one that rests on it."""
        inner, names = self.reach, citation.substitution

        def reach(scope: Scope) -> Scope:
            return inner(substituted(cited, names, for_every_index(by, scope)))

        return replace(self, reach=reach, path=(*self.path, Cited(by=by, names=names)))

    def __str__(self) -> str:
        """The hypothesis on one line, with what its names stand for in each citing theorem."""
        home, named = self.theorem, spoken_of(self.theorem, *self._trees())
        said = words.within(self._said(), home, named)
        for cited in self.path:
            told, named = words.told(cited.names, named - {home.induction})
            home, named = cited.by, spoken_of(cited.by, *named)
            said += words.within(
                f"; in {home.name} " + ", ".join(told) if told else "", home, named
            )
        return said

    def _trees(self) -> list[Tree]:
        if self.total is not None:
            return [one.sum for one in self.total.citation.sums]
        if self.condition is not None:
            return [self.condition.greater, self.condition.smaller]
        return [] if self.assumption is None else list(self.assumption.objects.values())

    def _said(self) -> str:
        if self.total is not None:
            return words.total(self.theorem, self.total.citation)
        if self.condition is not None:
            return f"{self.theorem.name}: {words.condition(self.condition)}"
        assert self.assumption is not None
        return words.assumption(self.theorem.name, self.assumption)


@dataclass(frozen=True, kw_only=True)
class Total:
    """A theorem added up over an index, and how it was cited."""

    proved: Proved
    citation: Citation


def for_every_index(theorem: Theorem, scope: Scope) -> Scope:
    """The scope with the index of the theorem's induction free: assumptions are for all of them."""
    if theorem.induction is None:
        return scope
    index = scope.read(theorem.induction)
    is_free = not index.factors and index.coefficient == 1 and list(index.atoms.values()) == [1]
    return scope if is_free else scope.with_names({theorem.induction: SOME_INDEX})


def own(theorem: Theorem) -> tuple[Hypothesis, ...]:
    """What the theorem itself assumes: also its roots, and conditions at every index."""
    assumed = (*theorem.assumptions, *map(_square_of, theorem.roots))
    indexed = [
        Hypothesis(theorem=theorem, condition=c)
        for c in theorem.conditions
        if theorem.induction in spoken_of(theorem, c.greater, c.smaller)
    ]
    return (*(Hypothesis(theorem=theorem, assumption=a) for a in assumed), *indexed)


def _square_of(root: Root) -> Assumption:
    """What a root is: whoever cites its theorem rests on it, and a witness must meet it."""
    return Assumption(
        name=f"{root.name} is a square root",
        kind="given equality",
        objects={"left": ["^", root.name, 2], "right": root.square},
    )


Stated = tuple[tuple[Ratio, bool], ...]


def gap(theorem: Theorem, scope: Scope) -> Ratio:
    """What the claim says to be at least 0, or to be 0."""
    left, right = scope.read(theorem.claim.left), scope.read(theorem.claim.right)
    return left - right if theorem.relation == "lower" else right - left


def instance(
    proved: Proved, citation: Citation, theorem: Theorem, scope: Scope, stated: Stated
) -> tuple[Ratio, tuple[Hypothesis, ...]]:
    """The cited claim in the scope of ``theorem``, and what it rests on here.

    Raises:
        RefusedError: a sign or a condition of the cited theorem is not shown.
    """
    cited = proved.theorem
    inner = substituted(cited, citation.substitution, scope)
    check_range(cited, inner)
    check_conditions(cited, inner, stated)
    rests = tuple(h.through(citation, cited, theorem) for h in proved.hypotheses)
    return gap(cited, inner), rests


def added_up(
    proved: Proved, citation: Citation, theorem: Theorem, scope: Scope
) -> tuple[Ratio, tuple[Hypothesis, ...]]:
    """``Σ_i w_i · claim at i`` with weights ``w_i >= 0``: every term's sum is a name of its own.

    The claim must be ``Σ times · term``, ``times`` common to all indices. That the cited
    theorem's range and hypotheses hold at every index is a hypothesis.
    """
    cited, sums = proved.theorem, citation.sums
    varying = {word for one in sums for word in names_in(one.term)}
    common = {word for one in sums for word in names_in(one.times)}
    if common != set(citation.substitution.names):
        raise RefusedError(f"what {cited.name}'s terms have in common is not given as it is used")
    if common & varying:
        raise RefusedError(f"what multiplies a term of {cited.name} varies with the index")
    if not all(_is_free(one.sum, theorem) for one in sums):
        raise RefusedError(f"the sums of {cited.name}'s terms are not names of their own")
    named = [repr(cell_of(theorem, one.sum) or one.sum) for one in sums]
    if len(set(named)) < len(named):
        raise RefusedError(f"two sums of {cited.name}'s terms have one name")
    plain = defined(scope_of(cited), cited.definitions)  # no term divides by what may be 0
    rest = gap(cited, plain) - total(plain.read(one.times) * plain.read(one.term) for one in sums)
    if not rest.is_zero:
        raise RefusedError(f"{rest} of {cited.name} is not among the terms that are added up")
    inner = scope.with_names(
        {name: scope.read(tree) for name, tree in citation.substitution.names.items()}
    )
    _check_common(cited, citation, inner)
    value = total(inner.read(one.times) * scope.read(one.sum) for one in sums)
    return value, (Hypothesis(theorem=theorem, total=Total(proved=proved, citation=citation)),)


def _is_free(tree: object, theorem: Theorem) -> bool:
    """Whether it is an unknown, a parameter or a product of two vectors, not an expression."""
    if isinstance(tree, str):
        parameters = [p.of for p in theorem.parameters]
        return tree in parameters or tree in [u.name for u in theorem.unknowns]
    return isinstance(tree, list) and tree[:1] == ["dot"] and cell_of(theorem, tree) is not None


def _check_common(cited: Theorem, citation: Citation, inner: Scope) -> None:
    """The signs that the cited theorem asks of what is common to all indices are shown here."""
    given = list(citation.substitution.names)
    kept = [p for p in cited.parameters if p.of in given]
    for parameter in kept:
        assert inner.signs is not None
        value = inner.read(parameter.of)
        shown = {
            "positive": inner.signs.is_positive(value),
            "nonnegative": inner.signs.is_nonnegative(value),
            "any": True,
        }
        if not shown[parameter.sign] or parameter.whole:
            raise RefusedError(f"{cited.name} needs {parameter.of} {parameter.sign}, not shown")
    unknown = [n for n in given if n not in [p.of for p in kept]]
    if unknown:
        raise UnreadableError(f"{unknown[0]} is no parameter of {cited.name}")
