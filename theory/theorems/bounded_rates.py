"""Rates where the variance is bounded: a constant step, steps c/(t + τ), and the best steps.

Problem: minimise ``F``, L-smooth and μ-strongly convex, ``L >= μ``; ``a_t = E‖x_t − x*‖²``.
Method: ``x_{t+1} = x_t − γ_t g_t``, ``g_t`` unbiased of variance at most ``σ²``.
Guarantees: with ``0 < γ <= 2/(L + μ)`` in every round ``a_t <= A + (1 − γμ)^{2t} (a_0 − A)`` with
``A = γσ²/(μ(2 − γμ))``, attained by ``F = μ/2 ‖x‖²``;
with ``γ_t = c/(t + τ)`` ``a_t <= C/(t + τ)`` if ``1 <= cμ``, ``c (L + μ) <= 2τ``, ``C >= τ a_0``
and ``C (cμ − 1) >= c² σ²``;
with ``γ = μa/(μ²a + σ²)``, allowed when ``μa(L − μ) <= 2σ²`` (then ``γ <= 2/(L + μ)``), the next
squared distance is at most ``aσ²/(μ²a + σ²)``, that is ``1/a_{t+1} >= 1/a_t + μ²/σ²``, and no other
step has a smaller bound in theorem one_step.
Reference: theorem one_step, unrolled; the induction of theorem one_over_t; the minimiser of a
quadratic in ``γ``.
"""

import sympy

from roundlot.theory.proofs.domain import Condition, Domain, Parameter
from roundlot.theory.proofs.expressions import norm2
from roundlot.theory.proofs.facts import Square, definition, shown_above
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem, Witness
from roundlot.theory.theorems.geometric_decay import Decay
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
from roundlot.theory.theorems.one_step import SHORT_STEP
from roundlot.theory.theorems.one_step import THEOREM as ONE_STEP
from roundlot.theory.theorems.one_step import room as step_room
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
    e,
    extra,
    gamma,
    mu,
    start,
    t,
    variance,
)

DECAY = Decay(
    factor=(1 - gamma * mu) ** 2, floor=gamma * variance / (mu * (2 - gamma * mu)), text="(1 − γμ)²"
)


CONSTANT_STEP = Theorem(
    name="constant_step",
    title="A constant step decays geometrically to a noise floor",
    setting=(
        "F is L-smooth and μ-strongly convex with minimiser x*; x_{t+1} = x_t − γ g_t, "
        "E g_t = ∇F(x_t), E‖g_t − ∇F(x_t)‖² <= σ²; a_t = E‖x_t − x*‖², Q(t) = (1 − γμ)^(2t)."
    ),
    claim=Claim(
        left=a(t),
        right=DECAY.bound(t),
        text="E‖x_t − x*‖²",
        latex=r"\mathbb{E}\|x_t - x^{\star}\|^2",
        definitions=DECAY.power,
    ),
    relation="tight",
    domain=Domain(
        parameters=(SMOOTHNESS, CONVEXITY, STEP, VARIANCE, INITIAL, ROUND),
        conditions=(ORDERED, SHORT_STEP),
        chart={L: mu + extra, gamma: 2 / (2 * mu + extra + step_room)},
    ),
    steps=DECAY.steps(
        ONE_STEP.instance(a(t + 1), {norm2(e): a(t)}, name="one step at x_t"),
        scalars=(mu, gamma, start, variance),
        note="A = γσ²/(μ(2 − γμ)) solves A = (1 − γμ)² A + γ²σ².",
    ),
    reference="theorem one_step",
    witness=Witness(
        text="F(x) = μ/2 ‖x‖² with noise of variance σ²",
        values={
            start: DECAY.floor + start,
            a(0): DECAY.floor + start,
            **DECAY.attained(),
        },
    ),
)


SHORT_FIRST_STEP = Condition(
    text="c (L + μ) <= 2τ",
    greater=2 * offset,
    smaller=scale * (L + mu),
    slack=room,
    slack_value=2 * offset - scale * (L + mu),
)
kept = 1 - mu * step_size
recursion = kept * a(t) + step_size**2 * variance - a(t + 1)

DECREASING_STEPS = Theorem(
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
            shown_above("recursion", recursion),
            kept,
            variance,
        ),
    ),
    reference="theorems one_step and one_over_t",
)

now, after, any_step, noise_room = sympy.symbols("a a⁺ η s")
best_step = mu * now / (mu**2 * now + variance)
bound = now * variance / (mu**2 * now + variance)

NOISY = Condition(
    text="μa (L − μ) <= 2σ²",
    greater=2 * variance,
    smaller=mu * now * (L - mu),
    slack=noise_room,
    slack_value=2 * variance - mu * now * (L - mu),
)

BEST_STEPS = Theorem(
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
        chart={L: mu + extra, variance: (noise_room + mu * now * extra) / 2},
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
