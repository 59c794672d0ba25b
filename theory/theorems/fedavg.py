"""FedAvg without convexity, with unbiased draws that are independent of the local steps.

Problem: decrease ``F = Σ_i d_i f_i``, every ``f_i`` L-smooth, ``Σ_i d_i ‖∇f_i(x) − ∇F(x)‖² <=
ζ²``. A client's local gradients have noise of mean 0 given the past, of variance at most ``σ_i²``,
independent across clients and local steps; ``σ² >= Σ d_i σ_i²``, ``N >= Σ d_i² σ_i²``. Epochs
through shuffled data are not covered: there a sample is not drawn again.
Method: every client that is drawn takes ``K`` local steps of size ``η`` from the server's ``x``;
``G_i`` is the mean of its ``K`` noisy gradients; ``x⁺ = x − γ Σ_i P_i G_i`` with weights of mean
``E P_i = d_i``, drawn independently of the local steps. ``γ = Kη`` is plain averaging, another
``γ`` a learning rate of the server.
Guarantees, for ``3ηLK <= 1`` and ``2γL <= 1``: the clients' mean squared distance to ``x`` is at
most ``(9/7)η²(K − 1)(2K(‖∇F‖² + ζ²) + σ²)``; with ``V >= E‖Σ (P_i − d_i)G_i‖²`` in every round,
``(1/T) Σ E‖∇F‖² <= 3(F(x_0) − F_inf)/(γT) + 2η²L²(K − 1)(2Kζ² + σ²) + 3γL(N/K + V/2)``. What is
known before any training is the weights' variance: where ``E‖Σ (P_i − d_i)u_i‖² <= κ Σ d_i ‖u_i‖²``
for all ``u`` (``κ`` the greatest ``d_i(1/p_i − 1)`` for independent clients, ``(n − m)/(m(n − 1))``
for ``m`` of ``n`` clients of equal weight drawn uniformly), and ``18γLκ <= 1``,
``(1/T) Σ E‖∇F‖² <= 6(F(x_0) − F_inf)/(γT) + 4η²L²(K − 1)(2Kζ² + σ²) + 6γL(N/K + 3κ(ζ² +
σ²/(2K)))``.
Reference: Karimireddy et al. (SCAFFOLD, ICML 2020), theorem 1; Yang, Fang, Liu (ICLR 2021),
theorem 1; Jhunjhunwala et al. (UAI 2022). There for uniform sampling; here for unbiased draws that
are independent of the local steps, with other constants.
"""

import sympy

from roundlot.theory.proofs.domain import Condition, Domain, Parameter
from roundlot.theory.proofs.expressions import norm2, vectors
from roundlot.theory.proofs.facts import (
    Square,
    bounded,
    centred,
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
from roundlot.theory.theorems.batch_mean import noise as noise_sum
from roundlot.theory.theorems.centred import JENSEN, whole
from roundlot.theory.theorems.local_drift import AT_LEAST_ONE, LOCAL, others, steps
from roundlot.theory.theorems.local_path import NOISY, path, squares
from roundlot.theory.theorems.mean_of_updates import n
from roundlot.theory.theorems.symbols import (
    CLIENT_SMOOTHNESS,
    GRADIENT,
    SMALL_GRADIENT,
    VALUE,
    L,
    d,
    eta,
    gamma,
    new_value,
    value,
    variance,
)
from roundlot.theory.theorems.telescoping import SETTING as SUMS
from roundlot.theory.theorems.telescoping import T, Telescope, gradient, start, values

unlike, room, calm, steady = sympy.symbols("ζ² s j o")
mean_noise, draw_variance, load = sympy.symbols("N V κ")
turn, apart, move, drift, batch, draw = vectors("t", "a", "v", "c", "b", "χ")
own, noises = vectors("y", "z")

LOCAL_STEP = Parameter(name="local_step", symbol=eta, meaning="the local step η", positive=True)
SERVER_STEP = Parameter(name="step", symbol=gamma, meaning="the step γ of a round", positive=True)
UNLIKE = Parameter(
    name="dissimilarity", symbol=unlike, meaning="ζ², at least Σ d_i‖∇f_i − ∇F‖² on the path"
)
LOCAL_NOISE = Parameter(
    name="local_noise",
    symbol=variance,
    meaning="σ², at least Σ d_i σ_i², σ_i² the noise of one local gradient",
)
MEAN_NOISE = Parameter(
    name="batch_noise",
    symbol=mean_noise,
    meaning="N, at least Σ d_i² σ_i², with the weights squared",
)
DRAW_VARIANCE = Parameter(
    name="variance",
    symbol=draw_variance,
    meaning="V, at least the variance E‖Σ (P_i − d_i)G_i‖² that the draw adds in a round",
)
SHORT = Condition(
    text="3ηLK <= 1",
    greater=1,
    smaller=3 * eta * L * steps,
    slack=room,
    slack_value=1 / (3 * eta * L * steps) - 1,
)
CALM = Condition(
    text="2γL <= 1",
    greater=1,
    smaller=2 * gamma * L,
    slack=calm,
    slack_value=1 / (2 * gamma * L) - 1,
)
CHART = {steps: 1 + others, eta: 1 / (3 * L * (1 + others) * (1 + room))}
SETTING = (
    "F = Σ d_i f_i, every f_i is L-smooth; every client takes K local steps of η from x, w is "
    "where it stands at one of them; products are means over clients with weights d_i, over the K "
    "steps, and expectations: t = ∇f_i(w) − ∇f_i(x), a = ∇f_i(x) − ∇F(x), v = w − x. A client's "
    "local gradients have noise of mean 0 given the past, of variance at most σ_i², independent "
    "across clients and local steps, σ² >= Σ d_i σ_i²; epochs through shuffled data are not covered"
)

MEAN_GRADIENT = centred(
    apart + d,
    d,
    d,
    name="mean gradient",
    reason="Σ d_i ∇f_i(x) = ∇F(x), and it is the same for all",
)
ALIKE = bounded(apart, unlike, name="dissimilarity", reason="Σ d_i‖∇f_i − ∇F‖² <= ζ²")
_spread = eta**2 * (steps - 1) * (2 * steps * (norm2(d) + unlike) + variance)
DEVIATION = Theorem(
    name="local_deviation",
    title="How far clients are from where they started, without bounded gradients",
    setting=f"{SETTING}.",
    claim=Claim(
        left=norm2(move),
        right=sympy.Rational(9, 7) * _spread,
        text="(1/K) Σ_k E Σ_i d_i‖w_k − x‖²",
        latex=r"\frac{1}{K} \sum_k \mathbb{E} \sum_i d_i \|w_k - x\|^2",
    ),
    relation="upper",
    domain=Domain(
        parameters=(CLIENT_SMOOTHNESS, LOCAL_STEP, LOCAL, GRADIENT, UNLIKE, LOCAL_NOISE),
        conditions=(AT_LEAST_ONE, SHORT),
        chart=CHART,
    ),
    steps=(
        Step(
            name="gradients on the way",
            scalars=(L, eta, steps, variance, unlike),
            facts=(
                NOISY.instance(path(steps), {n: steps}, name="local_path"),
                definition(
                    path(steps), steps * norm2(move), name="the path", reason="a mean over K steps"
                ),
                definition(
                    squares(steps),
                    steps * norm2(turn + apart + d),
                    name="the gradients",
                    reason="∇f_i(w) = t + a + ∇F(x), a mean over K steps",
                ),
                lipschitz(turn, move, L=L, name="smoothness", reason="every f_i is L-smooth"),
                MEAN_GRADIENT,
                ALIKE,
                in_range(
                    "1/(1 − q) <= 9/7",
                    _spread
                    * (sympy.Rational(9, 7) - 1 / (1 - 2 * eta**2 * L**2 * steps * (steps - 1))),
                ),
            ),
            squares=(Square(form=turn - apart - d),),
            note="With q = 2η²L²K(K − 1) <= 2/9 the distance is at most its bound over 1 − q.",
        ),
    ),
    reference="compare Karimireddy et al. (ICML 2020), lemma 8",
)

_moved = 2 * eta**2 * L**2 * steps * (steps - 1)  # at most 2/9
_third, _two_thirds = sympy.Rational(1, 3), sympy.Rational(2, 3)
_drifted = gamma * eta**2 * L**2 * (steps - 1) * (2 * steps * unlike + variance)


ROUND = Theorem(
    name="fedavg_round",
    title="One round of FedAvg decreases the value, up to drift, noise and the draw",
    setting=(
        f"{SETTING}; values are measured from a lower bound. x⁺ = x − γ(∇F(x) + c + b + χ): c is "
        "the mean of t, b = (1/K) Σ_k Σ d_i ν_{i,k} the clients' noise, N >= Σ d_i² σ_i², χ = "
        "Σ (P_i − d_i)G_i what the draw adds, E P_i = d_i independently of the local steps, E‖χ‖² "
        "<= V."
    ),
    claim=Claim(
        left=new_value,
        right=value
        - gamma * _third * norm2(d)
        + _two_thirds * _drifted
        + L * gamma**2 * (mean_noise / steps + draw_variance / 2),
        text="E F(x⁺)",
        latex=r"\mathbb{E} F(x^{+})",
    ),
    relation="upper",
    domain=Domain(
        parameters=(
            CLIENT_SMOOTHNESS,
            LOCAL_STEP,
            LOCAL,
            SERVER_STEP,
            VALUE,
            GRADIENT,
            UNLIKE,
            LOCAL_NOISE,
            MEAN_NOISE,
            DRAW_VARIANCE,
        ),
        conditions=(AT_LEAST_ONE, SHORT, CALM),
        chart={**CHART, gamma: 1 / (2 * L * (1 + calm))},
        implied=(SMALL_GRADIENT,),
    ),
    steps=(
        Step(
            name="one step of the server",
            scalars=(L, eta, gamma, steps, variance, unlike),
            facts=(
                descent(value, d, -gamma * (d + drift + batch + draw), new_value, L=L),
                *zero_mean(batch, d),
                *zero_mean(draw, d, drift + batch),
                JENSEN.instance(norm2(drift), {norm2(whole): norm2(turn)}, name="mean of t"),
                lipschitz(turn, move, L=L, name="smoothness", reason="every f_i is L-smooth"),
                DEVIATION.instance(norm2(move), {}, name="local_deviation"),
                definition(
                    norm2(batch),
                    noise_sum(steps) / steps**2,
                    name="the mean noise",
                    reason="b is the mean of K noises Σ d_i ν",
                ),
                BATCH_SUM.instance(
                    noise_sum(steps), {k: steps, variance: mean_noise}, name="batch_sum"
                ),
                bounded(draw, draw_variance, name="the draw", reason="E‖χ‖² <= V"),
                in_range("(9/14) of the drift", _drifted),
                in_range(
                    "5/14 >= 1/3",
                    gamma * norm2(d) * (sympy.Rational(1, 6) - sympy.Rational(9, 14) * _moved),
                ),
            ),
            squares=(Square(form=d + drift), Square(form=d + drift - batch)),
            given={"5/14 >= 1/3": 1},
        ),
    ),
    reference="Karimireddy et al. (ICML 2020); Yang, Fang, Liu (ICLR 2021)",
)

_rate = Telescope(
    name="fedavg",
    title="FedAvg reaches a small gradient, by unbiased draws independent of the local steps",
    setting=f"{ROUND.setting}{SUMS}; c = γ/3.",
    decrease=gamma / 3,
    added=_two_thirds * _drifted + L * gamma**2 * (mean_noise / steps + draw_variance / 2),
    parameters=(
        CLIENT_SMOOTHNESS,
        LOCAL_STEP,
        LOCAL,
        SERVER_STEP,
        UNLIKE,
        LOCAL_NOISE,
        MEAN_NOISE,
        DRAW_VARIANCE,
    ),
    conditions=ROUND.domain.conditions,
    chart=dict(ROUND.domain.chart),
    scalars=(L, eta, gamma, steps, variance, unlike, mean_noise, draw_variance),
    reference=ROUND.reference,
)
_AT_ROUND = {value: values(T), norm2(d): gradient(T)}
SUM = _rate.sum((ROUND.instance(values(T + 1), _AT_ROUND, name="fedavg_round"),))
THEOREM = _rate.mean(
    SUM,
    3 * start / (gamma * T)
    + 2 * _drifted / gamma
    + 3 * L * gamma * (mean_noise / steps + draw_variance / 2),
)

LOAD = Parameter(
    name="weight_variance",
    symbol=load,
    meaning="κ with E‖Σ (P_i − d_i)u_i‖² <= κ Σ d_i‖u_i‖² for all u: for independent clients the "
    "greatest d_i(1/p_i − 1)",
    positive=True,
    limit=True,
)
STEADY = Condition(
    text="18γLκ <= 1",
    greater=1,
    smaller=18 * gamma * L * load,
    slack=steady,
    slack_value=1 / (18 * gamma * L * load) - 1,
)
_share = sympy.Rational(36, 7) * eta**2 * L**2 * steps * (steps - 1)
_sampled = 3 * load * (unlike + variance / (2 * steps))
WEIGHTS_ROUND = Theorem(
    name="fedavg_weights_round",
    title="One round of FedAvg, by the variance of its weights",
    setting=(
        f"{ROUND.setting} Of the draw it is known that E‖Σ (P_i − d_i)u_i‖² <= κ Σ d_i‖u_i‖² for "
        "all u. y is the mean of a client's K gradients, z that of its K noises."
    ),
    claim=Claim(
        left=new_value,
        right=value
        - gamma / 6 * norm2(d)
        + _two_thirds * _drifted
        + L * gamma**2 * (mean_noise / steps + _sampled),
        text="E F(x⁺)",
        latex=r"\mathbb{E} F(x^{+})",
    ),
    relation="upper",
    domain=Domain(
        parameters=(*ROUND.domain.parameters[:-1], LOAD),
        conditions=(*ROUND.domain.conditions, STEADY),
        chart={**ROUND.domain.chart, load: (1 + calm) / (9 * (1 + steady))},
        implied=(SMALL_GRADIENT,),
    ),
    steps=(
        Step(
            name="the draw by its weights",
            scalars=(L, eta, gamma, steps, variance, unlike, load),
            facts=(
                ROUND.instance(new_value, {}, name="fedavg_round"),
                given(
                    load * norm2(own + noises),
                    draw_variance,
                    name="weights",
                    reason="E‖Σ (P_i − d_i)G_i‖² <= κ Σ d_i‖G_i‖², G_i = y + z",
                ),
                JENSEN.instance(
                    norm2(own), {norm2(whole): norm2(turn + apart + d)}, name="mean of K gradients"
                ),
                definition(
                    norm2(noises),
                    noise_sum(steps) / steps**2,
                    name="a client's noise",
                    reason="z is the mean of K noises",
                ),
                BATCH_SUM.instance(noise_sum(steps), {k: steps}, name="batch_sum"),
                lipschitz(turn, move, L=L, name="smoothness", reason="every f_i is L-smooth"),
                DEVIATION.instance(norm2(move), {}, name="local_deviation"),
                MEAN_GRADIENT,
                ALIKE,
                in_range(
                    "18/7 <= 3",
                    gamma * norm2(d) * (sympy.Rational(1, 6) - L * gamma * load * (2 + _share)),
                ),
                in_range(
                    "36/7 <= 6",
                    L
                    * gamma**2
                    * load
                    * ((1 - _share) * unlike + (1 / (2 * steps) - _share / (2 * steps)) * variance),
                ),
            ),
            squares=(Square(form=own - noises), Square(form=turn - apart - d)),
            given={"18/7 <= 3": 1},
        ),
    ),
    reference=ROUND.reference,
)

_known = Telescope(
    name="fedavg_weights",
    title="FedAvg reaches a small gradient, by the variance of its weights",
    setting=f"{WEIGHTS_ROUND.setting}{SUMS}; c = γ/6.",
    decrease=gamma / 6,
    added=_two_thirds * _drifted + L * gamma**2 * (mean_noise / steps + _sampled),
    parameters=(*_rate.parameters[:-1], LOAD),
    conditions=WEIGHTS_ROUND.domain.conditions,
    chart=dict(WEIGHTS_ROUND.domain.chart),
    scalars=(L, eta, gamma, steps, variance, unlike, mean_noise, load),
    reference=ROUND.reference,
)
WEIGHTS_SUM = _known.sum(
    (WEIGHTS_ROUND.instance(values(T + 1), _AT_ROUND, name="fedavg_weights_round"),)
)
WEIGHTS = _known.mean(
    WEIGHTS_SUM,
    6 * start / (gamma * T)
    + 4 * _drifted / gamma
    + 6 * L * gamma * (mean_noise / steps + _sampled),
)
