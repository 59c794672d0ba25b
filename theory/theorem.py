"""A bound as an object: assumptions, claim, certificate, and what follows from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import sympy

from roundlot.theory.domain import Domain, number
from roundlot.theory.facts import Fact, Lemma
from roundlot.theory.gram import Expression
from roundlot.theory.positivity import is_nonnegative, is_positive, is_zero
from roundlot.theory.steps import Multipliers, Step

Relation = Literal["tight", "upper", "exact"]


class ProofError(ValueError):
    """A certificate that does not prove its claim; the message says what remains."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Claim:
    """``left <= right``, ``left >= right`` if ``lower``, ``left = right`` in an exact theorem.

    ``text`` and ``latex`` write the left side in its own words, e.g. ``E‖x⁺ − x*‖²``.
    ``definitions`` say what abbreviations in ``right`` stand for.
    """

    left: Expression
    right: Expression
    text: str
    latex: str
    definitions: Mapping[Expression, Expression] = field(default_factory=dict)
    lower: bool = False

    @property
    def gap(self) -> Expression:
        """What the proof shows to be non-negative, or zero: ``right - left`` of an upper bound."""
        gap = sympy.sympify(self.right) - self.left
        return -gap if self.lower else gap

    @property
    def formula(self) -> Expression:
        """The right side in the theorem's parameters alone."""
        return sympy.sympify(self.right).subs(self.definitions)


@dataclass(frozen=True, kw_only=True, eq=False)
class Witness:
    """An instance that attains a tight bound: its words, and its values of the unknowns."""

    text: str
    values: Mapping[Expression, Expression]


@dataclass(frozen=True, kw_only=True)
class ProofCheck:
    """The outcome of a check: truthy if the proof stands, else what failed."""

    theorem: str
    failures: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing failed."""
        return not self.failures

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        return f"{self.theorem}: " + ("proved" if self.passed else "; ".join(self.failures))

    def require(self) -> None:
        """Raise ProofError unless the proof stands."""
        if not self.passed:
            raise ProofError(str(self))


@dataclass(frozen=True, kw_only=True, eq=False)
class Theorem:
    """A proved bound.

    ``check()`` re-proves it from scratch, ``evaluate()`` gives its number, ``latex()`` its
    statement, ``proof()`` a text that a reader can follow by hand.
    """

    name: str
    title: str
    setting: str
    claim: Claim
    relation: Relation
    domain: Domain
    steps: tuple[Step, ...]
    reference: str
    witness: Witness | None = None

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What is assumed: conditions on the parameters, then facts with their reasons.

        The assumptions behind a fact that another theorem proves are included.
        """
        found = [c.text for c in self.domain.conditions]
        for fact in (f for s in self.steps for f in s.facts):
            if fact.assumed:
                found.append(f"{fact.name} ({fact.reason})")
            elif fact.lemma is not None:
                ranges = [c.text for c in fact.lemma.theorem.domain.conditions]
                found += [a for a in fact.lemma.theorem.assumptions if a not in ranges]
        return tuple(dict.fromkeys(found))

    @cached_property
    def multipliers(self) -> dict[str, Multipliers]:
        """By step: the multipliers of its facts and squares, solved for, not transcribed."""
        return {s.name: s.solve(s.target(self.claim.gap)) for s in self.steps}

    @cached_property
    def own_check(self) -> ProofCheck:
        """``check()``, done once: what a proof that cites this theorem relies on."""
        return self.check()

    def check(self, multipliers: Mapping[str, Multipliers] | None = None) -> ProofCheck:
        """Prove the theorem over exact rationals; other ``multipliers`` can be tried in its place.

        Every step must cancel to zero, every multiplier be non-negative over the whole range, the
        substitution cover the range, and a tight bound be attained by its witness.
        """
        chosen = {**self.multipliers, **(multipliers or {})}
        failures = [*self.domain.flaws(), *self._definition_flaws()]
        failures += [*self._induction_flaws(), *self._witness_flaws()]
        if not any(s.goal is None for s in self.steps):
            failures.append("no step shows the claim")
        for step in self.steps:
            failures += self._step_flaws(step, chosen[step.name])
        return ProofCheck(theorem=self.name, failures=tuple(failures))

    def evaluate(self, **numbers: Any) -> Any:
        """The bound's number, for scalars (float) or arrays that broadcast.

        Raises:
            AssumptionError: outside the range in which the bound is proved, naming the condition.
        """
        return number(self.claim.formula, self.domain.admit(numbers))

    def instance(
        self, left: Expression, substitution: Mapping[Expression, Expression], *, name: str = ""
    ) -> Fact:
        """The theorem as a fact for another proof: ``left`` is bounded under ``substitution``."""
        right = sympy.sympify(self.claim.right).subs(substitution, simultaneous=True)
        return Fact(
            name=name or f"theorem {self.name}",
            expression=left - right if self.claim.lower else right - left,
            reason=f"theorem '{self.name}'",
            equality=self.relation == "exact",
            lemma=Lemma(theorem=self, substitution=substitution, left=left),
        )

    def latex(self) -> str:
        """The statement in LaTeX, without surrounding dollars."""
        from roundlot.theory.wording import latex

        return latex(self)

    def proof(self) -> str:
        """The proof in words and formulas, one line for each multiplier."""
        from roundlot.theory.wording import proof

        return proof(self)

    def statement(self) -> str:
        """The claim on one line of plain text."""
        from roundlot.theory.wording import statement

        return statement(self)

    def __repr__(self) -> str:
        return f"Theorem({self.name}, {self.relation}: {self.statement()})"

    def _step_flaws(self, step: Step, multipliers: Multipliers) -> list[str]:
        where = f"step '{step.name}': "
        if step.direct:
            return [where + flaw for flaw in self._direct_flaws(step)]
        rest = step.residual(step.target(self.claim.gap), multipliers)
        found = [] if rest == 0 else [f"{rest} remains"]
        found += step.negative(multipliers, self.domain)
        if self._wants_equality(step):
            found += self._inequalities_in_equality(step, multipliers)
        found += [flaw for fact in step.facts for flaw in self._fact_flaws(fact)]
        return [where + flaw for flaw in found]

    def _direct_flaws(self, step: Step) -> list[str]:
        target = step.target(self.claim.gap)
        proved = is_nonnegative(self.domain.charted(target), self.domain.signs)
        return [] if proved else [f"{sympy.factor(target)} is not proved non-negative"]

    def _wants_equality(self, step: Step) -> bool:
        return self.relation == "exact" and step.goal is None

    def _inequalities_in_equality(self, step: Step, multipliers: Multipliers) -> list[str]:
        loose = [not f.equality for f in step.facts] + [True] * len(step.squares)
        used = [m != 0 and is_loose for m, is_loose in zip(multipliers, loose, strict=True)]
        return ["an exact claim rests on an inequality"] if any(used) else []

    def _fact_flaws(self, fact: Fact) -> list[str]:
        if fact.condition:
            stated = [c.difference for c in self.domain.conditions]
            known = any(is_zero(fact.expression - other) for other in stated)
            return [] if known else [f"'{fact.name}' is not among the conditions"]
        if fact.shown_by is not None:
            return self._citation_flaws(fact, fact.shown_by)
        if fact.checked:
            charted = self.domain.charted(fact.expression)
            proved = is_nonnegative(charted, self.domain.signs)
            return [] if proved else [f"'{fact.name}' is not proved over the range"]
        return [] if fact.lemma is None else self._lemma_flaws(fact, fact.lemma)

    def _citation_flaws(self, fact: Fact, cited: str) -> list[str]:
        goals = [s.target(self.claim.gap) for s in self.steps if s.name == cited]
        same = any(is_zero(goal - fact.expression) for goal in goals)
        return [] if same else [f"'{fact.name}' is not what step '{cited}' shows"]

    def _lemma_flaws(self, fact: Fact, lemma: Lemma) -> list[str]:
        check = lemma.theorem.own_check
        found = [] if check.passed else [str(check)]
        fresh = lemma.theorem.instance(lemma.left, lemma.substitution).expression
        if not is_zero(fresh - fact.expression):
            found.append(f"'{fact.name}' is not an instance of {lemma.theorem.name}")
        for condition in lemma.theorem.domain.conditions:
            needed = condition.difference.subs(lemma.substitution, simultaneous=True)
            prove = is_positive if condition.strict else is_nonnegative
            if not prove(self.domain.charted(needed), self.domain.signs):
                found.append(f"{lemma.theorem.name} needs {condition.text}, not shown here")
        return found

    def _definition_flaws(self) -> list[str]:
        """Equalities about abbreviations (a power ``q^t``) must follow from their definitions."""
        facts = [f for s in self.steps for f in s.facts if f.reason == "definition"]
        return [
            f"'{fact.name}' does not follow from the definitions"
            for fact in facts
            if not is_zero(_without_powers(self._defined(fact.expression)))
        ]

    def _defined(self, expression: Expression) -> Expression:
        for name, value in self.claim.definitions.items():
            expression = expression.replace(name.func, sympy.Lambda(name.args, value))
        return expression

    def _induction_flaws(self) -> list[str]:
        """An induction needs its hypothesis to be the claim, a step to t + 1, and a base at 0."""
        found = []
        for step in self.steps:
            for fact in (f for f in step.facts if f.hypothesis):
                if not is_zero(fact.expression - self.claim.gap):
                    found.append(f"the hypothesis of '{step.name}' is not the claim")
                base = any(
                    s.goal is None and s.shift == dict.fromkeys(step.shift, 0) for s in self.steps
                )
                onward = step.shift and all(v == k + 1 for k, v in step.shift.items())
                if not (base and onward):
                    found.append(f"'{step.name}' is an induction without base or successor")
        return found

    def _witness_flaws(self) -> list[str]:
        if self.relation != "tight":
            return []
        if self.witness is None:
            return ["called tight without an instance that attains it"]
        values = self.witness.values
        found = []
        if not is_zero(self.claim.gap.subs(values, simultaneous=True)):
            found.append(f"not attained by {self.witness.text}")
        for fact in (f for s in self.steps for f in s.facts):
            at = self.domain.charted(fact.expression.subs(values, simultaneous=True))
            fine = is_zero(at) if fact.equality else is_nonnegative(at, self.domain.signs)
            if not fine:
                found.append(f"{self.witness.text} violates '{fact.name}'")
        return found


def _without_powers(expression: Expression) -> Expression:
    """``q^(t + 1)`` as ``q`` times a symbol for ``q^t``, so that a polynomial remains."""

    def split(base: Expression, exponent: Expression) -> Expression:
        whole, rest = exponent.as_coeff_Add()
        return base**whole * sympy.Symbol(f"[{base}]^[{rest}]")

    return expression.replace(
        lambda part: bool(part.is_Pow and part.exp.free_symbols),
        lambda part: split(part.base, part.exp),
    )
