"""Mini-batches cut by a deadline: dividing by the samples that were done, or by those expected.

Problem: workers compute per-sample gradients until a deadline; the number ``N >= 1`` of samples
done is random and independent of the gradients, each of mean ``∇F`` and variance at most ``σ²``.
Guarantees: the pooled mean ``Σg/N`` has variance at most ``σ² E[1/N]``, attained, and ``E[1/N] >=
1/E[N]``: a varying number costs. ``Σg/E[N]`` (Horvitz-Thompson) is unbiased, its variance
``σ²/E[N] + (Var N/E[N]²) ‖∇F‖²``. Divided by the planned batch ``b``, the step shrinks by
``E[N]/b``. With different data on the workers the pooled mean is biased by ``Σ (E s_i − d_i)∇f_i``,
``s_i`` the share of the samples that worker ``i`` has done. ``N`` takes any number of values.
Reference: He and Dube (2022); Dekel, Gilad-Bachrach, Shamir, Xiao (JMLR 2012) for fixed batches.
"""

import sympy

from roundlot.theory.proofs.domain import Condition, Domain, Parameter
from roundlot.theory.proofs.expressions import inner, norm2, vectors
from roundlot.theory.proofs.facts import Square, definition, hypothesis, zero_mean
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Summand, Theorem, Witness
from roundlot.theory.theorems.batch_mean import THEOREM as BATCH_SUM
from roundlot.theory.theorems.batch_mean import k, noise
from roundlot.theory.theorems.independent_processors import mean, nothing_yet, one_more, total
from roundlot.theory.theorems.independent_processors import n as outcomes
from roundlot.theory.theorems.symbols import VARIANCE, variance

mean_inverse, error, planned, expected, spread = sympy.symbols("ι v b n̄ Varₙ")
few, chance, share, due, along = sympy.symbols("k P s̄ d m")
summed_sizes, law = sympy.symbols("S Π")
bias = sympy.Function("B")
drift, batch, gradient, probe = vectors("D", "Z", "∇F", "z")
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

TANGENT = Theorem(
    name="inverse_tangent",
    title="The inverse of a number lies above each of its tangents",
    setting="A number k of samples, and any number n̄ > 0 where the tangent touches.",
    claim=Claim(
        left=1 / few, right=2 / expected - few / expected**2, text="1/k", latex="1/k", lower=True
    ),
    relation="tight",
    domain=Domain(
        parameters=(
            Parameter(
                name="samples", symbol=few, meaning="the samples k", positive=True, whole=True
            ),
            Parameter(
                name="touching", symbol=expected, meaning="n̄, where the tangent is", positive=True
            ),
        )
    ),
    steps=(
        Step(name="one square", scalars=(few, expected), squares=(Square(form=few - expected),)),
    ),
    reference="convexity of 1/x",
    witness=Witness(text="n̄ = k", values={expected: few}),
)

VARYING = Theorem(
    name="varying_batch",
    title="A batch whose size varies is worth less than one of its mean size",
    setting="N >= 1 takes any number of values; ι = E[1/N], n̄ = E[N].",
    claim=Claim(
        left=mean_inverse, right=1 / expected, text="E[1/N]", latex=r"\mathbb{E}[1/N]", lower=True
    ),
    relation="tight",
    domain=Domain(
        parameters=(EXPECTED,),
        implied=(Condition(text="E[N] >= 1", greater=expected, smaller=1),),
    ),
    steps=(
        Step(
            name="average over N",
            scalars=(expected,),
            facts=(
                definition(
                    summed_sizes, expected, name="mean", reason="S is the sum of P(N = k) k"
                ),
                definition(law, 1, name="law", reason="probabilities add up to 1"),
                TANGENT.total(
                    {1 / few: mean_inverse, few: summed_sizes, sympy.Integer(1): law},
                    over="the values of N, with the weights P(N = k)",
                ),
            ),
        ),
    ),
    reference="Jensen's inequality for 1/N",
    witness=Witness(
        text="N is always 2",
        values={
            mean_inverse: HALF,
            expected: sympy.Integer(2),
            summed_sizes: sympy.Integer(2),
            law: sympy.Integer(1),
        },
        summands=((Summand(weight=sympy.Integer(1), values={few: sympy.Integer(2)}),),),
    ),
)

SUMMED = (mean(outcomes), total(outcomes))
PLANNED = Theorem(
    name="planned_batch",
    title="Dividing by the planned batch shrinks the step by E[N]/b",
    setting=SETTING + " X is the sum of the gradients divided by b. Over the first n values of N, "
    "M(n) = Σ P_i ⟨N_i ∇F/b, z⟩ and T(n) = Σ P_i N_i: over all of them E⟨X, z⟩ and E[N]; P, k are "
    "those of the next value.",
    claim=Claim(
        left=mean(outcomes),
        right=total(outcomes) / planned * inner(gradient, probe),
        text="E⟨X, z⟩ for every z",
        latex=r"\mathbb{E}\langle X, z\rangle",
    ),
    relation="exact",
    domain=Domain(
        parameters=(
            Parameter(name="expected_samples", symbol=total(outcomes), meaning="E[N]"),
            Parameter(name="planned", symbol=planned, meaning="the planned batch b", positive=True),
            ALONG,
        )
    ),
    steps=(
        nothing_yet(*SUMMED, scalars=(planned, inner(gradient, probe))),
        Step(
            name="induction, n to n + 1",
            scalars=(planned, inner(gradient, probe)),
            shift={outcomes: outcomes + 1},
            facts=(
                one_more(mean(outcomes), chance * inner(few * gradient / planned, probe)),
                one_more(total(outcomes), chance * few),
                hypothesis(
                    total(outcomes) / planned * inner(gradient, probe) - mean(outcomes),
                    equality=True,
                ),
            ),
        ),
    ),
    reference=REFERENCE,
)
EXPECTED_BATCH = Theorem(
    name="expected_batch",
    title="Dividing by the expected batch is unbiased",
    setting=SETTING
    + " X is the sum of the gradients divided by n̄ = E[N], m = E⟨X, z⟩; N takes any number of "
    "values.",
    claim=Claim(
        left=along,
        right=inner(gradient, probe),
        text="E⟨X, z⟩ for every z",
        latex=r"\mathbb{E}\langle X, z\rangle",
    ),
    relation="exact",
    domain=Domain(parameters=(EXPECTED, ALONG)),
    steps=(
        Step(
            name="the planned batch is the expected one",
            scalars=(expected,),
            facts=(
                PLANNED.instance(
                    along, {total(outcomes): expected, planned: expected}, name="planned_batch"
                ),
            ),
        ),
    ),
    reference=REFERENCE,
)

POOLED_BIAS = Theorem(
    name="pooled_bias",
    title="The pooled mean of workers with different data is biased",
    setting=(
        "n workers with gradients ∇f_i pool their samples; worker i has done the share s_i of "
        "them, a random number independent of the gradients, and should have done d_i; X = Σ s_i "
        "∇f_i. M(n) = E⟨X, z⟩, T(n) = Σ d_i⟨∇f_i, z⟩, B(n) = Σ (E s_i − d_i)⟨∇f_i, z⟩; s̄ = E s, d, "
        "∇F are those of the next worker."
    ),
    claim=Claim(
        left=mean(outcomes),
        right=total(outcomes) + bias(outcomes),
        text="E⟨X, z⟩ for every z",
        latex=r"\mathbb{E}\langle X, z\rangle",
    ),
    relation="exact",
    domain=Domain(
        parameters=(
            Parameter(
                name="inner_product",
                symbol=total(outcomes),
                meaning="Σ d_i⟨∇f_i, z⟩, the target",
                signed=True,
            ),
            Parameter(
                name="share_bias",
                symbol=bias(outcomes),
                meaning="Σ (E s_i − d_i)⟨∇f_i, z⟩",
                signed=True,
            ),
        )
    ),
    steps=(
        nothing_yet(*SUMMED, bias(outcomes)),
        Step(
            name="induction, n to n + 1",
            scalars=(share, due),
            shift={outcomes: outcomes + 1},
            facts=(
                one_more(mean(outcomes), inner(share * gradient, probe)),
                one_more(total(outcomes), due * inner(gradient, probe)),
                one_more(bias(outcomes), (share - due) * inner(gradient, probe)),
                hypothesis(total(outcomes) + bias(outcomes) - mean(outcomes), equality=True),
            ),
        ),
    ),
    reference=REFERENCE,
)

EXPECTED_VARIANCE = Theorem(
    name="expected_batch_variance",
    title="Dividing by the expected batch: noise of the samples and noise of their number",
    setting=SETTING + " X is the sum of the gradients divided by n̄ = E[N]; Varₙ = Var N, "
    "D = (N − n̄)∇F, Z the sum of the noises.",
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
                    reason="D = (N − n̄)∇F, and ∇F is fixed",
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
