"""From one step to a rate: a contracting recursion with vanishing noise decays like 1/t.

Problem: ``a_{t+1} <= (1 − μγ_t) a_t + γ_t² B`` for numbers ``a_t >= 0``.
Method: ``γ_t = c/(t + τ)`` with ``1 <= cμ <= τ``.
Guarantee: ``a_t <= C/(t + τ)`` for every ``C >= τ a_0`` with ``C (cμ − 1) >= c² B``.
Reference: the induction of Bottou, Curtis, Nocedal (SIAM Review 2018), theorem 4.7, with the base
case and ``cμ <= τ`` spelt out; both are needed.
"""

import sympy

from roundlot.theory.proofs.domain import Condition, Domain, Parameter
from roundlot.theory.proofs.facts import Fact, from_condition, given, hypothesis, in_range
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem
from roundlot.theory.theorems.symbols import CONVEXITY, INITIAL, ROUND, STARTED, a, mu, start, t

scale, offset, noise, top = sympy.symbols("c τ B C")
ratio, room = sympy.symbols("r s")
step_size = scale / (t + offset)

LARGE = Condition(
    text="cμ >= 1", greater=scale * mu, smaller=1, slack=ratio, slack_value=scale * mu - 1
)
SETTLED = Condition(
    text="cμ <= τ", greater=offset, smaller=scale * mu, slack=room, slack_value=offset - scale * mu
)
STARTS = Condition(text="C >= τ a₀", greater=top, smaller=offset * start)


def covers(noise: sympy.Expr, text: str) -> Condition:
    """``C (cμ − 1) >= c² B``: the constant is large enough for the noise."""
    return Condition(text=text, greater=top * (scale * mu - 1), smaller=scale**2 * noise)


SCALE = Parameter(name="scale", symbol=scale, meaning="the scale c of the steps", positive=True)
OFFSET = Parameter(name="offset", symbol=offset, meaning="the offset τ", positive=True)
CONSTANT = Parameter(name="constant", symbol=top, meaning="the constant C")

BASE = Step(
    name="base, t = 0",
    scalars=(mu, scale, offset),
    shift={t: 0},
    facts=(
        STARTED,
        from_condition(STARTS),
    ),
)


def induction(recursion: Fact, contraction: sympy.Expr, noise: sympy.Expr) -> Step:
    """The step from ``t`` to ``t + 1`` for ``a_{t+1} <= contraction a_t + γ_t² B``."""
    sure = 1 / ((t + offset) ** 2 * (t + offset + 1))
    return Step(
        name="induction, t to t + 1",
        scalars=(mu, scale, offset, t),
        shift={t: t + 1},
        facts=(
            recursion,
            hypothesis(top / (t + offset) - a(t)),
            from_condition(covers(noise, "C (cμ − 1) >= c² B")),
            in_range("C >= 0", top),
        ),
        given={"hypothesis": contraction, "C >= 0": sure},
        note="1/n − 1/(n + 1) = 1/n² − 1/(n² (n + 1)) with n = t + τ turns the shift into room.",
    )


THEOREM = Theorem(
    name="one_over_t",
    title="A contracting recursion with steps c/(t + τ) decays like 1/t",
    setting="a_{t+1} <= (1 − μγ_t) a_t + γ_t² B, γ_t = c/(t + τ), t = 0, 1, 2, ...",
    claim=Claim(left=a(t), right=top / (t + offset), text="a_t", latex="a_t"),
    relation="upper",
    domain=Domain(
        parameters=(
            CONVEXITY,
            SCALE,
            OFFSET,
            Parameter(name="noise", symbol=noise, meaning="the noise B"),
            INITIAL,
            CONSTANT,
            ROUND,
        ),
        conditions=(LARGE, SETTLED, STARTS, covers(noise, "C (cμ − 1) >= c² B")),
        chart={scale: (1 + ratio) / mu, offset: 1 + ratio + room},
    ),
    steps=(
        BASE,
        induction(
            given(
                (1 - mu * step_size) * a(t) + step_size**2 * noise,
                a(t + 1),
                name="recursion",
                reason="the recursion at t",
            ),
            1 - mu * step_size,
            noise,
        ),
    ),
    reference="Bottou, Curtis, Nocedal (SIAM Review 2018), theorem 4.7",
)
