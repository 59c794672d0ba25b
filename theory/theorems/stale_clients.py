"""Stale updates of any number of clients: their cost, and what other than the best multiples add.

Problem: clients ``1, ..., n`` draw independently with probabilities ``p_j``; client ``j`` has a
fresh update ``G_j`` and a last one ``h_j``, and the server remembers ``β_j h_j`` of it.
Guarantee, exact, by induction over clients: ``E‖Δ − Σ G_j‖² = Σ (1/p_j − 1)(‖G_j − β_j* h_j‖² +
(β_j − β_j*)² ‖h_j‖²)``, ``β_j* = ⟨G_j, h_j⟩/‖h_j‖²``: each client's multiple is best by itself.
Reference: Zhang et al. (arXiv 2504.05138); theorem stale_update for each client.
"""

import sympy

from roundlot.theory.proofs.domain import Domain, Parameter
from roundlot.theory.proofs.expressions import norm2
from roundlot.theory.proofs.facts import Fact
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem
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
from roundlot.theory.theorems.stale_update import THEOREM as STALE_UPDATE
from roundlot.theory.theorems.stale_update import best, beta, h, left_over

least, excess = (sympy.Function(name) for name in ("A", "B"))

THEOREM = Theorem(
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
                STALE_UPDATE.instance(norm2(own), AT_NEXT, name="stale_update"),
                one_more(least(n), odds * left_over),
                one_more(excess(n), odds * (beta - best) ** 2 * norm2(h)),
                Fact(
                    name="hypothesis",
                    expression=least(n) + excess(n) - error(n),
                    reason="induction",
                    equality=True,
                    hypothesis=True,
                ),
            ),
        ),
    ),
    reference="Zhang et al. (arXiv 2504.05138)",
)
