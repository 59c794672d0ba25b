"""Averaging the drawn clients' updates costs at most Var H times the largest second moment.

Problem: processors ``1, ..., n``, drawn independently with probabilities ``p_j``, bring updates
``U_j`` of second moment at most ``x``, with weights ``α_j``. The probabilities are fixed before the
updates: for those that look at them, ``E‖U_j‖² <= x`` does not hold given the draw.
Guarantee, by induction over processors: ``E‖Δ − Σ α_j U_j‖² <= x Var H``, ``Var H = Σ α_j²(1/p_j −
1)``, attained by ``‖U_j‖² = x``. Processors of one client may bring the same update.
Reference: theorem additive_variance; the role of Li et al. (ICLR 2020), lemma 5, for any design of
independent processors.
"""

import sympy

from roundlot.theory.proofs.domain import Domain, Parameter
from roundlot.theory.proofs.expressions import norm2, vectors
from roundlot.theory.proofs.facts import bounded, hypothesis
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem, Witness
from roundlot.theory.theorems.horvitz_thompson import VARIANCE, u
from roundlot.theory.theorems.independent_processors import (
    AT_NEXT,
    ERRORS,
    NEXT,
    alpha,
    error,
    n,
    nothing_yet,
    odds,
    one_more,
    own,
    so_far,
)

most = sympy.Symbol("x")
weights = sympy.Function("W")
(U,) = vectors("U")
own_weight = alpha**2 * odds
next_error = most * own_weight

THEOREM = Theorem(
    name="sampled_average",
    title="Sampling bounded updates costs at most their size times Var H",
    setting=(
        "n processors draw independently, processor j with probability p_j, and bring updates U_j "
        "with E‖U_j‖² <= x, independent of who draws: the probabilities are fixed before the "
        "updates; weights α_j; Δ = Σ α_j U_j/p_j [j drew], U = Σ α_j U_j; V(n) = E‖Δ − U‖², "
        "W(n) = Var H = Σ α_j²(1/p_j − 1); o = 1/p − 1, α, U, X are those of the next processor."
    ),
    claim=Claim(
        left=error(n),
        right=most * weights(n),
        text="E‖Δ − Σ α_j U_j‖²",
        latex=r"\mathbb{E}\|\Delta - \sum_j \alpha_j U_j\|^2",
    ),
    relation="tight",
    domain=Domain(
        parameters=(
            Parameter(name="participation_variance", symbol=weights(n), meaning="Var H"),
            Parameter(
                name="second_moment", symbol=most, meaning="x, a bound on E‖U_j‖²", own_unit="u²"
            ),
            NEXT,
        )
    ),
    steps=(
        nothing_yet(error(n), weights(n), scalars=(most,)),
        Step(
            name="induction, n to n + 1",
            scalars=(odds, alpha, most),
            shift={n: n + 1},
            facts=(
                *ERRORS,
                VARIANCE.instance(
                    norm2(own), {**AT_NEXT, norm2(u): alpha**2 * norm2(U)}, name="variance"
                ),
                bounded(U, most, name="bounded", reason="E‖U_j‖² <= x"),
                one_more(weights(n), own_weight),
                hypothesis(most * weights(n) - error(n)),
            ),
        ),
    ),
    reference="Li et al. (ICLR 2020), lemma 5; theorem additive_variance",
    witness=Witness(
        text="‖U_j‖² = x",
        values={
            error(0): sympy.Integer(0),
            weights(0): sympy.Integer(0),
            norm2(U): most,
            norm2(own): next_error,
            sympy.Symbol("⟨X − u,Δ − U⟩"): sympy.Integer(0),
            norm2(so_far): n * next_error,
            error(n): n * next_error,
            error(n + 1): (n + 1) * next_error,
            weights(n): n * own_weight,
            weights(n + 1): (n + 1) * own_weight,
        },
    ),
)
