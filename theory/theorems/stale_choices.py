"""Stale updates: which multiple is best, when one helps at all, and what breaks the mean.

Problem and method: those of theorem stale_update: ``X = βh + (G − βh)/p`` if drawn, else ``βh``.
Guarantees: whatever ``β`` is, the variance is at least ``(1/p − 1)(‖G‖² − ⟨G, h⟩²/‖h‖²)``,
attained at ``β* = ⟨G, h⟩/‖h‖²`` for every ``p``: so ``β*`` with the probabilities that are best
for the scores ``‖G − β*h‖`` is the joint optimum. A stale update saves exactly ``(1/p − 1) β (2β*
− β) ‖h‖²``: it helps for ``0 <= β <= 2β*`` only, and ``β = 1`` (FedVARP) helps if and only if
``⟨G, h⟩ >= ‖h‖²/2``. It is unbiased for every ``β`` fixed before the draw; refreshed for the drawn
only, it is biased by ``(1 − p)(β_old − β_new) h``.
With ``β*`` the variance is at most ``(1/p − 1)‖G − h‖²``, what it is with ``β = 1``: theorem
stale_updates, on rounds of FedVARP, holds for StaleVR, too.
Reference: Zhang et al. (arXiv 2504.05138); Jhunjhunwala et al. (FedVARP, UAI 2022).
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
from roundlot.theory.proofs.facts import Square, in_range
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Relation, Theorem, Witness
from roundlot.theory.theorems.horvitz_thompson import CHANCE, SURE_AT_MOST, at_most_one, p, rest
from roundlot.theory.theorems.stale_update import ALIGNED_AT_MOST, G, best, beta, h, left_over
from roundlot.theory.theorems.stale_update import THEOREM as STALE_UPDATE

newer, room = sympy.symbols("ν s")
(probe,) = vectors("z")
MULTIPLE, FRESH, STALE, ALIGNED = STALE_UPDATE.domain.parameters[1:]
REFERENCE = "Zhang et al. (arXiv 2504.05138); Jhunjhunwala et al. (UAI 2022)"
with_stale = STALE_UPDATE.claim.left
without = expectation([(p, norm2(G / p - G)), (1 - p, norm2(-G))])
WITHIN = Condition(
    text="0 <= β <= 2⟨G, h⟩/‖h‖²",
    greater=2 * inner(G, h),
    smaller=beta * norm2(h),
    slack=room,
    slack_value=2 * inner(G, h) - beta * norm2(h),
)

CHANCE_AT_MOST = at_most_one(p, rest)


def _drawn_or_not(drawn: Vector, idle: Vector) -> Expression:
    return expectation([(p, inner(drawn, probe)), (1 - p, inner(idle, probe))])


def _mean(name: str, title: str, left: Expression, right: Expression, *more: Parameter) -> Theorem:
    return Theorem(
        name=name,
        title=title,
        setting=STALE_UPDATE.setting,
        claim=Claim(
            left=left,
            right=right,
            text="E⟨X, z⟩ for every z",
            latex=r"\mathbb{E}\langle X, z\rangle",
        ),
        relation="exact",
        domain=Domain(parameters=(CHANCE, *more), conditions=(SURE_AT_MOST,), chart={p: 1 - rest}),
        steps=(Step(name="sum over both outcomes", scalars=(p, beta, newer)),),
        reference=REFERENCE,
    )


FRESH_ALONG = Parameter(name="inner_product", symbol=inner(G, probe), meaning="⟨G, z⟩", signed=True)
STALE_ALONG = Parameter(
    name="stale_inner_product", symbol=inner(h, probe), meaning="⟨h, z⟩", signed=True
)
UNBIASED = _mean(
    "stale_unbiased",
    "A stale update leaves the mean as it is, for every multiple fixed before the draw",
    _drawn_or_not(beta * h + (G - beta * h) / p, beta * h),
    inner(G, probe),
    FRESH_ALONG,
)
REFRESHED = _mean(
    "stale_refresh_bias",
    "A multiple refreshed for the drawn only biases the step",
    _drawn_or_not(newer * h + (G - newer * h) / p, beta * h),
    inner(G, probe) + (1 - p) * (beta - newer) * inner(h, probe),
    MULTIPLE,
    Parameter(name="new_multiple", symbol=newer, meaning="the refreshed multiple ν", signed=True),
    FRESH_ALONG,
    STALE_ALONG,
)

BEST = Theorem(
    name="stale_best",
    title="No multiple of a stale update does better than ⟨G, h⟩/‖h‖²",
    setting=STALE_UPDATE.setting,
    claim=Claim(
        left=with_stale,
        right=(1 / p - 1) * left_over,
        text="E‖X − G‖²",
        latex=r"\mathbb{E}\|X - G\|^2",
        lower=True,
    ),
    relation="tight",
    domain=Domain(
        parameters=(CHANCE, FRESH, STALE, ALIGNED),
        conditions=(CHANCE_AT_MOST,),
        chart={p: 1 / (1 + rest)},
        implied=(ALIGNED_AT_MOST,),
    ),
    steps=(
        Step(
            name="one square",
            scalars=(p, beta, *(norm2(h), inner(G, h))),
            squares=(Square(form=beta - best),),
        ),
    ),
    reference=REFERENCE,
    witness=Witness(
        text="β = ⟨G, h⟩/‖h‖²", values={beta: best, norm2(G): best**2 * norm2(h) + norm2(G)}
    ),
)


def _helps(name: str, title: str, relation: Relation, right: Expression) -> Theorem:
    helps = relation == "upper"
    return Theorem(
        name=name,
        title=title,
        setting=STALE_UPDATE.setting,
        claim=Claim(
            left=with_stale if helps else without - with_stale,
            right=right,
            text="E‖X − G‖²" if helps else "E‖X_0 − G‖² − E‖X_β − G‖²",
            latex=r"\mathbb{E}\|X - G\|^2"
            if helps
            else r"\mathbb{E}\|X_0 - G\|^2 - \mathbb{E}\|X_\beta - G\|^2",
        ),
        relation=relation,
        domain=Domain(
            parameters=(
                CHANCE,
                Parameter(name="multiple", symbol=beta, meaning="the multiple β")
                if helps
                else MULTIPLE,
                *((FRESH,) if helps else ()),
                STALE,
                ALIGNED,
            ),
            conditions=(CHANCE_AT_MOST, WITHIN) if helps else (SURE_AT_MOST,),
            chart={p: 1 / (1 + rest), inner(G, h): (room + beta * norm2(h)) / 2}
            if helps
            else {p: 1 - rest},
            implied=(ALIGNED_AT_MOST,) if helps else (),
        ),
        steps=(
            Step(
                name="the variance with β less that without",
                scalars=(p, beta, norm2(h), inner(G, h)),
                facts=(in_range("β(2⟨G, h⟩ − β‖h‖²) >= 0", beta * WITHIN.difference),)
                if helps
                else (),
            ),
        ),
        reference=REFERENCE,
    )


SAVING = _helps(
    "stale_saving",
    "What a stale update saves, exactly",
    "exact",
    (1 / p - 1) * beta * (2 * inner(G, h) - beta * norm2(h)),
)
HELPS = _helps(
    "stale_helps",
    "A stale update helps for multiples between 0 and twice the best",
    "upper",
    (1 / p - 1) * norm2(G),
)

STALENESS = Theorem(
    name="stale_at_most",
    title="With the best multiple the variance is at most that of how stale the update is",
    setting=STALE_UPDATE.setting + " The multiple is the best, β = ⟨G, h⟩/‖h‖² (StaleVR); with "
    "β = 1 (FedVARP) the right side is its variance.",
    claim=Claim(
        left=with_stale.subs(beta, best),
        right=(1 / p - 1) * norm2(G - h),
        text="E‖X − G‖²",
        latex=r"\mathbb{E}\|X - G\|^2",
    ),
    relation="tight",
    domain=Domain(
        parameters=(CHANCE, FRESH, STALE, ALIGNED),
        conditions=(CHANCE_AT_MOST,),
        chart={p: 1 / (1 + rest)},
        implied=(ALIGNED_AT_MOST,),
    ),
    steps=(
        Step(
            name="one square",
            scalars=(p, norm2(h), inner(G, h)),
            squares=(Square(form=best - 1),),
        ),
    ),
    reference=REFERENCE,
    witness=Witness(
        text="β = 1 is best",
        values={inner(G, h): norm2(h), norm2(G): norm2(h) + norm2(G)},
    ),
)
