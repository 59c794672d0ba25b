"""The mean of decentralised workers descends, up to how far they are apart.

Problem: decrease ``F = (1/n) Σ_i F_i``, every ``F_i`` L-smooth.
Method: workers at ``x_i`` step along ``g_i``, ``E g_i = ∇F_i(x_i)``, independent noise of variance
at most ``σ²``; doubly stochastic mixing leaves the mean alone: ``x̄⁺ = x̄ − η (1/n) Σ_i g_i``,
``ηL <= 1``.
Guarantee: ``E F(x̄⁺) <= F(x̄) − (η/2)‖∇F(x̄)‖² + (ηL²/2) D + Lη²σ²/(2n)``, ``D = (1/n) Σ_i ‖x_i −
x̄‖²``.
Reference: Lian et al. (NeurIPS 2017); Wang et al. (MATCHA, 2019).
"""

import sympy

from roundlot.theory.proofs.domain import Condition, Domain, Parameter
from roundlot.theory.proofs.expressions import norm2, vectors
from roundlot.theory.proofs.facts import Square, definition, descent, lipschitz, zero_mean
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem
from roundlot.theory.theorems.batch_mean import THEOREM as BATCH_SUM
from roundlot.theory.theorems.batch_mean import k
from roundlot.theory.theorems.batch_mean import noise as sum_of_noises
from roundlot.theory.theorems.centred import JENSEN, whole
from roundlot.theory.theorems.symbols import (
    GRADIENT,
    SMALL_GRADIENT,
    SMOOTHNESS,
    VALUE,
    VARIANCE,
    L,
    d,
    eta,
    new_value,
    value,
    variance,
)
from roundlot.theory.theorems.symbols import STEP_SIZE as STEP

workers, apart, room = sympy.symbols("n D s")
change, noise, turn, y = vectors("c", "ξ̄", "b", "y")
WORKERS = Parameter(
    name="workers", symbol=workers, meaning="the workers n", positive=True, whole=True
)
SPREAD = Parameter(name="spread", symbol=apart, meaning="D = (1/n) Σ ‖x_i − x̄‖²")
SHORT = Condition(text="ηL <= 1", greater=1, smaller=eta * L, slack=room, slack_value=1 / eta - L)
ALONE = Condition(text="n >= 1", greater=workers, smaller=1)

THEOREM = Theorem(
    name="mean_descent",
    title="The mean of decentralised workers descends",
    setting=(
        "F = (1/n) Σ F_i, every F_i is L-smooth, values measured from a lower bound; "
        "x̄⁺ = x̄ − η(m + ξ̄), m = (1/n) Σ ∇F_i(x_i), ξ̄ the mean noise; D = (1/n) Σ ‖x_i − x̄‖², "
        "c = m − ∇F(x̄), the mean of b = ∇F_i(x_i) − ∇F_i(x̄); y = x_i − x̄. Products of b and y "
        "stand for means over workers."
    ),
    claim=Claim(
        left=new_value,
        right=value
        - eta / 2 * norm2(d)
        + eta * L**2 / 2 * apart
        + L * eta**2 * variance / (2 * workers),
        text="E F(x̄⁺)",
        latex=r"\mathbb{E} F(\bar x^{+})",
    ),
    relation="upper",
    domain=Domain(
        parameters=(SMOOTHNESS, STEP, VARIANCE, WORKERS, VALUE, GRADIENT, SPREAD),
        conditions=(SHORT, ALONE),
        chart={eta: 1 / (L + room)},
        implied=(SMALL_GRADIENT,),
    ),
    steps=(
        Step(
            name="one step",
            scalars=(L, eta, workers),
            facts=(
                descent(value, d, -eta * (d + change + noise), new_value, L=L),
                *zero_mean(noise, d, change),
                definition(
                    norm2(noise),
                    sum_of_noises(workers) / workers**2,
                    name="mean noise",
                    reason="ξ̄ is the mean of n independent noises",
                ),
                BATCH_SUM.instance(sum_of_noises(workers), {k: workers}, name="batch_sum"),
                JENSEN.instance(
                    norm2(change), {norm2(whole): norm2(turn)}, name="c is the mean of b"
                ),
                lipschitz(
                    turn, y, L=L, name="gradients near the mean", reason="every F_i is L-smooth"
                ),
                definition(
                    apart, norm2(y), name="the spread", reason="D is the mean of ‖x_i − x̄‖²"
                ),
            ),
            squares=(Square(form=d + change),),
        ),
    ),
    reference="Lian et al. (NeurIPS 2017)",
)
