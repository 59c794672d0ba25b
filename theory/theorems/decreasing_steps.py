"""A sampled gradient method with steps c/(t + τ) on a smooth strongly convex function.

Problem: minimise ``F``, L-smooth and μ-strongly convex, ``L >= μ``; ``a_t = E‖x_t − x*‖²``.
Method: ``x_{t+1} = x_t − γ_t g_t``, ``γ_t = c/(t + τ)``, ``g_t`` unbiased of variance at most
``σ²``.
Guarantee: ``E‖x_t − x*‖² <= C/(t + τ)`` if ``1 <= cμ``, ``c (L + μ) <= 2τ``, ``C >= τ a_0`` and
``C (cμ − 1) >= c² σ²``.
Reference: theorem one_step, then the induction of theorem one_over_t.
"""

from roundlot.theory.proofs.domain import Condition, Domain
from roundlot.theory.proofs.expressions import norm2, vectors
from roundlot.theory.proofs.facts import Fact, Square, definition
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem
from roundlot.theory.theorems.one_over_t import (
    BASE,
    CONSTANT,
    LARGE,
    OFFSET,
    SCALE,
    STARTS,
    covers,
    induction,
    offset,
    ratio,
    room,
    scale,
    step_size,
    top,
)
from roundlot.theory.theorems.one_step import THEOREM as ONE_STEP
from roundlot.theory.theorems.symbols import (
    CONVEXITY,
    INITIAL,
    ORDERED,
    ROUND,
    SMOOTHNESS,
    VARIANCE,
    L,
    a,
    extra,
    gamma,
    mu,
    t,
    variance,
)

(e,) = vectors("e")

SHORT_FIRST_STEP = Condition(
    text="c (L + μ) <= 2τ",
    greater=2 * offset,
    smaller=scale * (L + mu),
    slack=room,
    slack_value=2 * offset - scale * (L + mu),
)
contraction = 1 - mu * step_size
recursion = contraction * a(t) + step_size**2 * variance - a(t + 1)

THEOREM = Theorem(
    name="decreasing_steps",
    title="Steps c/(t + τ) reach the minimiser at rate 1/t",
    setting=(
        "F is L-smooth and μ-strongly convex with minimiser x*; x_{t+1} = x_t − γ_t g_t with "
        "γ_t = c/(t + τ), E g_t = ∇F(x_t), E‖g_t − ∇F(x_t)‖² <= σ²; a_t = E‖x_t − x*‖²."
    ),
    claim=Claim(
        left=a(t),
        right=top / (t + offset),
        text="E‖x_t − x*‖²",
        latex=r"\mathbb{E}\|x_t - x^{\star}\|^2",
    ),
    relation="upper",
    domain=Domain(
        parameters=(SMOOTHNESS, CONVEXITY, SCALE, OFFSET, VARIANCE, INITIAL, CONSTANT, ROUND),
        conditions=(
            ORDERED,
            LARGE,
            SHORT_FIRST_STEP,
            STARTS,
            covers(variance, "C (cμ − 1) >= c² σ²"),
        ),
        chart={
            L: mu + extra,
            scale: (1 + ratio) / mu,
            offset: ((1 + ratio) / mu * (2 * mu + extra) + room) / 2,
        },
    ),
    steps=(
        Step(
            name="recursion",
            scalars=(L, mu, scale, offset, t),
            goal=recursion,
            facts=(
                ONE_STEP.instance(
                    a(t + 1), {gamma: step_size, norm2(e): a(t)}, name="one step at x_t"
                ),
                definition(a(t), norm2(e), name="distance", reason="a_t is E‖x_t − x*‖²"),
            ),
            squares=(Square(form=e),),
            note="(1 − γμ)² <= 1 − γμ because 0 <= γμ <= 1.",
        ),
        BASE,
        induction(
            Fact(name="recursion", expression=recursion, reason="above", shown_by="recursion"),
            contraction,
            variance,
        ),
    ),
    reference="theorems one_step and one_over_t",
)
