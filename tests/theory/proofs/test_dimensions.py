"""Dimensional analysis of every theorem and its whole proof: no sum adds a loss to a distance.

Every symbol has powers of a loss, of a parameter and of an update: those of a named number are in
the table, all others are unknowns. Each sum demands that its terms agree: linear equations.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import pytest
import sympy

from roundlot.theory import CATALOGUE
from roundlot.theory.proofs.facts import Square
from roundlot.theory.proofs.named_numbers import NAMED_NUMBERS, UNITS
from roundlot.theory.proofs.units import WORDS, powers
from roundlot.theory.theorems import named

BY_NAME = pytest.mark.parametrize("theorem", CATALOGUE, ids=lambda t: t.name)


class Dimension:
    """Powers of the bases, and multiples of the unknown dimensions of symbols."""

    def __init__(self, unknown: dict[str, Fraction] | None = None, known: Any = (0, 0, 0)) -> None:
        self.unknown = {k: v for k, v in (unknown or {}).items() if v}
        self.known = tuple(map(Fraction, known))

    def plus(self, other: Dimension, times: Fraction | int = 1) -> Dimension:
        names = self.unknown.keys() | other.unknown.keys()
        unknown = {
            n: self.unknown.get(n, Fraction(0)) + times * other.unknown.get(n, Fraction(0))
            for n in names
        }
        return Dimension(
            unknown, [a + times * b for a, b in zip(self.known, other.known, strict=True)]
        )


NONE = Dimension()


class Analysis:
    """The equations of one theorem, solved as they come."""

    def __init__(self) -> None:
        self.solved: dict[str, Dimension] = {}

    def same(self, first: Dimension | None, second: Dimension | None, where: str) -> None:
        if first is None or second is None:  # 0 has any dimension
            return
        rest = self.reduced(first.plus(second, -1))
        if not rest.unknown:
            assert not any(rest.known), f"{where}: loss, parameter, update off by {rest.known}"
            return
        name, factor = next(iter(rest.unknown.items()))
        value = NONE.plus(rest, -1 / factor)
        del value.unknown[name]
        self.solved[name] = value
        for other, known in self.solved.items():
            self.solved[other] = self.reduced(known)

    def reduced(self, dimension: Dimension) -> Dimension:
        for name in dimension.unknown.keys() & self.solved.keys():
            factor = dimension.unknown[name]
            rest = Dimension({k: v for k, v in dimension.unknown.items() if k != name})
            dimension = Dimension(rest.unknown, dimension.known).plus(self.solved[name], factor)
        return dimension

    def sum(self, terms: list[Dimension | None], where: str) -> Dimension | None:
        kept = [term for term in terms if term is not None]
        for term in kept[1:]:
            self.same(kept[0], term, where)
        return kept[0] if kept else None

    def of(self, expression: Any, where: str) -> Dimension | None:
        e = sympy.sympify(expression)
        if e.is_Number:
            return None if e == 0 else NONE
        if e.is_Symbol:
            return product(e.name)
        if isinstance(e, sympy.Add):
            return self.sum([self.of(term, where) for term in e.args], f"{where}: {e}")
        if isinstance(e, sympy.Mul):
            factors = [self.of(factor, where) for factor in e.args]
            total = NONE
            for one in factors:
                assert one is not None
                total = total.plus(one)
            return total
        if isinstance(e, sympy.Pow):
            base = self.of(e.base, where)
            assert base is not None
            if e.exp.is_Rational:
                return NONE.plus(base, Fraction(int(e.exp.p), int(e.exp.q)))
            self.same(base, NONE, where)
            self.same(self.of(e.exp, where), NONE, where)
            return NONE
        assert e.is_Function, e
        for argument in e.args:  # a sequence's index, a logarithm's argument
            self.same(self.of(argument, where), NONE, f"{where}: {argument}")
        return NONE if e.func.__name__ in ("exp", "log") else unknown(f"{e.func.__name__}(.)")

    def vector(self, form: Any, where: str) -> None:
        terms = []
        for name, coefficient in form.coefficients.items():
            factor = self.of(coefficient, where)
            terms.append(None if factor is None else factor.plus(unknown(f"vector {name}")))
        self.sum(terms, where)

    def theorem(self, theorem: Any) -> None:
        for p in theorem.domain.parameters:
            self.same(self.of(p.symbol, p.name), Dimension(None, powers(p.unit)), p.name)
        claim, rules = theorem.claim, theorem.requirements
        left = self.of(claim.left, "left")
        self.same(left, self.of(claim.right, "right"), "claim")
        if rules.left.unit:
            self.same(left, Dimension(None, powers(rules.left.unit)), "unit of the left side")
        pairs = [(k, v, f"{k}") for k, v in claim.definitions.items()]
        pairs += [(k, v, f"chart {k}") for k, v in theorem.domain.chart.items()]
        for c in (*theorem.domain.conditions, *theorem.domain.implied):
            pairs.append((c.greater, c.smaller, c.text))
            if c.slack is not None:
                pairs.append((c.slack, c.slack_value, f"slack of {c.text}"))
        for first, second, where in pairs:
            self.same(self.of(first, where), self.of(second, where), where)
        for step in theorem.steps:
            for fact in step.facts:
                self.of(fact.expression, f"{step.name}, {fact.name}")
            for square in step.squares:
                self.square(square, step.name)

    def square(self, square: Square, where: str) -> None:
        if hasattr(square.form, "coefficients"):
            self.vector(square.form, where)
        else:
            self.of(square.form, where)


def unknown(name: str) -> Dimension:
    return Dimension({name: Fraction(1)})


def product(name: str) -> Dimension:
    """Of a symbol; of a product of two named vectors it is the product of theirs."""
    if match := re.fullmatch("‖([^‖]+)‖²", name):
        return NONE.plus(unknown(f"vector {match[1]}"), 2)
    if match := re.fullmatch("⟨([^,]+),([^,]+)⟩", name):
        return unknown(f"vector {match[1]}").plus(unknown(f"vector {match[2]}"))
    return unknown(name)


@BY_NAME
def test_every_sum_of_every_proof_adds_what_has_one_dimension(theorem) -> None:
    Analysis().theorem(theorem)


@BY_NAME
def test_every_number_has_a_unit_and_words_for_it(theorem) -> None:
    for parameter in theorem.domain.parameters:
        assert parameter.name in NAMED_NUMBERS
        assert parameter.unit in WORDS
        assert parameter.unit_in_words


def test_the_table_has_no_name_that_no_theorem_takes() -> None:
    used = {p.name for t in CATALOGUE for p in t.domain.parameters}
    assert set(NAMED_NUMBERS) == used == set(UNITS)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("one_step", "step"),
        ("local_steps", "heterogeneity"),
        ("decentralised", "dissimilarity"),
        ("expected_smoothness", "slope"),
        ("constant_step", "initial"),
        ("scaffold", "local_step"),
        ("nonconvex_rate", "value"),
    ],
)
def test_a_wrong_unit_is_found(monkeypatch, name, wrong) -> None:
    """The analysis has teeth: with one unit changed, some sum of the proof fails."""
    table = dict(NAMED_NUMBERS)
    object.__setattr__(changed := type(table[wrong])(unit="F", meaning=""), "unit", "F²")
    monkeypatch.setattr("roundlot.theory.proofs.domain.NAMED_NUMBERS", table | {wrong: changed})
    with pytest.raises(AssertionError, match="off by"):
        Analysis().theorem(named(name))


def test_a_claim_that_forgets_a_factor_is_found() -> None:
    analysis = Analysis()
    L, mu = sympy.symbols("L μ")
    analysis.same(analysis.of(L, ""), Dimension(None, powers("F/x²")), "L")
    analysis.same(analysis.of(mu, ""), Dimension(None, powers("F/x²")), "μ")
    with pytest.raises(AssertionError, match="off by"):
        analysis.of(L / mu + L, "forgotten")
