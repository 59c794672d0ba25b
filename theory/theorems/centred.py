"""Taking off the mean over clients shortens.

Problem: clients, or workers, with weights ``d_k >= 0`` hold vectors ``b_k``; ``m`` is their
weighted mean, ``Σ d_k (b_k − m) = 0``.
Guarantee: ``Σ d_k ‖b_k − m‖² <= Σ d_k ‖b_k‖²``, attained by ``m = 0``; the difference is ``Σ d_k
‖m‖²``, which is at most ``Σ d_k ‖b_k‖²``, too: Jensen's inequality. Times
``H = Σ d_k`` it says ``‖Σ d_k b_k‖² <= H Σ d_k ‖b_k‖²``: Cauchy-Schwarz with weights.
Reference: König and Huygens; the variance is at most the second moment.
"""

import sympy

from roundlot.theory.proofs.domain import Domain, Parameter
from roundlot.theory.proofs.expressions import inner, norm2, vectors
from roundlot.theory.proofs.facts import Square, centred
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem, Witness

whole, mean = vectors("b", "m")
SETTING = (
    "Clients with weights d_k >= 0 hold b_k; m is the same for all, Σ d_k (b_k − m) = 0. Products "
    "stand for their sums over clients with these weights."
)
OF_ALL = Parameter(name="second_moment", symbol=norm2(whole), meaning="Σ d_k ‖b_k‖²", own_unit="u²")
MEAN = centred(
    whole, mean, mean, name="mean", reason="Σ d_k (b_k − m) = 0, and m is the same for all"
)

THEOREM = Theorem(
    name="centred",
    title="Taking off the mean over clients shortens",
    setting=SETTING,
    claim=Claim(
        left=norm2(whole - mean),
        right=norm2(whole),
        text="Σ d_k ‖b_k − m‖²",
        latex=r"\sum_k d_k \|b_k - m\|^2",
    ),
    relation="tight",
    domain=Domain(parameters=(OF_ALL,)),
    steps=(
        Step(
            name="the squares add",
            scalars=(),
            facts=(MEAN,),
            squares=(Square(form=mean),),
        ),
    ),
    reference="König and Huygens",
    witness=Witness(
        text="m = 0",
        values={norm2(mean): sympy.Integer(0), inner(whole, mean): sympy.Integer(0)},
    ),
)

JENSEN = Theorem(
    name="mean_over_clients",
    title="The squared norm of a mean is at most the mean of the squared norms",
    setting=SETTING,
    claim=Claim(
        left=norm2(mean), right=norm2(whole), text="Σ d_k ‖m‖²", latex=r"\sum_k d_k \|m\|^2"
    ),
    relation="tight",
    domain=Domain(parameters=(OF_ALL,)),
    steps=(
        Step(
            name="one square",
            scalars=(),
            facts=(MEAN,),
            squares=(Square(form=whole - mean),),
        ),
    ),
    reference="Jensen's inequality",
    witness=Witness(
        text="equal vectors",
        values={norm2(mean): norm2(whole), inner(whole, mean): norm2(whole)},
    ),
)
