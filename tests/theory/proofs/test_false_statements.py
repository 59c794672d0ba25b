"""Statements that are false, or not proved by what stands there, each refused for its reason."""

from dataclasses import replace

import pytest
import sympy

from roundlot.theory.proofs.domain import Condition, Domain, Parameter
from roundlot.theory.proofs.expressions import inner, norm2, vectors
from roundlot.theory.proofs.facts import Fact, in_range
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem, Witness
from roundlot.theory.theorems import cocoercivity, decentralised, named
from roundlot.theory.theorems.symbols import CONVEXITY, ORDERED, SMOOTHNESS, L, extra, gamma, mu

x, y, slack = sympy.symbols("x y s")
zero = sympy.Integer(0)


def number(symbol, **kind):
    return Parameter(name=str(symbol), symbol=symbol, meaning=str(symbol), **kind)


def statement(left, right, *steps, parameters=(), relation="upper", **more):
    return Theorem(
        name="statement",
        title="A statement",
        setting="None.",
        claim=Claim(left=left, right=right, text="left", latex="left"),
        relation=relation,
        domain=Domain(parameters=parameters, **more),
        steps=steps,
        reference="nobody",
    )


def step(*facts, scalars=(), **more):
    return Step(name="only", scalars=scalars, facts=facts, **more)


def refused(theorem: Theorem, *reasons: str) -> None:
    check = theorem.check()
    assert not check
    assert all(reason in str(check) for reason in reasons), str(check)


def test_a_step_that_cites_itself():
    itself = Fact(name="itself", expression=-sympy.S.One, reason="it says so", shown_by="only")
    refused(
        statement(sympy.Integer(1), zero, step(itself)), "cites 'only'", "no earlier proof step"
    )


def test_a_step_that_cites_a_later_one():
    early = Fact(name="early", expression=x - 1, reason="below", shown_by="late")
    late = Step(name="late", scalars=(), goal=x - 1, facts=(early,))
    refused(statement(sympy.Integer(1), x, step(early), late, parameters=(number(x),)), "'late'")


@pytest.mark.parametrize(("start", "missing"), [(0, "successor"), (1, "base")])
def test_half_an_induction(start, missing):
    a, t, top = sympy.Function("a"), sympy.Symbol("t"), sympy.Symbol("A")
    shown = Fact(name="start", expression=top - a(0 if start == 0 else t + 1), reason="assumed")
    half = step(shown, shift={t: 0 if start == 0 else t + 1})
    parameters = (number(top), number(t, whole=True))
    refused(statement(a(t), top, half, parameters=parameters), f"that shows the {missing}")


INDUCTIVE = [
    "batch_sum",
    "mean_of_updates",
    "constant_step",
    "one_over_t",
    "decreasing_steps",
    "participation_floor",
    "local_steps",
    "mixing",
    "lower_rounds",
    "consensus_potential",
    "consensus_mix_first_potential",
]


@pytest.mark.parametrize("name", INDUCTIVE)
@pytest.mark.parametrize("part", ["base", "successor"])
def test_an_induction_without_one_of_its_steps(name, part):
    theorem = named(name)
    shift = 0 if part == "base" else None
    gone = [s for s in theorem.steps if s.shift and (0 in s.shift.values()) == (shift == 0)]
    rest = tuple(s for s in theorem.steps if s not in gone)
    refused(replace(theorem, steps=rest), f"lacks its step that shows the {part}")


def test_an_index_that_is_shifted_otherwise():
    theorem = named("batch_sum")
    base, successor = theorem.steps
    ((index, _),) = successor.shift.items()
    for value in (index - 1, index + 2, sympy.Integer(1)):
        wrong = replace(theorem, steps=(base, replace(successor, shift={index: value})))
        refused(wrong, "shifts", "not to 0 or")


def test_a_lemma_with_a_retyped_left_side():
    e, d = vectors("e", "∇F")
    left = 2 * norm2(d) + mu * L * norm2(e)
    cited = cocoercivity.THEOREM.instance(left, {})
    wrong = statement(left, (L + mu) * inner(d, e), step(cited, scalars=(L, mu)))
    refused(replace(wrong, domain=cocoercivity.THEOREM.domain), "another left side")


def test_a_lemma_at_a_parameter_of_unknown_sign():
    z, after, spread = sympy.symbols("z after σ²")
    (e,) = vectors("e")
    at_most = Condition(text="z <= 2/(L + μ)", greater=2 / (L + mu), smaller=z)
    wrong = statement(
        after,
        (1 - z * mu) ** 2 * norm2(e) + z**2 * spread,
        step(named("one_step").instance(after, {gamma: z}), scalars=(L, mu, z)),
        parameters=(
            SMOOTHNESS,
            CONVEXITY,
            number(z, signed=True),
            number(spread),
            number(norm2(e)),
        ),
        conditions=(ORDERED, at_most),
        chart={L: mu + extra},
    )
    refused(wrong, "one_step needs γ positive")


def test_inequalities_that_call_themselves_equalities():
    ranged = Fact(name="x >= 0", expression=x, reason="range", checked=True, equality=True)
    refused(statement(x, zero, step(ranged), parameters=(number(x),)), "multiplier -1", "'x >= 0'")
    more = Condition(text="x >= y", greater=x, smaller=y)
    stated = Fact(name="more", expression=x - y, reason="it", condition=True, equality=True)
    both = (number(x), number(y))
    wrong = statement(x, y, step(stated), parameters=both, conditions=(more,))
    refused(wrong, "multiplier -1", "'more'")
    exact = statement(x, y, step(stated), parameters=both, conditions=(more,), relation="exact")
    refused(exact, "an exact claim rests on 'more', an inequality")


def test_a_multiplier_with_a_pole_in_the_range():
    product = Fact(name="xy = 0", expression=x * y, reason="assumed", equality=True)
    wrong = statement(
        y, zero, step(product, scalars=(x,)), parameters=(number(x), number(y)), relation="exact"
    )
    refused(wrong, "divides by x")


def test_a_slack_named_like_a_parameter():
    stated = Condition(text="y >= s", greater=y, smaller=slack, slack=x, slack_value=y - slack)
    wrong = statement(
        -x,
        zero,
        step(in_range("x >= 0", x)),
        parameters=(number(x, signed=True), number(y), number(slack)),
        conditions=(stated,),
        chart={y: slack + x},
    )
    refused(wrong, "x is the name of two things")


def test_a_slack_that_need_not_have_its_sign():
    stated = Condition(text="y >= x", greater=y, smaller=x, slack=slack, slack_value=x - y)
    wrong = statement(
        x - y, zero, step(in_range("s >= 0", y - x)), parameters=(number(x), number(y))
    )
    wrong = replace(wrong, domain=replace(wrong.domain, conditions=(stated,), chart={y: x - slack}))
    refused(wrong, "the slack of 'y >= x' need not have its sign")


def test_an_abbreviation_that_is_defined_twice():
    theorem = named("partial_participation")
    nothing = dict.fromkeys(theorem.claim.definitions, zero)
    refused(replace(theorem, claim=replace(theorem.claim, definitions=nothing)), "which is defined")


def test_an_asserted_witness():
    theorem, t = decentralised.THEOREM, decentralised.T
    values = {
        decentralised.mean_gradient: theorem.claim.right,
        decentralised.total(t): t * theorem.claim.right,
        decentralised.values(t): zero,
        decentralised.spread(t): zero,
    }
    asserted = Witness(text="an assertion", values=values)
    refused(replace(theorem, relation="tight", witness=asserted), "witness", "does not give")


def test_a_witness_of_vectors_that_do_not_exist():
    theorem = named("one_step")
    (e, d) = vectors("e", "∇F")
    values = {**theorem.witness.values, inner(d, e): 2 * mu * norm2(e)}
    wrong = replace(theorem.witness, values=values)
    refused(replace(theorem, witness=wrong), "squared length", "is not shown >= 0")


def test_a_witness_outside_of_the_range():
    theorem = named("floored_variance")
    ((floor, p),) = theorem.witness.values.items()
    wrong = replace(theorem.witness, values={floor: -p})
    refused(replace(theorem, witness=wrong), "needs θ positive")


def test_a_lemma_whose_own_proof_fails():
    lemma = named("batch_sum")
    broken = replace(lemma, claim=replace(lemma.claim, right=lemma.claim.right / 2))
    k = lemma.domain.parameters[1].symbol
    cited = broken.instance(lemma.claim.left, {})
    wrong = statement(lemma.claim.left, broken.claim.right, step(cited, scalars=(k,)))
    refused(replace(wrong, domain=lemma.domain), "batch_sum, proof step 'induction")


def test_sums_that_are_numbers():
    free = named("water_filling_free")
    score, chance = sympy.symbols("M q")
    cited = free.total({score**2 / chance: -x, chance: x, score: x}, over="everybody")
    theorem = statement(x, zero, step(cited), parameters=(number(x),))
    assert "not names of their own" in str(theorem.check({"only": (1,)}))


def test_an_index_that_a_condition_restricts():
    theorem = named("batch_sum")
    k = theorem.domain.parameters[1].symbol
    late = Condition(text="k >= 3", greater=k, smaller=3)
    domain = replace(theorem.domain, conditions=(late,))
    refused(replace(theorem, domain=domain), "restricts the index k")


def test_an_index_that_is_not_whole():
    theorem = named("batch_sum")
    variance, count = theorem.domain.parameters
    domain = replace(theorem.domain, parameters=(variance, replace(count, whole=False)))
    refused(replace(theorem, domain=domain), "the index k is not a whole parameter")
