"""From a theorem to its statement in Rocq, with what each cited theorem brings along."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cache

import sympy
from sympy.core.function import AppliedUndef

from roundlot.theory.errors import InvalidProblemError
from roundlot.theory.proofs.domain import Parameter
from roundlot.theory.proofs.expressions import Expression, Vector
from roundlot.theory.proofs.facts import Fact, Lemma
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Theorem
from roundlot.theory.rocq.positivity import (
    is_nonnegative,
    is_positive,
)
from roundlot.theory.rocq.statements import (
    NATURAL,
    Formula,
    Hypothesis,
    Kind,
    Relation,
    Statement,
    Texts,
    Variable,
    applications,
    at_least_zero,
    bound,
    definitions,
    induction_index,
)
from roundlot.theory.rocq.terms import (
    ZERO,
    Count,
    Scope,
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
    Sums,
    TextsAt,
    cited_index,
    cited_theorems,
    further,
    is_base,
    term_text,
    unknown_atoms,
    used_facts,
    used_squares,
    with_atoms,
)

#: At an index of the induction, or outside any: a hypothesis, and a cited theorem's variable, as
#: they are written here.
Body = Callable[[Texts, Count | None], str]
Writing = Callable[[Scope, Texts, Count | None], str]


@cache
def build(theorem: Theorem) -> Built:
    """The theorem's statement."""
    return _Builder(theorem).built()


@dataclass
class _Builder:
    theorem: Theorem
    used: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.index = induction_index(self.theorem)
        self.statement = Statement(theorem=self.theorem, index=self.index)
        self.used |= {t.name for t in cited_theorems(self.theorem)} | {self.theorem.name, "t"}
        self.citations: dict[int, Citation] = {}
        self.given: dict[int, Hypothesis] = {}
        self.norms: dict[Expression, Hypothesis] = {}
        self.bodies: dict[str, Body] = {}

    def built(self) -> Built:
        self._variables()
        self._signs_and_conditions()
        for step, fact, multiplier in used_facts(self.theorem):
            if fact.lemma is not None:
                self.citations[id(fact)] = self._cite(step, fact, fact.lemma)
            elif fact.assumed:
                relation = at_least_zero(fact.expression, equality=fact.equality)
                note = f"{fact.name}: {fact.reason}"
                self.given[id(fact)] = self._given("assumption", fact.name, note, relation, step)
            del multiplier
        for step, square in used_squares(self.theorem):
            if isinstance(square.form, Vector):
                relation = Relation(smaller=sympy.Integer(0), greater=square.value)
                self.given[id(square)] = self._given(
                    "square", "square", f"a squared norm: {square}", relation, step
                )
        self.statement.further += further(self.theorem)
        return Built(
            statement=self.statement,
            citations=self.citations,
            given=self.given,
            norms=self.norms,
            indexed=self._indexed(),
        )

    def _indexed(self) -> frozenset[str]:
        texts = self.statement.own_texts
        found = self.bodies.items()
        here, there = counted("t"), counted("t'")
        return frozenset(n for n, body in found if body(texts, here) != body(texts, there))

    # variables

    def _variables(self) -> None:
        expressions, meanings = list(_expressions(self.theorem)), _parameters(self.theorem)
        counts = self._counts(expressions)
        abbreviations = definitions(self.theorem)
        symbols = {s for e in expressions for s in sympy.sympify(e).free_symbols}
        others = sorted(symbols - set(meanings), key=str)
        spoken = symbols | {
            s for c in self.theorem.domain.conditions for s in c.difference.free_symbols
        }
        for symbol in (*meanings, *others):
            if symbol != self.index and symbol in spoken and symbol.is_Symbol:
                self._add_symbol(symbol, meanings.get(symbol), symbol in counts)
                if symbol in abbreviations:
                    self._stands_for(symbol, abbreviations[symbol])
        powers = {k.func.__name__ for k in abbreviations if not k.is_Symbol}
        found = applications(expressions)
        for name in sorted({a.func.__name__ for a in found} - powers):
            here = [a for a in found if a.func.__name__ == name]
            moving = self.index is None or any(a.has(self.index) for a in here)
            variable = Variable(name=self._free(name), rank=1 if moving else 2, note="")
            self.statement.functions[name] = variable

    def _add_symbol(self, symbol: Expression, parameter: Parameter | None, count: bool) -> None:
        inner = parameter is not None and parameter.inner
        moving = self.index is not None and (inner or parameter is None)
        fixed = Variable(
            name=self._free(str(symbol)),
            rank=NATURAL if count else 0,
            note=parameter.meaning if parameter else str(symbol),
        )
        each = moving and (inner or not count)
        self.statement.symbols[symbol] = replace(fixed, rank=fixed.moving) if each else fixed

    def _stands_for(self, symbol: Expression, value: Expression) -> None:
        variable = self.statement.symbols[symbol]
        self.statement.symbols[symbol] = replace(variable, note=f"{symbol}, standing for {value}")

    def _counts(self, expressions: list[Expression]) -> set[Expression]:
        """Symbols that stand for natural numbers."""
        found = {p.symbol for p in self.theorem.domain.parameters if p.whole}
        for application in applications(expressions):
            found |= application.args[0].free_symbols
        for _, fact, _ in used_facts(self.theorem):
            if fact.lemma is not None and not fact.lemma.sums:
                cited = build(fact.lemma.theorem).statement
                counted_there = [s for s, v in cited.symbols.items() if v.rank == NATURAL]
                for symbol in (*counted_there, *([cited.index] if cited.index else [])):
                    value = fact.lemma.substitution.get(symbol, symbol)
                    found |= sympy.sympify(value).free_symbols
        return found

    def _free(self, text: str) -> str:
        name = free(identifier(text), self.used)
        self.used.add(name)
        return name

    # hypotheses

    def _signs_and_conditions(self) -> None:
        for parameter in self.theorem.domain.parameters:
            if parameter.symbol == self.index or parameter.signed:
                continue
            variable = self._variable(parameter.symbol)
            if variable is None or (variable.rank <= NATURAL and not parameter.positive):
                continue
            self._plain(
                "sign", f"{variable.name}_sign", parameter.meaning, parameter.symbol,
                parameter.positive, sympy.Integer(0), parameter.symbol,
            )  # fmt: skip
        for condition in self.theorem.domain.conditions:
            if self._is_of_the_index(condition.difference):
                raise InvalidProblemError(
                    f"{self.theorem.name} has no Rocq file: its condition {condition.text} does "
                    "not hold at every index of its induction"
                )
            if not _spoken_of(condition.difference, self.statement):
                continue  # words alone
            smaller, greater = map(sympy.sympify, (condition.smaller, condition.greater))
            self._plain(
                "condition", condition.text, condition.text, condition.difference,
                condition.strict, smaller, greater,
            )  # fmt: skip

    def _variable(self, symbol: Expression) -> Variable | None:
        """The variable of a parameter: a number, or a sequence of which it is a term."""
        if symbol.is_Function:
            return self.statement.functions.get(symbol.func.__name__)
        return self.statement.symbols.get(symbol)

    def _is_moving(self, expression: Expression) -> bool:
        """Whether something differs from index to index of the induction."""
        if self.index is None:
            return False
        inner = {p.symbol for p in self.theorem.domain.parameters if p.inner}
        return bool(expression.free_symbols & inner) or bool(applications([expression]))

    def _is_of_the_index(self, expression: Expression) -> bool:
        """Whether something limits the index itself: no number can be chosen to meet it."""
        return (
            self.index is not None
            and expression.has(self.index)
            and not self._is_moving(expression)
        )

    def _plain(
        self,
        kind: Kind,
        name: str,
        note: str,
        needs: Expression,
        strict: bool,
        smaller: Expression,
        greater: Expression,
    ) -> None:
        relation = Relation(smaller=smaller, greater=greater, sign="<" if strict else "<=")
        moving = self._is_moving(sympy.sympify(needs))

        body = self._body(relation)
        found = Hypothesis(
            name=self._free(f"in_range_{name}" if kind == "condition" else name),
            kind=kind,
            note=note,
            formula=self._at_every_index(body) if moving else lambda texts: body(texts, None),
            needs=needs,
            strict=strict,
            moving=moving,
        )
        self.statement.hypotheses.append(found)
        if moving:
            self.bodies[found.name] = body

    def _given(
        self, kind: Kind, name: str, note: str, relation: Relation, step: Step
    ) -> Hypothesis:
        return self._add_each(kind, name, note, step, self._body(relation))

    def _body(self, relation: Relation) -> Body:
        return lambda texts, at: relation.text(self.statement.scope(texts, at))

    def _add(self, kind: Kind, name: str, note: str, formula: Formula) -> Hypothesis:
        found = Hypothesis(name=self._free(f"H_{name}"), kind=kind, note=note, formula=formula)
        self.statement.hypotheses.append(found)
        return found

    def _add_each(
        self,
        kind: Kind,
        name: str,
        note: str,
        step: Step,
        body: Body,
    ) -> Hypothesis:
        found = self._add(kind, name, note, self._each(step, body))
        if self.index is not None and not is_base(step):
            self.bodies[found.name] = body
        return found

    def _each(self, step: Step, body: Body) -> Formula:
        """At every index of the induction; at 0 in its base."""
        if self.index is None:
            return lambda texts: body(texts, None)
        if is_base(step):
            return lambda texts: body(texts, ZERO)
        return self._at_every_index(body)

    def _at_every_index(self, body: Body) -> Formula:
        wanted = identifier(str(self.index))

        def formula(texts: Texts) -> str:
            name = bound(wanted, texts)
            text = body(texts, counted(name))
            quantified = text != body(texts, counted(f"{name}'"))
            return f"forall {name} : nat, {text}" if quantified else text

        return formula

    # citations

    def _cite(self, step: Step, fact: Fact, lemma: Lemma) -> Citation:
        if lemma.sums:
            return self._add_up(step, fact, lemma)
        cited = build(lemma.theorem).statement
        binding = self._binding(lemma, cited)
        index = None if cited.index is None else self._index_there(lemma, cited.index)
        texts = self._cited_texts(binding)
        support = tuple(self._support(step, fact, lemma, h, texts) for h in cited.hypotheses)
        link = None
        if not _same(lemma) and not _alone(lemma):
            link = self._link(step, fact, lemma, cited, texts, index)
        return Citation(
            lemma=lemma,
            cited=cited,
            texts=texts,
            index=index,
            support=support,
            link=link,
            values=self._value_links(step, fact, lemma, cited, texts, index),
        )

    def _index_there(self, lemma: Lemma, index: Expression) -> Expression:
        """Where a cited induction is used: as substituted, the same here, or at any number."""
        if index in lemma.substitution or index in self.statement.symbols or index == self.index:
            return lemma.substitution.get(index, index)
        symbol = sympy.Symbol(f"{index} of {lemma.theorem.name} {len(self.citations)}")
        rank = NATURAL if self.index is None else NATURAL - 1
        name = self._free(f"{lemma.theorem.name}_{index}")
        note = f"the number {index} of theorem {lemma.theorem.name}"
        self.statement.symbols[symbol] = Variable(name=name, rank=rank, note=note)
        return symbol

    def _value_links(
        self,
        step: Step,
        fact: Fact,
        lemma: Lemma,
        cited: Statement,
        texts: TextsAt,
        index: Expression | None,
    ) -> tuple[Hypothesis, ...]:
        """What the values of a cited theorem's sequences are here."""

        def link(key: Expression, value: Expression) -> Hypothesis:
            def body(own: Texts, at: Count | None) -> str:
                scope = self.statement.scope(own, at)
                there = cited.scope(texts(own, at), cited_index(index, scope))
                return f"{real(key, there)} = {real(value, scope)}"

            note = f"'{fact.name}': {key} of theorem {lemma.theorem.name} is {value}"
            return self._add_each("link", f"{fact.name}_value", note, step, body)

        pairs = lemma.substitution.items()
        return tuple(link(k, v) for k, v in pairs if isinstance(k, AppliedUndef))

    def _cited_texts(self, binding: dict[str, Writing]) -> TextsAt:
        def texts(own: Texts, at: Count | None) -> Texts:
            scope = self.statement.scope(own, at)
            return {name: write(scope, own, at) for name, write in binding.items()}

        return texts

    def _binding(self, lemma: Lemma, cited: Statement) -> dict[str, Writing]:
        """By the cited theorem's variable: how it is written here."""
        parameters = {p.symbol for p in lemma.theorem.domain.parameters}
        claim = lemma.theorem.claim
        sides = [claim.right, claim.left] if _same(lemma) else [claim.right]
        shared = {s for side in sides for s in sympy.sympify(side).free_symbols}
        replaced = {k.func for k in lemma.substitution if isinstance(k, AppliedUndef)}
        names = {a.func.__name__ for a in applications(sides) if a.func not in replaced}
        found = {}
        for symbol, variable in cited.symbols.items():
            value = lemma.substitution.get(symbol, symbol)
            inner = cited.index is not None and symbol in _inner(lemma.theorem)
            if inner and symbol not in lemma.substitution:
                found[variable.name] = self._taken_over(variable)
            elif symbol in parameters or symbol in lemma.substitution:
                found[variable.name] = _written(value, count=variable.rank == NATURAL)
            elif symbol in shared and variable.rank == 0:
                found[variable.name] = _written(symbol, count=False)
            elif _alone(lemma) and symbol == lemma.theorem.claim.left and variable.rank == 0:
                found[variable.name] = _written(lemma.left, count=False)
            else:
                found[variable.name] = self._taken_over(variable)
        for name, variable in cited.functions.items():
            if name in names and variable.rank == 1:
                found[variable.name] = _called(name)
            else:
                found[variable.name] = self._taken_over(variable)
        for variable in cited.taken_over:
            found[variable.name] = self._taken_over(variable)
        return found

    def _taken_over(self, variable: Variable) -> Writing:
        """A variable of the cited theorem that becomes one here, at every index of its own."""
        moving = self.index is not None
        rank = variable.moving if moving else variable.rank
        own = Variable(name=self._free(variable.name), rank=rank, note=variable.note)
        self.statement.taken_over.append(own)

        def write(scope: Scope, texts: Texts, at: Count | None) -> str:
            del scope
            return f"({texts[own.name]} {at.natural})" if moving and at else texts[own.name]

        return write

    def _support(
        self,
        step: Step,
        fact: Fact,
        lemma: Lemma,
        hypothesis: Hypothesis,
        texts: TextsAt,
    ) -> Hypothesis | Proved:
        if hypothesis.needs is not None and not hypothesis.moving:
            needed = sympy.sympify(hypothesis.needs).subs(lemma.substitution, simultaneous=True)
            return self._proved(step, hypothesis, needed)

        def body(own: Texts, at: Count | None) -> str:
            return hypothesis.formula(texts(own, at))

        note = f"{hypothesis.note} (of theorem {lemma.theorem.name}, cited for '{fact.name}')"
        name = hypothesis.name.removeprefix("H_")
        return self._add_each(hypothesis.kind, name, note, step, body)

    def _proved(
        self, step: Step, hypothesis: Hypothesis, needed: Expression
    ) -> Hypothesis | Proved:
        """What a cited theorem needs: proved over the range, or from squared norms."""
        atoms = unknown_atoms(self.theorem, needed)
        if not atoms:
            return Proved(expression=needed, strict=hypothesis.strict)
        plain, signs = with_atoms(self.theorem, needed, atoms)
        proves = is_positive if hypothesis.strict else is_nonnegative
        if not proves(plain, signs):
            relation = Relation(
                smaller=sympy.Integer(0), greater=needed, sign="<" if hypothesis.strict else "<="
            )
            return self._given("norm", "norm", f"{hypothesis.note}: its sign", relation, step)
        for atom in atoms:
            if atom not in self.norms:
                relation = Relation(smaller=sympy.Integer(0), greater=atom)
                note = f"{atom} is not negative, being a squared norm, a mean of them or an excess"
                self.norms[atom] = self._given("norm", f"{atom}_sign", note, relation, step)
        return Proved(expression=needed, strict=hypothesis.strict)

    def _link(
        self,
        step: Step,
        fact: Fact,
        lemma: Lemma,
        cited: Statement,
        texts: TextsAt,
        index: Expression | None,
    ) -> Hypothesis:
        """What is bounded here is what the cited theorem bounds."""

        def body(own: Texts, at: Count | None) -> str:
            scope = self.statement.scope(own, at)
            there = cited.scope(texts(own, at), cited_index(index, scope))
            return f"{real(lemma.left, scope)} = {real(lemma.theorem.claim.left, there)}"

        note = (
            f"'{fact.name}': what theorem {lemma.theorem.name} bounds, {lemma.theorem.claim.text}"
        )
        return self._add_each("link", f"{fact.name}_link", note, step, body)

    # theorems added up over an index

    def _add_up(self, step: Step, fact: Fact, lemma: Lemma) -> Citation:
        if self.index is not None:
            raise ValueError(f"{self.theorem.name}: '{fact.name}' adds up inside an induction")
        cited = build(lemma.theorem).statement
        varying = {s for term in lemma.sums for s in sympy.sympify(term).free_symbols}
        by_itself = cited.index in varying
        varying |= set(cited.symbols) - set(self.statement.symbols)
        number = self._new(f"{lemma.theorem.name}_number", NATURAL, f"how many: {lemma.over}")
        weights = self._new("weight", 1, f"the weights: {lemma.over}") if by_itself else None
        binding = self._term_binding(lemma, cited, varying, by_itself)

        def texts(own: Texts, at: Count | None) -> Texts:
            scope = self.statement.scope(own, None)
            return {name: write(scope, own, at) for name, write in binding.items()}

        if weights is not None:
            self._add(
                "assumption", "weights", f"weights are not negative: {lemma.over}",
                lambda own: f"forall i : nat, 0 <= {own[weights.name]} i",
            )  # fmt: skip
        support = tuple(
            self._term_support(lemma, h, texts, varying, by_itself) for h in cited.hypotheses
        )
        links = tuple(
            self._total_link(lemma, cited, texts, number, weights, term, total)
            for term, total in lemma.sums.items()
        )
        sums = Sums(number=number, weights=weights, links=links, terms=tuple(lemma.sums.items()))
        return Citation(
            lemma=lemma, cited=cited, texts=texts, index=cited.index, support=support, sums=sums
        )

    def _new(self, name: str, rank: int, note: str) -> Variable:
        variable = Variable(name=self._free(name), rank=rank, note=note)
        self.statement.taken_over.append(variable)
        return variable

    def _term_binding(
        self, lemma: Lemma, cited: Statement, varying: set[Expression], by_itself: bool
    ) -> dict[str, Writing]:
        parameters = {p.symbol for p in lemma.theorem.domain.parameters}
        found = {}
        for symbol, variable in cited.symbols.items():
            if symbol in parameters and symbol not in varying:
                found[variable.name] = _written(symbol, count=variable.rank == NATURAL)
            else:
                found[variable.name] = self._term_variable(variable, by_itself)
        for variable in (*cited.functions.values(), *cited.taken_over):
            found[variable.name] = self._term_variable(variable, by_itself)
        return found

    def _term_variable(self, variable: Variable, by_itself: bool) -> Writing:
        rank = variable.rank if by_itself else variable.moving
        own = self._new(variable.name, rank, f"{variable.note}, one a term")

        def write(scope: Scope, texts: Texts, at: Count | None) -> str:
            del scope
            name = texts[own.name]
            return name if by_itself or at is None else f"({name} {at.natural})"

        return write

    def _term_support(
        self,
        lemma: Lemma,
        hypothesis: Hypothesis,
        texts: TextsAt,
        varying: set[Expression],
        by_itself: bool,
    ) -> Hypothesis | Proved:
        needs = hypothesis.needs
        if needs is not None and not sympy.sympify(needs).free_symbols & varying:
            return Proved(expression=needs, strict=hypothesis.strict)

        def formula(own: Texts) -> str:
            name = bound("i", own)
            text = hypothesis.formula(texts(own, counted(name)))
            return text if by_itself else f"forall {name} : nat, {text}"

        kind: Kind = "condition" if hypothesis.kind == "sign" else hypothesis.kind
        note = f"{hypothesis.note}, for {lemma.over}"
        return self._add(kind, hypothesis.name.removeprefix("H_"), note, formula)

    def _total_link(
        self,
        lemma: Lemma,
        cited: Statement,
        texts: TextsAt,
        number: Variable,
        weights: Variable | None,
        term: Expression,
        total: Expression,
    ) -> Hypothesis:
        def formula(own: Texts) -> str:
            left = real(total, self.statement.scope(own, None))
            i = bound("i", own)
            inner = term_text(cited, texts(own, counted(i)), weights, own, term, i)
            return f"{left} = total {own[number.name]} (fun {i} => {inner})"

        return self._add("link", f"{total}_total", f"{total} is the sum of {term}", formula)


def _written(value: Expression, *, count: bool) -> Writing:
    def write(scope: Scope, texts: Texts, at: Count | None) -> str:
        del texts, at
        text = natural(value, scope) if count else real(value, scope)
        return text if text.endswith("%nat") else wrapped(text)

    return write


def _called(name: str) -> Writing:
    return lambda scope, texts, at: scope.functions[name]


def _same(lemma: Lemma) -> bool:
    """Whether the left side is the cited theorem's own."""
    left = sympy.sympify(lemma.theorem.claim.left).subs(lemma.substitution, simultaneous=True)
    return bool(sympy.expand(left - lemma.left) == 0)


def _alone(lemma: Lemma) -> bool:
    """Whether the cited theorem bounds a mere name, which stands for anything."""
    left = sympy.sympify(lemma.theorem.claim.left)
    parameters = {p.symbol for p in lemma.theorem.domain.parameters}
    return bool(left.is_Symbol) and left not in parameters and not _same(lemma)


def _inner(theorem: Theorem) -> set[Expression]:
    """The parameters of the proof alone."""
    return {p.symbol for p in theorem.domain.parameters if p.inner}


def _parameters(theorem: Theorem) -> dict[Expression, Parameter]:
    return {p.symbol: p for p in theorem.domain.parameters}


def _expressions(theorem: Theorem) -> Iterable[Expression]:
    yield from (theorem.claim.left, theorem.claim.right)
    for step in theorem.steps:
        if step.goal is not None:
            yield step.goal
    for _, fact, multiplier in used_facts(theorem):
        if fact.reason == "definition":
            continue
        yield from (fact.expression, multiplier)
        if fact.lemma is not None and not fact.lemma.sums:
            yield from (fact.lemma.left, *fact.lemma.substitution.values())
            yield from _unchanged(fact.lemma)
    for _, square in used_squares(theorem):
        yield square.value


def _unchanged(lemma: Lemma) -> list[Expression]:
    """Parameters of a cited theorem that are the same here."""
    cited = build(lemma.theorem).statement
    parameters = [p.symbol for p in lemma.theorem.domain.parameters]
    known = {*cited.symbols, cited.index}
    known -= _inner(lemma.theorem) if cited.index is not None else set()
    return [s for s in parameters if s in known and s not in lemma.substitution]


def _spoken_of(expression: Expression, statement: Statement) -> bool:
    known = set(statement.symbols) | {statement.index}
    calls = {a.func.__name__ for a in applications([expression])}
    return expression.free_symbols <= known and calls <= set(statement.functions)
