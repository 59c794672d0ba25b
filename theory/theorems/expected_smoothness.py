"""Expected smoothness: with fixed probabilities the variance grows with the excess value alone.

Problem: ``F = Σ_i d_i f_i`` with minimiser ``x*``, every ``f_i`` convex and L_i-smooth.
Method: a step whose noise is ``ζ(x)``, linear in the clients' gradients, the law of the draw the
same at every ``x``: any design, its probabilities fixed. ``c_i`` bound its variance, ``E‖ζ‖² <=
Σ_i c_i ‖g_i‖²`` whatever the gradients ``g_i`` are: ``c_i = (d_i/B_i)² Σ_b (1/p − 1)`` for
independent processors, ``(d_i/B_i)² Σ_b 1/p`` with replacement or one draw a cluster. When ``S``
models take turns at random, ``(d_i/B_i)² Σ_b (1/p − S)``, and the turn itself adds ``r‖∇F‖²``,
``r = S − 1``; elsewhere ``r = 0``.
Guarantees: for one client, ``δ = ∇f(x) − ∇f(x*)`` and ``D = f(x) − f(x*) − ⟨∇f(x*), x − x*⟩``,
``c‖δ‖² <= 2M d D`` for every ``M`` with ``c L_i <= M d``, attained by ``L_i/2 ‖x‖²``. So the
variance is at most ``2((1 + θ)M + rL)(F(x) − F*) + (1 + 1/θ)V⋆`` for every ``θ > 0``, with
``M >= c_i L_i/d_i``, ``F`` L-smooth and ``V⋆ = E‖ζ(x*)‖²``. The best
``θ = √(V⋆/(2M(F(x) − F*)))`` makes it ``2rL(F(x) − F*) + (√(2M(F(x) − F*)) + √V⋆)²``.
Reference: Nesterov (2004), theorem 2.1.5; Gower, Loizou, Qian, Sailanbayev, Shulgin, Richtárik
(ICML 2019).
"""

import sympy

from roundlot.theory.proofs.domain import Condition, Domain, Parameter
from roundlot.theory.proofs.expressions import norm2, vectors
from roundlot.theory.proofs.facts import Square, at_least, bounded, definition, interpolation
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem, Witness
from roundlot.theory.theorems.bounded_gradient import THEOREM as BOUNDED_GRADIENT
from roundlot.theory.theorems.symbols import ORIGIN, SMOOTHNESS, L, value

client_smoothness, weight, load, slope, bregman, room = sympy.symbols("L_i d c M D s")
change, e = vectors("δ", "e")

LOADED = Condition(
    text="c L_i <= M d",
    greater=slope * weight,
    smaller=load * client_smoothness,
    slack=room,
    slack_value=slope * weight - load * client_smoothness,
)
SLOPE = Parameter(name="slope", symbol=slope, meaning="the slope M, at least c_i L_i / d_i")

GRADIENT_GAP = Theorem(
    name="gradient_gap",
    title="A client's gradient is near its gradient at the optimum where its value is",
    setting=(
        "f is convex and L_i-smooth, δ = ∇f(x) − ∇f(x*), D = f(x) − f(x*) − ⟨∇f(x*), x − x*⟩; d is "
        "the client's weight in F, c that of its squared gradient in the variance of a step."
    ),
    claim=Claim(
        left=load * norm2(change),
        right=2 * slope * weight * bregman,
        text="c‖∇f(x) − ∇f(x*)‖²",
        latex=r"c\|\nabla f(x) - \nabla f(x^{\star})\|^2",
    ),
    relation="tight",
    domain=Domain(
        parameters=(
            Parameter(
                name="client_smoothness",
                symbol=client_smoothness,
                meaning="the smoothness L_i of the client",
                positive=True,
            ),
            Parameter(name="weight", symbol=weight, meaning="the weight d", positive=True),
            Parameter(name="load", symbol=load, meaning="the weight c in the variance"),
            SLOPE,
            Parameter(name="divergence", symbol=bregman, meaning="the divergence D"),
        ),
        conditions=(LOADED,),
        chart={slope: (load * client_smoothness + room) / weight},
    ),
    steps=(
        Step(
            name="convexity and smoothness",
            scalars=(client_smoothness, weight, load, slope),
            facts=(
                interpolation(
                    bregman,
                    change,
                    e,
                    0,
                    ORIGIN,
                    ORIGIN,
                    L=client_smoothness,
                    mu=0,
                    name="f less its tangent at x*",
                ),
                at_least(bregman, 0, name="D >= 0", reason="f is convex, above its tangent"),
            ),
        ),
    ),
    reference="Nesterov (2004), theorem 2.1.5",
    witness=Witness(
        text="f(x) = L_i/2 ‖x‖² with c L_i = M d",
        values={
            slope: load * client_smoothness / weight,
            norm2(change): 2 * client_smoothness * bregman,
        },
    ),
)

share, excess, at_optimum, changes, divergences, common = sympy.symbols("θ φ V⋆ X Y r")
noise, draw, best_draw, d = vectors("ξ", "ζ", "ζ⋆", "∇F")
VALUE = Parameter(name="value", symbol=excess, meaning="φ = F(x) − F*")

THEOREM = Theorem(
    name="expected_smoothness",
    title="With fixed probabilities the variance of a step grows with the excess value alone",
    setting=(
        "F = Σ d_i f_i is L-smooth with minimiser x*, every f_i convex and L_i-smooth; the noise ξ "
        "of a step has E‖ξ‖² <= E‖ζ‖² + r‖∇F‖²; ζ is linear in the clients' gradients, its draw "
        "has the same law at every x, and E‖ζ‖² <= Σ c_i ‖g_i‖² for any gradients g_i; ζ⋆ is ζ at "
        "x* under the same draw; φ = F(x) − F*, X = Σ c_i ‖∇f_i(x) − ∇f_i(x*)‖², Y = Σ d_i D_i "
        "with D_i = f_i(x) − f_i(x*) − ⟨∇f_i(x*), x − x*⟩."
    ),
    claim=Claim(
        left=norm2(noise),
        right=2 * ((1 + share) * slope + common * L) * excess + (1 + 1 / share) * at_optimum,
        text="E‖ξ(x)‖²",
        latex=r"\mathbb{E}\|\xi(x)\|^2",
    ),
    relation="upper",
    domain=Domain(
        parameters=(
            SLOPE,
            SMOOTHNESS,
            Parameter(name="common", symbol=common, meaning="the weight r of ‖∇F‖²"),
            Parameter(name="share", symbol=share, meaning="the share θ", positive=True),
            VALUE,
            Parameter(name="noise", symbol=at_optimum, meaning="V⋆, the variance at x*"),
        )
    ),
    steps=(
        Step(
            name="split at the optimum",
            scalars=(slope, L, common, share),
            facts=(
                bounded(
                    noise,
                    norm2(draw) + common * norm2(d),
                    name="parts of the noise",
                    reason="the variance of the draw, and of the turn where models take turns",
                ),
                bounded(
                    draw - best_draw,
                    changes,
                    name="noise of the differences",
                    reason="ζ − ζ⋆ is the noise of the gradients ∇f_i(x) − ∇f_i(x*)",
                ),
                GRADIENT_GAP.total(
                    {load * norm2(change): changes, weight * bregman: divergences},
                    over="every client",
                ),
                BOUNDED_GRADIENT.instance(norm2(d), {value: excess}, name="smooth mean"),
                definition(
                    divergences,
                    excess,
                    name="divergences",
                    reason="definition of F and D_i, Σ d_i ∇f_i(x*) = 0",
                ),
                bounded(
                    best_draw,
                    at_optimum,
                    name="noise at the optimum",
                    reason="the variance of the step at x* is at most V⋆",
                ),
            ),
            squares=(Square(form=share * (draw - best_draw) - best_draw),),
            note="‖a + b‖² = (1 + θ)‖a‖² + (1 + 1/θ)‖b‖² − ‖θa − b‖²/θ.",
        ),
    ),
    reference="Gower, Loizou, Qian, Sailanbayev, Shulgin, Richtárik (ICML 2019)",
)
