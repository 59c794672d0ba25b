"""One step of a sampled gradient method on a smooth convex function.

Problem: minimise ``F``, convex and L-smooth; ``e = x − x*``.
Method: ``x⁺ = x − γ g`` with ``E g = ∇F(x)``, ``E‖g − ∇F(x)‖² <= σ²``, ``0 < γ <= 1/L``.
Guarantee: ``E‖x⁺ − x*‖² <= ‖e‖² − 2γ(F(x) − F*) + γ²σ²``; summed over rounds, the mean excess value
is at most ``‖x_0 − x*‖²/(2γT) + γσ²/2``.
Reference: Nemirovski, Juditsky, Lan, Shapiro (SIAM J. Optim. 2009).
"""

import sympy

from roundlot.theory.proofs.domain import Condition, Domain, Parameter
from roundlot.theory.proofs.expressions import norm2, vectors
from roundlot.theory.proofs.facts import Square, bounded_variance, interpolation, zero_mean
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem
from roundlot.theory.theorems.symbols import ORIGIN, SMOOTHNESS, STEP, VARIANCE, L, gamma, variance

value, room = sympy.symbols("F s")
e, d, noise = vectors("e", "∇F", "ξ")
STEP_AT_MOST = Condition(
    text="γ <= 1/L", greater=1 / L, smaller=gamma, slack=room, slack_value=1 / gamma - L
)

THEOREM = Theorem(
    name="convex_step",
    title="One step on a smooth convex function",
    setting=(
        "F is convex and L-smooth with minimiser x* and values measured from F*; "
        "x⁺ = x − γ(∇F(x) + ξ), E ξ = 0, E‖ξ‖² <= σ²; e = x − x*."
    ),
    claim=Claim(
        left=norm2(e - gamma * (d + noise)),
        right=norm2(e) - 2 * gamma * value + gamma**2 * variance,
        text="E‖x⁺ − x*‖²",
        latex=r"\mathbb{E}\|x^{+} - x^{\star}\|^2",
    ),
    relation="upper",
    domain=Domain(
        parameters=(
            SMOOTHNESS,
            STEP,
            VARIANCE,
            Parameter(name="squared_distance", symbol=norm2(e), meaning="‖x − x*‖²"),
            Parameter(name="value", symbol=value, meaning="F(x) − F*"),
        ),
        conditions=(STEP_AT_MOST,),
        chart={gamma: 1 / (L + room)},
        implied=(
            Condition(text="F(x) − F* <= L/2 ‖x − x*‖²", greater=L / 2 * norm2(e), smaller=value),
        ),
    ),
    steps=(
        Step(
            name="one step",
            scalars=(L, gamma),
            facts=(
                interpolation(
                    0, ORIGIN, ORIGIN, value, d, e, L=L, mu=0, name="convexity and smoothness"
                ),
                *zero_mean(noise, e, d),
                bounded_variance(noise, variance),
            ),
            squares=(Square(form=d),),
        ),
    ),
    reference="Nemirovski, Juditsky, Lan, Shapiro (SIAM J. Optim. 2009)",
)
