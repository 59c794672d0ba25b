"""One local step of every client, seen from their weighted mean.

Problem: minimise ``F = Σ_k d_k f_k``; every ``f_k`` is L-smooth and μ-strongly convex with least
value ``f_k*``; ``Γ = F* − Σ_k d_k f_k*``.
Method: client ``k`` moves from ``w_k`` by ``−γ(∇f_k(w_k) + ξ_k)``, ``0 < γ <= 1/(2L)``; the mean
is ``w̄ = Σ_k d_k w_k``.
Guarantee: ``E‖w̄⁺ − w*‖² <= (1 − μγ)‖w̄ − w*‖² + γ²N + 6Lγ²Γ + 2D`` with ``N = Σ d_k² σ_k²`` and
the drift ``D = Σ_k d_k ‖w_k − w̄‖²``.
Reference: Li, Huang, Yang, Wang, Zhang (ICLR 2020), lemma 1, there for ``γ <= 1/(4L)``.
"""

import sympy

from roundlot.theory.proofs.domain import Condition, Domain, Parameter
from roundlot.theory.proofs.expressions import norm2, vectors
from roundlot.theory.proofs.facts import (
    Square,
    at_least,
    bounded,
    centred,
    definition,
    in_range,
    strong_convexity,
    zero_mean,
)
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem
from roundlot.theory.theorems.bounded_gradient import THEOREM as BOUNDED_GRADIENT
from roundlot.theory.theorems.symbols import (
    CLIENT_SMOOTHNESS,
    CONVEXITY,
    HETEROGENEITY,
    ORDERED,
    ORIGIN,
    STEP,
    L,
    extra,
    gamma,
    mu,
    value,
)
from roundlot.theory.theorems.symbols import batch_noise as noise
from roundlot.theory.theorems.symbols import heterogeneity as spread

away, excess, room, drift = sympy.symbols("A φ s D")
e, apart, c, g, b, batch = vectors("e", "δ", "c", "g", "b", "ξ")

SHORT = Condition(
    text="γ <= 1/(2L)",
    greater=1 / (2 * L),
    smaller=gamma,
    slack=room,
    slack_value=1 / gamma - 2 * L,
)
DISTANCE = Parameter(name="squared_distance", symbol=norm2(e), meaning="‖w̄ − w*‖²")
DRIFT = Parameter(name="drift", symbol=drift, meaning="D = Σ d_k ‖w_k − w̄‖²")
CLIENT_NOISE = Parameter(name="batch_noise", symbol=noise, meaning="N = Σ d_k² σ_k²")

MEANS = (
    centred(apart, ORIGIN, e, name="mean point", reason="Σ d_k (w_k − w̄) = 0"),
    centred(c, g, e, name="mean gradient, against e", reason="g = Σ d_k ∇f_k(w_k)"),
    centred(c, g, g, name="mean gradient, against g", reason="g = Σ d_k ∇f_k(w_k)"),
)
CURVATURE = (
    strong_convexity(
        away, c, -(e + apart), 0, mu=mu, reason="every f_k is μ-strongly convex, averaged"
    ),
    BOUNDED_GRADIENT.instance(
        norm2(c), {value: away + spread}, name="smooth and bounded below, at w_k"
    ),
    strong_convexity(
        excess,
        b,
        apart,
        away,
        mu=0,
        name="convexity at the mean",
        reason="f_k is convex, between w̄ and w_k, averaged",
    ),
    BOUNDED_GRADIENT.instance(
        norm2(b), {value: excess + spread}, name="smooth and bounded below, at w̄"
    ),
    at_least(excess, 0, name="F(w̄) >= F*", reason="w* is the minimiser"),
)

THEOREM = Theorem(
    name="local_step",
    title="One local step of every client, seen from their mean",
    setting=(
        "F = Σ d_k f_k, every f_k is L-smooth and μ-strongly convex; w̄ = Σ d_k w_k, "
        "e = w̄ − w*, δ = w_k − w̄, c = ∇f_k(w_k), b = ∇f_k(w̄), g = Σ d_k c, "
        "w̄⁺ = w̄ − γ(g + ξ), ξ = Σ d_k ξ_k; A = Σ d_k (f_k(w_k) − f_k(w*)), φ = F(w̄) − "
        "F*. Products "
        "of vectors stand for their means over clients with the weights d_k, and expectations."
    ),
    claim=Claim(
        left=norm2(e - gamma * (g + batch)),
        right=(1 - mu * gamma) * norm2(e)
        + gamma**2 * noise
        + 6 * L * gamma**2 * spread
        + 2 * drift,
        text="E‖w̄⁺ − w*‖²",
        latex=r"\mathbb{E}\|\bar w^{+} - w^{\star}\|^2",
    ),
    relation="upper",
    domain=Domain(
        parameters=(
            CLIENT_SMOOTHNESS,
            CONVEXITY,
            STEP,
            DISTANCE,
            CLIENT_NOISE,
            HETEROGENEITY,
            DRIFT,
        ),
        conditions=(ORDERED, SHORT),
        chart={L: mu + extra, gamma: 1 / (2 * mu + 2 * extra + room)},
    ),
    steps=(
        Step(
            name="one local step",
            scalars=(L, mu, gamma),
            facts=(
                *MEANS,
                *CURVATURE,
                in_range("Γ >= 0", spread),
                *zero_mean(batch, e, g),
                bounded(
                    batch,
                    noise,
                    name="batch noise",
                    reason="independent batches: E‖Σ d_k ξ_k‖² <= Σ d_k² σ_k²",
                ),
                definition(drift, norm2(apart), name="drift", reason="D is the drift"),
            ),
            squares=(
                Square(form=c - g),
                Square(form=apart - gamma * c),
                Square(form=apart + gamma * b),
                Square(form=apart),
            ),
            given={"drift": 2},
        ),
    ),
    reference="Li et al. (ICLR 2020), lemma 1",
)
