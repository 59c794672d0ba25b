"""Mini-batches cut by a deadline: dividing by the samples that were done, or by those expected.

Problem: workers compute per-sample gradients until a deadline; the number ``N >= 1`` of samples
done is random and independent of the gradients, each of mean ``∇F`` and variance at most ``σ²``.
Guarantees: the pooled mean ``Σg/N`` has variance at most ``σ² E[1/N]``, attained, and ``E[1/N] >=
1/E[N]``: a varying number costs. ``Σg/E[N]`` (Horvitz-Thompson) is unbiased, its variance
``σ²/E[N] + (Var N/E[N]²) ‖∇F‖²``. Divided by the planned batch ``b``, the step shrinks by
``E[N]/b``. With different data on two workers the pooled mean is biased by ``(E[N_1/N] − 1/2)``
times the difference of their gradients.
Reference: He and Dube (2022); Dekel, Gilad-Bachrach, Shamir, Xiao (JMLR 2012) for fixed batches.
"""

import sympy

from roundlot.theory.domain import Condition, Domain, Parameter
from roundlot.theory.enumeration import expectation
from roundlot.theory.facts import Square, definition, zero_mean
from roundlot.theory.gram import Expression, inner, norm2, vectors
from roundlot.theory.steps import Step
from roundlot.theory.theorem import Claim, Summand, Theorem, Witness
from roundlot.theory.theorems.batch_mean import THEOREM as BATCH_SUM
from roundlot.theory.theorems.batch_mean import k, noise
from roundlot.theory.theorems.horvitz_thompson import CHANCE, at_most_one, p, rest
from roundlot.theory.theorems.one_step import VARIANCE, variance

mean_inverse, error, planned, expected, spread = sympy.symbols("ι v b n Varₙ")
many, few, share, other_share = sympy.symbols("j k s₁ s₂")
drift, batch, gradient, probe, other = vectors("D", "Z", "∇F", "z", "∇F₂")
HALF = sympy.Rational(1, 2)
REFERENCE = "He and Dube (2022)"
SETTING = (
    "N >= 1 samples are done at the deadline, N is independent of the gradients; a sample's "
    "gradient is ∇F + ξ with independent ξ, E ξ = 0, E‖ξ‖² <= σ²."
)
EXPECTED = Parameter(
    name="expected_samples", symbol=expected, meaning="E[N], the samples expected", positive=True
)
SPREAD = Parameter(name="samples_variance", symbol=spread, meaning="Var N")
ALONG = Parameter(
    name="inner_product", symbol=inner(gradient, probe), meaning="⟨∇F, z⟩", signed=True
)
AT_LEAST_ONE = Condition(text="E[1/N] <= 1", greater=1, smaller=mean_inverse)

POOLED = Theorem(
    name="pooled_batch",
    title="The pooled mean of a batch of random size has variance σ² E[1/N]",
    setting=SETTING + " ḡ is the mean over all N samples; ι = E[1/N].",
    claim=Claim(
        left=error,
        right=variance * mean_inverse,
        text="E‖ḡ − ∇F‖²",
        latex=r"\mathbb{E}\|\bar g - \nabla F\|^2",
    ),
    relation="tight",
    domain=Domain(
        parameters=(
            VARIANCE,
            Parameter(
                name="mean_inverse", symbol=mean_inverse, meaning="E[1/N] > 0", positive=True
            ),
        ),
        conditions=(AT_LEAST_ONE,),
    ),
    steps=(
        Step(
            name="average over N",
            scalars=(),
            facts=(
                definition(
                    error,
                    sympy.Symbol("E[V/N²]"),
                    name="given N",
                    reason="given N, ḡ − ∇F is the sum of N noises divided by N",
                ),
                BATCH_SUM.total(
                    {k: mean_inverse, noise(k): sympy.Symbol("E[V/N²]")},
                    over="the values of N, with the weights P(N = k)/k²",
                ),
            ),
        ),
    ),
    reference=REFERENCE,
    witness=Witness(
        text="noise of variance σ² exactly; N is 1 or 2, each with probability 1/2",
        values={
            mean_inverse: sympy.Rational(3, 4),
            error: variance * mean_inverse,
            sympy.Symbol("E[V/N²]"): variance * mean_inverse,
        },
        summands=(
            (
                Summand(weight=HALF, values={k: sympy.Integer(1)}),
                Summand(weight=HALF / 4, values={k: sympy.Integer(2)}),
            ),
        ),
    ),
)

VARYING = Theorem(
    name="varying_batch",
    title="A batch whose size varies is worth less than one of its mean size",
    setting="N is j with probability p, else k; more values follow by grouping.",
    claim=Claim(
        left=p / many + (1 - p) / few,
        right=1 / (p * many + (1 - p) * few),
        text="E[1/N]",
        latex=r"\mathbb{E}[1/N]",
        lower=True,
    ),
    relation="tight",
    domain=Domain(
        parameters=(
            CHANCE,
            Parameter(
                name="samples", symbol=many, meaning="the samples j", positive=True, whole=True
            ),
            Parameter(
                name="other_samples", symbol=few, meaning="the samples k", positive=True, whole=True
            ),
        ),
        conditions=(at_most_one(p, rest),),
        chart={p: 1 / (1 + rest)},
    ),
    steps=(Step(name="one square", scalars=(p, many, few), squares=(Square(form=many - few),)),),
    reference="Jensen's inequality for 1/N",
    witness=Witness(text="j = k", values={many: few}),
)


def _two_outcomes(first: Expression, second: Expression) -> Expression:
    return expectation([(p, first), (1 - p, second)])


def _mean(
    name: str,
    title: str,
    setting: str,
    left: Expression,
    right: Expression,
    *more: Parameter,
    conditions: tuple[Condition, ...] = (),
) -> Theorem:
    return Theorem(
        name=name,
        title=title,
        setting=setting,
        claim=Claim(
            left=left,
            right=right,
            text="E⟨X, z⟩ for every z",
            latex=r"\mathbb{E}\langle X, z\rangle",
        ),
        relation="exact",
        domain=Domain(
            parameters=(CHANCE, *more),
            conditions=(at_most_one(p, rest), *conditions),
            chart={p: 1 / (1 + rest)},
        ),
        steps=(Step(name="sum over both outcomes", scalars=(p,)),),
        reference=REFERENCE,
    )


_MEAN_SIZE = p * many + (1 - p) * few
_SIZES = VARYING.domain.parameters[1:]
PLANNED = _mean(
    "planned_batch",
    "Dividing by the planned batch shrinks the step by E[N]/b",
    SETTING + " N is j with probability p, else k; X is the sum of the gradients divided by b.",
    _two_outcomes(many * inner(gradient / planned, probe), few * inner(gradient / planned, probe)),
    _MEAN_SIZE / planned * inner(gradient, probe),
    *_SIZES,
    Parameter(name="planned", symbol=planned, meaning="the planned batch b", positive=True),
    ALONG,
)
EXPECTED_BATCH = _mean(
    "expected_batch",
    "Dividing by the expected batch is unbiased",
    SETTING + " N is j with probability p, else k; X is the sum of the gradients divided by E[N].",
    _two_outcomes(
        many * inner(gradient / _MEAN_SIZE, probe), few * inner(gradient / _MEAN_SIZE, probe)
    ),
    inner(gradient, probe),
    *_SIZES,
    ALONG,
)
POOLED_BIAS = _mean(
    "pooled_bias",
    "The pooled mean of workers with different data is biased",
    "Two workers with gradients ∇F and ∇F₂ pool their samples; the first has done the share s₁ of "
    "them with probability p, else s₂; X is the pooled mean, the target the plain mean.",
    _two_outcomes(
        inner(share * gradient + (1 - share) * other, probe),
        inner(other_share * gradient + (1 - other_share) * other, probe),
    ),
    (inner(gradient, probe) + inner(other, probe)) / 2
    + (p * share + (1 - p) * other_share - sympy.Rational(1, 2))
    * (inner(gradient, probe) - inner(other, probe)),
    Parameter(name="share", symbol=share, meaning="the share s₁"),
    Parameter(name="other_share", symbol=other_share, meaning="the share s₂"),
    ALONG,
    Parameter(
        name="other_inner_product",
        symbol=inner(other, probe),
        meaning="⟨∇F₂, z⟩",
        signed=True,
    ),
    conditions=(
        Condition(text="s₁ <= 1", greater=1, smaller=share),
        Condition(text="s₂ <= 1", greater=1, smaller=other_share),
    ),
)

EXPECTED_VARIANCE = Theorem(
    name="expected_batch_variance",
    title="Dividing by the expected batch: noise of the samples and noise of their number",
    setting=SETTING + " X is the sum of the gradients divided by n = E[N]; Varₙ = Var N, "
    "D = (N − n)∇F, Z the sum of the noises.",
    claim=Claim(
        left=norm2((drift + batch) / expected),
        right=variance / expected + spread / expected**2 * norm2(gradient),
        text="E‖X − ∇F‖²",
        latex=r"\mathbb{E}\|X - \nabla F\|^2",
    ),
    relation="tight",
    domain=Domain(
        parameters=(
            VARIANCE,
            EXPECTED,
            SPREAD,
            Parameter(name="squared_gradient", symbol=norm2(gradient), meaning="‖∇F‖²"),
        ),
        implied=(
            Condition(text="E[N] >= 1", greater=expected, smaller=1),
            Condition(
                text="Var N >= (E[N] − ⌊E[N]⌋)(⌊E[N]⌋ + 1 − E[N])",
                greater=spread,
                smaller=(expected - sympy.floor(expected)) * (sympy.floor(expected) + 1 - expected),
            ),
        ),
    ),
    steps=(
        Step(
            name="average over N",
            scalars=(expected, spread),
            facts=(
                definition(
                    norm2(drift),
                    spread * norm2(gradient),
                    name="variance of the number",
                    reason="D = (N − n)∇F, and ∇F is fixed",
                ),
                *zero_mean(batch, drift),
                BATCH_SUM.total(
                    {k: expected, noise(k): norm2(batch)},
                    over="the values of N, with the weights P(N = k)",
                ),
            ),
        ),
    ),
    reference=REFERENCE,
    witness=Witness(
        text="noise of variance σ² exactly; N is 1 or 3, each with probability 1/2",
        values={
            expected: sympy.Integer(2),
            spread: sympy.Integer(1),
            norm2(drift): spread * norm2(gradient),
            inner(drift, batch): 0,
            norm2(batch): expected * variance,
        },
        summands=(tuple(Summand(weight=HALF, values={k: sympy.Integer(size)}) for size in (1, 3)),),
    ),
)
