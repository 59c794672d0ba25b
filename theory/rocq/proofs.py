"""The proof of a theorem as a Rocq script, step by step as the theorem's own certificate has it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import sympy

from roundlot.theory.proofs.expressions import Expression, Vector
from roundlot.theory.proofs.facts import Fact, Square
from roundlot.theory.proofs.steps import Step
from roundlot.theory.rocq.signs import (
    Chart,
    chart_of,
    opening,
    opening_here,
    positive_denominators,
    prove,
    stated,
)
from roundlot.theory.rocq.statements import (
    NATURAL,
    Hypothesis,
    Relation,
    Texts,
    at_least_zero,
    definitions,
)
from roundlot.theory.rocq.terms import (
    ZERO,
    Count,
    Scope,
    comment,
    counted,
    free,
    identifier,
    natural,
    real,
    wrapped,
)
from roundlot.theory.rocq.usage import (
    Built,
    Citation,
    Proved,
    cited_index,
    is_base,
    term_text,
    unknown_atoms,
)

Lines = Iterator[str]


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where in the proof one stands: the index, and what symbols are called there."""

    at: Count | None
    scope: Scope


@dataclass(frozen=True, kw_only=True)
class Term:
    """One term of a certificate: a fact or square, its multiplier, and how it is shown."""

    text: str
    expression: Expression
    multiplier: Expression
    equality: bool
    shown: tuple[str, ...]
    before: tuple[str, ...] = ()  # what must be said first
    values: tuple[str, ...] = ()  # equations between a cited theorem's sequences and this one's


@dataclass(frozen=True, kw_only=True)
class Script:
    """Writes the proof of one theorem."""

    built: Built
    chart: Chart
    powers: dict[str, str]  # abbreviations that stand as functions of their own inside the proof

    def lines(self) -> Lines:
        """The script, from the first tactic to the last."""
        theorem = self.built.statement.theorem
        yield from opening(self.chart, self._place(None, plain=True).scope)
        yield from self._powers()
        if self.built.statement.index is None:
            yield from self._flat()
        else:
            yield from self._induction(theorem.steps)

    # places

    def _place(self, at: Count | None, *, plain: bool = False) -> Place:
        statement = self.built.statement
        scope = statement.scope(statement.own_texts, at or (ZERO if statement.index else None))
        return Place(at=at, scope=scope if plain else scope.having(functions=self.powers))

    def _chart(self, place: Place) -> Chart:
        """The chart where one stands: at 0 there is no index to write in other numbers."""
        if place.at != ZERO:
            return self.chart
        index = self.built.statement.index
        rest = {k: v for k, v in self.chart.equations.items() if k != index}
        return replace(self.chart, equations=rest)

    def _powers(self) -> Lines:
        """Each abbreviation as a function, with what it is at 0 and at a successor."""
        plain = self._place(None, plain=True).scope
        written: set[str] = set()
        for key, value in definitions(self.built.statement.theorem).items():
            name = "" if key.is_Symbol else self.powers[key.func.__name__]
            if not name or name in written:  # a cited theorem may abbreviate the same power
                continue
            written.add(name)
            inside = Scope(
                reals=plain.reals,
                counts={**plain.counts, key.args[0]: counted("n")},
                functions=plain.functions,
                powers=plain.powers,
            )
            text = real(value, inside)
            yield f"assert (exists {name} : nat -> R, forall n : nat, {text} = {name} n)"
            yield f"  as [{name} {name}_def]."
            yield f"{{ exists (fun n : nat => {text}). intro n. reflexivity. }}"

    # proofs without induction

    def _flat(self) -> Lines:
        theorem = self.built.statement.theorem
        place = self._place(None)
        goals = {s.name: s for s in theorem.steps if s.goal is not None}
        cited = {f.shown_by for s in theorem.steps for f in s.facts}
        for step in theorem.steps:
            if step.name in cited:
                yield from self._shown_goal(step)
        relations = [self.built.statement.claim(), *self.built.statement.further]
        ends = [s for s in theorem.steps if s.goal is None]
        ends += [s for s in goals.values() if s.name not in cited]
        for position, (step, relation) in enumerate(zip(ends, relations, strict=True)):
            if position < len(relations) - 1:
                yield "split."
            yield "{"
            yield from self._step(step, relation, place)
            yield "}"

    def _shown_goal(self, step: Step) -> Lines:
        """A goal of its own, for steps that cite it; at every index in an induction."""
        index = self.built.statement.index
        name, goal = _goal_name(step), step.target(0)
        if index is None:
            place, each, intro = self._place(None), "", ""
        else:
            i = self._fresh(identifier(str(index)))
            place, each, intro = self._place(counted(i)), f"forall {i} : nat, ", f"intro {i}."
        yield f"assert ({name} : {each}0 <= {real(goal, place.scope)})."
        yield f"{{ {intro} {comment(step.name)}"
        yield from self._step(step, Relation(smaller=sympy.Integer(0), greater=goal), place)
        yield "}"

    # inductions

    def _induction(self, steps: tuple[Step, ...]) -> Lines:
        statement = self.built.statement
        cited = {f.shown_by for s in steps for f in s.facts}
        for step in steps:
            if step.name in cited:
                yield from self._shown_goal(step)
        i = self._fresh(identifier(str(statement.index)))
        claim = statement.claim()
        here = claim.text(self._place(counted(i)).scope)
        yield f"assert (every : forall {i} : nat, {here})."
        yield f"{{ intro {i}. induction {i} as [| {i} hypothesis]."
        base, onward = (
            next(s for s in steps if s.goal is None and is_base(s) is b) for b in (True, False)
        )
        for step, at in ((base, ZERO), (onward, Count(natural=f"(S {i})", real=f"(INR {i} + 1)"))):
            goal = claim.text(self._place(at).scope)
            yield f"- {comment(step.name)} assert (goal : {goal})."
            yield "{"
            yield from self._step(step, claim, self._place(at), here=counted(i))
            yield "}"
            yield "cbn [INR] in *. exact goal." if step is base else "rewrite ?S_INR. exact goal."
        yield "}"
        rewrites = "".join(f"rewrite ?{n}_def. " for n in self.powers.values())
        yield f"intro {i}. {rewrites}exact (every {i})."

    # one step

    def _step(
        self, step: Step, relation: Relation, place: Place, here: Count | None = None
    ) -> Lines:
        """Tactics for the goal ``relation`` at ``place``; facts stand ``here`` in an induction."""
        facts_at = place if place.at is None or here is None or is_base(step) else self._place(here)
        if facts_at.at is not None and facts_at.at.natural != "O":
            yield f"pose proof (pos_INR {facts_at.at.natural}) as index_sign."
        if facts_at.at is not None:
            yield from opening_here(self._chart(facts_at), facts_at.at, facts_at.scope)
            yield from self._norms_above(facts_at.at)
        if step.direct:
            difference = sympy.sympify(relation.greater) - relation.smaller
            yield "apply at_most. " + prove(self._chart(facts_at), place.scope, difference)
            return
        terms = list(self._terms(step, facts_at))
        for number, term in enumerate(terms, 1):
            yield from self._term(number, term, facts_at)
        difference = sympy.sympify(relation.greater) - relation.smaller
        target = difference.subs(step.shift, simultaneous=True)
        involved = [target, *(e for t in terms for e in (t.expression, t.multiplier))]
        yield from positive_denominators(self._chart(facts_at), facts_at.scope, involved)
        written = " + ".join(
            wrapped(t.text)
            if t.multiplier == 1
            else f"{wrapped(real(t.multiplier, facts_at.scope))} * {wrapped(t.text)}"
            for t in terms
        )
        yield "apply equal." if relation.sign == "=" else "apply at_most."
        yield _replace(relation, written, [v for t in terms for v in t.values])
        yield "parts." if terms else ("reflexivity." if relation.sign == "=" else "apply Rle_refl.")

    def _norms_above(self, at: Count) -> Lines:
        """The norms of cited theorems that are divided by, at one index."""
        known = {h.name for h in self.built.norms.values()}
        for hypothesis in self.built.statement.hypotheses:
            name = hypothesis.name
            if hypothesis.kind == "norm" and name in self.built.indexed - known:
                yield f"pose proof ({name} {at.natural})."

    def _term(self, number: int, term: Term, place: Place) -> Lines:
        yield from term.before
        relation = f"{term.text} = 0" if term.equality else f"0 <= {term.text}"
        yield f"assert (fact_{number} : {relation})."
        yield "{ " + "\n  ".join(term.shown) + " }"
        if term.multiplier == 1:
            return
        multiplier = real(term.multiplier, place.scope)
        if term.equality:
            yield f"assert (part_{number} := times_zero ({multiplier}) _ fact_{number})."
            return
        yield f"assert (multiplier_{number} : 0 <= {multiplier})."
        yield f"{{ {prove(self._chart(place), place.scope, term.multiplier)} }}"
        yield f"assert (part_{number} := Rmult_le_pos _ _ multiplier_{number} fact_{number})."

    def _terms(self, step: Step, place: Place) -> Iterator[Term]:
        multipliers = self.built.statement.theorem.multipliers[step.name]
        items: tuple[Fact | Square, ...] = (*step.facts, *step.squares)
        for item, multiplier in zip(items, multipliers, strict=True):
            if multiplier != 0:
                yield (
                    self._fact(item, multiplier, place)
                    if isinstance(item, Fact)
                    else self._square(item, multiplier, place)
                )

    def _square(self, square: Square, multiplier: Expression, place: Place) -> Term:
        if isinstance(square.form, Vector):
            shown = f"exact {self._used(self.built.given[id(square)], place)}."
            text = real(square.value, place.scope)
        else:
            text, shown = f"({real(square.form, place.scope)}) ^ 2", "apply pow2_ge_0."
        return Term(
            text=text,
            expression=square.value,
            multiplier=multiplier,
            equality=False,
            shown=(shown,),
        )

    def _fact(self, fact: Fact, multiplier: Expression, place: Place) -> Term:
        relation = at_least_zero(fact.expression, equality=fact.equality)
        values: tuple[str, ...] = ()
        before: tuple[str, ...] = ()
        if fact.lemma is not None:
            citation = self.built.citations[id(fact)]
            text, shown = self._cited(citation, fact, place)
            names, before = self._differences(citation, place)
            shared = definitions(citation.cited.theorem)  # a power of both theorems is one name
            powers = [self.powers.get(k.func.__name__) for k in shared if not k.is_Symbol]
            values = (
                *(self._used(v, place) for v in citation.values),
                *names,
                *dict.fromkeys(f"{name}_def" for name in powers if name),
            )
        else:
            text = self._own_text(fact, relation, place)
            shown = self._reason(fact, place)
        return Term(
            text=text,
            expression=fact.expression,
            multiplier=multiplier,
            equality=fact.equality,
            shown=tuple(shown),
            before=before,
            values=values,
        )

    def _differences(
        self, citation: Citation, place: Place
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Differences of natural numbers that a theorem is cited at, as differences of reals."""
        given = [
            sympy.sympify(citation.lemma.substitution[s])
            for s, v in citation.cited.symbols.items()
            if v.rank == NATURAL and s in citation.lemma.substitution
        ]
        differences = [v for v in given if v.is_Add and len(v.free_symbols) > 1]
        names: list[str] = []
        lines: list[str] = []
        for value in differences:
            names.append(f"difference_{len(names) + 1}_of_{citation.cited.name}")
            whole, parts = natural(value, place.scope), real(value, place.scope)
            lines.append(f"assert ({names[-1]} : INR {whole} = {parts}).")
            lines.append("{ apply minus_INR. apply INR_le. lra. }")
        return tuple(names), tuple(lines)

    def _own_text(self, fact: Fact, relation: Relation, place: Place) -> str:
        statement = self.built.statement
        if fact.shown_by is not None:
            step = next(s for s in statement.theorem.steps if s.name == fact.shown_by)
            return real(step.target(0), place.scope)
        if fact.hypothesis:
            relation = statement.claim()
        elif fact.checked:
            return real(fact.expression, place.scope)
        smaller = wrapped(real(relation.smaller, place.scope))
        return f"{real(relation.greater, place.scope)} - {smaller}"

    def _reason(self, fact: Fact, place: Place) -> list[str]:
        if fact.reason == "definition":
            unfold = "".join(f"rewrite <- ?{n}_def. " for n in self.powers.values())
            return [f"{unfold}rewrite <- ?tech_pow_Rmult, ?pow_O. identity."]
        if fact.condition:
            name = stated(self.chart, fact.expression, strict=False, at=place.at)
            return [f"generalize {name}. lra."]
        if fact.checked:
            return [prove(self._chart(place), place.scope, fact.expression)]
        if fact.hypothesis:
            rule = "difference" if fact.equality else "room"
            return [f"exact ({rule} _ _ hypothesis)."]
        if fact.shown_by is not None:
            name = f"goal_{identifier(fact.shown_by)}"
            return [f"exact {name if place.at is None else f'({name} {place.at.natural})'}."]
        return [self._from(self._used(self.built.given[id(fact)], place), fact)]

    def _from(self, given: str, fact: Fact) -> str:
        return f"exact (same _ _ {given})." if fact.equality else f"exact (room _ _ {given})."

    def _used(self, hypothesis: Hypothesis, place: Place) -> str:
        """A hypothesis at the index where one stands, if it speaks of all of them."""
        texts = self.built.statement.own_texts
        quantified = hypothesis.formula(texts).startswith("forall ")
        moving = self.built.statement.index is not None and place.at is not None
        own = moving and quantified and self._own_index(hypothesis)
        return f"({hypothesis.name} {place.at.natural})" if own and place.at else hypothesis.name

    def _own_index(self, hypothesis: Hypothesis) -> bool:
        return hypothesis.name in self.built.indexed

    # cited theorems

    def _cited(self, citation: Citation, fact: Fact, place: Place) -> tuple[str, list[str]]:
        if citation.sums is not None:
            return self._added_up(citation, fact, place)
        texts = citation.texts(self.built.statement.own_texts, place.at)
        index = cited_index(citation.index, place.scope)
        there = citation.cited.scope(texts, index)
        right = real(citation.lemma.theorem.claim.right, there)
        if citation.link is None:
            left = real(citation.lemma.theorem.claim.left, there)
        else:
            left = real(citation.lemma.left, place.scope)
        lower, exact = citation.lemma.theorem.claim.lower, fact.equality
        text = f"{left} - {wrapped(right)}" if lower else f"{right} - {wrapped(left)}"
        applied = list(self._applied(citation, place, texts, index))
        if citation.link is None:
            head = "apply difference." if exact else "apply room."
        else:
            link = self._used(citation.link, place)
            rule = "linked_equal" if exact else "linked_above" if lower else "linked"
            head = f"apply ({rule} _ _ _ {link})."
        return text, [head, *applied]

    def _applied(
        self, citation: Citation, place: Place, texts: Texts, index: Count | None
    ) -> Lines:
        """Tactics for the cited theorem's conclusion."""
        cited = citation.cited
        values = " ".join(texts[v.name] for v in cited.variables)
        support = list(zip(cited.hypotheses, citation.support, strict=True))
        proofs = " ".join(
            self._used(s, place) if isinstance(s, Hypothesis) else "_" for _, s in support
        )
        at = f" {index.natural}" if index else ""
        first = "proj1 " if cited.further else ""
        yield f"refine ({first}({cited.name} {values} {proofs}{at})).".replace("  ", " ")
        for hypothesis, needed in support:
            if isinstance(needed, Proved):
                yield f"{{ {self._shown(hypothesis, needed, place)} }}"

    def _shown(self, hypothesis: Hypothesis, needed: Proved, place: Place) -> str:
        """A sign or condition of a cited theorem, over this theorem's range."""
        turn = (
            ""
            if hypothesis.kind == "sign"
            else "apply less. "
            if needed.strict
            else "apply at_most. "
        )
        name = stated(self.chart, needed.expression, strict=needed.strict, at=place.at)
        if name is not None:
            return f"generalize {name}. cbn [INR]. lra."
        return (
            self._norms(needed.expression, place)
            + turn
            + prove(self._chart(place), place.scope, needed.expression)
        )

    def _norms(self, expression: Expression, place: Place) -> str:
        """The signs of what is no parameter, where one stands."""
        atoms = unknown_atoms(self.built.statement.theorem, expression)
        return "".join(f"pose proof {self._used(self.built.norms[a], place)}. " for a in atoms)

    def _added_up(self, citation: Citation, fact: Fact, place: Place) -> tuple[str, list[str]]:
        """The cited inequality or equality, added up: by induction over the number of terms."""
        sums, own = citation.sums, self.built.statement.own_texts
        if sums is None:
            raise ValueError(f"{fact.name} is no sum")
        m, i = self._fresh("m"), "i"
        at_m = citation.texts(own, counted(m))
        at_i = citation.texts(own, counted(i))
        bodies = {
            total: term_text(citation.cited, at_i, sums.weights, own, term, i)
            for term, total in sums.terms
        }
        relation = at_least_zero(fact.expression, equality=False)
        greater_smaller = (relation.greater, relation.smaller)

        def form(count: str) -> str:
            totals = {k: f"(total {count} (fun {i} => {v}))" for k, v in bodies.items()}
            scope = place.scope.having(reals=totals)
            greater, smaller = (real(e, scope) for e in greater_smaller)
            return f"{greater} - {wrapped(smaller)}"

        index = counted(m) if citation.cited.index is not None else None
        there = citation.cited.scope(at_m, index)
        claim = citation.cited.claim()
        gap = f"({real(claim.greater, there)} - {wrapped(real(claim.smaller, there))})"
        weighted = f"{sums.weights.name} {m} * {gap}" if sums.weights else gap
        exact = fact.equality
        said, one = ((f"{x} = 0" if exact else f"0 <= {x}") for x in (form(m), weighted))
        lines = [f"assert (added : forall {m} : nat, {said})."]
        lines += [f"{{ intro {m}. induction {m} as [| {m} before]; cbn [total]."]
        lines += [f"- {'' if exact else 'apply from_zero. '}unfold Rdiv. ring."]
        lines += [f"- assert (one : {one})."]
        if exact:
            lines += [f"{{ {'apply times_zero. ' if sums.weights else ''}apply difference."]
        elif sums.weights:
            weight = next(
                h.name for h in self.built.statement.hypotheses if h.name.startswith("H_weights")
            )
            lines += [f"{{ apply Rmult_le_pos; [ exact ({weight} {m}) | ]. apply room."]
        else:
            lines += ["{ apply room."]
        term_place = Place(at=counted(m), scope=place.scope)
        lines += [*self._applied_term(citation, term_place, at_m, index), "}"]
        if exact:
            lines += ["refine (eq_trans _ (plus_zero _ _ before one)). unfold Rdiv. ring. }"]
        else:
            lines += ["assert (sum := Rplus_le_le_0_compat _ _ before one)."]
            lines += ["refine (Rle_trans _ _ _ sum (Req_le _ _ _)). unfold Rdiv. ring. }"]
        rewrites = ", ".join(h.name for h in sums.links)
        lines += [f"rewrite {rewrites}. exact (added {sums.number.name})."]
        scope = place.scope
        text = f"{real(relation.greater, scope)} - {wrapped(real(relation.smaller, scope))}"
        return text, lines

    def _applied_term(
        self, citation: Citation, place: Place, texts: Texts, index: Count | None
    ) -> Lines:
        cited = citation.cited
        values = " ".join(texts[v.name] for v in cited.variables)
        proofs = []
        for support in citation.support:
            if isinstance(support, Proved):
                proofs.append("_")
            elif cited.index is not None:
                proofs.append(support.name)
            else:
                proofs.append(f"({support.name} {place.at.natural})" if place.at else support.name)
        at = f" {index.natural}" if index else ""
        yield f"refine ({cited.name} {values} {' '.join(proofs)}{at}).".replace("  ", " ")
        for hypothesis, needed in zip(cited.hypotheses, citation.support, strict=True):
            if isinstance(needed, Proved):
                yield f"{{ {self._shown(hypothesis, needed, place)} }}"

    def _fresh(self, wanted: str) -> str:
        used = {v.name for v in self.built.statement.variables}
        return free(wanted, used)


def _replace(relation: Relation, written: str, values: list[str]) -> str:
    """The goal as the sum of its terms, the values of a cited theorem's sequences put in."""
    goal = "?here = 0" if relation.sign == "=" else "0 <= ?here"
    put_in = "".join(f"rewrite ?{name}; " for name in values)
    by = f"({put_in}identity)" if values else "identity"
    return f"match goal with |- {goal} => replace here with ({written or '0'}) by {by} end."


def _goal_name(step: Step) -> str:
    return f"goal_{identifier(step.name)}"


def script(built: Built) -> list[str]:
    """The lines between ``Proof.`` and ``Qed.``."""
    chart = chart_of(built.statement)
    used = {v.name for v in built.statement.variables} | {
        h.name for h in built.statement.hypotheses
    }
    powers = {}
    for key in definitions(built.statement.theorem):
        if not key.is_Symbol:
            powers[key.func.__name__] = free(key.func.__name__, used)
            used.add(powers[key.func.__name__])
    return list(Script(built=built, chart=chart, powers=powers).lines())
