"""Signs over a theorem's range, proved in Rocq: slacks, the chart, products of positive factors."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

import sympy

from roundlot.theory.proofs.domain import Condition, Domain
from roundlot.theory.proofs.expressions import Expression, factor_list, is_zero
from roundlot.theory.rocq.positivity import Signs, is_positive, signs_of
from roundlot.theory.rocq.statements import NATURAL, Statement
from roundlot.theory.rocq.terms import Count, Scope, free, identifier, real, wrapped
from roundlot.theory.rocq.usage import unknown_atoms, with_atoms


@dataclass(frozen=True, kw_only=True)
class Chart:
    """The names of a theorem's slacks, and of the equations that write parameters in them."""

    statement: Statement
    slacks: dict[Expression, str] = field(default_factory=dict)
    equations: dict[Expression, str] = field(default_factory=dict)

    @property
    def rewrites(self) -> str:
        """The tactic that writes every charted parameter in free parameters and slacks."""
        return self.rewrites_without(())

    def written(self, expression: Expression) -> Expression:
        """``expression`` with charted parameters written in free ones and slacks."""
        told = self.statement.theorem.domain.chart.items()
        put_in = {k: v for k, v in told if k in self.equations}
        return sympy.sympify(expression).subs(put_in, simultaneous=True)

    def rewrites_without(self, fixed: Collection[Expression]) -> str:
        """The same, where some parameters are fixed."""
        names = [f"?{name}" for symbol, name in self.equations.items() if symbol not in fixed]
        return f"rewrite {', '.join(names)}. " if names else ""


def chart_of(statement: Statement) -> Chart:
    """Names for slacks and equations that collide with nothing in the statement."""
    domain = statement.theorem.domain
    used = {v.name for v in statement.variables} | {h.name for h in statement.hypotheses}
    slacks, equations = {}, {}
    for condition in domain.conditions:
        if condition.slack is not None:
            slacks[condition.slack] = free(f"{identifier(str(condition.slack))}_slack", used)
            used.add(slacks[condition.slack])
    for symbol in domain.chart:
        variable = statement.symbols.get(symbol)
        named = identifier(str(symbol)) if variable is None else variable.name
        equations[symbol] = free(f"chart_{named}", used)
        used.add(equations[symbol])
    return Chart(statement=statement, slacks=slacks, equations=equations)


def opening(chart: Chart, scope: Scope, *, skip: Collection[Expression] = ()) -> Iterator[str]:
    """The slacks of the conditions with their signs, and the parameters written in them."""
    for symbol, variable in chart.statement.symbols.items():
        if variable.rank == NATURAL and symbol not in skip:
            yield f"pose proof (pos_INR {variable.name})."
    yield from _equations(chart, scope, {*skip, *_moving(chart.statement)})


def opening_here(chart: Chart, at: Count, scope: Scope) -> Iterator[str]:
    """The same at one index of an induction, of what differs from index to index."""
    for variable in chart.statement.symbols.values():
        if variable.rank < NATURAL:
            yield f"pose proof (pos_INR ({variable.name} {at.natural}))."
    for hypothesis in chart.statement.hypotheses:
        if hypothesis.moving:
            yield f"pose proof ({hypothesis.name} {at.natural})."
    moving = _moving(chart.statement)
    domain = chart.statement.theorem.domain
    fixed = {*chart.slacks, *domain.chart} - moving
    if moving:
        yield "cbn [INR] in *."
        yield from _equations(chart, scope, fixed)


def _moving(statement: Statement) -> set[Expression]:
    """The parameters and slacks that differ from index to index of an induction."""
    if statement.index is None:
        return set()
    domain = statement.theorem.domain
    found = {p.symbol for p in domain.parameters if p.inner}
    if found:
        found.add(statement.index)
    found |= {c.slack for c in domain.conditions if c.slack and c.difference.free_symbols & found}
    return found | {s for s, v in domain.chart.items() if sympy.sympify(v).free_symbols & found}


def _equations(chart: Chart, scope: Scope, skip: Collection[Expression]) -> Iterator[str]:
    domain = chart.statement.theorem.domain
    for condition in domain.conditions:
        if condition.slack is not None and condition.slack not in skip:
            yield from _slack(chart, condition, scope)
    inside = scope.having(reals=chart.slacks)
    for symbol, value in domain.chart.items():
        if symbol in skip or symbol not in chart.equations:
            continue
        left, right = real(symbol, scope), real(value, inside)
        yield f"assert ({chart.equations[symbol]} : {left} = {right})."
        known = [c.slack for c in domain.conditions if c.slack in sympy.sympify(value).free_symbols]
        defined = ", ".join(f"?{chart.slacks[slack]}_def" for slack in known)
        yield f"{{ rewrite {defined}. identity. }}"


def _slack(chart: Chart, condition: Condition, scope: Scope) -> Iterator[str]:
    name, sign = chart.slacks[condition.slack], "<" if condition.strict else "<="
    value = real(condition.slack_value, scope)
    ratio = sympy.cancel(condition.slack_value / condition.difference)
    raw = Domain(parameters=chart.statement.theorem.domain.parameters)
    form = signed_form(ratio, signs_of(raw), scope)
    room = f"({real(condition.greater, scope)} - {wrapped(real(condition.smaller, scope))})"
    yield f"assert (exists {name}, 0 {sign} {name} /\\ {name} = {value})"
    yield f"  as [{name} [{name}_sign {name}_def]]."
    yield "{ eexists; split; [ | reflexivity ]."
    yield f"  written (({form}) * {room})."
    product = "Rmult_lt_0_compat" if condition.strict else "Rmult_le_pos"
    yield f"  apply {product}; [ sign | lra ]. }}"


def signed_form(expression: Expression, signs: Signs, scope: Scope) -> str:
    """``expression`` as a quotient of products of factors whose signs can be read off."""
    together = sympy.cancel(sympy.together(sympy.sympify(expression)))
    above, below = sympy.fraction(together)
    if sympy.expand(above) == 0:
        return "0"
    top_constant, top = _factors(above, signs)
    bottom_constant, bottom = _factors(below, signs)
    constant = top_constant / bottom_constant
    if constant < 0:
        raise ValueError(f"{expression} is not shown to be non-negative")
    head = [] if constant == 1 and top else [wrapped(real(constant, scope))]
    text = " * ".join(head + [_power(f, n, scope) for f, n in top])
    if not bottom:
        return text
    below = " * ".join(_power(f, n, scope) for f, n in bottom)
    return f"{text} / ({below})" if len(bottom) > 1 else f"{text} / {below}"


def _factors(
    polynomial: Expression, signs: Signs
) -> tuple[Expression, list[tuple[Expression, int]]]:
    """The factors, each turned to have positive coefficients; the constant takes the signs."""
    constant, factors = factor_list(polynomial)
    found = []
    for factor, power in factors:
        turned, flipped = _turned(factor, signs)
        constant *= (-1) ** power if flipped else 1
        found.append((turned, power))
    return sympy.sympify(constant), found


def _turned(factor: Expression, signs: Signs) -> tuple[Expression, bool]:
    terms = sympy.Add.make_args(sympy.expand(factor))
    negative = [t.as_coeff_Mul()[0] < 0 for t in terms]
    flipped = all(negative)
    return (sympy.expand(-factor), True) if flipped else (factor, False)


def _power(factor: Expression, power: int, scope: Scope) -> str:
    text = wrapped(real(factor, scope))
    return text if power == 1 else f"{text} ^ {power}"


def prove(
    chart: Chart, scope: Scope, expression: Expression, atoms: dict[Expression, str] | None = None
) -> str:
    """The tactics that prove the goal ``0 <= expression`` or ``0 < expression``."""
    theorem = chart.statement.theorem
    known = unknown_atoms(theorem, expression) if atoms is None else list(atoms)
    plain, signs = with_atoms(theorem, expression, known)
    names = {sympy.Symbol(f"[{a}]"): f"({real(a, scope)})" for a in known}
    inside = scope.having(reals={**chart.slacks, **names})
    form = signed_form(plain, signs, inside)
    return f"{chart.rewrites}written ({form}). sign."


def denominators(expressions: list[Expression]) -> list[Expression]:
    """The irreducible factors of everything that is divided by."""
    found: dict[Expression, None] = {}
    for expression in expressions:
        for part in sympy.preorder_traversal(sympy.sympify(expression)):
            if part.is_Pow and part.exp.is_Integer and part.exp < 0:
                above, _ = sympy.fraction(sympy.together(part.base))
                for factor, _ in factor_list(above)[1]:
                    found.setdefault(factor)
    return [f for f in found if not f.is_Symbol]


def positive_denominators(
    chart: Chart, scope: Scope, expressions: list[Expression], known: Signs | None = None
) -> Iterator[str]:
    """What is divided by is not 0: each factor is above 0, or below."""
    domain = chart.statement.theorem.domain
    signs = known or signs_of(domain)
    for factor in denominators(expressions):
        for turned in (factor, -factor):
            over_chart = chart.written(turned)
            if is_positive(over_chart, signs):
                form = signed_form(over_chart, signs, scope.having(reals=chart.slacks))
                yield f"assert (0 < {real(sympy.expand(turned), scope)})."
                yield f"{{ {chart.rewrites}written ({form}). sign. }}"
                break


def stated(chart: Chart, expression: Expression, *, strict: bool, at: Count | None) -> str | None:
    """The hypothesis on the range that says ``0 <= expression`` already."""
    for hypothesis in chart.statement.hypotheses:
        if hypothesis.needs is None or (strict and not hypothesis.strict):
            continue
        if is_zero(sympy.sympify(hypothesis.needs) - expression):
            moving = hypothesis.moving and at is not None
            return f"({hypothesis.name} {at.natural})" if moving and at else hypothesis.name
    return None
