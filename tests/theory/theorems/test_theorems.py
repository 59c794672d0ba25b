"""Every theorem is proved, every wrong constant refused, every number out of range refused."""

import subprocess
import sys
from dataclasses import replace

import pytest
import sympy

from roundlot.theory import CATALOGUE, AssumptionError, ProofError
from roundlot.theory.proofs.facts import in_range
from roundlot.theory.proofs.theorem import Theorem
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
    for step in theorem.steps:
        multipliers, target = theorem.multipliers[step.name], step.target(theorem.claim.gap)
        for index, multiplier in enumerate(multipliers):
            changed = list(multipliers)
            changed[index] = multiplier + LITTLE * (multiplier or 1)
            assert step.residual(target, tuple(changed)) != 0


@BY_NAME
def test_wrong_constant_in_a_fact_is_refused(theorem):
    for step in theorem.steps:
        multipliers, target = theorem.multipliers[step.name], step.target(theorem.claim.gap)
        for index, fact in enumerate(step.facts):
            parts = sympy.Add.make_args(sympy.expand(fact.expression))
            if len(parts) == 1:
                continue
            wrong = replace(fact, expression=fact.expression + parts[0] * LITTLE)
            facts = (*step.facts[:index], wrong, *step.facts[index + 1 :])
            assert replace(step, facts=facts).residual(target, multipliers) != 0, fact.name


@pytest.mark.parametrize("name", ["one_step", "decreasing_steps", "water_filling", "local_drift"])
def test_what_remains_makes_the_check_fail(name):
    theorem = named(name)
    step = theorem.steps[-1]
    kept = theorem.multipliers[step.name]
    assert not theorem.check({step.name: (kept[0] + LITTLE, *kept[1:])})


def test_every_fact_is_used():
    for theorem in CATALOGUE:
        for step in theorem.steps:
            used = zip((*step.facts, *step.squares), theorem.multipliers[step.name], strict=True)
            assert all(multiplier != 0 for _, multiplier in used), theorem.name


def test_numbers_put_into_a_lemma_keep_their_signs():
    theorem, step = named("constant_step"), named("constant_step").steps[1]
    wrong = one_step.THEOREM.instance(
        step.facts[0].lemma.left, {one_step.variance: -one_step.gamma}
    )
    facts = (wrong, *step.facts[1:])
    broken = replace(theorem, steps=(theorem.steps[0], replace(step, facts=facts)))
    check = broken.check({step.name: (1,) * 3})
    assert "needs σ² nonnegative, which is not shown" in str(check)


def test_an_exact_fact_needs_an_exact_lemma():
    theorem = named("partial_participation")
    (step,) = theorem.steps
    facts = tuple(replace(f, equality=f.equality or f.lemma is not None) for f in step.facts)
    called = replace(theorem, steps=(replace(step, facts=facts),))
    assert called.check()  # what a cited theorem is decides, not what the fact is called
    assert "inequality" in str(replace(called, relation="exact").check())


def test_adding_up_a_theorem_covers_every_term():
    free = named("water_filling_free")
    score, chance = sympy.symbols("M q")
    total = free.total({score**2 / chance: 1, chance: 1, score: 1}, over="everybody")
    assert total.lemma.over == "everybody"
    with pytest.raises(ValueError, match="not among the terms"):
        free.total({score**2 / chance: 1, chance: 1}, over="everybody")


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
    assert "is not shown >= 0" in str(replace(theorem, domain=domain).check())


def test_a_substitution_that_misses_part_of_the_range_is_refused():
    theorem, chart = named("one_step"), {cocoercivity.L: cocoercivity.mu + 1 + cocoercivity.extra}
    domain = replace(theorem.domain, chart={**theorem.domain.chart, **chart})
    assert "does not cover" in str(replace(theorem, domain=domain).check())


def test_a_lemma_out_of_its_range_is_refused():
    theorem = named("best_steps")
    domain = replace(theorem.domain, conditions=(cocoercivity.ORDERED,))
    domain = replace(domain, chart={cocoercivity.L: cocoercivity.mu + cocoercivity.extra})
    assert "one_step needs γ <= 2/(L + μ)" in str(replace(theorem, domain=domain).check())


def test_an_induction_without_its_base_is_refused():
    theorem = named("one_over_t")
    assert "lacks its step that shows the base" in str(
        replace(theorem, steps=theorem.steps[1:]).check()
    )


def test_tight_needs_a_witness_that_attains():
    theorem = named("convex_step")
    assert "without an instance" in str(replace(theorem, relation="tight").check())
    variance = sympy.Symbol("σ²")
    loose = with_claim(named("one_step"), named("one_step").claim.right + variance)
    (step,) = loose.steps
    wider = replace(step, facts=(*step.facts, in_range("σ² >= 0", variance)))
    loose = replace(loose, steps=(wider,))
    assert "not attained" in str(loose.check())
    assert replace(loose, relation="upper", witness=None).check()


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


USUAL = {
    "smoothness": 4.0,
    "client_smoothness": 4.0,
    "slope": 5.0,
    "strong_convexity": 0.5,
    "step": 0.03,
    "variance": 9.0,
    "scale": 4.0,
    "offset": 32.0,
    "constant": 400.0,
    "initial": 3.0,
    "noise": 9.0,
    "probability": 0.3,
    "other_probability": 0.4,
    "floor": 0.2,
    "score": 5.0,
    "price": 1.0,
    "budget": 2.0,
    "contraction": 0.5,
    "local_steps": 5.0,
    "squared_norm": 2.0,
    "mean_inverse": 0.1,
    "done": 2.0,
    "memory_root": 0.5,
    "local_step": 0.01,
    "weight_variance": 0.4,
    "leader_weight": 0.5,
    "other_leader_weight": 0.25,
}

PARTICULAR = {
    "steep_step": {"expected_smoothness": 5.0},
    "joint_covariance": {"joint_probability": 0.1},
    "joint_variance": {"joint_products": 3.0},
    "pair_difference": {"joint_probability": 0.1},
    "scaffold_sum": {"step": 0.01},
    "scaffold": {"step": 0.01},
    "fair_rounds": {"largest_weight": 0.1},
    "latest_updates_sum": {"step": 0.02},
    "latest_updates": {"step": 0.02},
}


def admissible(theorem: Theorem) -> dict[str, float]:
    usual = {**USUAL, **PARTICULAR.get(theorem.name, {})}
    return {p.name: usual.get(p.name, 1.0) for p in theorem.domain.numbers}


@BY_NAME
def test_evaluate_is_a_number_inside_and_refused_outside(theorem):
    numbers = admissible(theorem)
    assert isinstance(theorem.evaluate(**numbers), float)
    for parameter in theorem.domain.numbers:
        for wrong in (float("nan"), float("inf"), *(() if parameter.signed else (-1.0,))):
            with pytest.raises(AssumptionError, match=parameter.name):
                theorem.evaluate(**{**numbers, parameter.name: wrong})
    with pytest.raises(AssumptionError, match="give exactly"):
        theorem.evaluate(**numbers, nonsense=1.0)


@pytest.mark.parametrize(
    ("name", "change", "condition"),
    [
        ("one_step", {"smoothness": 0.4}, "L >= μ"),
        ("one_step", {"step": 0.45}, "γ <= 2"),
        ("constant_step", {"step": 0.45}, "γ <= 2"),
        ("constant_step", {"round": 1.5}, "whole number"),
        ("best_steps", {"variance": 0.1}, "<= 2σ²"),
        ("growing_step", {"step": 0.37}, r"γ <= 2/\(L \+ μ \+ S\)"),
        ("growing_step", {"expected_smoothness": 3.6}, "S <= L − μ"),
        ("steep_step", {"step": 0.19}, r"γ <= 1/\(μ \+ S\)"),
        ("steep_step", {"expected_smoothness": 3.4}, "S >= L − μ"),
        ("gradient_gap", {"load": 1.26, "client_smoothness": 4.0}, "c L_i <= M d"),
        ("growing_best_steps", {"highest": 0.9}, "a <= b"),
        ("one_over_t", {"scale": 1.9}, "cμ >= 1"),
        ("one_over_t", {"offset": 1.9}, "cμ <= τ"),
        ("one_over_t", {"constant": 59.0}, "C >= τ"),
        ("one_over_t", {"constant": 143.0, "offset": 7.0}, "c² B"),
        ("decreasing_steps", {"offset": 8.9, "constant": 200.0}, "2τ"),
        ("convex_step", {"step": 0.26}, "1/L"),
        ("gradient_dominated", {"step": 0.51}, "2/L"),
        ("covariance", {"other_probability": 0.71}, "p \\+ q <= 1"),
        ("water_filling_capped", {"probability": 1.1}, "q <= c"),
        ("water_filling", {"budget": 1.0}, "m > Σ c"),
        ("floored_variance", {"floor": 0.0}, "floor is 0.*above 0"),
        ("floored_variance", {"floor": 0.31}, "p >= θ"),
        ("stale_helps", {"multiple": 2.1}, "β <= 2"),
        ("partial_participation", {"step": 0.26}, "η <= 1/L"),
        ("local_steps", {"offset": 31.0}, "gμ >= 4L"),
        ("local_steps", {"local_steps": 33.0}, "g >= K"),
        ("local_steps", {"local_steps": 0.5}, "whole number"),
        ("latest_updates", {"step": 0.03}, "8γL <= 3p"),
        ("stale_updates", {"memory_root": 0.7}, "4γLr <= p"),
        ("stale_updates", {"step": 0.126}, "2γL <= 1"),
        ("fedavg", {"local_step": 0.017}, "3ηLK <= 1"),
        ("fedavg", {"rounds": 0.0}, "T >= 1"),
        ("fedavg_weights", {"weight_variance": 0.47}, "18γLκ <= 1"),
        ("fair_rounds", {"loss_ratio": 3.0}, "18γLκ <= 1"),
        ("participation_rate", {"offset": 15.9, "constant": 300.0}, "cL <= τ"),
        ("skewed_step", {"step": 0.23}, "μρ̄"),
        ("windows", {"window": 3.0}, "3γLP <= 1"),
        ("scaffold", {"step": 0.019}, "4γL <= p"),
        ("scaffold", {"weight_variance": 0.5}, "16γLκ <= p"),
        ("greatest_gain", {"greatest_score": 0.9}, "h >= l"),
        ("pooled_batch", {"mean_inverse": 1.5}, "E\\[1/N\\] <= 1"),
        ("decentralised", {"step": 0.0626}, "4rηL <= 1"),
        ("decentralised_mix_first", {"step": 0.0313}, "4ηL <= 1"),
        ("decentralised", {"contraction": 1.0}, "r < 1"),
        ("decentralised", {"rounds": 0.0}, "T >= 1"),
    ],
)
def test_the_condition_that_fails_is_named(name, change, condition):
    theorem = named(name)
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
    with pytest.raises(KeyError, match="did you mean 'best_steps'"):
        named("two_steps")
