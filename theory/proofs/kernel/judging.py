"""The kernel: shape first, then arithmetic. What it accepts follows from what it lists.

A theorem says: for all numbers of the stated signs and conditions, for all vectors and sequences
that meet the assumptions, the claim holds. A step shows a sum to be at least 0 because it equals,
identically, a sum of products of something at least 0 with something at least 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from roundlot.theory.json_text import UnreadableError
from roundlot.theory.proofs.kernel.algebra import ONE, POSITIVE, ZERO, Ratio, bounded_work, total
from roundlot.theory.proofs.kernel.documents import (
    Step,
    Term,
    Theorem,
    Use,
    names_in,
    parsed,
    theorems,
)
from roundlot.theory.proofs.kernel.hypotheses import (
    Hypothesis,
    Proved,
    Stated,
    added_up,
    gap,
    instance,
    own,
)
from roundlot.theory.proofs.kernel.kinds import kind_of, written
from roundlot.theory.proofs.kernel.ranges import (
    check_names,
    check_roots,
    defined,
    restricting,
    scope_of,
)
from roundlot.theory.proofs.kernel.scopes import RefusedError, Scope
from roundlot.theory.proofs.kernel.witnesses import check_witness
from roundlot.theory.proofs.kernel.words import claim, declared


@dataclass(frozen=True, kw_only=True)
class ProvedDocument:
    """A proof that stands: its last theorem, what that rests on, how many steps were checked."""

    theorem: str
    claim: str
    range: tuple[str, ...]
    hypotheses: tuple[str, ...]
    theorems: int
    steps: int

    def record(self) -> dict[str, Any]:
        """The verdict for programs."""
        return asdict(self)

    def __str__(self) -> str:
        lines = [f"{self.theorem}: proved", f"  {self.claim}"]
        lines += [f"  {self.theorems} theorems, {self.steps} proof steps"]
        lines += ["For all numbers with", *(f"  - {line}" for line in self.range)]
        lines += ["It rests on" if self.hypotheses else "It rests on no assumption."]
        return "\n".join([*lines, *(f"  - {line}" for line in self.hypotheses)])


def judge_text(text: str) -> ProvedDocument:
    """``judge`` of a JSON text."""
    return judge(parsed(text))


def judge(document: Any) -> ProvedDocument:
    """Check every theorem of a document, in its order.

    Raises:
        UnreadableError: it is no proof in this format, or beyond a limit.
        RefusedError: a proof does not stand; the message names theorem and step.
    """
    found = theorems(document)
    proved: dict[str, Proved] = {}
    with bounded_work():
        for theorem in found:
            if theorem.name in proved:
                raise UnreadableError(f"two theorems are called {theorem.name}")
            try:
                proved[theorem.name] = prove(theorem, proved)
            except RefusedError as refusal:
                raise RefusedError(refusal.reason, _where(theorem.name, refusal.where)) from None
            except UnreadableError as error:
                raise UnreadableError(f"{theorem.name}: {error}") from None
    last = found[-1]
    return ProvedDocument(
        theorem=last.name,
        claim=claim(last),
        range=tuple(declared(last)),
        hypotheses=tuple(dict.fromkeys(map(str, proved[last.name].hypotheses))),
        theorems=len(found),
        steps=sum(len(theorem.steps) for theorem in found),
    )


def prove(theorem: Theorem, proved: Mapping[str, Proved]) -> Proved:
    """One theorem, given those proved before it.

    Raises:
        UnreadableError: it is no theorem in this format, or beyond a limit.
        RefusedError: its proof does not stand.
    """
    return _Proof(theorem, proved).check()


def _where(theorem: str, within: str) -> str:
    return f"{theorem}, {within}" if within else theorem


@dataclass(frozen=True, kw_only=True)
class _Shown:
    """What a term multiplies: something at least 0, or 0 if ``equality``."""

    value: Ratio
    equality: bool = False
    rests: tuple[Hypothesis, ...] = ()


class _Proof:
    """One theorem, checked against those proved before it."""

    def __init__(self, theorem: Theorem, proved: Mapping[str, Proved]) -> None:
        self.theorem, self.proved = theorem, proved
        check_names(theorem)
        self._check_assumptions()
        plain = scope_of(theorem)
        self.scope = defined(plain, theorem.definitions)
        check_roots(theorem, self.scope)
        self.at_base, self.at_next = self._shifted(plain, ZERO), self._shifted(plain, None)
        self.stated: Stated = tuple(
            (self.scope.read(c.greater) - self.scope.read(c.smaller), c.strict)
            for c in theorem.conditions
        )
        self.goals: dict[str, Ratio] = {}
        self.used: set[str] = set()

    def check(self) -> Proved:
        """The theorem with everything that it rests on."""
        self._check_shape()
        rests = list(own(self.theorem))
        for step in self.theorem.steps:
            try:
                rests += self._step(step)
            except RefusedError as refusal:
                raise RefusedError(refusal.reason, f"proof step '{step.name}'") from None
            except UnreadableError as error:
                raise UnreadableError(f"proof step '{step.name}': {error}") from None
        self._check_used()
        found = Proved(theorem=self.theorem, hypotheses=tuple(rests))
        self._check_possible(found)
        if self.theorem.tight or self.theorem.witness is not None:
            check_witness(found, self.scope, self.stated)
        return found

    def _shifted(self, plain: Scope, index: Ratio | None) -> Scope:
        """The scope at index 0, or at the index + 1."""
        name = self.theorem.induction
        if name is None:
            return self.scope
        value = plain.read(name) + ONE if index is None else index
        return defined(plain.with_names({name: value}), self.theorem.definitions)

    def _check_assumptions(self) -> None:
        """An abbreviation is its definition: an assumption about it would define it twice."""
        abbreviations = {d.name for d in self.theorem.definitions}
        for assumption in self.theorem.assumptions:
            kind_of(assumption)
            named = {w for tree in assumption.objects.values() for w in names_in(tree)}
            if named & abbreviations:
                name = sorted(named & abbreviations)[0]
                raise RefusedError(f"'{assumption.name}' is about {name}, which is defined")

    def _check_shape(self) -> None:
        """The claim is shown once, by the last step or by an induction with all of its parts."""
        shows = [step.shows for step in self.theorem.steps]
        index = self.theorem.induction
        wanted = ["claim"] if index is None else ["base", "successor"]
        for part in ("claim", "base", "successor"):
            if shows.count(part) != wanted.count(part):
                problem = (
                    "lacks its" if part in wanted and part not in shows else "has no place for a"
                )
                what = "proof" if index is None else f"induction over {index}"
                raise RefusedError(f"the {what} {problem} step that shows the {part}")
        if index is not None:
            self._check_index(index)

    def _check_index(self, index: str) -> None:
        """An induction over a whole number that the range does not restrict any further."""
        if not any(p.of == index and p.whole for p in self.theorem.parameters):
            raise RefusedError(f"the index {index} is not a whole parameter")
        if any(p.of == index and p.sign == POSITIVE for p in self.theorem.parameters):
            raise RefusedError(f"the index {index} is positive, but the base is at 0")
        condition = restricting(self.theorem, index)
        if condition is not None:
            raise RefusedError(f"a condition restricts the index {index}: {condition.name}")
        successor = next(s for s in self.theorem.steps if s.shows == "successor")
        if not any(term.use.hypothesis for term in successor.terms):
            raise RefusedError(
                f"the proof step '{successor.name}' does not use the hypothesis at {index}"
            )

    def _step(self, step: Step) -> tuple[Hypothesis, ...]:
        """A step stands if its goal is the sum of its terms and every term is at least 0."""
        goal = self._goal(step)
        exact = self.theorem.relation == "exact" and step.shows != "goal"
        parts: list[Ratio] = []
        rests: list[Hypothesis] = []
        for term in step.terms:
            shown = self._shown(step, term.use)
            times = self.scope.read(term.times)
            self._check_term(term, shown, times, exact=exact)
            parts.append(times * shown.value)
            rests += shown.rests
        rest = goal - total(parts)
        if not rest.is_zero:
            raise RefusedError(f"{rest} remains")
        if step.shows == "goal":
            self.goals[step.name] = goal
        return tuple(rests)

    def _goal(self, step: Step) -> Ratio:
        if (step.goal is None) == (step.shows == "goal"):
            raise UnreadableError('a goal of its own is what a step with "shows": "goal" has')
        if step.shows == "goal":
            return self.scope.read(step.goal)
        scopes = {"claim": self.scope, "base": self.at_base, "successor": self.at_next}
        return gap(self.theorem, scopes[step.shows])

    def _check_term(self, term: Term, shown: _Shown, times: Ratio, *, exact: bool) -> None:
        """Either sign only of an equality; an equality only from equalities."""
        assert self.scope.signs is not None
        if exact and not shown.equality:
            raise RefusedError(f"an exact claim rests on '{term.name}', an inequality")
        if not shown.equality and not self.scope.signs.is_nonnegative(times):
            raise RefusedError(f"the multiplier {times} of '{term.name}' is not shown >= 0")

    def _shown(self, step: Step, use: Use) -> _Shown:
        chosen = [
            use.range,
            use.norm,
            use.square,
            use.assumption,
            use.step,
            use.condition,
            use.cited,
        ]
        if sum(one is not None for one in chosen) + use.hypothesis != 1:
            raise UnreadableError("a term uses exactly one thing")
        if use.hypothesis:
            return self._hypothesis(step)
        if use.assumption is not None:
            return self._assumption(use.assumption)
        if use.step is not None:
            return self._earlier(use.step)
        if use.condition is not None:
            return self._condition(use.condition)
        if use.cited is not None:
            return self._cited(use)
        if use.norm is not None:
            return _Shown(value=self.scope.read(["dot", use.norm, use.norm]))
        if use.square is not None:
            return _Shown(value=self.scope.read(use.square) ** 2)
        return self._in_range(self.scope.read(use.range))

    def _hypothesis(self, step: Step) -> _Shown:
        """The claim at the index itself, which only the step to the next index may use."""
        if step.shows != "successor":
            raise RefusedError("only the proof step to the next index may use the hypothesis")
        return _Shown(
            value=gap(self.theorem, self.scope), equality=self.theorem.relation == "exact"
        )

    def _assumption(self, name: str) -> _Shown:
        found = [a for a in self.theorem.assumptions if a.name == name]
        if not found:
            raise RefusedError(f"it uses '{name}', which is not assumed")
        self.used.add(name)
        return _Shown(value=written(found[0], self.scope), equality=kind_of(found[0]).equality)

    def _earlier(self, name: str) -> _Shown:
        """The goal of a step before this one: ``goals`` has no other, so nothing is circular."""
        if name not in self.goals:
            raise RefusedError(
                f"it cites '{name}', which is no earlier proof step with its own goal"
            )
        self.used.add(name)
        return _Shown(value=self.goals[name])

    def _condition(self, name: str) -> _Shown:
        for condition, (difference, _) in zip(self.theorem.conditions, self.stated, strict=True):
            if condition.name == name:
                return _Shown(value=difference)
        raise RefusedError(f"it uses '{name}', which is not among the conditions")

    def _in_range(self, value: Ratio) -> _Shown:
        """An inequality that the signs show; what cancels to nothing is an equality."""
        assert self.scope.signs is not None
        if not self.scope.signs.is_nonnegative(value):
            raise RefusedError(f"{value} >= 0 is not shown over the range")
        return _Shown(value=value, equality=value.is_zero)

    def _cited(self, use: Use) -> _Shown:
        citation = use.cited
        assert citation is not None
        if citation.theorem not in self.proved:
            raise RefusedError(f"it cites theorem {citation.theorem}, not proved before")
        proved = self.proved[citation.theorem]
        if citation.sums:
            value, rests = added_up(proved, citation, self.theorem, self.scope)
        else:
            value, rests = instance(proved, citation, self.theorem, self.scope, self.stated)
        return _Shown(value=value, equality=proved.theorem.relation == "exact", rests=rests)

    def _check_possible(self, found: Proved) -> None:
        """Nothing may follow from a condition or a hypothesis that signs show to hold nowhere."""
        signs = self.scope.signs
        assert signs is not None
        conditions = zip(self.theorem.conditions, self.stated, strict=True)
        for condition, (difference, strict) in conditions:
            fails = signs.is_nonnegative if strict else signs.is_positive
            if fails(-difference):
                raise RefusedError(f"the condition '{condition.name}' holds nowhere")
        for hypothesis in (h for h in found.hypotheses if h.total is None):
            if self._is_impossible(hypothesis):
                raise RefusedError(f"it rests on what holds nowhere: {hypothesis}")

    def _is_impossible(self, hypothesis: Hypothesis) -> bool:
        """Whether signs show that it fails; where it cannot be read they show nothing."""
        signs = self.scope.signs
        assert signs is not None
        try:
            values = [hypothesis.value(self.scope)]
            values += [] if hypothesis.path else [hypothesis.read(self.at_base)]
        except RefusedError:
            return False
        fails = signs.is_nonzero if hypothesis.is_equality else lambda v: signs.is_positive(-v)
        return any(fails(value) for value in values)

    def _check_used(self) -> None:
        """An assumption that no step needs would restrict the claim for nothing."""
        unused = [a.name for a in self.theorem.assumptions if a.name not in self.used]
        if unused:
            raise RefusedError(f"no proof step uses '{unused[0]}'")
