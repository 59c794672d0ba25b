"""The steps that make the one-step bound smallest, and the rate they give.

Problem: minimise ``F``, L-smooth and μ-strongly convex, ``L >= μ``; ``a = E‖x_t − x*‖² > 0``.
Method: ``γ = μa/(μ²a + σ²)``, allowed when ``μa(L − μ) <= 2σ²`` (then ``γ <= 2/(L + μ)``).
Guarantee: the next squared distance is at most ``aσ²/(μ²a + σ²)``, that is
``1/a_{t+1} >= 1/a_t + μ²/σ²``, and no other step has a smaller bound in theorem one_step.
Reference: theorem one_step; the minimiser of a quadratic in ``γ``.
"""

import sympy

from roundlot.theory.proofs.domain import Condition, Domain, Parameter
from roundlot.theory.proofs.expressions import norm2, vectors
from roundlot.theory.proofs.facts import Square
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem, Witness
from roundlot.theory.theorems.one_step import THEOREM as ONE_STEP
from roundlot.theory.theorems.symbols import (
    CONVEXITY,
    ORDERED,
    SMOOTHNESS,
    VARIANCE,
    L,
    extra,
    gamma,
    mu,
    variance,
)

now, after, any_step, room = sympy.symbols("a a⁺ η s")
(e,) = vectors("e")
best_step = mu * now / (mu**2 * now + variance)
bound = now * variance / (mu**2 * now + variance)

NOISY = Condition(
    text="μa (L − μ) <= 2σ²",
    greater=2 * variance,
    smaller=mu * now * (L - mu),
    slack=room,
    slack_value=2 * variance - mu * now * (L - mu),
)

THEOREM = Theorem(
    name="best_steps",
    title="The best step for the one-step bound, and its rate",
    setting=(
        "F is L-smooth and μ-strongly convex; one step of theorem one_step from a point with "
        "E‖x − x*‖² <= a, with γ = μa/(μ²a + σ²)."
    ),
    claim=Claim(
        left=after,
        right=bound,
        text="E‖x⁺ − x*‖²",
        latex=r"\mathbb{E}\|x^{+} - x^{\star}\|^2",
    ),
    relation="tight",
    domain=Domain(
        parameters=(
            SMOOTHNESS,
            CONVEXITY,
            VARIANCE,
            Parameter(
                name="squared_distance", symbol=now, meaning="the squared distance a", positive=True
            ),
        ),
        conditions=(ORDERED, NOISY),
        chart={L: mu + extra, variance: (room + mu * now * extra) / 2},
    ),
    steps=(
        Step(
            name="no step does better",
            scalars=(mu, now, variance, any_step),
            goal=(1 - any_step * mu) ** 2 * now + any_step**2 * variance - bound,
            squares=(Square(form=any_step - best_step),),
            note="The one-step bound is a quadratic in the step η: its distance to the least.",
        ),
        Step(
            name="the best step",
            scalars=(L, mu, now, variance),
            facts=(ONE_STEP.instance(after, {gamma: best_step, norm2(e): now}, name="one step"),),
        ),
    ),
    reference="theorem one_step",
    witness=Witness(
        text="F(x) = μ/2 ‖x‖² with noise of variance σ²",
        values={after: (1 - best_step * mu) ** 2 * now + best_step**2 * variance},
    ),
)
