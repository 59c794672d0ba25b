"""One step with whoever was drawn: where the error of partial participation comes from.

Problem: minimise ``F = Σ_i d_i f_i``; every ``f_i`` is L-smooth and bounded below by ``f_i*``,
``F`` is μ-strongly convex with minimiser ``w*``.
Method: ``w⁺ = w − η Σ_v P_v (∇f_i(w) + ξ_v)``, ``v = (i, b)``; realised weights ``P_v >= 0`` with
``E Σ_b P_v = d_i``, so ``E H = 1`` for ``H = Σ_v P_v``.
Guarantee: ``E‖w⁺ − w*‖² <= (1 − μη)‖w − w*‖² − 2η(1 − Lη)(F − F*) + 2Lη²Γ + 2Lη²√(Var H · Var R) +
η²N``: the heterogeneity ``Γ = F* − Σ_i d_i f_i*``, and three parts that a design moves:
participation variance ``Var H``, the variance of the surrogate ``R = Σ_v P_v (f_i(w) − f_i*)``,
and mini-batch noise ``N = E‖Σ_v P_v ξ_v‖²``, which is ``Σ_v (d_i/B_i)² σ_i²/p_v`` when every
processor draws its own batch.
Reference: the split into three parts is that of Zhang et al. (arXiv 2504.05138).
"""

import sympy

from roundlot.theory.domain import Condition, Domain, Parameter
from roundlot.theory.facts import Fact, zero_mean
from roundlot.theory.gram import inner, norm2, vectors
from roundlot.theory.steps import Step
from roundlot.theory.theorem import Claim, Theorem
from roundlot.theory.theorems.cocoercivity import CONVEXITY, ORDERED, L, extra, mu

eta, gap, spread, noise, room = sympy.symbols("η φ Γ N s")
weight_variance, surrogate_variance, cross = sympy.symbols("VarH VarR κ")
weighted, squares, covariance = (sympy.Symbol(n) for n in ("E[HR]", "E[HQ]", "Cov[H,R]"))
e, g, d, batch = vectors("e", "g", "∇F", "ξ")

CLIENT_SMOOTHNESS = Parameter(
    name="client_smoothness",
    symbol=L,
    meaning="the smoothness L of every client's f_i",
    positive=True,
)
STEP = Parameter(name="step", symbol=eta, meaning="the step size η", positive=True)
EXCESS = Parameter(name="value", symbol=gap, meaning="F(w) − F*")
HETEROGENEITY = Parameter(name="heterogeneity", symbol=spread, meaning="Γ = F* − Σ d_i f_i*")
DISTANCE = Parameter(name="squared_distance", symbol=norm2(e), meaning="‖w − w*‖²")
BATCH_NOISE = Parameter(
    name="batch_noise", symbol=noise, meaning="the mini-batch noise N of the step"
)
PARTICIPATION_VARIANCE = Parameter(
    name="participation_variance", symbol=weight_variance, meaning="Var H"
)
SURROGATE_VARIANCE = Parameter(
    name="surrogate_variance", symbol=surrogate_variance, meaning="Var R"
)
SHORT = Condition(text="η <= 1/L", greater=1 / L, smaller=eta, slack=room, slack_value=1 / eta - L)

DRAW = (
    Fact(
        name="unbiased draw",
        expression=inner(g, e) - inner(d, e),
        reason="E Σ_b P_(i,b) = d_i for every client and w is fixed before the draw",
        equality=True,
    ),
    *zero_mean(batch, e, g),
    Fact(
        name="weighted mean",
        expression=squares - norm2(g),
        reason="Cauchy-Schwarz with weights P_v >= 0; E[HQ], Q = Σ P_v ‖∇f_i‖²",
    ),
    Fact(
        name="smooth and bounded below",
        expression=2 * L * weighted - squares,
        reason="‖∇f_i‖² <= 2L(f_i − f_i*), times H P_v >= 0, summed",
    ),
)

THEOREM = Theorem(
    name="partial_participation",
    title="One step under partial participation, in three parts",
    setting=(
        "F = Σ d_i f_i is μ-strongly convex with minimiser w*, every f_i is L-smooth and at least "
        "f_i*; w⁺ = w − η(g + ξ), g = Σ_v P_v ∇f_i(w), ξ = Σ_v P_v ξ_v; H = Σ P_v has mean 1, "
        "R = Σ P_v (f_i(w) − f_i*); e = w − w*, φ = F(w) − F*. Products of vectors stand for their "
        "expectations given w."
    ),
    claim=Claim(
        left=norm2(e - eta * (g + batch)),
        right=(1 - mu * eta) * norm2(e)
        - 2 * eta * (1 - L * eta) * gap
        + 2 * L * eta**2 * spread
        + 2 * L * eta**2 * cross
        + eta**2 * noise,
        text="E‖w⁺ − w*‖²",
        latex=r"\mathbb{E}\|w^{+} - w^{\star}\|^2",
        definitions={cross: sympy.sqrt(weight_variance * surrogate_variance)},
    ),
    relation="upper",
    domain=Domain(
        parameters=(
            CLIENT_SMOOTHNESS,
            CONVEXITY,
            STEP,
            DISTANCE,
            EXCESS,
            HETEROGENEITY,
            PARTICIPATION_VARIANCE,
            SURROGATE_VARIANCE,
            BATCH_NOISE,
        ),
        conditions=(ORDERED, SHORT),
        chart={L: mu + extra, eta: 1 / (mu + extra + room)},
    ),
    steps=(
        Step(
            name="one step",
            scalars=(L, mu, eta),
            facts=(
                *DRAW,
                Fact(
                    name="strong convexity",
                    expression=inner(d, e) - gap - mu / 2 * norm2(e),
                    reason="F is μ-strongly convex, between w and w*",
                ),
                Fact(
                    name="split of E[HR]",
                    expression=gap + spread + covariance - weighted,
                    reason="E[HR] = E H · E R + Cov(H, R), E H = 1, E R = φ + Γ",
                    equality=True,
                ),
                Fact(
                    name="covariance",
                    expression=cross - covariance,
                    reason="Cauchy-Schwarz, κ = √(Var H · Var R)",
                ),
                Fact(
                    name="mini-batch noise",
                    expression=noise - norm2(batch),
                    reason="N bounds E‖Σ P_v ξ_v‖²",
                ),
            ),
        ),
    ),
    reference="Zhang et al. (arXiv 2504.05138)",
)
