"""One step whose variance grows with the excess value: expected smoothness in the step itself.

Problem: minimise ``F``, L-smooth and μ-strongly convex, ``L >= μ``; ``e = x − x*``.
Method: ``x⁺ = x − γ(∇F(x) + ξ)``, ``E ξ = 0``, ``E‖ξ‖² <= 2S(F(x) − F*) + σ²``, ``S > 0``.
Guarantee: ``E‖x⁺ − x*‖² <= ((1 − γμ)² + γ²μS)‖e‖² + γ²σ²``, attained by ``μ/2 ‖x‖²``, for
``γ <= 2/(L + μ + S)`` if ``S <= L − μ``, and for ``γ <= 1/(μ + S)`` if ``S >= L − μ``. Both are
needed: a longer step is worse on a function of curvature ``L``, in the other case on one that is
steep near its minimiser; and no step above ``1/(μ + S)`` has a smaller bound.
Reference: Gower, Loizou, Qian, Sailanbayev, Shulgin, Richtárik (ICML 2019), theorem 3.1, sharpened
by the interpolation inequalities of Taylor, Hendrickx, Glineur (2017).
"""

import sympy

from roundlot.theory.proofs.domain import Condition, Domain, Parameter
from roundlot.theory.proofs.expressions import Expression, Vector, inner, norm2, vectors
from roundlot.theory.proofs.facts import (
    Fact,
    Square,
    bounded,
    interpolation,
    strong_convexity,
    zero_mean,
)
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem, Witness
from roundlot.theory.theorems.symbols import (
    CONVEXITY,
    ORDERED,
    SMOOTHNESS,
    STEP,
    L,
    extra,
    gamma,
    mu,
    variance,
)

growth, value, surplus, room = sympy.symbols("S φ k s")
e, d, noise = vectors("e", "∇F", "ξ")
ORIGIN = Vector({})

GROWTH = Parameter(
    name="expected_smoothness",
    symbol=growth,
    meaning="the growth S of the variance, E‖ξ‖² <= 2S(F(x) − F*) + σ²",
    positive=True,
)
NOISE = Parameter(name="noise", symbol=variance, meaning="σ², what is left of the variance at x*")
DISTANCE = Parameter(name="squared_distance", symbol=norm2(e), meaning="‖x − x*‖²")
contraction = (1 - gamma * mu) ** 2 + gamma**2 * mu * growth

SLIGHT = Condition(
    text="S <= L − μ", greater=L - mu, smaller=growth, slack=surplus, slack_value=L - mu - growth
)
GREAT = Condition(
    text="S >= L − μ", greater=growth, smaller=L - mu, slack=surplus, slack_value=growth - L + mu
)
SHORT_FOR_SLIGHT = Condition(
    text="γ <= 2/(L + μ + S)",
    greater=2 / (L + mu + growth),
    smaller=gamma,
    slack=room,
    slack_value=2 / gamma - L - mu - growth,
)
SHORT_FOR_GREAT = Condition(
    text="γ <= 1/(μ + S)",
    greater=1 / (mu + growth),
    smaller=gamma,
    slack=room,
    slack_value=1 / gamma - mu - growth,
)


UP = interpolation(value, d, e, 0, ORIGIN, ORIGIN, L=L, mu=mu, name="from x* to x")
DOWN = interpolation(0, ORIGIN, ORIGIN, value, d, e, L=L, mu=mu, name="from x to x*")
GROWS = (
    strong_convexity(
        0, ORIGIN, e, value, mu=mu, name="growth from x*", reason="F is μ-strongly convex"
    ),
    strong_convexity(value, d, -e, 0, mu=mu, name="growth from x", reason="F is μ-strongly convex"),
)


def _step(
    name: str,
    title: str,
    domain: Domain,
    words: str,
    curvature: tuple[Fact, ...],
    squares: tuple[Square, ...] = (),
) -> Theorem:
    return Theorem(
        name=name,
        title=title,
        setting=(
            "F is L-smooth and μ-strongly convex with minimiser x*; x⁺ = x − γ(∇F(x) + ξ), "
            f"E ξ = 0, E‖ξ‖² <= 2Sφ + σ², φ = F(x) − F*, {words}; e = x − x*. Products of vectors "
            "stand for their expectations given x."
        ),
        claim=Claim(
            left=norm2(e - gamma * (d + noise)),
            right=contraction * norm2(e) + gamma**2 * variance,
            text="E‖x⁺ − x*‖²",
            latex=r"\mathbb{E}\|x^{+} - x^{\star}\|^2",
        ),
        relation="tight",
        domain=domain,
        steps=(
            Step(
                name="one step",
                scalars=(L, mu, gamma, growth),
                facts=(
                    *curvature,
                    *zero_mean(noise, e, d),
                    bounded(
                        noise,
                        2 * growth * value + variance,
                        name="growing variance",
                        reason="the step's variance at this point is at most 2Sφ + σ²",
                    ),
                ),
                squares=squares,
            ),
        ),
        reference="Gower et al. (ICML 2019); Taylor, Hendrickx, Glineur (2017), theorem 4",
        witness=Witness(
            text="F(x) = μ/2 ‖x‖² with noise of variance μS‖x‖² + σ²",
            values=_quadratic(),
        ),
    )


def _quadratic() -> dict[Expression, Expression]:
    return {
        inner(d, e): mu * norm2(e),
        norm2(d): mu**2 * norm2(e),
        value: mu / 2 * norm2(e),
        inner(noise, e): 0,
        inner(noise, d): 0,
        norm2(noise): mu * growth * norm2(e) + variance,
    }


PARAMETERS = (SMOOTHNESS, CONVEXITY, STEP, GROWTH, NOISE, DISTANCE)

THEOREM = _step(
    "growing_step",
    "One step where the variance grows slowly with the excess value",
    Domain(
        parameters=PARAMETERS,
        conditions=(ORDERED, SLIGHT, SHORT_FOR_SLIGHT),
        chart={
            L: mu + growth + surplus,
            gamma: 2 / (2 * mu + 2 * growth + surplus + room),
        },
    ),
    "S <= L − μ",
    (UP, DOWN),
    (Square(form=d - mu * e),),
)
STEEP = _step(
    "steep_step",
    "One step where the variance grows fast with the excess value",
    Domain(
        parameters=PARAMETERS,
        conditions=(ORDERED, GREAT, SHORT_FOR_GREAT),
        chart={L: mu + extra, growth: extra + surplus, gamma: 1 / (mu + extra + surplus + room)},
    ),
    "S >= L − μ",
    (DOWN, *GROWS),
)
