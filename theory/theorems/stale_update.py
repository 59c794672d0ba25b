"""The best multiple of a stale update to subtract before drawing, for one client and for many.

Problem: a client's update ``G`` is drawn with probability ``p``; its last one is ``h``.
Method: the server adds ``βh`` always, and ``(G − βh)/p`` when the client is drawn: unbiased for
any ``β``.
Guarantee, exact: the variance is ``(1/p − 1)(‖G − β*h‖² + (β − β*)²‖h‖²)`` with
``β* = ⟨G, h⟩/‖h‖²``, so ``β*`` is best whatever ``p`` is. Those of any number of independent
clients add, by induction over clients: ``E‖Δ − Σ G_j‖² = Σ (1/p_j − 1)(‖G_j − β_j* h_j‖² +
(β_j − β_j*)² ‖h_j‖²)``, so each client's multiple is best by itself.
Reference: Zhang et al. (arXiv 2504.05138); Jhunjhunwala et al. (FedVARP, 2022) is ``β = 1``.
"""

import sympy

from roundlot.theory.proofs.domain import Condition, Domain, Parameter
from roundlot.theory.proofs.expressions import expectation, inner, norm2, vectors
from roundlot.theory.proofs.facts import hypothesis
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem
from roundlot.theory.theorems.horvitz_thompson import CHANCE, SURE_AT_MOST, p, rest
from roundlot.theory.theorems.independent_processors import (
    AT_NEXT,
    ERRORS,
    NEXT,
    error,
    n,
    nothing_yet,
    odds,
    one_more,
    own,
)

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

least, excess = (sympy.Function(name) for name in ("A", "B"))

CLIENTS = Theorem(
    name="stale_clients",
    title="The variances of any number of clients with stale updates add",
    setting=(
        "n clients draw independently, client j with probability p_j; it sends G_j − β_j h_j, the "
        "server adds β_j h_j always; Δ = Σ X_j, U = Σ G_j; V(n) = E‖Δ − U‖², A(n) = Σ (1/p_j − 1)"
        "‖G_j − β_j* h_j‖², B(n) = Σ (1/p_j − 1)(β_j − β_j*)²‖h_j‖², β* = ⟨G, h⟩/‖h‖²; o = 1/p − "
        "1, G, h, β, u = G, X are those of the next client."
    ),
    claim=Claim(
        left=error(n),
        right=least(n) + excess(n),
        text="E‖Δ − U‖²",
        latex=r"\mathbb{E}\|\Delta - U\|^2",
    ),
    relation="exact",
    domain=Domain(
        parameters=(
            Parameter(
                name="least_variance",
                symbol=least(n),
                meaning="Σ (1/p_j − 1)‖G_j − β_j* h_j‖², that of the best multiples",
            ),
            Parameter(
                name="excess",
                symbol=excess(n),
                meaning="Σ (1/p_j − 1)(β_j − β_j*)²‖h_j‖²",
            ),
            NEXT,
        )
    ),
    steps=(
        nothing_yet(error(n), least(n), excess(n)),
        Step(
            name="induction, n to n + 1",
            scalars=(odds, beta),
            shift={n: n + 1},
            facts=(
                *ERRORS,
                THEOREM.instance(norm2(own), AT_NEXT, name="stale_update"),
                one_more(least(n), odds * left_over),
                one_more(excess(n), odds * (beta - best) ** 2 * norm2(h)),
                hypothesis(least(n) + excess(n) - error(n), equality=True),
            ),
        ),
    ),
    reference="Zhang et al. (arXiv 2504.05138)",
)
