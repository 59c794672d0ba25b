"""Averaging the drawn clients' updates costs at most Var H times the largest second moment.

Problem: two processors, drawn independently with probabilities ``p`` and ``q``, bring updates
``U`` and ``W`` of second moment at most ``x``, with weights ``α`` and ``β``. The probabilities are
fixed before the updates: for those that look at them, ``E‖U‖² <= x`` does not hold given the draw.
Guarantee: ``E‖Δ − (αU + βW)‖² <= x Var H``, ``Var H = α²(1/p − 1) + β²(1/q − 1)``, attained by
``‖U‖² = ‖W‖² = x``; more processors follow by grouping, two of one client bring the same update.
Reference: theorem additive_variance; the role of Li et al. (ICLR 2020), lemma 5, for any design of
independent processors.
"""

import sympy

from roundlot.theory.domain import Domain, Parameter
from roundlot.theory.facts import bounded
from roundlot.theory.gram import norm2, vectors
from roundlot.theory.steps import Step
from roundlot.theory.theorem import Claim, Theorem, Witness
from roundlot.theory.theorems.horvitz_thompson import at_most_one, p, q
from roundlot.theory.theorems.independent_processors import (
    ADDITIVE,
    PARTICIPATION,
    alpha,
    beta,
    other_rest,
    rest,
    u,
    w,
)

most, error = sympy.symbols("x v")
U, W = vectors("U", "W")
weight_variance = PARTICIPATION.claim.right

THEOREM = Theorem(
    name="sampled_average",
    title="Sampling bounded updates costs at most their size times Var H",
    setting=(
        "Two processors draw independently with probabilities p and q and bring updates U and W "
        "with E‖U‖² <= x, E‖W‖² <= x, independent of who draws: the probabilities are fixed before "
        "the updates; weights α and β; Δ = αU/p [first drew] + βW/q [second drew]."
    ),
    claim=Claim(
        left=error,
        right=most * weight_variance,
        text="E‖Δ − (αU + βW)‖²",
        latex=r"\mathbb{E}\|\Delta - (\alpha U + \beta W)\|^2",
    ),
    relation="tight",
    domain=Domain(
        parameters=(
            *PARTICIPATION.domain.parameters,
            Parameter(name="second_moment", symbol=most, meaning="x, a bound on E‖U‖², E‖W‖²"),
        ),
        conditions=(at_most_one(p, rest), at_most_one(q, other_rest)),
        chart={p: 1 / (1 + rest), q: 1 / (1 + other_rest)},
    ),
    steps=(
        Step(
            name="bound both updates",
            scalars=(p, q, alpha, beta),
            facts=(
                ADDITIVE.instance(
                    error,
                    {norm2(u): alpha**2 * norm2(U), norm2(w): beta**2 * norm2(W)},
                    name="additive_variance",
                ),
                bounded(U, most, name="first bounded", reason="E‖U‖² <= x"),
                bounded(W, most, name="second bounded", reason="E‖W‖² <= x"),
            ),
        ),
    ),
    reference="Li et al. (ICLR 2020), lemma 5; theorem additive_variance",
    witness=Witness(
        text="‖U‖² = ‖W‖² = x",
        values={
            norm2(U): most,
            norm2(W): most,
            error: most * weight_variance,
        },
    ),
)
