"""One step of a sampled gradient method on a smooth strongly convex function.

Problem: minimise ``F``, L-smooth and μ-strongly convex, ``L >= μ``; ``e = x − x*``.
Method: ``x⁺ = x − γ g`` with ``E g = ∇F(x)`` and ``E‖g − ∇F(x)‖² <= σ²``.
Guarantee: ``E‖x⁺ − x*‖² <= (1 − γμ)² ‖e‖² + γ² σ²`` for ``0 < γ <= 2/(L + μ)``, tight.
Reference: the deterministic part is Taylor, Hendrickx, Glineur (2018).
"""

import sympy

from roundlot.theory.proofs.domain import Condition, Domain, Parameter
from roundlot.theory.proofs.expressions import inner, norm2
from roundlot.theory.proofs.facts import bounded_variance, strong_convexity, zero_mean
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem, Witness
from roundlot.theory.theorems.cocoercivity import THEOREM as COCOERCIVITY
from roundlot.theory.theorems.cocoercivity import gap
from roundlot.theory.theorems.symbols import (
    CONVEXITY,
    ORDERED,
    ORIGIN,
    SMOOTHNESS,
    STEP,
    VARIANCE,
    L,
    d,
    e,
    extra,
    gamma,
    mu,
    noise,
    variance,
)

room = sympy.symbols("s")

SHORT_STEP = Condition(
    text="γ <= 2/(L + μ)",
    greater=2 / (L + mu),
    smaller=gamma,
    slack=room,
    slack_value=2 / gamma - L - mu,
)

THEOREM = Theorem(
    name="one_step",
    title="One step contracts the distance, up to the variance of the draw",
    setting=(
        "F is L-smooth and μ-strongly convex with minimiser x*; x⁺ = x − γ(∇F(x) + ξ), E ξ = 0, "
        "E‖ξ‖² <= σ²; e = x − x*. Products of vectors stand for their expectations given x."
    ),
    claim=Claim(
        left=norm2(e - gamma * (d + noise)),
        right=(1 - gamma * mu) ** 2 * norm2(e) + gamma**2 * variance,
        text="E‖x⁺ − x*‖²",
        latex=r"\mathbb{E}\|x^{+} - x^{\star}\|^2",
    ),
    relation="tight",
    domain=Domain(
        parameters=(
            SMOOTHNESS,
            CONVEXITY,
            STEP,
            VARIANCE,
            Parameter(name="squared_distance", symbol=norm2(e), meaning="‖x − x*‖²"),
        ),
        conditions=(ORDERED, SHORT_STEP),
        chart={L: mu + extra, gamma: 2 / (2 * mu + extra + room)},
    ),
    steps=(
        Step(
            name="one step",
            scalars=(L, mu, gamma),
            facts=(
                COCOERCIVITY.instance(norm2(d) + mu * L * norm2(e), {}, name="cocoercivity"),
                strong_convexity(
                    0, ORIGIN, e, gap, mu=mu, name="growth from x*", reason="F is μ-strongly convex"
                ),
                strong_convexity(
                    gap, d, -e, 0, mu=mu, name="growth from x", reason="F is μ-strongly convex"
                ),
                *zero_mean(noise, e, d),
                bounded_variance(noise, variance),
            ),
            note="Together they say that ⟨∇F − μe, e⟩ >= 0 and ‖∇F − μe‖² <= (L − μ)⟨∇F − μe, e⟩.",
        ),
    ),
    reference="Taylor, Hendrickx, Glineur (J. Optim. Theory Appl. 2018); Bach (2024), chapter 5",
    witness=Witness(
        text="F(x) = μ/2 ‖x‖² with noise of variance σ²",
        values={
            inner(d, e): mu * norm2(e),
            norm2(d): mu**2 * norm2(e),
            inner(noise, e): 0,
            inner(noise, d): 0,
            norm2(noise): variance,
            gap: mu * norm2(e) / 2,
        },
    ),
)
