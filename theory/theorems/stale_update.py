"""The best multiple of a stale update to subtract before drawing.

Problem: a client's update ``G`` is drawn with probability ``p``; its last one is ``h``.
Method: the server adds ``βh`` always, and ``(G − βh)/p`` when the client is drawn: unbiased for
any ``β``.
Guarantee, exact: the variance is ``(1/p − 1)(‖G − β*h‖² + (β − β*)²‖h‖²)`` with
``β* = ⟨G, h⟩/‖h‖²``, so ``β*`` is best whatever ``p`` is. Those of any number of independent
clients add: theorem additive_variance with ``u_j = G_j − β_j h_j``.
Reference: Zhang et al. (arXiv 2504.05138); Jhunjhunwala et al. (FedVARP, 2022) is ``β = 1``.
"""

import sympy

from roundlot.theory.proofs.domain import Condition, Domain, Parameter
from roundlot.theory.proofs.expressions import expectation, inner, norm2, vectors
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem
from roundlot.theory.theorems.horvitz_thompson import CHANCE, SURE_AT_MOST, p, rest

beta = sympy.Symbol("β")
G, h = vectors("G", "h")
best = inner(G, h) / norm2(h)
left_over = norm2(G) - inner(G, h) ** 2 / norm2(h)

ALIGNED_AT_MOST = Condition(
    text="⟨G, h⟩² <= ‖G‖²‖h‖²", greater=norm2(G) * norm2(h), smaller=inner(G, h) ** 2
)

THEOREM = Theorem(
    name="stale_update",
    title="The variance with a stale update, and the multiple that makes it least",
    setting=(
        "X = βh + (G − βh)/p with probability p, else βh; G is the fresh and h the last update of "
        "the client."
    ),
    claim=Claim(
        left=expectation(
            [
                (p, norm2(beta * h + (G - beta * h) / p - G)),
                (1 - p, norm2(beta * h - G)),
            ]
        ),
        right=(1 / p - 1) * (left_over + (beta - best) ** 2 * norm2(h)),
        text="E‖X − G‖²",
        latex=r"\mathbb{E}\|X - G\|^2",
    ),
    relation="exact",
    domain=Domain(
        parameters=(
            CHANCE,
            Parameter(name="multiple", symbol=beta, meaning="the multiple β", signed=True),
            Parameter(name="squared_norm", symbol=norm2(G), meaning="‖G‖²"),
            Parameter(name="stale_squared_norm", symbol=norm2(h), meaning="‖h‖²", positive=True),
            Parameter(name="inner_product", symbol=inner(G, h), meaning="⟨G, h⟩", signed=True),
        ),
        conditions=(SURE_AT_MOST,),
        chart={p: 1 - rest},
        implied=(ALIGNED_AT_MOST,),
    ),
    steps=(Step(name="sum over both outcomes", scalars=(p, beta)),),
    reference="Zhang et al. (arXiv 2504.05138)",
)
