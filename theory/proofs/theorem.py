"""A bound as an object: assumptions, claim, certificate, and what follows from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Protocol

import sympy

from roundlot.theory import proofs
from roundlot.theory.intervals import ConfidenceInterval
from roundlot.theory.proofs.carried import carried
from roundlot.theory.proofs.domain import Domain, number
from roundlot.theory.proofs.expressions import Expression, factor, plain, to_latex
from roundlot.theory.proofs.facts import Fact, Lemma, Square
from roundlot.theory.proofs.requirements import Requirements, requirements_of
from roundlot.theory.proofs.steps import Multipliers, Step
from roundlot.theory.proofs.trees import UnwritableError
from roundlot.theory.proofs.writing import Writer, document

Relation = Literal["tight", "upper", "exact"]


class Told(Protocol):
    """What tells a theorem its numbers, such as constants that were measured."""

    def numbers_of(self, theorem: Theorem, /) -> Mapping[str, ConfidenceInterval]:
        """By the theorem's own names, those that mean what it asks for."""


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
class Summand:
    """One value of the index that a cited theorem is added up over, and its weight."""

    weight: Expression
    values: Mapping[Expression, Expression]


@dataclass(frozen=True, kw_only=True, eq=False)
class Witness:
    """An instance that attains a tight bound: its words, and its values of the unknowns.

    A parameter may be given a value, too; its name on a right side is any number of its range.
    ``summands`` are the indices that theorems are added up over, in the order of their use.
    """

    text: str
    values: Mapping[Expression, Expression]
    summands: tuple[tuple[Summand, ...], ...] = ()


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
                found += _behind(fact.lemma)
        return tuple(dict.fromkeys(found))

    @cached_property
    def requirements(self) -> Requirements:
        """What it requires of methods and objectives, by which numbers join its parameters.

        Raises:
            AssumptionError: none are recorded.
        """
        return requirements_of(self.name, [p.name for p in self.domain.numbers])

    @cached_property
    def multipliers(self) -> dict[str, Multipliers]:
        """By step: the multipliers of its facts and squares, solved for, not transcribed."""
        return {s.name: s.solve(s.target(self.claim.gap)) for s in self.steps}

    @cached_property
    def data(self) -> dict[str, Any]:
        """The statement and its proof as plain data, without the theorems that it cites."""
        return Writer(self).data(self.multipliers)

    def document(self) -> dict[str, Any]:
        """The proof as a document for the kernel, with every theorem that it cites."""
        return document(self, self.multipliers)

    def check(self, multipliers: Mapping[str, Multipliers] | None = None) -> ProofCheck:
        """The kernel's word on the proof; other ``multipliers`` can be tried in its place."""
        chosen = {**self.multipliers, **(multipliers or {})}
        try:
            proofs.judge(document(self, chosen))
        except (UnwritableError, proofs.UnreadableError, proofs.RefusedError) as error:
            return ProofCheck(theorem=self.name, failures=(str(error),))
        return ProofCheck(theorem=self.name, failures=())

    def evaluate(self, **numbers: Any) -> Any:
        """The bound's number, for scalars (float), arrays that broadcast, or each with a unit.

        Raises:
            AssumptionError: outside the range in which the bound is proved, naming the condition;
                or in a unit that is not that of the number.
        """
        return number(self.claim.formula, self.domain.admit(numbers))

    def bound(self, constants: Told | None = None, **numbers: Any) -> ConfidenceInterval:
        """The interval of the bound, from numbers that are known up to intervals.

        Args:
            constants: what was measured, as `roundlot.theory.estimates.Constants`; it gives the
                numbers that are not among ``numbers``.
            numbers: each a number, one with a unit, or an ``ConfidenceInterval``.

        Returns:
            An interval that holds the bound of the true numbers as often as all of their intervals
            cover at once, at least. Its ``condition`` says in words what must be true besides, such
            as a smoothness that is nowhere above the largest at the points that were visited.

        Raises:
            AssumptionError: a number that is missing; intervals that reach beyond the range in
                which the bound is proved, naming the condition.
        """
        told = {} if constants is None else constants.numbers_of(self)
        return carried(self.claim.formula, self.domain, {**told, **numbers})

    def instance(
        self, left: Expression, substitution: Mapping[Expression, Expression], *, name: str = ""
    ) -> Fact:
        """The theorem as a fact for another proof: ``left`` is bounded under ``substitution``."""
        lemma = Lemma(theorem=self, substitution=substitution, left=left)
        return self._cited(lemma, name or f"theorem {self.name}", f"theorem '{self.name}'")

    def total(self, sums: Mapping[Expression, Expression], *, over: str, name: str = "") -> Fact:
        """The theorem added up, or averaged, over an index: ``sums`` maps every term to its sum.

        A term is what varies with the index, ``M²/q`` say; what multiplies it is common to all. The
        conditions of the theorem must hold at every index and become assumptions.
        """
        lemma = Lemma(theorem=self, sums=sums, over=over)
        return self._cited(lemma, name or f"{self.name} over {over}", f"theorem '{self.name}'")

    def _cited(self, lemma: Lemma, name: str, reason: str) -> Fact:
        return Fact(
            name=name,
            expression=lemma.expression,
            reason=reason,
            equality=self.relation == "exact",
            lemma=lemma,
        )

    @property
    def _sign(self) -> str:
        if self.relation == "exact":
            return "="
        return ">=" if self.claim.lower else "<="

    def statement(self) -> str:
        """The claim on one line of plain text."""
        return f"{self.claim.text} {self._sign} {plain(self.claim.formula)}"

    def latex(self) -> str:
        """The statement in LaTeX, without surrounding dollars."""
        sign = {"=": "=", "<=": r"\le", ">=": r"\ge"}[self._sign]
        return f"{self.claim.latex} {sign} {to_latex(self.claim.formula)}"

    def proof(self) -> str:
        """Setting, assumptions and claim, then the steps: one line for each multiplier."""
        lines = [self.title, "", self.setting, "", "Assume"]
        lines += [f"  - {text}" for text in self.assumptions]
        lines += ["", f"Claim ({self.relation}): {self.statement()}", "", "Proof"]
        for step in self.steps:
            lines += self._step(step)
        if self.domain.chart:
            chart = ", ".join(f"{k} = {plain(v)}" for k, v in self.domain.chart.items())
            lines += ["", "Signs of the multipliers: substitute " + chart + "; ", self._slacks()]
        if self.witness is not None:
            lines += ["", f"Attained by {self.witness.text}."]
        return "\n".join([*lines, "", f"Source: {self.reference}"])

    def _slacks(self) -> str:
        named = [
            f"{c.slack} = {plain(c.slack_value)}"
            for c in self.domain.conditions
            if c.slack is not None
        ]
        return "  with " + ", ".join(named) + ", all coefficients have one sign."

    def _step(self, step: Step) -> list[str]:
        relation = "= 0" if self.relation == "exact" and step.goal is None else ">= 0"
        target = plain(factor(step.target(self.claim.gap)))
        lines = [f"  {step.name}: {target} {relation}."]
        lines += [f"    {step.note}"] if step.note else []
        if step.direct:
            return [*lines, "    Its coefficients have one sign over the range."]
        lines += ["    It is the sum of" if step.terms else "    Both sides cancel term by term."]
        items: tuple[Fact | Square, ...] = (*step.facts, *step.squares)
        for item, multiplier in zip(items, self.multipliers[step.name], strict=True):
            lines.append(f"    + ({plain(multiplier)}) × {_item(item)}")
        return lines

    def __repr__(self) -> str:
        return f"Theorem({self.name}, {self.relation}: {self.statement()})"


def _behind(lemma: Lemma) -> list[str]:
    """What a cited theorem assumes; its range is checked here, unless it was added up."""
    ranges = [c.text for c in lemma.theorem.domain.conditions]
    found = [f"{text}, for {lemma.over}" for text in ranges if lemma.sums]
    return found + [text for text in lemma.theorem.assumptions if text not in ranges]


def _item(item: Fact | Square) -> str:
    if isinstance(item, Square):
        return f"square {plain(item)}"
    relation = "= 0" if item.equality else ">= 0"
    return f"[{plain(item.expression)} {relation}]  ({item.name}: {item.reason})"
