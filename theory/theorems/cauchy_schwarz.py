"""The product of two random vectors is at most the product of their roots of second moments.

Problem: ``x = a x'`` and ``y = b y'`` with ``E‖x'‖² <= 1``, ``E‖y'‖² <= 1``: every ``x`` with
``E‖x‖² <= a²`` is of this form, also for ``a = 0``.
Guarantee: ``E⟨x, y⟩ <= ab``, attained by ``x' = y'`` of second moment 1. Of two numbers less their
means it says ``Cov(X, Y) <= √(Var X · Var Y)``.
Reference: Cauchy-Schwarz, by one square.
"""

import sympy

from roundlot.theory.proofs.domain import Domain, Parameter
from roundlot.theory.proofs.expressions import inner, norm2, vectors
from roundlot.theory.proofs.facts import Square, bounded
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem, Witness

root, other_root = sympy.symbols("a b")
x, y = vectors("x'", "y'")

THEOREM = Theorem(
    name="cauchy_schwarz",
    title="The Cauchy-Schwarz inequality for expectations",
    setting="x = a x' and y = b y' with E‖x'‖² <= 1 and E‖y'‖² <= 1.",
    claim=Claim(
        left=inner(root * x, other_root * y),
        right=root * other_root,
        text="E⟨x, y⟩",
        latex=r"\mathbb{E}\langle x, y\rangle",
    ),
    relation="tight",
    domain=Domain(
        parameters=(
            Parameter(name="root_moment", symbol=root, meaning="a, at least √E‖x‖²"),
            Parameter(name="other_root_moment", symbol=other_root, meaning="b, at least √E‖y‖²"),
        )
    ),
    steps=(
        Step(
            name="one square",
            scalars=(root, other_root),
            facts=(
                bounded(x, sympy.Integer(1), name="first", reason="x = a x' with E‖x‖² <= a²"),
                bounded(y, sympy.Integer(1), name="second", reason="y = b y' with E‖y‖² <= b²"),
            ),
            squares=(Square(form=x - y),),
        ),
    ),
    reference="Cauchy-Schwarz",
    witness=Witness(
        text="x' = y' of second moment 1",
        values=dict.fromkeys((norm2(x), norm2(y), inner(x, y)), sympy.Integer(1)),
    ),
)
