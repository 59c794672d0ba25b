"""One step of a sampled gradient method on a smooth function: convex, dominated, or neither.

Problem: decrease ``F``, L-smooth.
Method: ``x⁺ = x − γ g`` with ``E g = ∇F(x)`` and ``E‖g − ∇F(x)‖² <= σ²``.
Guarantees: whatever ``F`` is ``E F(x⁺) <= F(x) − γ(1 − γL/2) ‖∇F(x)‖² + Lγ²σ²/2``, attained by
``F = L/2 ‖x‖²``;
where ``‖∇F(x)‖² >= 2μ (F(x) − F*)`` (Polyak-Łojasiewicz), ``0 < γ <= 2/L``,
``E F(x⁺) − F* <= (1 − γμ(2 − γL)) (F(x) − F*) + Lγ²σ²/2``;
where ``F`` is convex, ``0 < γ <= 1/L``, ``e = x − x*``,
``E‖x⁺ − x*‖² <= ‖e‖² − 2γ(F(x) − F*) + γ²σ²``; summed over rounds, the mean excess value is at
most ``‖x_0 − x*‖²/(2γT) + γσ²/2``.
Reference: Ghadimi and Lan (SIAM J. Optim. 2013); Karimi, Nutini, Schmidt (ECML-PKDD 2016);
Nemirovski, Juditsky, Lan, Shapiro (SIAM J. Optim. 2009).
"""

import sympy

from roundlot.theory.proofs.domain import Condition, Domain, Parameter
from roundlot.theory.proofs.expressions import inner, norm2
from roundlot.theory.proofs.facts import (
    Square,
    bounded_variance,
    descent,
    domination,
    interpolation,
    zero_mean,
)
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem, Witness
from roundlot.theory.theorems.symbols import (
    CONVEXITY,
    GRADIENT,
    ORDERED,
    ORIGIN,
    SMALL_GRADIENT,
    SMOOTHNESS,
    STEP,
    VALUE,
    VARIANCE,
    L,
    d,
    e,
    extra,
    gamma,
    mu,
    new_value,
    noise,
    value,
    variance,
)

DESCENT = Theorem(
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

room = sympy.Symbol("s")
AT_MOST_TWICE = Condition(
    text="γ <= 2/L", greater=2 / L, smaller=gamma, slack=room, slack_value=2 / gamma - L
)

DOMINATED = Theorem(
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
        conditions=(ORDERED, AT_MOST_TWICE),
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

AT_MOST_ONCE = Condition(
    text="γ <= 1/L", greater=1 / L, smaller=gamma, slack=room, slack_value=1 / gamma - L
)

CONVEX = Theorem(
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
        conditions=(AT_MOST_ONCE,),
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
