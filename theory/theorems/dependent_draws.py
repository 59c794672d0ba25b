"""Draws that depend on each other: variances from joint inclusion probabilities.

Problem: clients with weighted updates ``u_i`` are drawn with probabilities ``p_i``, two of them
together with probability ``π_ij``; ``Δ = Σ u_i/p_i [i drawn]``, ``U = Σ u_i``. For updates that are
numbers, the clients' weights, ``Δ`` is the aggregate weight ``H``.
Guarantees, exact: two clients' steps have the covariance ``(π_ij/(p_i p_j) − 1)⟨u_i, u_j⟩``: 0 for
independent draws, negative where drawing one makes the other less likely. So ``E‖Δ − U‖² = Σ_i
(1/p_i − 1)‖u_i‖² + Σ_{i≠j} (π_ij/(p_i p_j) − 1)⟨u_i, u_j⟩``. Where the
number of clients drawn is always ``m``, it is ``½ Σ_{i≠j} (p_i p_j − π_ij)‖u_i/p_i − u_j/p_j‖²``:
0 where the updates are in proportion to the probabilities, the aggregate weight say with ``p_i = m
d_i``.
Reference: Horvitz and Thompson (1952); Yates and Grundy (J. R. Statist. Soc. B 1953); Sen (1953).
"""

import sympy

from roundlot.theory.proofs.domain import Condition, Domain, Parameter
from roundlot.theory.proofs.expressions import expectation, inner, norm2, vectors
from roundlot.theory.proofs.facts import definition
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem
from roundlot.theory.theorems.horvitz_thompson import CHANCE, OTHER, p, q

both = sympy.Symbol("π")
u, w = vectors("u", "w")
covariance, covariances, difference = sympy.symbols("c κ y")
variance, all_joint, all_products, pair_terms = sympy.symbols("v e_1 e_2 Y")
by_first, joint_first, by_second, joint_second = sympy.symbols("b_1 b_2 b_3 b_4")
COUNTED = "for i, Σ_j p_j = m and Σ_j π_ij = m p_i: whenever it is drawn, m clients are"
REFERENCE = "Horvitz and Thompson (1952)"
TOGETHER = Parameter(
    name="joint_probability", symbol=both, meaning="π, the probability that both are drawn"
)
ROOM = (
    Condition(text="π <= p", greater=p, smaller=both),
    Condition(text="π <= q", greater=q, smaller=both),
    Condition(text="p + q − π <= 1", greater=1, smaller=p + q - both),
)

PAIR = Theorem(
    name="joint_covariance",
    title="The covariance of two clients' steps, from how often both are drawn",
    setting=(
        "Two clients are drawn with probabilities p and q, both with probability π; X = u/p if the "
        "first is drawn, Y = w/q if the second is, else 0; c = E⟨X − u, Y − w⟩."
    ),
    claim=Claim(
        left=covariance,
        right=both / (p * q) * inner(u, w) - inner(u, w),
        text="E⟨X − u, Y − w⟩",
        latex=r"\mathbb{E}\langle X - u, Y - w\rangle",
    ),
    relation="exact",
    domain=Domain(
        parameters=(
            CHANCE,
            OTHER,
            TOGETHER,
            Parameter(name="inner_product", symbol=inner(u, w), meaning="⟨u, w⟩", signed=True),
        ),
        implied=ROOM,
    ),
    steps=(
        Step(
            name="sum over the four outcomes",
            scalars=(p, q, both),
            facts=(
                definition(
                    covariance,
                    expectation(
                        [
                            (both, inner(u / p - u, w / q - w)),
                            (p - both, inner(u / p - u, -w)),
                            (q - both, inner(-u, w / q - w)),
                            (1 - p - q + both, inner(-u, -w)),
                        ]
                    ),
                    name="four outcomes",
                    reason="both are drawn, one of them, or none",
                ),
            ),
        ),
    ),
    reference=REFERENCE,
)

SUM = Theorem(
    name="joint_variance",
    title="The variance of dependent draws, from joint inclusion probabilities",
    setting=(
        "Clients are drawn with probabilities p_i, i and j together with probability π_ij, π_ii = "
        "p_i; Δ = Σ u_i/p_i [i drawn], U = Σ u_i."
    ),
    claim=Claim(
        left=variance,
        right=all_joint - all_products,
        text="E‖Δ − U‖²",
        latex=r"\mathbb{E}\|\Delta - U\|^2",
    ),
    relation="exact",
    domain=Domain(
        parameters=(
            Parameter(
                name="joint_products",
                symbol=all_joint,
                meaning="Σ_{i,j} π_ij/(p_i p_j) ⟨u_i, u_j⟩, i = j among them",
            ),
            Parameter(
                name="squared_norm", symbol=all_products, meaning="‖U‖² = Σ_{i,j} ⟨u_i, u_j⟩"
            ),
        ),
        implied=(Condition(text="a variance is >= 0", greater=all_joint, smaller=all_products),),
    ),
    steps=(
        Step(
            name="add up all pairs",
            scalars=(),
            facts=(
                definition(
                    variance,
                    covariances,
                    name="the square",
                    reason="Δ − U is the sum of X_i − u_i; its square is the sum over all pairs",
                ),
                PAIR.total(
                    {
                        covariance: covariances,
                        both / (p * q) * inner(u, w): all_joint,
                        inner(u, w): all_products,
                    },
                    over="every ordered pair of clients, each with itself among them",
                ),
            ),
        ),
    ),
    reference=REFERENCE,
)

DIFFERENCE = Theorem(
    name="pair_difference",
    title="Two scaled updates compared, weighted by how seldom both are drawn",
    setting="Two clients are drawn with probabilities p and q, both with probability π; their "
    "weighted updates are u and w; y = (pq − π)‖u/p − w/q‖².",
    claim=Claim(
        left=difference,
        right=q / p * norm2(u)
        - both / p**2 * norm2(u)
        + p / q * norm2(w)
        - both / q**2 * norm2(w)
        - 2 * inner(u, w)
        + 2 * both / (p * q) * inner(u, w),
        text="(pq − π)‖u/p − w/q‖²",
        latex=r"(pq - \pi) \|u/p - w/q\|^2",
    ),
    relation="exact",
    domain=Domain(
        parameters=(
            *PAIR.domain.parameters,
            Parameter(name="squared_norm", symbol=norm2(u), meaning="‖u‖²"),
            Parameter(name="other_squared_norm", symbol=norm2(w), meaning="‖w‖²"),
        ),
        implied=ROOM,
    ),
    steps=(
        Step(
            name="expand",
            scalars=(p, q, both),
            facts=(
                definition(
                    difference,
                    (p * q - both) * norm2(u / p - w / q),
                    name="the comparison",
                    reason="definition of y",
                ),
            ),
        ),
    ),
    reference="Yates and Grundy (1953)",
)

FIXED = Theorem(
    name="yates_grundy",
    title="The variance of draws whose number is fixed",
    setting=(
        f"{SUM.setting} The number m of clients drawn is always the same; Y = Σ_{{i≠j}} (p_i p_j − "
        "π_ij)‖u_i/p_i − u_j/p_j‖²; b_1, b_3 and b_2, b_4 are the sums over all pairs of "
        "(p_j/p_i)‖u_i‖² and of π_ij‖u_i‖²/p_i², and the same with i and j exchanged."
    ),
    claim=Claim(
        left=variance,
        right=pair_terms / 2,
        text="E‖Δ − U‖²",
        latex=r"\mathbb{E}\|\Delta - U\|^2",
    ),
    relation="exact",
    domain=Domain(
        parameters=(
            Parameter(
                name="pair_differences",
                symbol=pair_terms,
                meaning="Y = Σ_{i≠j} (p_i p_j − π_ij)‖u_i/p_i − u_j/p_j‖²",
            ),
        )
    ),
    steps=(
        Step(
            name="compare every pair",
            scalars=(),
            facts=(
                SUM.instance(variance, {}, name="joint_variance"),
                DIFFERENCE.total(
                    {
                        difference: pair_terms,
                        q / p * norm2(u): by_first,
                        both / p**2 * norm2(u): joint_first,
                        p / q * norm2(w): by_second,
                        both / q**2 * norm2(w): joint_second,
                        inner(u, w): all_products,
                        both / (p * q) * inner(u, w): all_joint,
                    },
                    over="every ordered pair of clients, each with itself among them",
                ),
                definition(by_first, joint_first, name="fixed number", reason=COUNTED),
                definition(
                    by_second,
                    joint_second,
                    name="fixed number, exchanged",
                    reason=COUNTED.replace("for i", "for j"),
                ),
            ),
        ),
    ),
    reference="Yates and Grundy (1953); Sen (1953)",
)
