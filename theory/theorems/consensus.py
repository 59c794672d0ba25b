"""Mixing pulls workers together faster than their gradients push them apart.

Problem: ``F = (1/n) Σ_i F_i``, every ``F_i`` L-smooth, mean dissimilarity of gradients at most
``ζ²``, noise at most ``σ²`` and independent across workers.
Method: step, then mix: ``X⁺ = (X − ηG) W``; ``W`` symmetric, doubly stochastic, independent of the
gradients, ``ρ = ‖E WᵀW − J‖ < 1``, ``r >= √ρ``. Or mix, then step: ``X⁺ = XW − ηG``.
Guarantee, by mixing and stepping in this or the other order,
for ``4rηL <= 1 − r``: ``E D⁺ <= (1 − 7(1 − r)/8) D + r²η²(σ² + 2ζ²/(1 − r))``; mixing first, for
``4ηL <= 1 − r``: ``E D⁺ <= (1 − 7(1 − r)/8) D + η²(σ² + 2ζ²/(1 − r))``.
Reference: Wang, Sahu, Yang, Joshi, Kar (MATCHA, 2019); Lian et al. (D-PSGD, NeurIPS 2017); here
with the mean gradient projected out, so that ``‖∇F‖²`` does not appear.
"""

import sympy

from roundlot.theory.proofs.domain import Condition, Domain, Parameter
from roundlot.theory.proofs.expressions import Expression, Vector, norm2, vectors
from roundlot.theory.proofs.facts import (
    Fact,
    Square,
    bounded,
    definition,
    in_range,
    lipschitz,
    zero_mean,
)
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem
from roundlot.theory.theorems.centred import THEOREM as CENTRED
from roundlot.theory.theorems.centred import whole
from roundlot.theory.theorems.mean_descent import SPREAD, apart
from roundlot.theory.theorems.mixing import THEOREM as MIXING
from roundlot.theory.theorems.mixing import before, n, r
from roundlot.theory.theorems.symbols import SMOOTHNESS, VARIANCE, L, eta, variance
from roundlot.theory.theorems.symbols import STEP_SIZE as STEP

unlike, after, slack, gap = sympy.symbols("ζ² D⁺ s k")
y, c, h, noise, mixed, turn, own = vectors("y", "c", "h", "ξ", "yW", "b", "χ")
keep = 1 - sympy.Rational(7, 8) * (1 - r)
CONTRACTION = Parameter(
    name="contraction",
    symbol=r,
    meaning="r >= √ρ, how far one mixing contracts, ρ = ‖E WᵀW − J‖",
    forms=("rho", "spectral_gap", "second_eigenvalue"),
    positive=True,
    limit=True,
)
DISSIMILARITY = Parameter(
    name="dissimilarity", symbol=unlike, meaning="ζ², mean ‖∇F_i − ∇F‖² at most"
)
SETTING = (
    "Worker i is at x_i, y_i = x_i − x̄, D = (1/n) Σ ‖y_i‖²; b is ∇F_i(x_i) − ∇F_i(x̄), χ the "
    "noise, c and ξ are these less their means over workers, h is ∇F_i(x̄) − ∇F(x̄); W is "
    "symmetric, doubly stochastic "
    "and ρ = ‖E WᵀW − J‖, r >= √ρ. Products stand for means over workers, and expectations."
)
APART = (
    definition(apart, norm2(y), name="the spread", reason="D is the mean of ‖y_i‖²"),
    CENTRED.instance(norm2(c), {norm2(whole): norm2(turn)}, name="c is b less its mean"),
    lipschitz(turn, y, L=L, name="smoothness", reason="every F_i is L-smooth"),
    bounded(h, unlike, name="dissimilarity", reason="(1/n) Σ ‖∇F_i(x̄) − ∇F(x̄)‖² <= ζ²"),
    CENTRED.instance(norm2(noise), {norm2(whole): norm2(own)}, name="ξ is χ less its mean"),
    bounded(own, variance, name="variance", reason="noise of variance at most σ² at every worker"),
)


def noise_at(factor: Expression) -> Expression:
    """What one round adds to the spread, times ``factor``."""
    return factor * eta**2 * (variance + 2 * unlike / (1 - r))


GAP = Condition(text="r < 1", greater=1, smaller=r, strict=True, slack=gap, slack_value=1 / r - 1)
STEP_FIRST = Condition(
    text="4rηL <= 1 − r",
    greater=1 - r,
    smaller=4 * r * eta * L,
    slack=slack,
    slack_value=(1 - r) / (4 * r * eta * L) - 1,
)
MIX_FIRST = Condition(
    text="4ηL <= 1 − r",
    greater=1 - r,
    smaller=4 * eta * L,
    slack=slack,
    slack_value=(1 - r) / (4 * eta * L) - 1,
)


def _room(step: Expression) -> Fact:
    """The admissible step leaves an eighth of the contraction for the gradients."""
    return in_range(
        "room for the gradients", apart * ((1 - r) ** 2 - 16 * (step * L) ** 2) / (1 - r)
    )


def _young(still: Vector) -> tuple[Square, ...]:
    """``‖z − ηm‖² <= ‖z‖²/r + η²‖m‖²/(1 − r)`` and ``‖c + h‖² <= 2‖c‖² + 2‖h‖²``."""
    return (Square(form=(1 - r) * still + r * eta * (c + h)), Square(form=c - h))


def _consensus(
    name: str,
    title: str,
    order: str,
    added: Expression,
    short: Condition,
    chart: Expression,
    step: Step,
) -> Theorem:
    return Theorem(
        name=name,
        title=title,
        setting=f"{SETTING} {order}",
        claim=Claim(
            left=after,
            right=keep * apart + noise_at(added),
            text="E (1/n) Σ ‖x_i⁺ − x̄⁺‖²",
            latex=r"\mathbb{E} \frac{1}{n} \sum_i \|x_i^{+} - \bar x^{+}\|^2",
        ),
        relation="upper",
        domain=Domain(
            parameters=(SMOOTHNESS, CONTRACTION, STEP, VARIANCE, DISSIMILARITY, SPREAD),
            conditions=(GAP, short),
            chart={r: 1 / (1 + gap), eta: chart},
        ),
        steps=(step,),
        reference="Wang et al. (MATCHA, 2019); Lian et al. (NeurIPS 2017)",
    )


stepped = y - eta * (c + h + noise)
THEOREM = _consensus(
    "consensus",
    "Stepping, then mixing, contracts the spread of the workers",
    "X⁺ = (X − ηG) W.",
    r**2,
    STEP_FIRST,
    gap / (4 * L * (1 + slack)),
    Step(
        name="step, then mix",
        scalars=(L, r, eta),
        facts=(
            *APART,
            *zero_mean(noise, y, c + h),
            MIXING.instance(after, {before(n): norm2(stepped)}, name="mixing"),
            _room(r * eta),
        ),
        squares=_young(y),
    ),
)

mixed_then_stepped = mixed - eta * (c + h + noise)
GOSSIP = _consensus(
    "consensus_mix_first",
    "Mixing, then stepping, contracts the spread of the workers",
    "X⁺ = XW − ηG.",
    sympy.Integer(1),
    MIX_FIRST,
    gap / (4 * L * (1 + gap) * (1 + slack)),
    Step(
        name="mix, then step",
        scalars=(L, r, eta),
        facts=(
            *APART,
            *zero_mean(noise, mixed, c + h),
            MIXING.instance(norm2(mixed), {before(n): norm2(y)}, name="mixing"),
            definition(
                after,
                norm2(mixed_then_stepped),
                name="the new spread",
                reason="D⁺ is the mean of ‖x_i⁺ − x̄⁺‖²",
            ),
            _room(eta),
        ),
        squares=_young(mixed),
    ),
)
