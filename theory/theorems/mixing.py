"""What mixing does: it contracts what has mean zero over workers, and may move the mean.

Problem: ``W`` symmetric, doubly stochastic, drawn independently of ``z``, whose mean over workers
is zero. In the directions of ``E WᵀW`` that are orthogonal to the mean, ``z`` has squares ``q_j``
and ``zW`` the expected squares ``λ_j q_j``, ``λ_j <= ρ <= r²``. Or ``n`` workers at ``x_i`` mix
with a ``P`` that is only row-stochastic (adjacent leaders): ``x_i⁺ = Σ_j P_ij x_j``.
Guarantee: ``E‖zW‖² <= r² ‖z‖²``, attained in the slowest direction, by induction over directions.
With ``δ = Pᵀ1/n − 1/n`` (column sums over ``n``, less ``1/n``) the mean moves by ``x̄⁺ − x̄ =
Σ_j δ_j (x_j − x̄)``, so ``‖x̄⁺ − x̄‖² <= ‖δ‖² Σ_j ‖x_j − x̄‖²``, attained when the workers lie
along ``δ``. Doubly stochastic mixing has ``δ = 0``. For ``P = (1 − w_N − w_τ)W + w_N B + w_τ D``,
``W`` doubly stochastic: ``‖δ‖² <= (w_N + w_τ)(w_N ‖δ_B‖² + w_τ ‖δ_D‖²)``.
Reference: Boyd, Ghosh, Prabhakar, Shah (IEEE Trans. Inf. Theory 2006), the eigenvalues of a
symmetric matrix; He, Wang, Choromanska (AL-DSGD, 2024) for the leaders, the bound by one square.
"""

import sympy

from roundlot.theory.proofs.domain import Condition, Domain, Parameter
from roundlot.theory.proofs.expressions import inner, norm2, vectors
from roundlot.theory.proofs.facts import Square, bounded, definition, given, hypothesis
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem, Witness

r, n = sympy.symbols("r n")
before, after = sympy.Function("Z"), sympy.Function("M")
along, along_mixed = vectors("z", "zW")
CONTRACTION = Parameter(
    name="contraction",
    symbol=r,
    meaning="r >= √ρ, how far one mixing contracts, ρ = ‖E WᵀW − J‖",
    forms=("rho", "spectral_gap", "second_eigenvalue"),
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
                hypothesis(r**2 * before(n) - after(n)),
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

moved, column, apart = sympy.symbols("‖m‖² ‖δ‖² Y")
near, far = sympy.symbols("w_N w_τ")
y, leaning = vectors("‖δ‖y", "δm/‖δ‖")
one, other = vectors("δ_B", "δ_D")
REFERENCE = "He, Wang, Choromanska (AL-DSGD, 2024)"

COLUMN_DRIFT = Theorem(
    name="column_drift",
    title="Row-stochastic mixing moves the mean by at most column drift times spread",
    setting=(
        "x_i⁺ = Σ_j P_ij x_j with P row-stochastic; δ = Pᵀ1/n − 1/n; m = x̄⁺ − x̄; y_j = x_j − x̄, "
        "Y = Σ ‖y_j‖²; ‖δ‖y and δm/‖δ‖ (0 if δ = 0) are lists of vectors, one a worker. Products "
        "of lists are sums over workers."
    ),
    claim=Claim(
        left=moved,
        right=column * apart,
        text="‖x̄⁺ − x̄‖²",
        latex=r"\|\bar x^{+} - \bar x\|^2",
    ),
    relation="tight",
    domain=Domain(
        parameters=(
            Parameter(name="column_drift", symbol=column, meaning="‖δ‖², squared"),
            Parameter(name="spread", symbol=apart, meaning="Y = Σ ‖x_j − x̄‖²"),
        ),
        implied=(Condition(text="‖δ‖² <= 1", greater=1, smaller=column),),
    ),
    steps=(
        Step(
            name="one square",
            scalars=(column,),
            facts=(
                definition(
                    moved,
                    inner(y, leaning),
                    name="the mean's move",
                    reason="Σ δ_j = 0 for row-stochastic P, so m = Σ δ_j x_j = Σ δ_j y_j",
                ),
                bounded(
                    leaning, moved, name="the list along δ", reason="Σ (δ_j/‖δ‖)² ‖m‖² <= ‖m‖²"
                ),
                definition(
                    norm2(y), column * apart, name="the spread", reason="Σ ‖δ‖² ‖y_j‖² = ‖δ‖² Y"
                ),
            ),
            squares=(Square(form=y - leaning),),
        ),
    ),
    reference=REFERENCE,
    witness=Witness(
        text="y_j = δ_j m/‖δ‖²",
        values={
            norm2(y): column * apart,
            moved: column * apart,
            inner(y, leaning): column * apart,
            norm2(leaning): column * apart,
        },
    ),
)

LEADERS = Theorem(
    name="leader_weights",
    title="The column drift of two leaders, from their weights",
    setting=(
        "P = (1 − w_N − w_τ)W + w_N B + w_τ D, W doubly stochastic, B and D row-stochastic with "
        "column drifts δ_B and δ_D; δ = w_N δ_B + w_τ δ_D because W has none."
    ),
    claim=Claim(
        left=norm2(near * one + far * other),
        right=(near + far) * (near * norm2(one) + far * norm2(other)),
        text="‖δ‖²",
        latex=r"\|\delta\|^2",
    ),
    relation="tight",
    domain=Domain(
        parameters=(
            Parameter(name="leader_weight", symbol=near, meaning="the weight w_N"),
            Parameter(name="other_leader_weight", symbol=far, meaning="the weight w_τ"),
            Parameter(name="leader_drift", symbol=norm2(one), meaning="‖δ_B‖²"),
            Parameter(name="other_leader_drift", symbol=norm2(other), meaning="‖δ_D‖²"),
        ),
        implied=(
            Condition(text="w_N + w_τ <= 1", greater=1, smaller=near + far),
            Condition(text="‖δ_B‖² <= 1", greater=1, smaller=norm2(one)),
            Condition(text="‖δ_D‖² <= 1", greater=1, smaller=norm2(other)),
        ),
    ),
    steps=(Step(name="one square", scalars=(near, far), squares=(Square(form=one - other),)),),
    reference=REFERENCE,
    witness=Witness(
        text="δ_B = δ_D",
        values={sympy.Symbol("⟨δ_B,δ_D⟩"): norm2(one), norm2(other): norm2(one)},
    ),
)
