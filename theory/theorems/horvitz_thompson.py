"""The Horvitz-Thompson step of one processor: its mean, its variance, and what ties two models.

Problem: processor ``v`` holds one weighted update ``u_s`` per model and trains at most one model a
round: model ``s`` with probability ``p_s``, ``Σ_s p_s <= 1``.
Method: its contribution to model ``s`` is ``X_s = u_s / p_s`` if it drew ``s``, else 0.
Guarantee, exact: ``E X_s = u_s``; ``E‖X_s − u_s‖² = ‖u_s‖² (1/p_s − 1)``;
``E⟨X_s − u_s, X_t − u_t⟩ = −⟨u_s, u_t⟩`` for ``s ≠ t``, whatever ``p`` is. Independent processors
add up. The matrix ``Cov(X_s, X_t) = −u_s u_tᵀ`` has the same coefficients: both are bilinear.
A floor ``p >= θ > 0`` bounds the variance by ``‖u‖² (1/θ − 1)``, attained at ``p = θ``; with
``θ = 0`` there is no bound.
Reference: Horvitz and Thompson (J. Amer. Statist. Assoc. 1952); Zhang et al. (arXiv 2504.05138).
"""

import sympy

from roundlot.theory.proofs.domain import Condition, Domain, Parameter
from roundlot.theory.proofs.expressions import (
    Expression,
    Vector,
    expectation,
    inner,
    norm2,
    vectors,
)
from roundlot.theory.proofs.facts import in_range
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem, Witness

p, q, rest = sympy.symbols("p q r")
u, w, probe = vectors("u", "w", "z")
NOTHING = Vector({})

ONE_DRAW = Condition(text="p + q <= 1", greater=1, smaller=p + q, slack=rest, slack_value=1 - p - q)
SURE_AT_MOST = Condition(text="p <= 1", greater=1, smaller=p, slack=rest, slack_value=1 - p)
CHANCE = Parameter(name="probability", symbol=p, meaning="the probability p", positive=True)
OTHER = Parameter(name="other_probability", symbol=q, meaning="the probability q", positive=True)
SETTING = (
    "One processor trains model s with probability p, another model t with probability q, or does "
    "anything else with probability 1 − p − q. Its weighted updates are u for s and w for t; "
    "X = u/p if it drew s, Y = w/q if it drew t, else 0."
)
REFERENCE = "Horvitz and Thompson (1952); Zhang et al. (arXiv 2504.05138)"


def at_most_one(chance: Expression, slack: Expression) -> Condition:
    """``chance <= 1``, with the odds against as its slack: ``chance = 1/(1 + slack)``."""
    return Condition(
        text=f"{chance} <= 1", greater=1, smaller=chance, slack=slack, slack_value=1 / chance - 1
    )


def three_outcomes(drew_s: Expression, drew_t: Expression, other: Expression) -> Expression:
    """The expectation of a value that depends on which of the three things happened."""
    return expectation([(p, drew_s), (q, drew_t), (1 - p - q, other)])


def _identity(name: str, title: str, claim: Claim, parameters: tuple[Parameter, ...]) -> Theorem:
    pair = OTHER in parameters
    return Theorem(
        name=name,
        title=title,
        setting=SETTING,
        claim=claim,
        relation="exact",
        domain=Domain(
            parameters=parameters,
            conditions=(ONE_DRAW,) if pair else (SURE_AT_MOST,),
            chart={q: 1 - p - rest} if pair else {p: 1 - rest},
        ),
        steps=(Step(name="sum over the outcomes", scalars=(p, q)),),
        reference=REFERENCE,
    )


UNBIASED = _identity(
    "unbiased",
    "The Horvitz-Thompson step is unbiased",
    Claim(
        left=three_outcomes(inner(u / p, probe), 0, 0),
        right=inner(u, probe),
        text="E⟨X, z⟩ for every z",
        latex=r"\mathbb{E}\langle X, z\rangle",
    ),
    (
        CHANCE,
        Parameter(name="inner_product", symbol=inner(u, probe), meaning="⟨u, z⟩", signed=True),
    ),
)
VARIANCE = _identity(
    "variance",
    "The variance of the Horvitz-Thompson step",
    Claim(
        left=three_outcomes(norm2(u / p - u), norm2(-u), norm2(-u)),
        right=norm2(u) * (1 / p - 1),
        text="E‖X − u‖²",
        latex=r"\mathbb{E}\|X - u\|^2",
    ),
    (CHANCE, Parameter(name="squared_norm", symbol=norm2(u), meaning="‖u‖²")),
)
COVARIANCE = _identity(
    "covariance",
    "Two models' steps are negatively tied, whatever the probabilities",
    Claim(
        left=three_outcomes(inner(u / p - u, -w), inner(-u, w / q - w), inner(-u, -w)),
        right=-inner(u, w),
        text="E⟨X − u, Y − w⟩",
        latex=r"\mathbb{E}\langle X - u, Y - w\rangle",
    ),
    (
        CHANCE,
        OTHER,
        Parameter(name="inner_product", symbol=inner(u, w), meaning="⟨u, w⟩", signed=True),
    ),
)

floor, room = sympy.symbols("θ s")
ABOVE_FLOOR = Condition(text="p >= θ", greater=p, smaller=floor, slack=room, slack_value=p - floor)
AT_MOST = Condition(text="p <= 1", greater=1, smaller=p)

FLOORED = Theorem(
    name="floored_variance",
    title="A floor on the probabilities bounds the variance",
    setting="X = u/p with probability p, else 0; p is at least the floor θ.",
    claim=Claim(
        left=VARIANCE.claim.left,
        right=norm2(u) * (1 / floor - 1),
        text="E‖X − u‖²",
        latex=r"\mathbb{E}\|X - u\|^2",
    ),
    relation="tight",
    domain=Domain(
        parameters=(
            CHANCE,
            Parameter(name="floor", symbol=floor, meaning="the floor θ", positive=True),
            Parameter(name="squared_norm", symbol=norm2(u), meaning="‖u‖²"),
        ),
        conditions=(AT_MOST, ABOVE_FLOOR),
        chart={p: floor + room},
    ),
    steps=(
        Step(
            name="the variance falls with p",
            scalars=(p, floor),
            facts=(in_range("‖u‖² >= 0", norm2(u)),),
        ),
    ),
    reference="theorem variance",
    witness=Witness(text="p = θ", values={floor: p}),
)
