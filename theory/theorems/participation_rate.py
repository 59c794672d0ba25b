"""Over rounds, with steps c/(t + τ): the three parts of partial participation, divided by t.

Problem and method: those of theorem partial_participation, with the step ``η_t = c/(t + τ)``.
Guarantee, for ``1 <= cμ``, ``cL <= τ``, ``C >= τ a_0`` and ``C(cμ − 1) >= c²(2LΓ + 2Lκ + N)``:
``E‖w_t − w*‖² <= C/(t + τ)``. The last condition has the three parts that a design moves,
participation and surrogate variance in ``κ >= √(Var H · Var R)`` and mini-batch noise ``N``: for
many rounds ``C/(t + τ)`` is the sum of three rates, ``c²/(cμ − 1)`` times ``2LΓ + 2Lκ + N`` over t.
Reference: theorems partial_participation and one_over_t; the three parts are those of Zhang et al.
(arXiv 2504.05138).
"""

import sympy

from roundlot.theory.proofs.domain import Condition, Domain, Parameter
from roundlot.theory.proofs.expressions import norm2
from roundlot.theory.proofs.facts import at_least, shown_above
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
    scale,
    step_size,
    top,
)
from roundlot.theory.theorems.partial_participation import FLOOR, cross, e, gap
from roundlot.theory.theorems.partial_participation import THEOREM as ONE_ROUND
from roundlot.theory.theorems.symbols import (
    BATCH_NOISE,
    CLIENT_SMOOTHNESS,
    CONVEXITY,
    HETEROGENEITY,
    INITIAL,
    ORDERED,
    ROUND,
    L,
    a,
    eta,
    extra,
    mu,
    t,
)
from roundlot.theory.theorems.symbols import batch_noise as noise
from roundlot.theory.theorems.symbols import heterogeneity as spread

room = sympy.Symbol("s")
parts = 2 * L * spread + 2 * L * cross + noise
COVARIANCE = Parameter(
    name="covariance", symbol=cross, meaning="κ, a bound on √(Var H · Var R) in every round"
)
SHORT = Condition(
    text="cL <= τ", greater=offset, smaller=scale * L, slack=room, slack_value=offset - scale * L
)
_recursion = (1 - mu * step_size) * a(t) + step_size**2 * parts - a(t + 1)

THEOREM = Theorem(
    name="participation_rate",
    title="Under partial participation steps c/(t + τ) reach the minimiser, in three parts",
    setting=ONE_ROUND.setting + " The step is η_t = c/(t + τ); κ and N hold in all "
    "rounds, B = 2LΓ + 2Lκ + N.",
    claim=Claim(
        left=a(t),
        right=top / (t + offset),
        text="E‖w_t − w*‖²",
        latex=FLOOR.claim.latex,
    ),
    relation="upper",
    domain=Domain(
        parameters=(
            CLIENT_SMOOTHNESS,
            CONVEXITY,
            SCALE,
            OFFSET,
            INITIAL,
            HETEROGENEITY,
            COVARIANCE,
            BATCH_NOISE,
            CONSTANT,
            ROUND,
        ),
        conditions=(ORDERED, LARGE, SHORT, STARTS, covers(parts, "C (cμ − 1) >= c² B")),
        chart={
            L: mu + extra,
            scale: (1 + ratio) / mu,
            offset: (1 + ratio) * (mu + extra) / mu + room,
        },
    ),
    steps=(
        Step(
            name="recursion",
            scalars=(L, mu, scale, offset, t),
            goal=_recursion,
            facts=(
                ONE_ROUND.instance(
                    a(t + 1), {norm2(e): a(t), eta: step_size}, name="one round at w_t"
                ),
                at_least(gap, 0, name="F(w_t) >= F*", reason="w* is the minimiser"),
            ),
        ),
        BASE,
        induction(shown_above("recursion", _recursion), 1 - mu * step_size, parts),
    ),
    reference="theorems partial_participation and one_over_t",
)
