"""Water-filling is optimal: every price gives a lower bound, and one is attained.

Problem: minimise ``Σ M_v²/q_v`` over ``0 < q_v <= c_v``, ``Σ q_v <= m``.
Guarantee: for every ``r >= 0``, ``M²/q + r²q >= 2Mr`` for each processor, and ``>= M²/c + cr²``
where ``M >= cr``, called capped. Summed over all processors, for every set of capped ones,
``Σ M²/q >= 2r Σ_free M + Σ_capped (M²/c + c r²) − m r²``. With ``r = Σ_free M/(m − Σ_capped c)``
this is ``Σ_capped M²/c + (Σ_free M)²/(m − Σ_capped c)``, and ``q = M/r`` for the free, ``q = c``
for the capped attains it: the closed form is the optimum, not only a bound.
Reference: Neyman (1934) with upper bounds; the Lagrangian of the base program.
"""

import sympy

from roundlot.theory.proofs.domain import Condition, Domain, Parameter
from roundlot.theory.proofs.expressions import Expression
from roundlot.theory.proofs.facts import Square, definition, given
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Summand, Theorem, Witness

M, q, c, price, room, surplus = sympy.symbols("M q c r s k")
SCORE = Parameter(name="score", symbol=M, meaning="the processor's total score M", positive=True)
PRICE = Parameter(name="price", symbol=price, meaning="the price r")
DRAWN = Parameter(name="probability", symbol=q, meaning="the total probability q", positive=True)
CAP = Parameter(name="cap", symbol=c, meaning="the cap c", positive=True)
PRICED_TEXT = "M²/q + r² q"
PRICED_TEX = "M^2/q + r^2 q"

FREE = Theorem(
    name="water_filling_free",
    title="A priced processor costs at least 2Mr",
    setting="A processor of total score M is drawn with probability q; a draw costs r².",
    claim=Claim(
        left=M**2 / q + price**2 * q,
        right=2 * M * price,
        text=PRICED_TEXT,
        latex=PRICED_TEX,
        lower=True,
    ),
    relation="tight",
    domain=Domain(parameters=(SCORE, PRICE, DRAWN)),
    steps=(Step(name="one square", scalars=(M, q, price), squares=(Square(form=M - price * q),)),),
    reference="Neyman (1934)",
    witness=Witness(text="q = M/r", values={price: M / q}),
)

FITS = Condition(text="q <= c", greater=c, smaller=q, slack=room, slack_value=c - q)
CAPPED_CONDITION = Condition(
    text="M >= c r", greater=M, smaller=c * price, slack=surplus, slack_value=M - c * price
)
CAPPED = Theorem(
    name="water_filling_capped",
    title="A priced processor at its cap costs at least M²/c + cr²",
    setting=FREE.setting + " Its probability is at most c, and M >= c r.",
    claim=Claim(
        left=FREE.claim.left,
        right=M**2 / c + c * price**2,
        text=PRICED_TEXT,
        latex=PRICED_TEX,
        lower=True,
    ),
    relation="tight",
    domain=Domain(
        parameters=(SCORE, PRICE, DRAWN, CAP),
        conditions=(FITS, CAPPED_CONDITION),
        chart={c: q + room, M: surplus + (q + room) * price},
    ),
    steps=(
        Step(
            name="one product",
            scalars=(M, q, c, price),
            facts=(),
            note="The difference is (c − q)(M² − r²qc)/(qc), and M² >= c²r² >= qcr².",
            direct=True,
        ),
    ),
    reference="Bretthauer and Shetty (Oper. Res. 1995)",
    witness=Witness(text="q = c", values={c: q}),
)

free_cost, free_drawn, free_score = sympy.symbols("Z_f Q_f M_f")
cap_cost, cap_drawn, least_cost, caps = sympy.symbols("Z_c Q_c T C")
cost, budget, left_over = sympy.symbols("Z m s")

FREE_SUM = FREE.total(
    {M**2 / q: free_cost, q: free_drawn, M: free_score}, over="every free processor"
)
CAPPED_SUM = CAPPED.total(
    {M**2 / q: cap_cost, q: cap_drawn, M**2 / c: least_cost, c: caps},
    over="every capped processor",
)
FACTS = (
    FREE_SUM,
    CAPPED_SUM,
    definition(cost, free_cost + cap_cost, name="cost", reason="Z is the sum over all processors"),
    given(
        budget,
        free_drawn + cap_drawn,
        name="budget",
        reason="the probabilities sum to at most m",
    ),
)
TOTALS = (
    Parameter(name="free_score", symbol=free_score, meaning="Σ M over the free"),
    Parameter(name="capped_cost", symbol=least_cost, meaning="Σ M²/c over the capped"),
    Parameter(name="caps", symbol=caps, meaning="Σ c over the capped"),
    Parameter(name="budget", symbol=budget, meaning="the budget m", positive=True),
)
ROOM = Condition(
    text="m > Σ c of the capped",
    greater=budget,
    smaller=caps,
    strict=True,
    slack=left_over,
    slack_value=budget - caps,
)


SETTING = (
    "Processors with total scores M, caps c and probabilities q <= c that sum to at most m; some, "
    "called capped, have M >= c r; Z, Q, T, C are sums of M²/q, q, M²/c, c over the "
    "free (f) and the "
    "capped (c)."
)
REFERENCE = "Neyman (1934); Bretthauer and Shetty (Oper. Res. 1995)"
ATTAINED = "q = M/r for the free, q = c for the capped"

# Two processors that attain the bound: a free one of score 1 + M_f, and a capped one.
_PAIR = {free_score: 1 + free_score, caps: 1 + caps}


def _capped_at(level: Expression) -> Expression:
    """The capped processor's score: at least its cap times the price."""
    return least_cost + _PAIR[caps] * level


def _pair_at(level: Expression) -> tuple[tuple[Summand, ...], ...]:
    """The free processor, then the capped one, at a price."""
    free = {M: _PAIR[free_score], q: _PAIR[free_score] / level}
    capped = {M: _capped_at(level), q: _PAIR[caps], c: _PAIR[caps]}
    return ((Summand(weight=1, values=free),), (Summand(weight=1, values=capped),))


PRICED = Theorem(
    name="water_filling_priced",
    title="Every price gives a lower bound on what any probabilities reach",
    setting=SETTING,
    claim=Claim(
        left=cost,
        right=2 * price * free_score + least_cost + price**2 * (caps - budget),
        text="Σ M²/q",
        latex=r"\sum M^2/q",
        lower=True,
    ),
    relation="tight",
    domain=Domain(parameters=(PRICE, *TOTALS)),
    steps=(Step(name="add up", scalars=(price,), facts=FACTS),),
    reference=REFERENCE,
    witness=Witness(
        text=ATTAINED,
        values={
            **_PAIR,
            price: 1 + price,
            least_cost: _capped_at(1 + price) ** 2 / _PAIR[caps],
            free_cost: price * free_score,
            free_drawn: free_score / price,
            cap_cost: least_cost,
            cap_drawn: caps,
            cost: price * free_score + least_cost,
            budget: _PAIR[caps] + _PAIR[free_score] / (1 + price),
        },
        summands=_pair_at(1 + price),
    ),
)

_level = free_score / (budget - caps)
FILLED = Theorem(
    name="water_filling",
    title="Water-filling is optimal",
    setting=SETTING + " The price is r = Σ_free M/(m − Σ_capped c).",
    claim=Claim(
        left=cost,
        right=least_cost + free_score**2 / (budget - caps),
        text="Σ M²/q",
        latex=r"\sum M^2/q",
        lower=True,
    ),
    relation="tight",
    domain=Domain(parameters=TOTALS, conditions=(ROOM,), chart={budget: caps + left_over}),
    steps=(
        Step(
            name="the price at which the budget is spent",
            scalars=(free_score, budget, caps),
            facts=(PRICED.instance(cost, {price: _level}, name="water_filling_priced"),),
        ),
    ),
    reference=REFERENCE,
    witness=Witness(
        text=ATTAINED,
        values={
            **_PAIR,
            budget: 1 + budget,
            least_cost: _capped_at((1 + free_score) / (budget - caps)) ** 2 / _PAIR[caps],
            cost: least_cost + free_score**2 / (budget - caps),
        },
        summands=_pair_at((1 + free_score) / (budget - caps)),
    ),
)
