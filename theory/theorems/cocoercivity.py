"""Gradients of smooth strongly convex functions are cocoercive.

Problem: ``F`` is L-smooth and μ-strongly convex with minimiser ``x*``; ``e = x − x*``.
Guarantee: ``‖∇F(x)‖² + μL‖e‖² <= (L + μ)⟨∇F(x), e⟩``, attained by ``F = μ/2 ‖x‖²``.
Reference: Nesterov, Introductory Lectures on Convex Optimization (2004), theorem 2.1.12; here from
the two interpolation inequalities between ``x`` and ``x*``, added with weight ``L − μ``.
"""

import sympy

from roundlot.theory.proofs.domain import Domain, Parameter
from roundlot.theory.proofs.expressions import inner, norm2
from roundlot.theory.proofs.facts import interpolation
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem, Witness
from roundlot.theory.theorems.symbols import (
    CONVEXITY,
    ORDERED,
    ORIGIN,
    SMOOTHNESS,
    L,
    d,
    e,
    extra,
    mu,
)

gap = sympy.symbols("ΔF")


THEOREM = Theorem(
    name="cocoercivity",
    title="Cocoercivity of the gradient at the minimiser",
    setting="F is L-smooth and μ-strongly convex, x* its minimiser, e = x − x*.",
    claim=Claim(
        left=norm2(d) + mu * L * norm2(e),
        right=(L + mu) * inner(d, e),
        text="‖∇F(x)‖² + μL‖e‖²",
        latex=r"\|\nabla F(x)\|^2 + \mu L\|e\|^2",
    ),
    relation="tight",
    domain=Domain(
        parameters=(
            SMOOTHNESS,
            CONVEXITY,
            Parameter(name="inner_product", symbol=inner(d, e), meaning="⟨∇F(x), e⟩", own_unit="F"),
        ),
        conditions=(ORDERED,),
        chart={L: mu + extra},
    ),
    steps=(
        Step(
            name="add both inequalities",
            scalars=(L, mu),
            facts=(
                interpolation(gap, d, e, 0, ORIGIN, ORIGIN, L=L, mu=mu, name="from x* to x"),
                interpolation(0, ORIGIN, ORIGIN, gap, d, e, L=L, mu=mu, name="from x to x*"),
            ),
        ),
    ),
    reference="Nesterov (2004), theorem 2.1.12; Taylor, Hendrickx, Glineur (2017), theorem 4",
    witness=Witness(
        text="F(x) = μ/2 ‖x‖²",
        values={
            inner(d, e): mu * norm2(e),
            norm2(d): mu**2 * norm2(e),
            gap: mu * norm2(e) / 2,
        },
    ),
)
