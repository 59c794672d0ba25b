"""Decentralised training reaches a small gradient: D-PSGD and MATCHA through the spectral gap.

Problem, methods: those of theorems mean_descent and consensus; workers start equal. Guarantee,
step then mix, for ``ηL <= 1`` and ``4rηL <= 1 − r``, ``r >= √ρ``: the mean over ``T`` rounds
``(1/T) Σ E‖∇F(x̄_k)‖² <= 2(F(x̄_0) − F_inf)/(ηT) + ηLσ²/n + (8/7) η²L²r²/(1 − r) (σ² + 2ζ²/(1 −
r))``; mix then step (D-PSGD as published) with ``4ηL <= 1 − r``, and without the ``r²``.
Proof: the potential ``(η/2) Σ‖∇F‖² + F + A D``, ``A = (4/7) ηL²/(1 − r)``, grows by a constant a
round. Every constant is at most that of the published rate ``8, 4, 8/(1 + √ρ), 24``: theorem
decentralised_published.
Reference: Wang, Sahu, Yang, Joshi, Kar (MATCHA, 2019); Lian et al. (NeurIPS 2017).
"""

from collections.abc import Mapping

import sympy

from roundlot.theory.proofs.domain import Condition, Domain, Parameter
from roundlot.theory.proofs.expressions import Expression, norm2
from roundlot.theory.proofs.facts import (
    Square,
    at_least,
    definition,
    given,
    hypothesis,
    in_range,
)
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem
from roundlot.theory.theorems.consensus import (
    CONTRACTION,
    DISSIMILARITY,
    GAP,
    GOSSIP,
    MIX_FIRST,
    STEP_FIRST,
    noise_at,
    unlike,
    y,
)
from roundlot.theory.theorems.consensus import THEOREM as CONSENSUS
from roundlot.theory.theorems.mean_descent import ALONE, WORKERS, apart, workers
from roundlot.theory.theorems.mean_descent import THEOREM as DESCENT
from roundlot.theory.theorems.mixing import r
from roundlot.theory.theorems.symbols import SMOOTHNESS, VARIANCE, L, d, eta, value, variance
from roundlot.theory.theorems.symbols import STEP_SIZE as STEP

T, start, mean_gradient, others = sympy.symbols("T F₀ φ ω")
total, values, spread, gradient = (sympy.Function(name) for name in ("S", "E", "D", "g"))
weight = sympy.Rational(4, 7) * eta * L**2 / (1 - r)
SHORT = Condition(text="ηL <= 1", greater=1, smaller=eta * L)
START = Parameter(name="value", symbol=start, meaning="F(x̄_0) − F_inf")
ROUNDS = Parameter(name="rounds", symbol=T, meaning="the rounds T", whole=True)
SETTING = (
    " Workers start equal. S(T) = Σ_{k<T} E‖∇F(x̄_k)‖², E(T) = E F(x̄_T) − F_inf, D(T) the spread."
)


def per_round(added: Expression) -> Expression:
    """What the potential grows by in a round."""
    return L * eta**2 * variance / (2 * workers) + weight * noise_at(added)


def _potential(lemma: Theorem, added: Expression, short: Condition) -> Theorem:
    """The potential after ``T`` rounds, by induction over one descent and one mixing."""
    claim = Claim(
        left=eta / 2 * total(T) + values(T) + weight * spread(T),
        right=start + T * per_round(added),
        text="(η/2) S(T) + E(T) + A D(T)",
        latex=r"\frac{\eta}{2} S(T) + E(T) + A D(T)",
    )
    now = {value: values(T), norm2(d): gradient(T), apart: spread(T)}
    onward = Step(
        name="induction, T to T + 1",
        scalars=(L, r, eta, workers, T),
        shift={T: T + 1},
        facts=(
            DESCENT.instance(values(T + 1), now, name="mean_descent"),
            lemma.instance(spread(T + 1), {apart: spread(T)}, name=lemma.name),
            definition(
                total(T + 1),
                total(T) + gradient(T),
                name="one more gradient",
                reason="S(T + 1) adds E‖∇F(x̄_T)‖²",
            ),
            hypothesis(claim.gap),
        ),
        note="A is such that the spread cancels: A · 7(1 − r)/8 = ηL²/2.",
    )
    return Theorem(
        name=f"{lemma.name}_potential",
        title="Gradients, value and spread together grow by a constant a round",
        setting=lemma.setting + SETTING + " A = (4/7) ηL²/(1 − r).",
        claim=claim,
        relation="upper",
        domain=_domain(lemma, short),
        steps=(_base(), onward),
        reference="theorems mean_descent and " + lemma.name,
    )


def _base() -> Step:
    return Step(
        name="base, T = 0",
        scalars=(L, r, eta, workers),
        shift={T: 0},
        facts=(
            given(start, values(0), name="start", reason="F(x̄_0) − F_inf is at most F₀"),
            definition(spread(0), 0, name="equal start", reason="workers start equal"),
            definition(total(0), 0, name="no gradient yet", reason="S(0) is an empty sum"),
        ),
    )


def _domain(lemma: Theorem, short: Condition) -> Domain:
    return Domain(
        parameters=(
            SMOOTHNESS,
            CONTRACTION,
            STEP,
            VARIANCE,
            DISSIMILARITY,
            WORKERS,
            START,
            ROUNDS,
        ),
        conditions=(GAP, SHORT, short, ALONE),
        chart=lemma.domain.chart,
    )


AT_LEAST_ONE = Condition(text="T >= 1", greater=T, smaller=1, slack=others, slack_value=T - 1)


def _rate(name: str, title: str, potential: Theorem, right: Expression) -> Theorem:
    chart: Mapping[Expression, Expression] = {**potential.domain.chart, T: 1 + others}
    return Theorem(
        name=name,
        title=title,
        setting=potential.setting,
        claim=Claim(
            left=mean_gradient,
            right=right,
            text="(1/T) Σ E‖∇F(x̄_k)‖²",
            latex=r"\frac{1}{T} \sum_{k<T} \mathbb{E}\|\nabla F(\bar x_k)\|^2",
        ),
        relation="upper",
        domain=Domain(
            parameters=potential.domain.parameters,
            conditions=(*potential.domain.conditions, AT_LEAST_ONE),
            chart=chart,
        ),
        steps=(
            Step(
                name="divide by ηT/2",
                scalars=(L, r, eta, workers, T),
                facts=(
                    potential.instance(potential.claim.left, {}, name=potential.name),
                    definition(
                        mean_gradient,
                        total(T) / T,
                        name="mean gradient",
                        reason="φ is the mean of E‖∇F(x̄_k)‖²",
                    ),
                    at_least(values(T), 0, name="F >= F_inf", reason="F_inf is a lower bound"),
                    definition(
                        spread(T), norm2(y), name="the spread", reason="D is the mean of ‖y_i‖²"
                    ),
                ),
                squares=(Square(form=y),),
            ),
        ),
        reference="Wang et al. (MATCHA, 2019); Lian et al. (NeurIPS 2017)",
    )


def rate(added: Expression) -> Expression:
    """The bound on the mean squared gradient after ``T`` rounds."""
    apart_cost = sympy.Rational(8, 7) * eta**2 * L**2 * added / (1 - r)
    return (
        2 * start / (eta * T)
        + eta * L * variance / workers
        + apart_cost * (variance + 2 * unlike / (1 - r))
    )


POTENTIAL = _potential(CONSENSUS, r**2, STEP_FIRST)
GOSSIP_POTENTIAL = _potential(GOSSIP, sympy.Integer(1), MIX_FIRST)
THEOREM = _rate(
    "decentralised",
    "Decentralised training, step then mix: a small gradient through the spectral gap",
    POTENTIAL,
    rate(r**2),
)
MIXED_FIRST = _rate(
    "decentralised_mix_first",
    "Decentralised training, mix then step: a small gradient through the spectral gap",
    GOSSIP_POTENTIAL,
    rate(sympy.Integer(1)),
)

_published = (
    8 * start / (eta * T)
    + 4 * eta * L * variance / workers
    + 8 * eta**2 * L**2 * r**2 / (1 - r) * (variance / (1 + r) + 3 * unlike / (1 - r))
)
PUBLISHED = Theorem(
    name="decentralised_published",
    title="The published rate of MATCHA and D-PSGD follows",
    setting=THEOREM.setting,
    claim=Claim(
        left=mean_gradient,
        right=_published,
        text=THEOREM.claim.text,
        latex=THEOREM.claim.latex,
    ),
    relation="upper",
    domain=THEOREM.domain,
    steps=(
        Step(
            name="compare constants",
            scalars=(L, r, eta, workers, T, variance, unlike, start),
            facts=(
                THEOREM.instance(mean_gradient, {}, name="decentralised"),
                in_range("every constant is larger", _published - rate(r**2)),
            ),
            given={"decentralised": 1, "every constant is larger": 1},
        ),
    ),
    reference="Wang et al. (MATCHA, 2019), theorem 1",
)
