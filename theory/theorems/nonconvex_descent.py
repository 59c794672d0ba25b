"""One step of a sampled gradient method on a smooth function, convex or not.

Problem: decrease ``F``, L-smooth.
Method: ``x⁺ = x − γ g`` with ``E g = ∇F(x)`` and ``E‖g − ∇F(x)‖² <= σ²``.
Guarantee: ``E F(x⁺) <= F(x) − γ(1 − γL/2) ‖∇F(x)‖² + Lγ²σ²/2``, attained by ``F = L/2 ‖x‖²``.
Reference: Ghadimi and Lan (SIAM J. Optim. 2013).
"""

from roundlot.theory.proofs.domain import Domain
from roundlot.theory.proofs.expressions import inner, norm2
from roundlot.theory.proofs.facts import bounded_variance, descent, zero_mean
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem, Witness
from roundlot.theory.theorems.symbols import (
    GRADIENT,
    SMALL_GRADIENT,
    SMOOTHNESS,
    STEP,
    VALUE,
    VARIANCE,
    L,
    d,
    gamma,
    new_value,
    noise,
    value,
    variance,
)

THEOREM = Theorem(
    name="nonconvex_descent",
    title="One step decreases a smooth function, up to the variance of the draw",
    setting=(
        "F is L-smooth, its values measured from a lower bound; x⁺ = x − γ(∇F(x) + ξ), E ξ = 0, "
        "E‖ξ‖² <= σ². Products of vectors stand for their expectations given x."
    ),
    claim=Claim(
        left=new_value,
        right=value - gamma * (1 - gamma * L / 2) * norm2(d) + L * gamma**2 * variance / 2,
        text="E F(x⁺)",
        latex=r"\mathbb{E} F(x^{+})",
    ),
    relation="tight",
    domain=Domain(
        parameters=(SMOOTHNESS, STEP, VARIANCE, VALUE, GRADIENT), implied=(SMALL_GRADIENT,)
    ),
    steps=(
        Step(
            name="one step",
            scalars=(L, gamma),
            facts=(
                descent(value, d, -gamma * (d + noise), new_value, L=L),
                *zero_mean(noise, d),
                bounded_variance(noise, variance),
            ),
        ),
    ),
    reference="Ghadimi and Lan (SIAM J. Optim. 2013)",
    witness=Witness(
        text="F(x) = L/2 ‖x‖² with noise of variance σ²",
        values={
            inner(noise, d): 0,
            norm2(noise): variance,
            value: norm2(d) / (2 * L),
            new_value: (norm2(d) * (1 - gamma * L) ** 2 + L**2 * gamma**2 * variance) / (2 * L),
        },
    ),
)
