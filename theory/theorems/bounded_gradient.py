"""The gradient of a smooth function that is bounded below is small where its value is.

Problem: ``f``, L-smooth, at least ``f*``, convex or not.
Guarantee: ``‖∇f(x)‖² <= 2L(f(x) − f*)``, attained by ``f = L/2 ‖x‖²``. It is linear in what it
speaks of, and so holds for means over clients, too.
Reference: Nesterov, Introductory Lectures on Convex Optimization (2004); one step ``−∇f/L``.
"""

import sympy

from roundlot.theory.proofs.domain import Domain
from roundlot.theory.proofs.expressions import norm2
from roundlot.theory.proofs.facts import at_least, descent
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem, Witness
from roundlot.theory.theorems.symbols import SMOOTHNESS, VALUE, L, d, new_value, value

THEOREM = Theorem(
    name="bounded_gradient",
    title="The gradient of a smooth function that is bounded below",
    setting="f is L-smooth and at least f*; values are measured from f*; f⁺ = f(x − ∇f(x)/L).",
    claim=Claim(
        left=norm2(d),
        right=2 * L * value,
        text="‖∇f(x)‖²",
        latex=r"\|\nabla f(x)\|^2",
    ),
    relation="tight",
    domain=Domain(parameters=(SMOOTHNESS, VALUE)),
    steps=(
        Step(
            name="one step down",
            scalars=(L,),
            facts=(
                descent(value, d, -d / L, new_value, L=L, reason="descent lemma, f is L-smooth"),
                at_least(new_value, 0, name="f⁺ >= f*", reason="f* is a lower bound"),
            ),
        ),
    ),
    reference="Nesterov (2004)",
    witness=Witness(
        text="f(x) = L/2 ‖x‖²",
        values={value: norm2(d) / (2 * L), new_value: sympy.Integer(0)},
    ),
)
