"""What a theorem's proof uses: facts, squares, cited theorems and how they are called."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import sympy

from roundlot.theory.proofs.expressions import Expression
from roundlot.theory.proofs.facts import Fact, Lemma, Square
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Theorem
from roundlot.theory.rocq.positivity import Signs, charted, signs_of
from roundlot.theory.rocq.statements import (
    Hypothesis,
    Relation,
    Statement,
    Texts,
    Variable,
    applications,
    at_least_zero,
)
from roundlot.theory.rocq.terms import Count, Scope, counted, natural, real

#: The texts of a cited theorem's variables from those here, at an index of the induction or none.
TextsAt = Callable[[Texts, Count | None], Texts]


def is_base(step: Step) -> bool:
    """Whether a step is the base of an induction."""
    return bool(step.shift) and all(v == 0 for v in step.shift.values())


def used_facts(theorem: Theorem) -> list[tuple[Step, Fact, Expression]]:
    """Every fact that a step uses, with its multiplier."""
    return [
        (step, fact, multiplier)
        for step in theorem.steps
        for fact, multiplier in zip(step.facts, theorem.multipliers[step.name], strict=False)
        if multiplier != 0 and not step.direct
    ]


def used_squares(theorem: Theorem) -> list[tuple[Step, Square]]:
    """Every square that a step uses."""
    return [
        (step, square)
        for step in theorem.steps
        for square, multiplier in zip(
            step.squares, theorem.multipliers[step.name][len(step.facts) :], strict=True
        )
        if multiplier != 0
    ]


def further(theorem: Theorem) -> list[Relation]:
    """Goals of steps that no other step uses: they are claimed, too."""
    cited = {fact.shown_by for step in theorem.steps for fact in step.facts}
    return [
        at_least_zero(step.goal)
        for step in theorem.steps
        if step.goal is not None and step.name not in cited
    ]


def cited_theorems(theorem: Theorem) -> list[Theorem]:
    """Every theorem behind this one, each after those it cites."""
    found: dict[str, Theorem] = {}
    for _, fact, _ in used_facts(theorem):
        if fact.lemma is not None:
            for other in (*cited_theorems(fact.lemma.theorem), fact.lemma.theorem):
                found.setdefault(other.name, other)
    return list(found.values())


def unknown_atoms(theorem: Theorem, expression: Expression) -> list[Expression]:
    """What ``expression`` speaks of that is no parameter: other symbols, values of functions."""
    parameters = {p.symbol for p in theorem.domain.parameters}
    calls = set(applications([expression]))
    plain = sympy.sympify(expression).subs(dict.fromkeys(calls, 0), simultaneous=True)
    return sorted((calls | plain.free_symbols) - parameters, key=str)


def with_atoms(
    theorem: Theorem, expression: Expression, atoms: Iterable[Expression]
) -> tuple[Expression, Signs]:
    """``expression`` over the chart, every atom a symbol of its own that is non-negative."""
    names = {a: sympy.Symbol(f"[{a}]") for a in atoms}
    signs = signs_of(theorem.domain)
    widened = Signs(positive=signs.positive, nonnegative=signs.nonnegative | set(names.values()))
    plain = sympy.sympify(expression).subs(names, simultaneous=True)
    return charted(theorem.domain, plain), widened


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
    texts: TextsAt
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
