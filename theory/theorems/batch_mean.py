"""The noise of a sum of independent samples, and of their mean.

Problem: samples ``g_j = ∇F + ξ_j`` with independent noise of variance at most ``σ²``.
Guarantee: the sum of ``k`` noises has ``E‖Σξ‖² <= kσ²``, attained, by induction over the samples;
their mean has variance at most ``σ²/k``.
Reference: the cross terms of independent draws vanish.
"""

import sympy

from roundlot.theory.proofs.domain import Domain, Parameter
from roundlot.theory.proofs.expressions import inner, norm2, vectors
from roundlot.theory.proofs.facts import bounded, definition, hypothesis, zero_mean
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem, Witness
from roundlot.theory.theorems.symbols import VARIANCE, variance

k = sympy.Symbol("k")
noise = sympy.Function("V")
xi, so_far = vectors("ξ", "Z")
SAMPLES = Parameter(name="samples", symbol=k, meaning="the number of samples k", whole=True)
SETTING = "ξ_1, ξ_2, ... are independent with mean 0 and E‖ξ_j‖² <= σ²; V(k) = E‖ξ_1 + ... + ξ_k‖²."

THEOREM = Theorem(
    name="batch_sum",
    title="The noise of independent samples adds up",
    setting=SETTING,
    claim=Claim(
        left=noise(k),
        right=k * variance,
        text="E‖ξ_1 + ... + ξ_k‖²",
        latex=r"\mathbb{E}\|\xi_1 + \dots + \xi_k\|^2",
    ),
    relation="tight",
    domain=Domain(parameters=(VARIANCE, SAMPLES)),
    steps=(
        Step(
            name="base, k = 0",
            scalars=(),
            shift={k: 0},
            facts=(definition(noise(0), 0, name="empty sum", reason="the sum of no noises is 0"),),
        ),
        Step(
            name="induction, k to k + 1",
            scalars=(k,),
            shift={k: k + 1},
            facts=(
                definition(noise(k), norm2(so_far), name="so far", reason="Z is their sum so far"),
                definition(
                    noise(k + 1), norm2(so_far + xi), name="one more", reason="ξ is the next noise"
                ),
                *zero_mean(xi, so_far),
                bounded(
                    xi, variance, name="variance", reason="the variance of one sample is at most σ²"
                ),
                hypothesis(k * variance - noise(k)),
            ),
        ),
    ),
    reference="independent draws",
    witness=Witness(
        text="noise of variance σ² exactly",
        values={
            noise(0): sympy.Integer(0),
            noise(k): k * variance,
            noise(k + 1): (k + 1) * variance,
            norm2(xi): variance,
            norm2(so_far): k * variance,
            inner(xi, so_far): sympy.Integer(0),
        },
    ),
)
