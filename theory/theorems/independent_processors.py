"""Independent processors: variances add, and so does the variance of the aggregate weight.

Problem: two processors with weighted updates ``u``, ``w`` of the same model draw it independently
with probabilities ``p`` and ``q``; their aggregation weights are ``α`` and ``β``.
Guarantee, exact: ``E‖Δ − (u + w)‖² = ‖u‖²(1/p − 1) + ‖w‖²(1/q − 1)``, and the aggregate weight
``H = α/p [drew] + β/q [drew]`` has ``E H = α + β`` and ``Var H = α²(1/p − 1) + β²(1/q − 1)``; more
processors follow by grouping.
Reference: Chen, Horváth, Richtárik (TMLR 2022); Zhang et al. (arXiv 2504.05138).
"""

import sympy

from roundlot.theory.domain import Condition, Domain, Parameter
from roundlot.theory.enumeration import expectation
from roundlot.theory.gram import Expression, norm2, vectors
from roundlot.theory.steps import Step
from roundlot.theory.theorem import Claim, Theorem
from roundlot.theory.theorems.horvitz_thompson import CHANCE, NOTHING, OTHER, SURE_AT_MOST, p, q

alpha, beta, rest = sympy.symbols("α β r")
other_rest = sympy.Symbol("k")
u, w = vectors("u", "w")
OTHER_AT_MOST = Condition(text="q <= 1", greater=1, smaller=q, slack=other_rest, slack_value=1 - q)
SETTING = (
    "Two processors draw the same model independently, with probabilities p and q; weighted "
    "updates u and w, aggregation weights α and β; Δ = u/p [first drew] + w/q [second drew], "
    "H = α/p [first drew] + β/q [second drew]."
)


def four_outcomes(
    both: Expression, first: Expression, second: Expression, neither: Expression
) -> Expression:
    """The expectation over who of two independent processors drew the model."""
    return expectation(
        [
            (p * q, both),
            (p * (1 - q), first),
            ((1 - p) * q, second),
            ((1 - p) * (1 - q), neither),
        ]
    )


def _two(name: str, title: str, claim: Claim, more: tuple[Parameter, ...]) -> Theorem:
    return Theorem(
        name=name,
        title=title,
        setting=SETTING,
        claim=claim,
        relation="exact",
        domain=Domain(
            parameters=(CHANCE, OTHER, *more),
            conditions=(SURE_AT_MOST, OTHER_AT_MOST),
            chart={p: 1 - rest, q: 1 - other_rest},
        ),
        steps=(Step(name="sum over the four outcomes", scalars=(p, q)),),
        reference="Chen, Horváth, Richtárik (TMLR 2022); Zhang et al. (arXiv 2504.05138)",
    )


def _squared_error() -> Expression:
    full, first, second = u + w, u / p, w / q
    drawn = [first + second, first, second, NOTHING]
    return four_outcomes(*(norm2(step - full) for step in drawn))


def _squared_weight_error() -> Expression:
    full, first, second = alpha + beta, alpha / p, beta / q
    drawn = [first + second, first, second, sympy.Integer(0)]
    return four_outcomes(*((weight - full) ** 2 for weight in drawn))


ADDITIVE = _two(
    "additive_variance",
    "The variances of independent processors add",
    Claim(
        left=_squared_error(),
        right=norm2(u) * (1 / p - 1) + norm2(w) * (1 / q - 1),
        text="E‖Δ − (u + w)‖²",
        latex=r"\mathbb{E}\|\Delta - (u + w)\|^2",
    ),
    (
        Parameter(name="squared_norm", symbol=norm2(u), meaning="‖u‖²"),
        Parameter(name="other_squared_norm", symbol=norm2(w), meaning="‖w‖²"),
    ),
)
PARTICIPATION = _two(
    "participation_variance",
    "The variance of the aggregate weight",
    Claim(
        left=_squared_weight_error(),
        right=alpha**2 * (1 / p - 1) + beta**2 * (1 / q - 1),
        text="E(H − (α + β))²",
        latex=r"\mathbb{E}(H - (\alpha + \beta))^2",
    ),
    (
        Parameter(name="weight", symbol=alpha, meaning="the weight α"),
        Parameter(name="other_weight", symbol=beta, meaning="the weight β"),
    ),
)
