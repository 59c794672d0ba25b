"""With whoever was drawn: where the error of partial participation comes from, and its floor.

Problem: minimise ``F = Σ_i d_i f_i``; every ``f_i`` is L-smooth and bounded below by ``f_i*``,
``F`` is μ-strongly convex with minimiser ``w*``.
Method: ``w⁺ = w − η Σ_v P_v (∇f_i(w) + ξ_v)``, ``v = (i, b)``; realised weights ``P_v >= 0`` with
``E Σ_b P_v = d_i``, so ``E H = 1`` for ``H = Σ_v P_v``. The draw is
independent of the batches: the bound is false for a design that looks at their gradients.
Guarantee: ``E‖w⁺ − w*‖² <= (1 − μη)‖w − w*‖² − 2η(1 − Lη)(F − F*) + 2Lη²Γ + 2Lη²√(Var H · Var R) +
η²N``: the heterogeneity ``Γ = F* − Σ_i d_i f_i*``, and three parts that a design moves:
participation variance ``Var H``, the variance of the surrogate ``R = Σ_v P_v (f_i(w) − f_i*)``,
and mini-batch noise ``N = E‖Σ_v P_v ξ_v‖²``, which is ``Σ_v (d_i/B_i)² σ_i²/p_v`` when every
processor draws its own batch.
With one step size ``η <= 1/L`` in every round ``E‖w_t − w*‖² <= A + (1 − μη)^t (a_0 − A)``, ``A =
(η/μ)(2LΓ + 2Lκ + N)``, where ``κ`` and ``N`` bound ``√(Var H · Var R)`` and the mini-batch noise in
every round: decay to a floor that has three named parts.
Reference: the split into three parts is that of Zhang et al. (arXiv 2504.05138).
"""

import sympy

from roundlot.theory.proofs.domain import Condition, Domain, Parameter
from roundlot.theory.proofs.expressions import norm2, vectors
from roundlot.theory.proofs.facts import (
    at_least,
    bounded,
    definition,
    strong_convexity,
    unbiased,
    zero_mean,
)
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem
from roundlot.theory.theorems.bounded_gradient import THEOREM as BOUNDED_GRADIENT
from roundlot.theory.theorems.cauchy_schwarz import THEOREM as CAUCHY_SCHWARZ
from roundlot.theory.theorems.cauchy_schwarz import other_root, root
from roundlot.theory.theorems.centred import JENSEN, mean, whole
from roundlot.theory.theorems.geometric_decay import Decay
from roundlot.theory.theorems.symbols import (
    BATCH_NOISE,
    CLIENT_SMOOTHNESS,
    CONVEXITY,
    HETEROGENEITY,
    INITIAL,
    ORDERED,
    ROUND,
    L,
    a,
    eta,
    extra,
    mu,
    start,
    t,
    value,
)
from roundlot.theory.theorems.symbols import STEP_SIZE as STEP
from roundlot.theory.theorems.symbols import batch_noise as noise
from roundlot.theory.theorems.symbols import heterogeneity as spread

gap, room = sympy.symbols("φ s")
weight_variance, surrogate_variance, cross = sympy.symbols("VarH VarR κ")
weighted, squares, covariance, surrogate = (
    sympy.Symbol(n) for n in ("E[HR]", "E[HQ]", "Cov[H,R]", "E[R]")
)
e, g, d, batch = vectors("e", "g", "∇F", "ξ")

EXCESS = Parameter(name="value", symbol=gap, meaning="F(w) − F*")
DISTANCE = Parameter(name="squared_distance", symbol=norm2(e), meaning="‖w − w*‖²")
PARTICIPATION_VARIANCE = Parameter(
    name="participation_variance", symbol=weight_variance, meaning="Var H"
)
SURROGATE_VARIANCE = Parameter(
    name="surrogate_variance", symbol=surrogate_variance, meaning="Var R"
)
SHORT = Condition(text="η <= 1/L", greater=1 / L, smaller=eta, slack=room, slack_value=1 / eta - L)

DRAW = (
    *zero_mean(g - d, e),
    *zero_mean(batch, e, g),
    JENSEN.total(
        {norm2(mean): norm2(g), norm2(whole): squares},
        over="the outcomes of the draw, times H = Σ P_v",
        name="weighted mean",
    ),
    BOUNDED_GRADIENT.instance(squares, {value: weighted}, name="smooth and bounded below"),
)

THEOREM = Theorem(
    name="partial_participation",
    title="One step under partial participation, in three parts",
    setting=(
        "F = Σ d_i f_i is μ-strongly convex with minimiser w*, every f_i is L-smooth and at least "
        "f_i*; w⁺ = w − η(g + ξ), g = Σ_v P_v ∇f_i(w), ξ = Σ_v P_v ξ_v; H = Σ P_v has mean 1, "
        "R = Σ P_v (f_i(w) − f_i*); the draw is independent of the batches, E ξ_v = 0 given it; "
        "e = w − w*, φ = F(w) − F*. Products of vectors stand for their "
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
        implied=(
            Condition(text="F(w) − F* >= μ/2 ‖w − w*‖²", greater=gap, smaller=mu / 2 * norm2(e)),
            Condition(text="F(w) − F* <= L/2 ‖w − w*‖²", greater=L / 2 * norm2(e), smaller=gap),
        ),
    ),
    steps=(
        Step(
            name="one step",
            scalars=(L, mu, eta),
            facts=(
                *DRAW,
                strong_convexity(
                    gap, d, -e, 0, mu=mu, reason="F is μ-strongly convex, between w and w*"
                ),
                definition(
                    covariance,
                    weighted - surrogate,
                    name="covariance",
                    reason="Cov(H, R) = E[HR] − E H · E R, and E H = 1",
                ),
                unbiased(
                    surrogate,
                    gap + spread,
                    name="surrogate",
                    reason="E Σ_b P_(i,b) = d_i for every client",
                ),
                CAUCHY_SCHWARZ.instance(covariance, {root: cross, other_root: 1}),
                bounded(batch, noise, name="mini-batch noise", reason="N bounds E‖Σ P_v ξ_v‖²"),
            ),
        ),
    ),
    reference="Zhang et al. (arXiv 2504.05138)",
)

DECAY = Decay(
    factor=1 - mu * eta, floor=eta / mu * (2 * L * spread + 2 * L * cross + noise), text="(1 − μη)"
)


FLOOR = Theorem(
    name="participation_floor",
    title="Under partial participation a constant step decays to a floor of three parts",
    setting=THEOREM.setting
    + " The step is the same in every round, κ and N hold in all; Q(t) = (1 − μη)^t.",
    claim=Claim(
        left=a(t),
        right=DECAY.bound(t),
        text="E‖w_t − w*‖²",
        latex=r"\mathbb{E}\|w_t - w^{\star}\|^2",
        definitions=DECAY.power,
    ),
    relation="upper",
    domain=Domain(
        parameters=(
            CLIENT_SMOOTHNESS,
            CONVEXITY,
            STEP,
            INITIAL,
            HETEROGENEITY,
            Parameter(name="covariance", symbol=cross, meaning="κ, a bound on √(Var H · Var R)"),
            BATCH_NOISE,
            ROUND,
        ),
        conditions=(ORDERED, SHORT),
        chart={L: mu + extra, eta: 1 / (mu + extra + room)},
    ),
    steps=DECAY.steps(
        THEOREM.instance(a(t + 1), {norm2(e): a(t)}, name="one round at w_t"),
        at_least(gap, 0, name="F(w_t) >= F*", reason="w* is the minimiser"),
        scalars=(L, mu, eta, start, spread, cross, noise),
        note="A = (η/μ)(2LΓ + 2Lκ + N) solves A = (1 − μη)A + η²(2LΓ + 2Lκ + N).",
    ),
    reference="theorem partial_participation",
)
