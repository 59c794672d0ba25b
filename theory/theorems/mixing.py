"""Mixing contracts what has mean zero over workers.

Problem: ``W`` symmetric, doubly stochastic, drawn independently of ``z``, whose mean over workers
is zero. In the directions of ``E WᵀW`` that are orthogonal to the mean, ``z`` has squares ``q_j``
and ``zW`` the expected squares ``λ_j q_j``, ``λ_j <= ρ <= r²``.
Guarantee: ``E‖zW‖² <= r² ‖z‖²``, attained in the slowest direction, by induction over directions.
Reference: Boyd, Ghosh, Prabhakar, Shah (IEEE Trans. Inf. Theory 2006); the eigenvalues of a
symmetric matrix.
"""

import sympy

from roundlot.theory.proofs.domain import Domain, Parameter
from roundlot.theory.proofs.expressions import norm2, vectors
from roundlot.theory.proofs.facts import Fact, definition, given
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem, Witness

r, n = sympy.symbols("r n")
before, after = sympy.Function("Z"), sympy.Function("M")
along, along_mixed = vectors("z", "zW")
CONTRACTION = Parameter(
    name="contraction", symbol=r, meaning="r >= √ρ, how far one mixing contracts"
)

THEOREM = Theorem(
    name="mixing",
    title="Mixing contracts what has mean zero over workers",
    setting=(
        "W is symmetric, doubly stochastic and independent of z, which has mean zero over workers; "
        "ρ = ‖E WᵀW − J‖, r >= √ρ; Z(n) is ‖z‖² in the first n directions (eigenvectors of E WᵀW "
        "but the mean), M(n) is E‖zW‖² there; z and zW name the next direction's share."
    ),
    claim=Claim(
        left=after(n),
        right=r**2 * before(n),
        text="E‖zW‖²",
        latex=r"\mathbb{E}\|zW\|^2",
    ),
    relation="tight",
    domain=Domain(
        parameters=(
            CONTRACTION,
            Parameter(name="squared_norm", symbol=before(n), meaning="‖z‖²"),
        )
    ),
    steps=(
        Step(
            name="base, n = 0",
            scalars=(r,),
            shift={n: 0},
            facts=(
                definition(before(0), 0, name="no direction", reason="Z(0) is an empty sum"),
                definition(after(0), 0, name="no mixed direction", reason="M(0) is an empty sum"),
            ),
        ),
        Step(
            name="induction, n to n + 1",
            scalars=(r,),
            shift={n: n + 1},
            facts=(
                definition(
                    before(n + 1),
                    before(n) + norm2(along),
                    name="one more direction",
                    reason="eigenvectors are orthogonal",
                ),
                definition(
                    after(n + 1),
                    after(n) + norm2(along_mixed),
                    name="one more mixed direction",
                    reason="zᵀ E[WWᵀ] z is the sum over eigenvectors",
                ),
                given(
                    r**2 * norm2(along),
                    norm2(along_mixed),
                    name="eigenvalue",
                    reason="E‖zW‖² = λ‖z‖² along an eigenvector, λ <= ρ <= r²",
                ),
                Fact(
                    name="hypothesis",
                    expression=r**2 * before(n) - after(n),
                    reason="induction",
                    hypothesis=True,
                ),
            ),
        ),
    ),
    reference="Boyd, Ghosh, Prabhakar, Shah (IEEE Trans. Inf. Theory 2006)",
    witness=Witness(
        text="a share of the same size in every direction, λ = r²",
        values={
            before(0): sympy.Integer(0),
            after(0): sympy.Integer(0),
            before(n): n * norm2(along),
            after(n): r**2 * n * norm2(along),
            before(n + 1): (n + 1) * norm2(along),
            after(n + 1): r**2 * (n + 1) * norm2(along),
            norm2(along_mixed): r**2 * norm2(along),
        },
    ),
)
