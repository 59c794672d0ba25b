"""How far one client's gradient is from its gradient at the optimum.

Problem: ``F = Σ_i d_i f_i``, every ``f_i`` convex and L_i-smooth; ``δ = ∇f(x) − ∇f(x*)`` and
``D = f(x) − f(x*) − ⟨∇f(x*), x − x*⟩`` of one client, ``c`` what squared gradients of it weigh in
the variance of a step.
Guarantee: ``c‖δ‖² <= 2M d D`` for every ``M`` with ``c L_i <= M d``, attained by ``L_i/2 ‖x‖²``.
Reference: Nesterov (2004), theorem 2.1.5.
"""

import sympy

from roundlot.theory.proofs.domain import Condition, Domain, Parameter
from roundlot.theory.proofs.expressions import norm2, vectors
from roundlot.theory.proofs.facts import at_least, interpolation
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem, Witness
from roundlot.theory.theorems.symbols import ORIGIN

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

THEOREM = Theorem(
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
