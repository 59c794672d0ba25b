"""What a proved theorem rests on: its own assumptions, and those of the theorems it cites."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from roundlot.theory.proofs.kernel import words
from roundlot.theory.proofs.kernel.algebra import Ratio
from roundlot.theory.proofs.kernel.documents import (
    Assumption,
    Citation,
    Condition,
    Root,
    Substitution,
    Theorem,
)
from roundlot.theory.proofs.kernel.kinds import kind_of, written
from roundlot.theory.proofs.kernel.ranges import spoken_of, substituted
from roundlot.theory.proofs.kernel.scopes import SOME_INDEX, Scope, Tree


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
