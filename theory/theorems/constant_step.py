"""A sampled gradient method with a constant step: geometric decay to a noise floor.

Problem: minimise ``F``, L-smooth and μ-strongly convex, ``L >= μ``.
Method: ``x_{t+1} = x_t − γ g_t``, ``0 < γ <= 2/(L + μ)``, ``g_t`` unbiased of variance at
most ``σ²``.
Guarantee: ``E‖x_t − x*‖² <= A + (1 − γμ)^{2t} (a_0 − A)`` with ``A = γσ²/(μ(2 − γμ))``, attained by
``F = μ/2 ‖x‖²``.
Reference: theorem one_step, unrolled.
"""

import sympy

from roundlot.theory.proofs.domain import Domain
from roundlot.theory.proofs.expressions import norm2, vectors
from roundlot.theory.proofs.facts import Fact, given
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem, Witness
from roundlot.theory.theorems.one_step import SHORT_STEP, room
from roundlot.theory.theorems.one_step import THEOREM as ONE_STEP
from roundlot.theory.theorems.symbols import (
    CONVEXITY,
    INITIAL,
    ORDERED,
    ROUND,
    SMOOTHNESS,
    STEP,
    VARIANCE,
    L,
    a,
    extra,
    gamma,
    mu,
    start,
    t,
    variance,
)

(e,) = vectors("e")
Q = sympy.Function("Q")
floor = gamma * variance / (mu * (2 - gamma * mu))
contraction = (1 - gamma * mu) ** 2


def attained(time: sympy.Expr) -> sympy.Expr:
    """The bound at ``time``, with ``Q`` for the power."""
    return floor + Q(time) * (start - floor)


THEOREM = Theorem(
    name="constant_step",
    title="A constant step decays geometrically to a noise floor",
    setting=(
        "F is L-smooth and μ-strongly convex with minimiser x*; x_{t+1} = x_t − γ g_t, "
        "E g_t = ∇F(x_t), E‖g_t − ∇F(x_t)‖² <= σ²; a_t = E‖x_t − x*‖², Q(t) = (1 − γμ)^(2t)."
    ),
    claim=Claim(
        left=a(t),
        right=attained(t),
        text="E‖x_t − x*‖²",
        latex=r"\mathbb{E}\|x_t - x^{\star}\|^2",
        definitions={Q(t): contraction**t},
    ),
    relation="tight",
    domain=Domain(
        parameters=(SMOOTHNESS, CONVEXITY, STEP, VARIANCE, INITIAL, ROUND),
        conditions=(ORDERED, SHORT_STEP),
        chart={L: mu + extra, gamma: 2 / (2 * mu + extra + room)},
    ),
    steps=(
        Step(
            name="base, t = 0",
            scalars=(mu, gamma, start, variance),
            shift={t: 0},
            facts=(
                given(start, a(0), name="start", reason="a_0 is at most a₀"),
                Fact(name="Q(0) = 1", expression=Q(0) - 1, reason="definition", equality=True),
            ),
        ),
        Step(
            name="induction, t to t + 1",
            scalars=(mu, gamma, start, variance),
            shift={t: t + 1},
            facts=(
                ONE_STEP.instance(a(t + 1), {norm2(e): a(t)}, name="one step at x_t"),
                Fact(
                    name="hypothesis",
                    expression=attained(t) - a(t),
                    reason="induction",
                    hypothesis=True,
                ),
                Fact(
                    name="Q(t + 1) = (1 − γμ)² Q(t)",
                    expression=Q(t + 1) - contraction * Q(t),
                    reason="definition",
                    equality=True,
                ),
            ),
            note="A = γσ²/(μ(2 − γμ)) solves A = (1 − γμ)² A + γ²σ².",
        ),
    ),
    reference="theorem one_step",
    witness=Witness(
        text="F(x) = μ/2 ‖x‖² with noise of variance σ²",
        values={
            start: floor + start,
            a(0): floor + start,
            Q(0): sympy.Integer(1),
            a(t): attained(t),
            a(t + 1): floor + contraction * Q(t) * (start - floor),
            Q(t + 1): contraction * Q(t),
        },
    ),
)
