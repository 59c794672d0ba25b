"""One step on a smooth function whose gradient dominates its values (Polyak-Łojasiewicz).

Problem: minimise ``F``, L-smooth with ``‖∇F(x)‖² >= 2μ (F(x) − F*)``, convex or not; ``L >= μ``, as
``‖∇F(x)‖² <= 2L (F(x) − F*)``.
Method: ``x⁺ = x − γ g`` with ``E g = ∇F(x)``, ``E‖g − ∇F(x)‖² <= σ²``, ``0 < γ <= 2/L``.
Guarantee: ``E F(x⁺) − F* <= (1 − γμ(2 − γL)) (F(x) − F*) + Lγ²σ²/2``.
Reference: Karimi, Nutini, Schmidt (ECML-PKDD 2016); theorem nonconvex_descent.
"""

import sympy

from roundlot.theory.proofs.domain import Condition, Domain
from roundlot.theory.proofs.facts import domination
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem
from roundlot.theory.theorems.nonconvex_descent import THEOREM as DESCENT
from roundlot.theory.theorems.symbols import (
    CONVEXITY,
    ORDERED,
    SMOOTHNESS,
    STEP,
    VALUE,
    VARIANCE,
    L,
    d,
    extra,
    gamma,
    mu,
    new_value,
    value,
    variance,
)

room = sympy.Symbol("s")
STEP_AT_MOST = Condition(
    text="γ <= 2/L", greater=2 / L, smaller=gamma, slack=room, slack_value=2 / gamma - L
)

THEOREM = Theorem(
    name="gradient_dominated",
    title="One step contracts the excess value where the gradient dominates it",
    setting=(
        "F is L-smooth with least value F* and ‖∇F(x)‖² >= 2μ(F(x) − F*); values are measured from "
        "F*; x⁺ = x − γ(∇F(x) + ξ), E ξ = 0, E‖ξ‖² <= σ²."
    ),
    claim=Claim(
        left=new_value,
        right=(1 - gamma * mu * (2 - gamma * L)) * value + L * gamma**2 * variance / 2,
        text="E F(x⁺) − F*",
        latex=r"\mathbb{E} F(x^{+}) - F^{\star}",
    ),
    relation="upper",
    domain=Domain(
        parameters=(SMOOTHNESS, CONVEXITY, STEP, VARIANCE, VALUE),
        conditions=(ORDERED, STEP_AT_MOST),
        chart={L: mu + extra, gamma: 2 / (mu + extra + room)},
    ),
    steps=(
        Step(
            name="one step",
            scalars=(L, mu, gamma),
            facts=(
                DESCENT.instance(new_value, {}),
                domination(d, value, mu=mu),
            ),
        ),
    ),
    reference="Karimi, Nutini, Schmidt (ECML-PKDD 2016)",
)
