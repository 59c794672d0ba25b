"""What a client's batch noise is multiplied by when several of its processors draw one model.

Problem: the processors of a client, any number of them, draw a model independently with
probabilities ``p_j``; the client trains once, on one batch, and its update enters with the weight
``W = Σ α_j/p_j [j drew]``.
Guarantee, exact: ``E W² = Σ α_j²(1/p_j − 1) + (Σ α_j)²``. Were each processor to train on a batch
of its own, it would be ``Σ α_j²/p_j``: what the one batch adds is ``(Σ α_j)² − Σ α_j²``, for ``B``
processors of weight ``d/B`` it is ``d²(B − 1)/B``.
Reference: Horvitz and Thompson (1952); theorem participation_variance.
"""

import sympy

from roundlot.theory.proofs.domain import Condition, Domain, Parameter
from roundlot.theory.proofs.expressions import norm2, vectors
from roundlot.theory.proofs.facts import definition, zero_mean
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem
from roundlot.theory.theorems.independent_processors import PARTICIPATION, drawn, n, squares

moment, weight, over_chance, alone = sympy.symbols("m d A B")
noise, one = vectors("W − d", "1")

THEOREM = Theorem(
    name="repeated_draws",
    title="The second moment of a client's weight when any of its processors may draw",
    setting=(
        "The processors of one client draw the same model independently, processor j with "
        "probability p_j; its one update enters with the weight W = Σ α_j/p_j [j drew]; "
        "m = E W², d = Σ α_j, A = Σ α_j²/p_j, B = Σ α_j²."
    ),
    claim=Claim(
        left=moment,
        right=over_chance - alone + weight**2,
        text="E W²",
        latex=r"\mathbb{E} W^2",
    ),
    relation="exact",
    domain=Domain(
        parameters=(
            Parameter(name="drawn_squares", symbol=over_chance, meaning="Σ α_j²/p_j"),
            Parameter(name="squares", symbol=alone, meaning="Σ α_j²"),
            Parameter(name="weight", symbol=weight, meaning="d = Σ α_j, the client's weight"),
        ),
        implied=(
            Condition(text="Σ α_j²/p_j >= Σ α_j²", greater=over_chance, smaller=alone),
            Condition(text="(Σ α_j)² >= Σ α_j²", greater=weight**2, smaller=alone),
        ),
    ),
    steps=(
        Step(
            name="mean and variance",
            scalars=(weight,),
            facts=(
                definition(
                    moment,
                    norm2(noise + weight * one),
                    name="second moment",
                    reason="W is its mean d and W − d",
                ),
                definition(norm2(one), 1, name="one", reason="1² = 1"),
                *zero_mean(noise, one),
                PARTICIPATION.instance(
                    norm2(noise),
                    {drawn(n): over_chance, squares(n): alone},
                    name="participation_variance",
                ),
            ),
        ),
    ),
    reference="Horvitz and Thompson (1952); theorem participation_variance",
)
