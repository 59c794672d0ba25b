"""Any number of independent processors: means and variances add, also those of the weights.

Problem: processors ``1, ..., n`` with weighted updates ``u_j`` of one model draw it independently
with probabilities ``p_j``; ``Δ = Σ u_j/p_j [j drew]``, ``U = Σ u_j``. Their aggregation weights are
``α_j``, ``H = Σ α_j/p_j [j drew]``. Where they belong to one client, it trains once, on one batch,
and its update enters with the weight ``W = H``.
Guarantee, exact, by induction over processors: ``E⟨Δ, z⟩ = ⟨U, z⟩``, ``E‖Δ − U‖² = Σ ‖u_j‖²(1/p_j −
1)``, ``Var H = Σ α_j²(1/p_j − 1)``, so ``E W² = Σ α_j²(1/p_j − 1) + (Σ α_j)²``: that is what a
client's batch noise is multiplied by. Were each processor to train on a batch of its own, it would
be ``Σ α_j²/p_j``: what the one batch adds is ``(Σ α_j)² − Σ α_j²``, for ``B`` processors of weight
``d/B`` it is ``d²(B − 1)/B``.
Reference: Horvitz and Thompson (1952); Chen, Horváth, Richtárik (TMLR 2022); Zhang et al. (arXiv
2504.05138).
"""

import sympy

from roundlot.theory.proofs.domain import Condition, Domain, Parameter
from roundlot.theory.proofs.expressions import Expression, inner, norm2, vectors
from roundlot.theory.proofs.facts import Fact, definition, hypothesis, zero_mean
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem
from roundlot.theory.theorems.horvitz_thompson import (
    UNBIASED,
    VARIANCE,
    p,
    probe,
    u,
)

alpha, n, odds = sympy.symbols("α n o")
one = sympy.Symbol("E⟨X,z⟩")
mean, total, error, drawn, squares = (sympy.Function(name) for name in ("M", "T", "V", "A", "B"))
so_far, own = vectors("Δ − U", "X − u")
REFERENCE = "Chen, Horváth, Richtárik (TMLR 2022); Zhang et al. (arXiv 2504.05138)"
NEXT = Parameter(
    name="next_odds", symbol=odds, meaning="o = 1/p − 1 of the next processor", inner=True
)
AT_NEXT = {p: 1 / (1 + odds)}
SETTING = (
    "n processors draw one model independently; processor j with probability p_j and weighted "
    "update u_j; Δ = Σ u_j/p_j [j drew], U = Σ u_j; p = 1/(1 + o), u, X are those of the next "
    "processor."
)


def nothing_yet(*sums: Expression, scalars: tuple[Expression, ...] = ()) -> Step:
    """The base of an induction over processors: sums over none are 0."""
    facts = tuple(
        definition(s.subs(n, 0), 0, name=f"{s.func}(0) = 0", reason="an empty sum") for s in sums
    )
    return Step(name="base, n = 0", scalars=scalars, shift={n: 0}, facts=facts)


def one_more(of: Expression, term: Expression) -> Fact:
    """``S(n + 1) = S(n) + term``."""
    return definition(
        of.subs(n, n + 1),
        of + term,
        name=f"{of.func}(n + 1)",
        reason="one more term of the sum",
    )


#: The error of the first n processors and of one more, who draws independently of them.
ERRORS = (
    definition(error(n), norm2(so_far), name="error so far", reason="V(n) is E‖Δ − U‖²"),
    definition(error(n + 1), norm2(so_far + own), name="error of one more", reason="both are sums"),
    *zero_mean(own, so_far),
)

MEAN = Theorem(
    name="additive_mean",
    title="The step of any number of processors is unbiased",
    setting=SETTING + " M(n) = E⟨Δ, z⟩, T(n) = ⟨U, z⟩.",
    claim=Claim(
        left=mean(n),
        right=total(n),
        text="E⟨Δ, z⟩ for every z",
        latex=r"\mathbb{E}\langle \Delta, z\rangle",
    ),
    relation="exact",
    domain=Domain(
        parameters=(
            Parameter(name="inner_product", symbol=total(n), meaning="⟨U, z⟩", signed=True),
            NEXT,
        ),
    ),
    steps=(
        nothing_yet(mean(n), total(n)),
        Step(
            name="induction, n to n + 1",
            scalars=(odds,),
            shift={n: n + 1},
            facts=(
                one_more(mean(n), one),
                one_more(total(n), inner(u, probe)),
                UNBIASED.instance(one, AT_NEXT, name="unbiased"),
                hypothesis(total(n) - mean(n), equality=True),
            ),
        ),
    ),
    reference=REFERENCE,
)


def _variance(
    name: str, title: str, setting: str, what: tuple[str, str], parts: tuple[str, str], unit: str
) -> Theorem:
    """``V(n) = A(n) − B(n)`` by induction over processors, for vectors or for numbers."""
    return Theorem(
        name=name,
        title=title,
        setting=setting,
        claim=Claim(left=error(n), right=drawn(n) - squares(n), text=what[0], latex=what[1]),
        relation="exact",
        domain=Domain(
            parameters=(
                Parameter(name="drawn_squares", symbol=drawn(n), meaning=parts[0], own_unit=unit),
                Parameter(name="squares", symbol=squares(n), meaning=parts[1], own_unit=unit),
                NEXT,
            ),
            implied=(
                Condition(text=f"{parts[0]} >= {parts[1]}", greater=drawn(n), smaller=squares(n)),
            ),
        ),
        steps=(
            nothing_yet(error(n), drawn(n), squares(n)),
            Step(
                name="induction, n to n + 1",
                scalars=(odds,),
                shift={n: n + 1},
                facts=(
                    *ERRORS,
                    VARIANCE.instance(norm2(own), AT_NEXT, name="variance"),
                    one_more(drawn(n), norm2(u) * (1 + odds)),
                    one_more(squares(n), norm2(u)),
                    hypothesis(drawn(n) - squares(n) - error(n), equality=True),
                ),
            ),
        ),
        reference=REFERENCE,
    )


ADDITIVE = _variance(
    "additive_variance",
    "The variances of independent processors add",
    SETTING + " V(n) = E‖Δ − U‖², A(n) = Σ ‖u_j‖²/p_j, B(n) = Σ ‖u_j‖².",
    ("E‖Δ − U‖²", r"\mathbb{E}\|\Delta - U\|^2"),
    ("Σ ‖u_j‖²/p_j", "Σ ‖u_j‖²"),
    "u²",
)
PARTICIPATION = _variance(
    "participation_variance",
    "The variance of the aggregate weight",
    SETTING.replace("weighted update u_j", "aggregation weight u_j = α_j, a number")
    + " Δ is the aggregate weight H; V(n) = Var H, A(n) = Σ α_j²/p_j, B(n) = Σ α_j².",
    ("Var H", r"\operatorname{Var} H"),
    ("Σ α_j²/p_j", "Σ α_j²"),
    "1",
)

moment, weight, over_chance, alone = sympy.symbols("m d A B")
noise, unit = vectors("W − d", "1")

REPEATED = Theorem(
    name="repeated_draws",
    title="The second moment of a client's weight when any of its processors may draw",
    setting=(
        "The processors of one client draw the same model independently, processor j with "
        "probability p_j; its one update enters with the weight W = Σ α_j/p_j [j drew]; "
        "m = E W², d = Σ α_j, A = Σ α_j²/p_j, B = Σ α_j²."
    ),
    claim=Claim(
        left=moment,
        right=over_chance - alone + weight**2,
        text="E W²",
        latex=r"\mathbb{E} W^2",
    ),
    relation="exact",
    domain=Domain(
        parameters=(
            Parameter(name="drawn_squares", symbol=over_chance, meaning="Σ α_j²/p_j", own_unit="1"),
            Parameter(name="squares", symbol=alone, meaning="Σ α_j²", own_unit="1"),
            Parameter(name="weight", symbol=weight, meaning="d = Σ α_j, the client's weight"),
        ),
        implied=(
            Condition(text="Σ α_j²/p_j >= Σ α_j²", greater=over_chance, smaller=alone),
            Condition(text="(Σ α_j)² >= Σ α_j²", greater=weight**2, smaller=alone),
        ),
    ),
    steps=(
        Step(
            name="mean and variance",
            scalars=(weight,),
            facts=(
                definition(
                    moment,
                    norm2(noise + weight * unit),
                    name="second moment",
                    reason="W is its mean d and W − d",
                ),
                definition(norm2(unit), 1, name="one", reason="1² = 1"),
                *zero_mean(noise, unit),
                PARTICIPATION.instance(
                    norm2(noise),
                    {drawn(n): over_chance, squares(n): alone},
                    name="participation_variance",
                ),
            ),
        ),
    ),
    reference="Horvitz and Thompson (1952); theorem participation_variance",
)
