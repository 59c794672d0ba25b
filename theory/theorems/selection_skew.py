"""Clients chosen by their losses: what the choice gains in rate and costs in bias.

Problem: minimise ``F = Σ_i d_i f_i``, every ``f_i`` L-smooth, μ-strongly convex and at least
``f_i*``; ``Γ = F* − Σ d_i f_i*``.
Method: ``w⁺ = w − η g``, ``g`` the mean gradient of the clients that were chosen, in whatever way:
power-of-choice takes those of greatest loss among a few candidates.
Skew: ``ρ̄`` and ``ρ̃`` with ``E R >= ρ̄ (F(w) − Σ d_i f_i*)`` and ``E R* <= ρ̃ Γ`` in every round,
``R`` and ``R*`` the means of ``f_i − f_i*`` at ``w`` and at ``w*``, both over the clients that are
chosen at ``w``. Drawn by data size both are 1. A ``ρ̄ > 1`` is a faster rate and ``ρ̃ > ρ̄`` a bias;
neither is sure of power-of-choice: whose losses are ``1, 0, 0``, with weights ``0.9, 0.05, 0.05``,
and takes the greater two of all three has ``R = 0.5 < F = 0.9``.
Guarantees, ``η(L + μρ̄) <= 1``, ``s = 1 − ηL``: ``E‖w⁺ − w*‖² <= (1 − ημ(1 + sρ̄))‖w − w*‖² +
2ηΓ(ρ̃ − sρ̄)``, so a constant step decays geometrically to ``2Γ(ρ̃ − sρ̄)/(μ(1 + sρ̄))``, for short
steps to the bias ``2Γ(ρ̃ − ρ̄)/(μ(1 + ρ̄))``: 0 where ``ρ̃ = ρ̄`` or the clients agree.
Reference: Cho, Wang, Joshi (AISTATS 2022), theorem 3.1: there K local steps, noise and steps 1/t;
here one full gradient of each chosen client, and other constants.
"""

import sympy

from roundlot.theory.proofs.domain import Condition, Domain, Parameter
from roundlot.theory.proofs.expressions import norm2, vectors
from roundlot.theory.proofs.facts import given, strong_convexity
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem
from roundlot.theory.theorems.bounded_gradient import THEOREM as BOUNDED_GRADIENT
from roundlot.theory.theorems.centred import JENSEN, whole
from roundlot.theory.theorems.geometric_decay import Decay
from roundlot.theory.theorems.partial_participation import DISTANCE
from roundlot.theory.theorems.symbols import (
    CLIENT_SMOOTHNESS,
    CONVEXITY,
    HETEROGENEITY,
    INITIAL,
    ORDERED,
    ORIGIN,
    ROUND,
    L,
    a,
    eta,
    extra,
    mu,
    start,
    t,
    value,
)
from roundlot.theory.theorems.symbols import STEP_SIZE as STEP
from roundlot.theory.theorems.symbols import heterogeneity as spread

excess, chosen, chosen_then, room, squares = sympy.symbols("φ R R⋆ s E[Q]")
least_skew, most_skew = sympy.symbols("ρ̄ ρ̃")
e, g = vectors("e", "g")
short = 1 - eta * L

LEAST_SKEW = Parameter(
    name="least_skew",
    symbol=least_skew,
    meaning="ρ̄, at most E R/(F(w) − Σ d_i f_i*), R the mean of f_i(w) − f_i* over those chosen at "
    "w",
)
MOST_SKEW = Parameter(
    name="skew",
    symbol=most_skew,
    meaning="ρ̃, at least E R⋆/Γ, R⋆ the mean of f_i(w*) − f_i* over those chosen at w",
)
SHORT = Condition(
    text="η(L + μρ̄) <= 1",
    greater=1,
    smaller=eta * (L + mu * least_skew),
    slack=room,
    slack_value=1 / eta - L - mu * least_skew,
)
CHART = {L: mu + extra, eta: 1 / (mu + extra + mu * least_skew + room)}

STEP_SKEWED = Theorem(
    name="skewed_step",
    title="One step along the clients that were chosen, by their losses say",
    setting=(
        "F = Σ d_i f_i with minimiser w*, every f_i is L-smooth, μ-strongly convex and at least "
        "f_i*; w⁺ = w − ηg, g is the mean of ∇f_i(w) over the chosen; R, R⋆ are the means of f_i − "
        "f_i* at w and at w*, both over the clients that are chosen at w; Γ = F* − Σ "
        "d_i f_i*, φ = F(w) − F*, e = w − w*. Products of vectors and values stand for their "
        "expectations given w."
    ),
    claim=Claim(
        left=norm2(e - eta * g),
        right=(1 - eta * mu * (1 + short * least_skew)) * norm2(e)
        + 2 * eta * spread * (most_skew - short * least_skew),
        text="E‖w⁺ − w*‖²",
        latex=r"\mathbb{E}\|w^{+} - w^{\star}\|^2",
    ),
    relation="upper",
    domain=Domain(
        parameters=(
            CLIENT_SMOOTHNESS,
            CONVEXITY,
            STEP,
            DISTANCE,
            HETEROGENEITY,
            LEAST_SKEW,
            MOST_SKEW,
        ),
        conditions=(ORDERED, SHORT),
        chart=CHART,
    ),
    steps=(
        Step(
            name="one step",
            scalars=(L, mu, eta, least_skew),
            facts=(
                strong_convexity(
                    chosen,
                    g,
                    -e,
                    chosen_then,
                    mu=mu,
                    reason="so is the mean over the chosen, between w and w*",
                    name="the chosen are strongly convex",
                ),
                JENSEN.instance(norm2(g), {norm2(whole): squares}, name="mean of the chosen"),
                BOUNDED_GRADIENT.instance(
                    squares, {value: chosen}, name="smooth and bounded below"
                ),
                given(
                    chosen,
                    least_skew * (excess + spread),
                    name="skew at w",
                    reason="definition of ρ̄; F(w) − Σ d_i f_i* = φ + Γ",
                ),
                given(most_skew * spread, chosen_then, name="skew at w*", reason="definition of ρ̃"),
                strong_convexity(
                    0, ORIGIN, e, excess, mu=mu, reason="F is μ-strongly convex, least at w*"
                ),
            ),
        ),
    ),
    reference="Cho, Wang, Joshi (AISTATS 2022)",
)

DECAY = Decay(
    factor=1 - eta * mu * (1 + short * least_skew),
    floor=2 * spread * (most_skew - short * least_skew) / (mu * (1 + short * least_skew)),
    text="(1 − ημ(1 + (1 − ηL)ρ̄))",
)

FLOOR = Theorem(
    name="selection_bias",
    title="Chosen clients, by their losses say, lead up to the bias of their choice",
    setting=STEP_SKEWED.setting
    + " The step is the same in every round, ρ̄ and ρ̃ hold in all; Q(t) = (1 − ημ(1 + (1 − "
    "ηL)ρ̄))^t.",
    claim=Claim(
        left=a(t),
        right=DECAY.bound(t),
        text="E‖w_t − w*‖²",
        latex=r"\mathbb{E}\|w_t - w^{\star}\|^2",
        definitions=DECAY.power,
    ),
    relation="upper",
    domain=Domain(
        parameters=(
            CLIENT_SMOOTHNESS,
            CONVEXITY,
            STEP,
            INITIAL,
            HETEROGENEITY,
            LEAST_SKEW,
            MOST_SKEW,
            ROUND,
        ),
        conditions=(ORDERED, SHORT),
        chart=CHART,
    ),
    steps=DECAY.steps(
        STEP_SKEWED.instance(a(t + 1), {norm2(e): a(t)}, name="one round at w_t"),
        scalars=(L, mu, eta, start, spread, least_skew, most_skew),
        note="The floor solves A = (1 − ημ(1 + sρ̄))A + 2ηΓ(ρ̃ − sρ̄), s = 1 − ηL.",
    ),
    reference="theorem skewed_step; Cho, Wang, Joshi (AISTATS 2022), theorem 3.1",
)
