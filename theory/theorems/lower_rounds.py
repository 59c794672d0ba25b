"""No step sizes fixed in advance are faster than this: the quadratic that needs the most rounds.

Problem: ``F(x) = μ/2 ‖x‖²``, L-smooth for every ``L >= μ`` and μ-strongly convex.
Method: ``x_{t+1} = x_t − γ_t(μx_t + ξ_t)``, ``E ξ_t = 0``, any step sizes ``γ_t`` fixed in advance
or drawn independently of the run, ``E‖ξ_t‖² >= σ²`` in every round. Steps that look at ``x_t`` may
do better: with noises ``±σ`` and ``μ²x_0² = σ²`` those of ``μx²/(μ²x² + σ²)`` halve ``E x²``.
Guarantee: ``a_t >= a_0σ²/(σ² + tμ²a_0)`` for ``a_t = E‖x_t‖²``: a target is not reached before
``(σ²/μ²)(1/target − 1/a_0)`` rounds. It is attained by ``γ_t = μa_t/(μ²a_t + σ²)`` where the
variance is ``σ²``.
Reference: the minimiser of a quadratic in ``γ``, unrolled; compare Agarwal, Bartlett, Ravikumar,
Wainwright (IEEE Trans. Inf. Theory 2012) for methods of any kind.
"""

import sympy

from roundlot.theory.proofs.domain import Domain, Parameter
from roundlot.theory.proofs.expressions import Expression, norm2, vectors
from roundlot.theory.proofs.facts import Square, definition, given, hypothesis, zero_mean
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem, Witness
from roundlot.theory.theorems.symbols import CONVEXITY, ROUND, a, gamma, mu, start, t, variance

e, noise = vectors("x", "ξ")
noise_then = sympy.Symbol("E‖ξ_t‖²")
ANY_STEP = Parameter(name="step", symbol=gamma, meaning="the step size γ", signed=True)
LEAST = Parameter(name="variance", symbol=variance, meaning="the least variance σ²", positive=True)
SETTING = "F(x) = μ/2 ‖x‖², x⁺ = x − γ(μx + ξ), E ξ = 0"

QUADRATIC_STEP = Theorem(
    name="quadratic_step",
    title="One step on the quadratic μ/2 ‖x‖², exactly",
    setting=f"{SETTING}, E‖ξ‖² = σ². Products of vectors stand for their expectations.",
    claim=Claim(
        left=norm2(e - gamma * (mu * e + noise)),
        right=(1 - gamma * mu) ** 2 * norm2(e) + gamma**2 * variance,
        text="E‖x⁺‖²",
        latex=r"\mathbb{E}\|x^{+}\|^2",
    ),
    relation="exact",
    domain=Domain(
        parameters=(
            CONVEXITY,
            ANY_STEP,
            Parameter(name="variance", symbol=variance, meaning="the variance σ²"),
            Parameter(name="squared_distance", symbol=norm2(e), meaning="‖x‖²"),
        )
    ),
    steps=(
        Step(
            name="expand",
            scalars=(mu, gamma),
            facts=(
                *zero_mean(noise, e),
                definition(
                    variance, norm2(noise), name="variance", reason="the noise has variance σ²"
                ),
            ),
        ),
    ),
    reference="expanding the square",
)


def least(time: Expression) -> Expression:
    """``a_0σ²/(σ² + tμ²a_0)``, what no step sizes fixed in advance get below."""
    return start * variance / (variance + time * mu**2 * start)


_best = mu * least(t) / (mu**2 * least(t) + variance)

THEOREM = Theorem(
    name="lower_rounds",
    title="On μ/2 ‖x‖² no step sizes fixed in advance decay faster than 1/t",
    setting=f"{SETTING}, E‖ξ‖² >= σ² in every round; a_t = E‖x_t‖², any step sizes γ = γ_t "
    "fixed in advance: they do not look at x_t.",
    claim=Claim(
        left=a(t),
        right=least(t),
        text="E‖x_t‖²",
        latex=r"\mathbb{E}\|x_t\|^2",
        lower=True,
    ),
    relation="tight",
    domain=Domain(
        parameters=(
            CONVEXITY,
            LEAST,
            Parameter(
                name="initial",
                symbol=start,
                meaning="the start a₀",
                positive=True,
                forms=("initial_distance",),
            ),
            ROUND,
        )
    ),
    steps=(
        Step(
            name="base, t = 0",
            scalars=(mu, start, variance),
            shift={t: 0},
            facts=(given(a(0), start, name="start", reason="a(0) is at least a₀"),),
        ),
        Step(
            name="induction, t to t + 1",
            scalars=(mu, start, variance, gamma, t),
            shift={t: t + 1},
            facts=(
                QUADRATIC_STEP.instance(
                    a(t + 1), {variance: noise_then, norm2(e): a(t)}, name="one step at x_t"
                ),
                given(noise_then, variance, name="noisy", reason="the variance is at least σ²"),
                hypothesis(a(t) - least(t)),
            ),
            squares=(Square(form=gamma - _best),),
            note="The bound is a quadratic in γ, least at γ = μa/(μ²a + σ²).",
        ),
    ),
    reference="theorem quadratic_step; compare Agarwal et al. (IEEE Trans. Inf. Theory 2012)",
    witness=Witness(
        text="γ = μa_t/(μ²a_t + σ²), variance σ²",
        values={
            a(0): start,
            a(t): least(t),
            a(t + 1): least(t + 1),
            gamma: _best,
            noise_then: variance,
        },
    ),
)
