"""Rates where the variance grows with the excess value: constant, decreasing and best steps.

Problem: numbers ``a_t >= 0`` with ``a_{t+1} <= ((1 − γ_tμ)² + γ_t²μS) a_t + γ_t²σ²``, as theorems
growing_step and steep_step give them for ``a_t = E‖x_t − x*‖²``.
Guarantees, for steps with ``γ_t (μ + S) <= 1``:
constant steps, ``a_t <= A + q^t (a_0 − A)`` with ``q = (1 − γμ)² + γ²μS`` and
``A = γσ²/(μ(2 − γ(μ + S)))``;
``γ_t = c/(t + τ)``, ``a_t <= C/(t + τ)`` if ``1 <= cμ``, ``c (μ + S) <= τ``, ``C >= τ a_0`` and
``C (cμ − 1) >= c²σ²``;
``γ = μa/(μ²a + N)`` with ``N = σ² + μSb``, ``a <= b``: the next is at most ``aN/(μ²a + N)``, that
is ``1/a`` grows by ``μ²/N`` a round while ``a`` is at most ``b``. With ``b = a`` no step does
better.
Reference: theorems growing_step and one_over_t.
"""

import sympy

from roundlot.theory.proofs.domain import Condition, Domain, Parameter
from roundlot.theory.proofs.expressions import Expression
from roundlot.theory.proofs.facts import Fact, from_condition, given, shown_above
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem, Witness
from roundlot.theory.theorems.geometric_decay import Decay
from roundlot.theory.theorems.growing_step import (
    GROWTH,
    NOISE,
    SHORT_FOR_GREAT,
    contraction,
    growth,
    room,
)
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
    scale,
    step_size,
    top,
)
from roundlot.theory.theorems.symbols import (
    CONVEXITY,
    INITIAL,
    ROUND,
    STEP,
    a,
    gamma,
    mu,
    start,
    t,
    variance,
)

now, before, after, highest = sympy.symbols("a x a⁺ b")
DECAY = Decay(
    factor=contraction,
    floor=gamma * variance / (mu * (2 - gamma * (mu + growth))),
    text="((1 − γμ)² + γ²μS)",
)
RECURSION = "a_{t+1} <= ((1 − γ_tμ)² + γ_t²μS) a_t + γ_t²σ²"
REFERENCE = "theorems growing_step and steep_step"


def _recursion(step: Expression) -> Fact:
    return given(
        contraction.subs(gamma, step) * a(t) + step**2 * variance,
        a(t + 1),
        name="recursion",
        reason="the recursion at t",
    )


CONSTANT_STEP = Theorem(
    name="growing_constant_step",
    title="With a growing variance a constant step decays geometrically to a noise floor",
    setting=f"{RECURSION}, γ_t = γ; Q(t) = ((1 − γμ)² + γ²μS)^t.",
    claim=Claim(
        left=a(t),
        right=DECAY.bound(t),
        text="a_t",
        latex="a_t",
        definitions=DECAY.power,
    ),
    relation="tight",
    domain=Domain(
        parameters=(CONVEXITY, STEP, GROWTH, NOISE, INITIAL, ROUND),
        conditions=(SHORT_FOR_GREAT,),
        chart={gamma: 1 / (mu + growth + room)},
    ),
    steps=DECAY.steps(
        _recursion(gamma),
        scalars=(mu, gamma, growth, start, variance),
        note="A = γσ²/(μ(2 − γ(μ + S))) solves A = ((1 − γμ)² + γ²μS) A + γ²σ².",
    ),
    reference=REFERENCE,
    witness=Witness(
        text="the recursion as an equality: F(x) = μ/2 ‖x‖², variance μS‖x‖² + σ²",
        values={a(0): start, **DECAY.attained()},
    ),
)

SETTLED = Condition(
    text="c (μ + S) <= τ",
    greater=offset,
    smaller=scale * (mu + growth),
    slack=room,
    slack_value=offset - scale * (mu + growth),
)
_plain = (1 - mu * step_size) * a(t) + step_size**2 * variance - a(t + 1)

DECREASING_STEPS = Theorem(
    name="growing_decreasing_steps",
    title="With a growing variance steps c/(t + τ) reach the minimiser at rate 1/t",
    setting=f"{RECURSION}, γ_t = c/(t + τ).",
    claim=Claim(left=a(t), right=top / (t + offset), text="a_t", latex="a_t"),
    relation="upper",
    domain=Domain(
        parameters=(CONVEXITY, SCALE, OFFSET, GROWTH, NOISE, INITIAL, CONSTANT, ROUND),
        conditions=(LARGE, SETTLED, STARTS, covers(variance, "C (cμ − 1) >= c² σ²")),
        chart={
            scale: (1 + ratio) / mu,
            offset: (1 + ratio) * (mu + growth) / mu + room,
        },
    ),
    steps=(
        Step(
            name="plain recursion",
            scalars=(mu, growth, scale, offset, t),
            goal=_plain,
            facts=(
                _recursion(step_size),
                given(a(t), 0, name="a_t >= 0", reason="a squared distance"),
            ),
            note="(1 − γμ)² + γ²μS <= 1 − γμ because γ(μ + S) <= 1.",
        ),
        BASE,
        induction(
            shown_above("plain recursion", _plain),
            1 - mu * step_size,
            variance,
        ),
    ),
    reference="theorems growing_step, steep_step and one_over_t",
)

level = variance + mu * growth * highest
best_step = mu * now / (mu**2 * now + level)
BELOW = Condition(
    text="a <= b", greater=highest, smaller=now, slack=room, slack_value=highest - now
)

BEST_STEPS = Theorem(
    name="growing_best_steps",
    title="With a growing variance 1/a grows by μ²/N a round under the best steps",
    setting=("a⁺ <= ((1 − γμ)² + γ²μS) x + γ²σ² with x <= a <= b, γ = μa/(μ²a + N), N = σ² + μSb."),
    claim=Claim(
        left=after,
        right=now * level / (mu**2 * now + level),
        text="a⁺",
        latex="a^{+}",
    ),
    relation="tight",
    domain=Domain(
        parameters=(
            CONVEXITY,
            GROWTH,
            NOISE,
            Parameter(
                name="squared_distance", symbol=now, meaning="a, at least E‖x − x*‖²", positive=True
            ),
            Parameter(name="highest", symbol=highest, meaning="b, at least a", positive=True),
        ),
        conditions=(BELOW,),
        chart={highest: now + room},
    ),
    steps=(
        Step(
            name="best step",
            scalars=(mu, growth, variance, now, highest),
            facts=(
                given(
                    contraction.subs(gamma, best_step) * before + best_step**2 * variance,
                    after,
                    name="recursion",
                    reason="the recursion with γ = μa/(μ²a + N)",
                ),
                given(now, before, name="x <= a", reason="a bounds E‖x − x*‖²"),
                from_condition(BELOW),
            ),
            note="1 − γμ = N/(μ²a + N).",
        ),
    ),
    reference=REFERENCE,
    witness=Witness(
        text="F(x) = μ/2 ‖x‖², variance μS‖x‖² + σ², with b = a = x",
        values={
            before: now,
            highest: now,
            after: (now * level / (mu**2 * now + level)).subs(highest, now),
        },
    ),
)
