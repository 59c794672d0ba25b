"""Every theorem is proved, every wrong constant refused, every number out of range refused."""

import subprocess
import sys
from dataclasses import replace

import pytest
import sympy

from roundlot.theory import CATALOGUE, AssumptionError, ProofError
from roundlot.theory.domain import Domain
from roundlot.theory.theorem import Theorem
from roundlot.theory.theorems import cocoercivity, named, one_step

BY_NAME = pytest.mark.parametrize("theorem", CATALOGUE, ids=lambda t: t.name)
LITTLE = sympy.Rational(1, 1000)


def with_claim(theorem: Theorem, right: sympy.Expr) -> Theorem:
    return replace(theorem, claim=replace(theorem.claim, right=right))


def terms(theorem: Theorem) -> list[sympy.Expr]:
    return list(sympy.Add.make_args(sympy.expand(theorem.claim.right)))


@BY_NAME
def test_proved(theorem):
    check = theorem.check()
    assert check, str(check)
    assert str(check) == f"{theorem.name}: proved"


@BY_NAME
def test_wrong_constant_in_the_claim_is_refused(theorem):
    for part in terms(theorem):
        for side in (-1, 1):
            right = theorem.claim.right + side * LITTLE * part
            wrong = with_claim(theorem, right)
            looser = theorem.relation == "upper" and part.could_extract_minus_sign() == (side < 0)
            if not looser:
                assert not wrong.check(), f"{part} changed by {side * LITTLE}"


@BY_NAME
def test_wrong_multiplier_is_refused(theorem):
    for name, multipliers in theorem.multipliers.items():
        for index, multiplier in enumerate(multipliers):
            changed = list(multipliers)
            changed[index] = multiplier + LITTLE * (multiplier or 1)
            assert not theorem.check({name: tuple(changed)})


@BY_NAME
def test_wrong_constant_in_a_fact_is_refused(theorem):
    for position, step in enumerate(theorem.steps):
        for index, fact in enumerate(step.facts):
            leading = sympy.Add.make_args(sympy.expand(fact.expression))[0]
            wrong = replace(fact, expression=fact.expression + leading / 1000)
            if sympy.expand(fact.expression) == leading:
                continue
            facts = (*step.facts[:index], wrong, *step.facts[index + 1 :])
            steps = list(theorem.steps)
            steps[position] = replace(step, facts=facts)
            kept = {step.name: theorem.multipliers[step.name]}
            assert not replace(theorem, steps=tuple(steps)).check(kept), fact.name


def test_what_remains_is_said():
    theorem = named("one_step")
    check = with_claim(theorem, theorem.claim.right * sympy.Rational(99, 100)).check()
    assert "remains" in str(check)
    with pytest.raises(ProofError, match=r"one_step: .*remains"):
        check.require()


def test_a_range_that_is_too_wide_is_refused():
    theorem, step = named("one_step"), one_step
    limit = sympy.Rational(21, 10) / (step.L + step.mu)
    slack = sympy.Rational(21, 10) / step.gamma - step.L - step.mu
    wide = replace(step.SHORT_STEP, greater=limit, slack_value=slack)
    chart = {
        **theorem.domain.chart,
        step.gamma: sympy.Rational(21, 10) / (2 * step.mu + step.extra + step.room),
    }
    domain = replace(theorem.domain, conditions=(step.ORDERED, wide), chart=chart)
    assert domain.flaws() == []
    assert "not proved non-negative" in str(replace(theorem, domain=domain).check())


def test_a_substitution_that_misses_part_of_the_range_is_refused():
    domain = Domain(
        parameters=(cocoercivity.SMOOTHNESS, cocoercivity.CONVEXITY),
        conditions=(cocoercivity.ORDERED,),
        chart={cocoercivity.L: cocoercivity.mu + 1 + cocoercivity.extra},
    )
    assert any("does not cover" in flaw for flaw in domain.flaws())


def test_a_lemma_out_of_its_range_is_refused():
    theorem = named("constant_step")
    domain = replace(theorem.domain, conditions=(), chart={})
    assert "needs" in str(replace(theorem, domain=domain).check())


def test_an_induction_without_its_base_is_refused():
    theorem = named("one_over_t")
    assert "without base" in str(replace(theorem, steps=theorem.steps[1:]).check())


def test_tight_needs_a_witness_that_attains():
    theorem = named("convex_step")
    assert "without an instance" in str(replace(theorem, relation="tight").check())
    loose = with_claim(named("one_step"), named("one_step").claim.right + sympy.Symbol("σ²"))
    assert "not attained" in str(loose.check())


@BY_NAME
def test_the_words_are_complete(theorem):
    text = theorem.proof()
    assert theorem.title in text
    assert all(assumption in text for assumption in theorem.assumptions)
    assert theorem.reference in text
    assert theorem.name in repr(theorem)
    latex = theorem.latex()
    assert latex.count("{") == latex.count("}")
    assert not set("‖⟨⟩²∇⁺μγσξτ₀") & set(latex)


def admissible(theorem: Theorem) -> dict[str, float]:
    numbers = {
        "smoothness": 4.0,
        "strong_convexity": 0.5,
        "step": 0.2,
        "variance": 9.0,
        "scale": 4.0,
        "offset": 20.0,
        "constant": 400.0,
        "initial": 3.0,
        "noise": 9.0,
        "probability": 0.3,
        "other_probability": 0.4,
        "score": 5.0,
        "price": 1.0,
    }
    return {p.name: numbers.get(p.name, 1.0) for p in theorem.domain.parameters}


@BY_NAME
def test_evaluate_is_a_number_inside_and_refused_outside(theorem):
    numbers = admissible(theorem)
    assert isinstance(theorem.evaluate(**numbers), float)
    for parameter in theorem.domain.parameters:
        for wrong in (float("nan"), float("inf"), *(() if parameter.signed else (-1.0,))):
            with pytest.raises(AssumptionError, match=parameter.name):
                theorem.evaluate(**{**numbers, parameter.name: wrong})
    with pytest.raises(AssumptionError, match="give exactly"):
        theorem.evaluate(**numbers, nonsense=1.0)


@pytest.mark.parametrize(
    ("name", "change", "condition"),
    [
        ("one_step", {"smoothness": 0.4}, "L > μ"),
        ("one_step", {"step": 0.45}, "γ <= 2"),
        ("constant_step", {"step": 0.45}, "γ <= 2"),
        ("constant_step", {"round": 1.5}, "whole number"),
        ("best_steps", {"variance": 0.1}, "<= 2σ²"),
        ("one_over_t", {"scale": 1.9}, "cμ >= 1"),
        ("one_over_t", {"offset": 1.9}, "cμ <= τ"),
        ("one_over_t", {"constant": 59.0}, "C >= τ"),
        ("one_over_t", {"constant": 143.0}, "c² B"),
        ("decreasing_steps", {"offset": 8.9, "constant": 200.0}, "2τ"),
        ("convex_step", {"step": 0.26}, "1/L"),
        ("gradient_dominated", {"step": 0.51}, "2/L"),
        ("covariance", {"other_probability": 0.71}, "p \\+ q <= 1"),
        ("water_filling_capped", {"probability": 1.1}, "q <= c"),
    ],
)
def test_the_condition_that_fails_is_named(name, change, condition):
    theorem = named(name)
    if name == "one_over_t" and change.get("constant") == 143.0:
        change = {**change, "offset": 7.0}
    with pytest.raises(AssumptionError, match=condition):
        theorem.evaluate(**{**admissible(theorem), **change})


def test_the_border_of_the_range_is_inside_despite_rounding():
    theorem = named("one_step")
    numbers = admissible(theorem)
    for smoothness in (0.7, 1.1, 3.3, 1e5):
        step = 2 / (smoothness + numbers["strong_convexity"])
        theorem.evaluate(**{**numbers, "smoothness": smoothness, "step": step})


def test_theory_stays_light():
    code = "import sys, roundlot.theory; raise SystemExit('sympy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_unknown_name_lists_those_there_are():
    with pytest.raises(KeyError, match="one_step"):
        named("two_steps")
