"""Records of a statement that is built: how each of its facts follows from a cited theorem."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from roundlot.theory.proofs.expressions import Expression
from roundlot.theory.proofs.facts import Lemma
from roundlot.theory.rocq.statements import Hypothesis, Statement, Texts, Variable
from roundlot.theory.rocq.terms import Count, Scope, counted, natural, real


@dataclass(frozen=True, kw_only=True)
class Proved:
    """What a cited theorem needs and the citing one proves: ``expression`` is not negative."""

    expression: Expression
    strict: bool


@dataclass(frozen=True, kw_only=True)
class Citation:
    """How a fact follows from a cited theorem.

    ``texts`` says what the cited theorem's variables are here; ``support`` gives, for each of its
    hypotheses, the hypothesis taken over or what must be proved.
    """

    lemma: Lemma
    cited: Statement
    texts: Callable[[Texts, Count | None], Texts]
    index: Expression | None
    support: tuple[Hypothesis | Proved, ...]
    link: Hypothesis | None = None
    sums: Sums | None = None
    values: tuple[Hypothesis, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Sums:
    """A theorem added up: the number of terms, weights if any, and what each total is."""

    number: Variable
    weights: Variable | None
    links: tuple[Hypothesis, ...]
    terms: tuple[tuple[Expression, Expression], ...]


@dataclass(frozen=True, kw_only=True)
class Built:
    """A statement, and the citation behind every fact that has one."""

    statement: Statement
    citations: dict[int, Citation]
    given: dict[int, Hypothesis]  # by the identity of a fact or square
    norms: dict[Expression, Hypothesis]
    indexed: frozenset[str]  # the hypotheses that speak of every index of the induction


def term_text(
    cited: Statement,
    texts: Texts,
    weights: Variable | None,
    own: Texts,
    term: Expression,
    i: str,
) -> str:
    """One term of a total, with its weight."""
    text = real(term, cited.scope(texts, counted(i)))
    return f"{own[weights.name]} {i} * ({text})" if weights else text


def cited_index(index: Expression | None, scope: Scope) -> Count | None:
    """Where a cited induction is used."""
    return None if index is None else counted(natural(index, scope))
