"""Workers that follow leaders, over rounds: what the drift of their mean costs.

Problem: decrease ``F = (1/n) Σ_i F_i``, every ``F_i`` L-smooth, mean dissimilarity of gradients at
most ``ζ²``, noise of mean 0 given the past, of variance at most ``σ²`` and independent across
workers: epochs through shuffled data are not covered.
Method: ``X⁺ = PX − ηG``, ``P`` row-stochastic, fixed before the noise of the round, by losses or
degrees say: leaders may have more weight than others. In every round it contracts the workers'
spread, ``(1/n) Σ ‖(PX)_i − mean‖² <= r² D``, and moves their mean by ``m``, ``‖m‖² <= κD``: ``κ =
n ‖Pᵀ1/n − 1/n‖²``, theorem column_drift; 0 where ``P`` is doubly stochastic. ``r`` is at least the
greatest singular value of ``(I − J)P(I − J)``, ``J = 11ᵀ/n``, also where ``P`` is not symmetric.
Guarantee, for ``ηL <= 1`` and ``4ηL <= 1 − r``: ``(1/T) Σ E‖∇F(x̄_t)‖² <= 2(F(x̄_0) − F_inf)/(ηT) +
ηLσ²/n + (16/7)(η²L² + κ)/(1 − r) (σ² + 2ζ²/(1 − r))``: unlike that of mixing
without leaders, this bound does not fall below a multiple of ``κ``, however short the step.
Reference: theorems consensus_mix_first and column_drift, for the row-stochastic matrices of He,
Wang, Choromanska (AL-DSGD, 2024); the rate is not that of a paper.
"""

import sympy

from roundlot.theory.proofs.domain import Condition, Domain, Parameter
from roundlot.theory.proofs.expressions import norm2, vectors
from roundlot.theory.proofs.facts import (
    Square,
    bounded,
    definition,
    descent,
    given,
    in_range,
    lipschitz,
    zero_mean,
)
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem
from roundlot.theory.theorems.batch_mean import THEOREM as BATCH_SUM
from roundlot.theory.theorems.batch_mean import k
from roundlot.theory.theorems.batch_mean import noise as sum_of_noises
from roundlot.theory.theorems.centred import JENSEN, whole
from roundlot.theory.theorems.consensus import (
    APART,
    DISSIMILARITY,
    GAP,
    MIX_FIRST,
    after,
    c,
    gap,
    h,
    keep,
    mixed,
    noise_at,
    slack,
    unlike,
)
from roundlot.theory.theorems.consensus import noise as own_noise
from roundlot.theory.theorems.mean_descent import ALONE, SPREAD, WORKERS, apart, workers
from roundlot.theory.theorems.mixing import r
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
from roundlot.theory.theorems.telescoping import SETTING as SUMS
from roundlot.theory.theorems.telescoping import T, Telescope, gradient, start, values

drift, room = sympy.symbols("κ s")
turned, away, moved, change, mean_noise = vectors("u", "w", "m", "f", "χ̄")
spread = sympy.Function("D")
LEADERS = Parameter(
    name="mean_drift",
    symbol=drift,
    meaning="κ, at least n times the squared column drift of P, in every round",
)
CONTRACTION = Parameter(
    name="contraction",
    symbol=r,
    meaning="r with (1/n) Σ ‖(PX)_i − mean‖² <= r²D in every round: at least the greatest singular "
    "value of (I − J)P(I − J)",
    positive=True,
    limit=True,
)
CHART = {r: 1 / (1 + gap), eta: gap / (4 * L * (1 + gap) * (1 + slack))}
SETTING = (
    "F = (1/n) Σ F_i, every F_i is L-smooth; worker i is at x_i, D = (1/n) Σ ‖x_i − x̄‖²; X⁺ = PX − "
    "ηG, P row-stochastic and fixed before the noise of the round; noises have mean 0 given the "
    "past, variance at most σ² and are independent across workers; epochs through shuffled data "
    "are not covered"
)

CLOSER = Theorem(
    name="leader_spread",
    title="Following leaders, then stepping, contracts the spread of the workers",
    setting=(
        f"{SETTING}; yW is (PX)_i less its mean, (1/n) Σ ‖yW‖² <= r²D; b is ∇F_i(x_i) − ∇F_i(x̄), χ "
        "the noise, c and ξ are these less their means over workers, h is ∇F_i(x̄) − ∇F(x̄), y = x_i "
        "− x̄. Products stand for means over workers, and expectations."
    ),
    claim=Claim(
        left=after,
        right=keep * apart + noise_at(sympy.Integer(1)),
        text="E (1/n) Σ ‖x_i⁺ − x̄⁺‖²",
        latex=r"\mathbb{E} \frac{1}{n} \sum_i \|x_i^{+} - \bar x^{+}\|^2",
    ),
    relation="upper",
    domain=Domain(
        parameters=(SMOOTHNESS, CONTRACTION, STEP, VARIANCE, DISSIMILARITY, SPREAD),
        conditions=(GAP, MIX_FIRST),
        chart=CHART,
    ),
    steps=(
        Step(
            name="follow, then step",
            scalars=(L, r, eta),
            facts=(
                *APART,
                *zero_mean(own_noise, mixed, c + h),
                given(
                    r**2 * apart, norm2(mixed), name="contraction", reason="(1/n) Σ ‖yW‖² <= r²D"
                ),
                definition(
                    after,
                    norm2(mixed - eta * (c + h + own_noise)),
                    name="the new spread",
                    reason="D⁺ is the mean of ‖x_i⁺ − x̄⁺‖²",
                ),
                in_range(
                    "room for the gradients",
                    apart * ((1 - r) ** 2 - 16 * (eta * L) ** 2) / (1 - r),
                ),
            ),
            squares=(Square(form=(1 - r) * mixed + r * eta * (c + h)), Square(form=c - h)),
        ),
    ),
    reference="theorem consensus_mix_first",
)

SHORT = Condition(
    text="ηL <= 1", greater=1, smaller=eta * L, slack=room, slack_value=1 / (eta * L) - 1
)
_bias = (eta * L**2 + drift / eta) * apart
DESCENT = Theorem(
    name="leader_descent",
    title="The mean of workers that follow leaders descends, up to its drift",
    setting=(
        f"{SETTING}; x̄⁺ = x̄ + m − η(∇F(x̄) + f + χ̄), f the mean of u = ∇F_i(x_i) − ∇F_i(x̄), χ̄ the "
        "mean noise, w = x_i − x̄, ‖m‖² <= κD; values are measured from a lower bound. Products of "
        "u and w stand for means over workers."
    ),
    claim=Claim(
        left=new_value,
        right=value - eta / 2 * norm2(d) + _bias + L * eta**2 * variance / (2 * workers),
        text="E F(x̄⁺)",
        latex=r"\mathbb{E} F(\bar x^{+})",
    ),
    relation="upper",
    domain=Domain(
        parameters=(SMOOTHNESS, STEP, VARIANCE, WORKERS, VALUE, GRADIENT, SPREAD, LEADERS),
        conditions=(SHORT, ALONE),
        chart={eta: 1 / (L * (1 + room))},
        implied=(SMALL_GRADIENT,),
    ),
    steps=(
        Step(
            name="one step of the mean",
            scalars=(L, eta, workers, drift),
            facts=(
                descent(value, d, moved - eta * (d + change + mean_noise), new_value, L=L),
                *zero_mean(mean_noise, d, change, moved),
                definition(
                    norm2(mean_noise),
                    sum_of_noises(workers) / workers**2,
                    name="mean noise",
                    reason="χ̄ is the mean of n noises",
                ),
                BATCH_SUM.instance(sum_of_noises(workers), {k: workers}, name="batch_sum"),
                JENSEN.instance(norm2(change), {norm2(whole): norm2(turned)}, name="mean of u"),
                lipschitz(turned, away, L=L, name="smoothness", reason="every F_i is L-smooth"),
                definition(
                    apart, norm2(away), name="the spread", reason="D is the mean of ‖x_i − x̄‖²"
                ),
                bounded(
                    moved, drift * apart, name="drift of the mean", reason="theorem column_drift"
                ),
            ),
            squares=(
                Square(form=moved - eta * (d + change)),
                Square(form=moved + eta * change),
            ),
        ),
    ),
    reference="theorems mean_descent and column_drift",
)

_weight = sympy.Rational(8, 7) * (eta * L**2 + drift / eta) / (1 - r)
_added = L * eta**2 * variance / (2 * workers) + _weight * noise_at(sympy.Integer(1))
_rate = Telescope(
    name="leaders",
    title="Workers that follow leaders reach a small gradient, up to the drift of their mean",
    setting=f"{SETTING}; (PX)_i less its mean has (1/n) Σ ‖·‖² <= r²D, the mean moves by m with "
    f"‖m‖² <= κD; workers start equal.{SUMS} at the mean x̄, D(T) the spread; A = (8/7)(ηL² + "
    "κ/η)/(1 − r), c = η/2.",
    decrease=eta / 2,
    added=_added,
    parameters=(SMOOTHNESS, CONTRACTION, STEP, VARIANCE, DISSIMILARITY, WORKERS, LEADERS),
    conditions=(GAP, Condition(text="ηL <= 1", greater=1, smaller=eta * L), MIX_FIRST, ALONE),
    chart=CHART,
    scalars=(L, r, eta, workers, drift, variance, unlike),
    reference="theorems leader_spread and leader_descent, for matrices as those of He, Wang, "
    "Choromanska (AL-DSGD, 2024)",
    beside=_weight * spread(T),
    words="E(T) + A D(T)",
    latex="E(T) + A D(T)",
)
SUM = _rate.sum(
    (
        DESCENT.instance(
            values(T + 1),
            {value: values(T), norm2(d): gradient(T), apart: spread(T)},
            name="leader_descent",
        ),
        CLOSER.instance(spread(T + 1), {apart: spread(T)}, name="leader_spread"),
    ),
    definition(spread(0), 0, name="equal start", reason="workers start equal"),
)
THEOREM = _rate.mean(
    SUM,
    2 * start / (eta * T)
    + eta * L * variance / workers
    + sympy.Rational(16, 7) * (eta**2 * L**2 + drift) / (1 - r) * (variance + 2 * unlike / (1 - r)),
    given(spread(T), 0, name="D >= 0", reason="a mean of squared norms"),
)
