"""A second theorem for a tight bound: an instance meets every fact of the proof and attains it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import sympy

from roundlot.theory.proofs.domain import Condition, Domain, Parameter
from roundlot.theory.proofs.expressions import Expression, is_zero
from roundlot.theory.proofs.facts import Fact, Square
from roundlot.theory.proofs.steps import Step
from roundlot.theory.rocq.positivity import (
    Signs,
    is_nonnegative,
    is_positive,
    signs_of,
)
from roundlot.theory.rocq.signs import (
    Chart,
    chart_of,
    opening,
    positive_denominators,
    signed_form,
)
from roundlot.theory.rocq.statements import (
    NATURAL,
    Hypothesis,
    Relation,
    Variable,
    applications,
    at_least_zero,
)
from roundlot.theory.rocq.terms import (
    ZERO,
    Count,
    Scope,
    comment,
    counted,
    identifier,
    natural,
    real,
    wrapped,
)
from roundlot.theory.rocq.usage import Built, is_base, used_facts, used_squares


@dataclass(frozen=True, kw_only=True)
class Part:
    """One of the things to show: a relation, at every index or at one."""

    relation: Relation
    note: str
    every: bool = False
    base: bool = False


@dataclass(frozen=True, kw_only=True)
class Attained:
    """Writes the theorem that a witness attains the bound."""

    built: Built
    chart: Chart
    values: dict[Expression, Expression]
    known: Signs
    any_numbers: dict[Expression, Parameter]  # by the symbol of what a given parameter is told by

    def lines(self) -> Iterator[str]:
        """The whole theorem: statement and proof."""
        theorem, parts = self.built.statement.theorem, self._parts()
        text = theorem.witness.text if theorem.witness is not None else ""
        yield comment(f"The bound is attained: {text}.")
        yield f"Theorem {theorem.name}_attained"
        yield from self._binders(parts)
        unknowns = self._unknowns(parts)
        exists = "".join(f"exists {n} : {kind}, " for n, kind, _ in unknowns)
        yield f"  : {exists}"
        for part in parts:
            end = "." if part is parts[-1] else " /\\"
            yield f"    {comment(part.note)} ({self._said(part)}){end}"
        yield "Proof."
        yield from (f"  {line}" for line in self._proof(parts, [v for _, _, v in unknowns]))
        yield "Qed."
        yield ""

    # what is said

    def _parts(self) -> list[Part]:
        """Every fact and square the proof uses, and the claim as an equality."""
        theorem, index = self.built.statement.theorem, self.built.statement.index
        found = list(self._ranges())
        items: list[tuple[Step, Fact | Square]] = [(s, f) for s, f, _ in used_facts(theorem)]
        items += [(s, q) for s, q in used_squares(theorem) if id(q) in self.built.given]
        for step, item in items:
            if isinstance(item, Fact):
                if not _external(item):
                    continue
                relation = at_least_zero(item.expression, equality=item.equality)
                note = f"{item.name}: {item.reason}"
            else:
                relation = Relation(smaller=sympy.Integer(0), greater=item.value)
                note = f"a squared norm: {item}"
            moving = index is not None and not is_base(step)
            found.append(Part(relation=relation, note=note, every=moving, base=is_base(step)))
        claim = self.built.statement.claim()
        equality = Relation(smaller=claim.smaller, greater=claim.greater, sign="=")
        return [*found, Part(relation=equality, note="attained", every=index is not None)]

    def _ranges(self) -> Iterator[Part]:
        """The signs and conditions of what the instance gives."""
        for hypothesis in self.built.statement.hypotheses:
            if hypothesis.needs is None or not self._is_shown(hypothesis):
                continue
            sign = "<" if hypothesis.strict else "<="
            relation = Relation(smaller=sympy.Integer(0), greater=hypothesis.needs, sign=sign)
            yield Part(relation=relation, note=hypothesis.note, every=hypothesis.moving)

    def _spoken(self, parts: list[Part]) -> set[Expression]:
        sides = [e for p in parts for e in (p.relation.smaller, p.relation.greater)]
        return {s for e in [*sides, *self.values.values()] for s in sympy.sympify(e).free_symbols}

    def _free_symbols(self, parts: list[Part]) -> list[Expression]:
        """The symbols that the instance leaves open."""
        spoken = self._spoken(parts)
        ranged = {s for c in self._conditions() for s in self._at(c.difference).free_symbols}
        statement = self.built.statement
        return [s for s in statement.symbols if s not in self.values and s in spoken | ranged]

    def _conditions(self) -> tuple[Condition, ...]:
        return self.built.statement.theorem.domain.conditions

    def _at(self, expression: Expression) -> Expression:
        index, formulas = self.built.statement.index, {}
        for call in applications([expression]):
            formula = self.values.get(call.func(index)) if index is not None else None
            if formula is not None:
                formulas[call] = formula.subs(index, call.args[0])
        told = sympy.sympify(expression).subs(formulas, simultaneous=True)
        return told.subs(self.values, simultaneous=True)

    def _binders(self, parts: list[Part]) -> Iterator[str]:
        statement, outer = self.built.statement, self._scope(None, instance=True)
        for symbol in self._free_symbols(parts):
            variable = statement.symbols[symbol]
            kind = "nat" if variable.rank < 0 else "R"
            yield f"  ({variable.name} : {kind}) {comment(variable.note)}"
            if symbol in self.known.nonnegative and str(symbol) not in self._signed:
                yield f"  ({variable.name}_sign : 0 <= {variable.name})"
        for symbol in sorted(
            self.known.positive - signs_of(statement.theorem.domain).positive, key=str
        ):
            yield f"  ({statement.symbols[symbol].name}_above : 0 < {real(symbol, outer)})"
        for parameter in self.any_numbers.values():
            name, sign = self._any(parameter), "<" if parameter.positive else "<="
            yield f"  ({name} : R) {comment(f'any number in the place of {parameter.symbol}')}"
            yield from () if parameter.signed else (f"  ({name}_sign : 0 {sign} {name})",)
        for hypothesis in statement.hypotheses:
            if hypothesis.needs is None or self._is_shown(hypothesis):
                continue
            yield f"  {comment(hypothesis.note)}"
            yield f"  ({hypothesis.name} : {self._said_of(hypothesis)})"

    def _said_of(self, hypothesis: Hypothesis) -> str:
        """A sign or condition; of numbers that differ elsewhere, of the one that they all are."""
        outer = self._scope(None, instance=True)
        if not hypothesis.moving:
            return hypothesis.formula(self._texts(outer))
        sign = "<" if hypothesis.strict else "<="
        return f"0 {sign} {real(hypothesis.needs, outer)}"

    @property
    def _signed(self) -> set[str]:
        """The parameters: their signs are hypotheses of the theorem already."""
        return {str(p.symbol) for p in self.built.statement.theorem.domain.parameters}

    def _unknowns(self, parts: list[Part]) -> list[tuple[str, str, str]]:
        """Name, type and value of everything that the instance fixes."""
        statement, spoken = self.built.statement, self._spoken(parts)
        found = []
        for symbol, variable in statement.symbols.items():
            if symbol in self.values and symbol in spoken:
                at = None if variable.rank in (0, NATURAL) else counted("n")
                write = real if variable.rank >= 0 else natural
                text = write(self.values[symbol], self._scope(at, instance=True))
                binder = "fun n : nat => " if at else ""
                found.append((variable.name, variable.type, binder + text))
        sequences = self._sequences()
        return found + [(statement.functions[n].name, "nat -> R", t) for n, t in sequences.items()]

    def _sequences(self) -> dict[str, str]:
        """The instance's sequences, at every number."""
        index, found = self.built.statement.index, dict[str, str]()
        if index is None:
            return {}
        names = list(self.built.statement.functions)
        calls = {name: sympy.Function(name) for name in names}
        plain = self._scope(counted("n"))
        for name, call in calls.items():
            if call(index) in self.values:
                found[name] = f"fun n : nat => {real(self.values[call(index)], plain)}"
        return found

    def _said(self, part: Part) -> str:
        if not part.every:
            at = ZERO if part.base else None
            return part.relation.text(self._scope(at))
        return f"forall n : nat, {part.relation.text(self._scope(counted('n')))}"

    def _scope(self, at: Count | None, *, instance: bool = False) -> Scope:
        """The theorem's names; of the ``instance``, what it fixes written out."""
        statement = self.built.statement
        scope = statement.scope(statement.own_texts, at)
        scope = scope.having(reals=self._constant())
        if not instance:
            return scope
        fixed = {
            symbol: wrapped(real(value, scope))
            for symbol, value in self.values.items()
            if symbol.is_Symbol
            and statement.symbols.get(symbol) is not None
            and statement.symbols[symbol].rank == 0
        }
        counts = {
            symbol: counted(natural(value, scope))
            for symbol, value in self.values.items()
            if symbol in statement.symbols and statement.symbols[symbol].rank == NATURAL
        }
        return scope.having(reals=fixed, counts=counts)

    def _constant(self) -> dict[Expression, str]:
        """What the instance leaves open is the same at every index."""
        symbols = self.built.statement.symbols.items()
        found = {s: v.name for s, v in symbols if v.rank > 0 and s not in self.values}
        return found | {s: self._any(p) for s, p in self.any_numbers.items()}

    @staticmethod
    def _any(parameter: Parameter) -> str:
        return f"any_{identifier(str(parameter.symbol))}"

    def _is_given(self, expression: Expression) -> bool:
        """Whether it speaks of something that the instance gives."""
        return bool(self._at(expression) != expression)

    def _is_shown(self, hypothesis: Hypothesis) -> bool:
        """Whether the instance has it by itself; if not, it limits what the instance leaves open.

        A condition on what is given is shown where both its sides agree, a sign always.
        """
        if hypothesis.kind == "condition":
            at_it = self._at(hypothesis.needs)
            return self._is_given(hypothesis.needs) and not hypothesis.strict and is_zero(at_it)
        return self._is_given(hypothesis.needs)

    def _is_plain(self, hypothesis: Hypothesis) -> bool:
        """Whether it follows from the signs of the parameters, no condition used."""
        if hypothesis.kind == "condition":
            return True
        plain = signs_of(Domain(parameters=self.built.statement.theorem.domain.parameters))
        raw = Signs(
            positive=plain.positive | (self.known.positive & set(self.built.statement.symbols)),
            nonnegative=plain.nonnegative,
        )
        proves = is_positive if hypothesis.strict else is_nonnegative
        return proves(self._at(hypothesis.needs), raw)

    def _texts(self, scope: Scope) -> dict[str, str]:
        statement = self.built.statement
        return {v.name: self._text(s, v, scope) for s, v in statement.symbols.items()} | {
            v.name: v.name for v in [*statement.functions.values(), *statement.taken_over]
        }

    @staticmethod
    def _text(symbol: Expression, variable: Variable, scope: Scope) -> str:
        if variable.rank == NATURAL:
            return scope.counts[symbol].natural
        return scope.reals.get(symbol, variable.name) if variable.rank == 0 else variable.name

    # how it is shown

    def _proof(self, parts: list[Part], witnesses: list[str]) -> Iterator[str]:
        scope = self._scope(None, instance=True)
        for hypothesis in self.built.statement.hypotheses:
            if hypothesis.needs is None or hypothesis.moving or not self._is_shown(hypothesis):
                continue
            if self._is_plain(hypothesis):
                tactic = "(apply Req_le; identity)" if hypothesis.kind == "condition" else "sign"
                yield f"assert ({hypothesis.name} : {self._said_of(hypothesis)}) by {tactic}."
        yield from opening(self.chart, scope, skip=frozenset(self.values))
        yield from (f"exists ({w})." for w in witnesses)
        for part in parts:
            if part is not parts[-1]:
                yield "split."
            yield "{ " + " ".join(self._shown(part)) + " }"

    def _shown(self, part: Part) -> Iterator[str]:
        at = counted("n") if part.every else ZERO if part.base else None
        scope = self._scope(at, instance=True)
        if part.every:
            yield "intro n. pose proof (pos_INR n)."
        yield "cbv beta. rewrite ?S_INR. cbn [INR]."
        yield "rewrite <- ?tech_pow_Rmult, ?pow_O."
        difference = self._at(part.relation.greater) - self._at(part.relation.smaller)
        involved = [difference, *self.values.values()]
        yield from positive_denominators(self.chart, scope, involved, self.known)
        if part.relation.sign == "=":
            yield "apply equal."
            yield "match goal with |- ?here = 0 => replace here with 0 by identity end."
            yield "reflexivity."
            return
        over_chart = self.chart.written(difference)
        inside = scope.having(reals=self.chart.slacks)
        form = "0" if is_zero(over_chart) else signed_form(over_chart, self.known, inside)
        turn = "apply less." if part.relation.sign == "<" else "apply at_most."
        yield f"{turn} {self.chart.rewrites_without(self.values)}written ({form}). sign."


def _external(fact: Fact) -> bool:
    """Whether a fact says something of the instance, not of the proof."""
    proved = fact.checked or fact.condition or fact.hypothesis or fact.shown_by is not None
    return not proved and fact.reason != "definition"


def attained(built: Built) -> list[str]:
    """The lines of the second theorem of a tight bound; none of another.

    None either of an instance that is a list of summands, which the kernel alone adds up.
    """
    theorem = built.statement.theorem
    if theorem.relation != "tight" or theorem.witness is None or theorem.witness.summands:
        return []
    domain = theorem.domain
    parameters = {p.symbol: p for p in domain.parameters}
    told = {sympy.sympify(k): sympy.sympify(v) for k, v in theorem.witness.values.items()}
    names = {k: sympy.Symbol(f"any {k}") for k, v in told.items() if k in parameters and v.has(k)}
    values = {k: v.subs({k: names[k]}) if k in names else v for k, v in told.items()}
    put_in = {k: v for k, v in values.items() if k in names}
    values = {k: v if k in names else v.subs(put_in) for k, v in values.items()}
    any_numbers = {names[k]: parameters[k] for k in names}
    divided = {
        s
        for value in values.values()
        for part in sympy.preorder_traversal(value)
        if part.is_Pow and part.exp.is_Integer and part.exp < 0 and part.base.is_Symbol
        for s in [part.base]
    }
    nonnegative = {s for s in built.statement.symbols if str(s).startswith("‖")}
    chart = _chart(built, values)
    signs = signs_of(
        replace(
            domain,
            chart={k: v for k, v in domain.chart.items() if k in chart.equations},
            parameters=(
                *domain.parameters,
                *(replace(p, symbol=symbol) for symbol, p in any_numbers.items()),
            ),
        )
    )
    known = Signs(positive=signs.positive | divided, nonnegative=signs.nonnegative | nonnegative)
    instance = Attained(
        built=built,
        chart=chart,
        values=values,
        known=known,
        any_numbers=any_numbers,
    )
    return list(instance.lines())


def _chart(built: Built, values: Mapping[Expression, Expression]) -> Chart:
    """The chart without what the instance makes an equation of a parameter with itself."""
    chart = chart_of(built.statement)
    told = built.statement.theorem.domain.chart
    kept = {
        symbol: name
        for symbol, name in chart.equations.items()
        if not sympy.sympify(told[symbol]).subs(values, simultaneous=True).has(symbol)
    }
    return replace(chart, equations=kept)
