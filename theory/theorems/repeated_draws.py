"""What a client's batch noise is multiplied by when several of its processors draw one model.

Problem: two processors of a client draw a model independently with probabilities ``p`` and ``q``;
the client trains once, on one batch, and its update enters with the weight ``W = α/p [first drew]
+ β/q [second drew]``.
Guarantee, exact: ``E W² = α²/p + β²/q + 2αβ``. The last term is absent when each processor trains
on a batch of its own. With ``B`` processors of weight ``d/B`` it is ``d²(B − 1)/B`` in all, pair
by pair.
Reference: Horvitz and Thompson (1952); the four outcomes.
"""

import sympy

from roundlot.theory.domain import Domain, Parameter
from roundlot.theory.steps import Step
from roundlot.theory.theorem import Claim, Theorem
from roundlot.theory.theorems.horvitz_thompson import CHANCE, OTHER, SURE_AT_MOST, p, q, rest
from roundlot.theory.theorems.independent_processors import (
    OTHER_AT_MOST,
    alpha,
    beta,
    four_outcomes,
    other_rest,
)

first, second = alpha / p, beta / q

THEOREM = Theorem(
    name="repeated_draws",
    title="The second moment of a client's weight when two of its processors may draw",
    setting=(
        "Two processors of one client draw the same model independently, with probabilities p and "
        "q; its one update enters with the weight W = α/p [first drew] + β/q [second drew]."
    ),
    claim=Claim(
        left=four_outcomes((first + second) ** 2, first**2, second**2, sympy.Integer(0)),
        right=alpha**2 / p + beta**2 / q + 2 * alpha * beta,
        text="E W²",
        latex=r"\mathbb{E} W^2",
    ),
    relation="exact",
    domain=Domain(
        parameters=(
            CHANCE,
            OTHER,
            Parameter(name="weight", symbol=alpha, meaning="the weight α"),
            Parameter(name="other_weight", symbol=beta, meaning="the weight β"),
        ),
        conditions=(SURE_AT_MOST, OTHER_AT_MOST),
        chart={p: 1 - rest, q: 1 - other_rest},
    ),
    steps=(Step(name="sum over the four outcomes", scalars=(p, q)),),
    reference="Horvitz and Thompson (1952)",
)
