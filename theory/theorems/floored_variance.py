"""A floor on the probabilities bounds the variance, whatever the updates turn out to be.

Problem: an update ``u`` is drawn with probability ``p >= θ > 0``.
Guarantee: ``E‖X − u‖² <= ‖u‖² (1/θ − 1)``, attained at ``p = θ``. With ``θ = 0`` there is no bound.
Reference: theorem variance.
"""

import sympy

from roundlot.theory.proofs.domain import Condition, Domain, Parameter
from roundlot.theory.proofs.expressions import norm2
from roundlot.theory.proofs.facts import in_range
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem, Witness
from roundlot.theory.theorems.horvitz_thompson import CHANCE, VARIANCE, p, u

floor, room = sympy.symbols("θ s")
ABOVE_FLOOR = Condition(text="p >= θ", greater=p, smaller=floor, slack=room, slack_value=p - floor)
AT_MOST = Condition(text="p <= 1", greater=1, smaller=p)

THEOREM = Theorem(
    name="floored_variance",
    title="A floor on the probabilities bounds the variance",
    setting="X = u/p with probability p, else 0; p is at least the floor θ.",
    claim=Claim(
        left=VARIANCE.claim.left,
        right=norm2(u) * (1 / floor - 1),
        text="E‖X − u‖²",
        latex=r"\mathbb{E}\|X - u\|^2",
    ),
    relation="tight",
    domain=Domain(
        parameters=(
            CHANCE,
            Parameter(name="floor", symbol=floor, meaning="the floor θ", positive=True),
            Parameter(name="squared_norm", symbol=norm2(u), meaning="‖u‖²"),
        ),
        conditions=(AT_MOST, ABOVE_FLOOR),
        chart={p: floor + room},
    ),
    steps=(
        Step(
            name="the variance falls with p",
            scalars=(p, floor),
            facts=(in_range("‖u‖² >= 0", norm2(u)),),
        ),
    ),
    reference="theorem variance",
    witness=Witness(text="p = θ", values={floor: p}),
)
