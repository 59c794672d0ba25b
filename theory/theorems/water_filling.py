"""Every price gives a lower bound on what any probabilities reach.

Problem: minimise ``Σ M_v²/q_v`` over ``0 < q_v <= c_v``, ``Σ q_v <= m``.
Guarantee: for every ``r >= 0``, ``M²/q + r²q >= 2Mr`` for each processor, and ``>= M²/c + cr²``
where ``M >= cr``; summed, less ``m r²``, a lower bound on the optimum, attained by
``q = min(c, M/r)``.
Reference: Neyman (1934) with upper bounds; the Lagrangian of the base program.
"""

import sympy

from roundlot.theory.proofs.domain import Condition, Domain, Parameter
from roundlot.theory.proofs.facts import Square
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem, Witness

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
