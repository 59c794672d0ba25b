"""Checking a proof: everything that could be wrong with a certificate, each as one line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import sympy

from roundlot.theory.factoring import factor
from roundlot.theory.facts import Fact, Lemma
from roundlot.theory.gram import Expression
from roundlot.theory.positivity import is_nonnegative, is_positive, is_zero
from roundlot.theory.steps import Multipliers, Step

if TYPE_CHECKING:
    from roundlot.theory.theorem import Theorem


def flaws(theorem: Theorem, multipliers: Mapping[str, Multipliers]) -> tuple[str, ...]:
    """Why the proof does not stand with these multipliers; empty if it does."""
    found = [*theorem.domain.flaws(), *_definitions(theorem)]
    found += [*_induction(theorem), *_witness(theorem)]
    if not any(step.goal is None for step in theorem.steps):
        found.append("no step shows the claim")
    for step in theorem.steps:
        where = f"step '{step.name}': "
        found += [where + flaw for flaw in _step(theorem, step, multipliers[step.name])]
    return tuple(found)


def _facts(theorem: Theorem) -> Iterator[Fact]:
    return (fact for step in theorem.steps for fact in step.facts)


def _step(theorem: Theorem, step: Step, multipliers: Multipliers) -> list[str]:
    target = step.target(theorem.claim.gap)
    if step.direct:
        proved = is_nonnegative(theorem.domain.charted(target), theorem.domain.signs)
        return [] if proved else [f"{factor(target)} is not proved non-negative"]
    rest = step.residual(target, multipliers)
    found = [] if rest == 0 else [f"{rest} remains"]
    found += step.negative(multipliers, theorem.domain)
    if theorem.relation == "exact" and step.goal is None:
        found += _inequalities_in_equality(step, multipliers)
    return found + [flaw for fact in step.facts for flaw in _fact(theorem, fact)]


def _inequalities_in_equality(step: Step, multipliers: Multipliers) -> list[str]:
    loose = [not f.equality for f in step.facts] + [True] * len(step.squares)
    used = [m != 0 and is_loose for m, is_loose in zip(multipliers, loose, strict=True)]
    return ["an exact claim rests on an inequality"] if any(used) else []


def _fact(theorem: Theorem, fact: Fact) -> list[str]:
    if fact.condition:
        stated = [c.difference for c in theorem.domain.conditions]
        known = any(is_zero(fact.expression - other) for other in stated)
        return [] if known else [f"'{fact.name}' is not among the conditions"]
    if fact.shown_by is not None:
        return _citation(theorem, fact, fact.shown_by)
    if fact.checked:
        charted = theorem.domain.charted(fact.expression)
        proved = is_nonnegative(charted, theorem.domain.signs)
        return [] if proved else [f"'{fact.name}' is not proved over the range"]
    return [] if fact.lemma is None else _lemma(theorem, fact, fact.lemma)


def _citation(theorem: Theorem, fact: Fact, cited: str) -> list[str]:
    goals = [s.target(theorem.claim.gap) for s in theorem.steps if s.name == cited]
    same = any(is_zero(goal - fact.expression) for goal in goals)
    return [] if same else [f"'{fact.name}' is not what step '{cited}' shows"]


def _lemma(theorem: Theorem, fact: Fact, lemma: Lemma) -> list[str]:
    check = lemma.theorem.own_check
    found = [] if check.passed else [str(check)]
    if not is_zero(lemma.expression - fact.expression):
        found.append(f"'{fact.name}' is not an instance of {lemma.theorem.name}")
    if fact.equality and lemma.theorem.relation != "exact":
        found.append(f"'{fact.name}' is an equality, {lemma.theorem.name} is not")
    for condition in () if lemma.sums else lemma.theorem.domain.conditions:
        needed = condition.difference.subs(lemma.substitution, simultaneous=True)
        prove = is_positive if condition.strict else is_nonnegative
        shown = _stated(theorem, needed, strict=condition.strict)
        if not shown and not prove(theorem.domain.charted(needed), theorem.domain.signs):
            found.append(f"{lemma.theorem.name} needs {condition.text}, not shown here")
    return found + _signs(theorem, lemma)


def _stated(theorem: Theorem, needed: Expression, *, strict: bool) -> bool:
    """Whether what a lemma needs is itself among the conditions."""
    stated = [c.difference for c in theorem.domain.conditions if c.strict or not strict]
    return any(is_zero(needed - other) for other in stated)


def _signs(theorem: Theorem, lemma: Lemma) -> list[str]:
    """Numbers put into a lemma must have the signs it asks for; squared norms have them anyway."""
    found, known = [], theorem.domain.signs.known
    for parameter in lemma.theorem.domain.parameters:
        value = lemma.substitution.get(parameter.symbol)
        if value is None or parameter.signed:
            continue
        value = theorem.domain.charted(value)
        prove = is_positive if parameter.positive else is_nonnegative
        unnamed = value.has(sympy.core.function.AppliedUndef) or not value.free_symbols <= known
        if not unnamed and not prove(value, theorem.domain.signs):
            found.append(f"{lemma.theorem.name} needs the sign of {parameter.name}, not shown here")
    return found


def _definitions(theorem: Theorem) -> list[str]:
    """Equalities about abbreviations (a power ``q^t``) must follow from their definitions."""
    return [
        f"'{fact.name}' does not follow from the definitions"
        for fact in _facts(theorem)
        if fact.reason == "definition"
        and not is_zero(_without_powers(_defined(theorem, fact.expression)))
    ]


def _defined(theorem: Theorem, expression: Expression) -> Expression:
    for name, value in theorem.claim.definitions.items():
        if name.is_Symbol:
            expression = expression.subs(name, value)
        else:
            expression = expression.replace(name.func, sympy.Lambda(name.args, value))
    return expression


def _without_powers(expression: Expression) -> Expression:
    """``q^(t + 1)`` as ``q`` times a symbol for ``q^t``, so that a polynomial remains."""

    def split(base: Expression, exponent: Expression) -> Expression:
        whole, rest = exponent.as_coeff_Add()
        return base**whole * sympy.Symbol(f"[{base}]^[{rest}]")

    return expression.replace(
        lambda part: bool(part.is_Pow and part.exp.free_symbols),
        lambda part: split(part.base, part.exp),
    )


def _induction(theorem: Theorem) -> list[str]:
    """An induction needs its hypothesis to be the claim, a step to t + 1, and a base at 0."""
    found = []
    for step in theorem.steps:
        if any(f.hypothesis and not _is_claim(theorem, f) for f in step.facts):
            found.append(f"the hypothesis of '{step.name}' is not the claim")
        onward = step.shift and all(v == k + 1 for k, v in step.shift.items())
        assumes = any(f.hypothesis for f in step.facts)
        if assumes and not (onward and _has_base(theorem, step)):
            found.append(f"'{step.name}' is an induction without base or successor")
    return found


def _is_claim(theorem: Theorem, fact: Fact) -> bool:
    return is_zero(fact.expression - theorem.claim.gap)


def _has_base(theorem: Theorem, step: Step) -> bool:
    start = dict.fromkeys(step.shift, 0)
    return any(s.goal is None and s.shift == start for s in theorem.steps)


def _witness(theorem: Theorem) -> list[str]:
    """A bound called tight must be attained by an instance that meets every fact."""
    if theorem.relation != "tight":
        return []
    if theorem.witness is None:
        return ["called tight without an instance that attains it"]
    values, domain = theorem.witness.values, theorem.domain
    found = []
    if not is_zero(theorem.claim.gap.subs(values, simultaneous=True)):
        found.append(f"not attained by {theorem.witness.text}")
    for fact in _facts(theorem):
        at = domain.charted(fact.expression.subs(values, simultaneous=True))
        fine = is_zero(at) if fact.equality else is_nonnegative(at, domain.signs)
        if not fine:
            found.append(f"{theorem.witness.text} violates '{fact.name}'")
    return found
