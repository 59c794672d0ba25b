"""What a proved theorem rests on: its own assumptions, and those of the theorems it cites."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from roundlot.theory.proofs import words
from roundlot.theory.proofs.algebra import Ratio
from roundlot.theory.proofs.documents import Assumption, Citation, Root, Theorem
from roundlot.theory.proofs.kinds import kind_of, written
from roundlot.theory.proofs.scopes import SOME_INDEX, Scope


@dataclass(frozen=True, kw_only=True)
class Proved:
    """A theorem whose proof stands, with everything that it rests on."""

    theorem: Theorem
    hypotheses: tuple[Hypothesis, ...]


@dataclass(frozen=True, kw_only=True)
class Hypothesis:
    """An assumption, or that a theorem's hypotheses hold at every index that it is added up over.

    ``reach`` leads from the scope of the theorem that rests on it to that in which it is written.
    """

    theorem: Theorem
    assumption: Assumption | None = None
    total: Total | None = None
    reach: Callable[[Scope], Scope] = lambda scope: scope

    @property
    def is_equality(self) -> bool:
        """Whether the assumption is an equality."""
        return self.assumption is not None and kind_of(self.assumption).equality

    def value(self, scope: Scope) -> Ratio:
        """What the assumption says to be at least 0, or 0, in the scope of who rests on it."""
        assert self.assumption is not None
        return written(self.assumption, for_every_index(self.theorem, self.reach(scope)))

    def through(self, reach: Callable[[Scope], Scope]) -> Hypothesis:
        """The same, seen from a theorem that cites the one that rests on it."""
        inner = self.reach
        return replace(self, reach=lambda scope: inner(reach(scope)))

    def __str__(self) -> str:
        if self.total is not None:
            cited = self.total.proved.theorem.name
            return f"{self.theorem.name}: all that {cited} rests on, for {self.total.citation.over}"
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
    """What the theorem itself assumes, and that each of its roots has its square."""
    assumed = (*theorem.assumptions, *map(_square_of, theorem.roots))
    return tuple(Hypothesis(theorem=theorem, assumption=a) for a in assumed)


def _square_of(root: Root) -> Assumption:
    """What a root is: whoever cites its theorem rests on it, and a witness must meet it."""
    return Assumption(
        name=f"{root.name} is a square root",
        kind="given equality",
        objects={"left": ["^", root.name, 2], "right": root.square},
    )
