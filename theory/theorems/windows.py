"""Clients that come in turns, or whose availability is correlated: what counts is a window's mean.

Problem: decrease ``F = Σ_i d_i f_i``, every ``f_i`` L-smooth. Who is there in a round follows any
pattern: the time of day, one group after the other, whatever happened before.
Method: in round k of a window of ``P`` rounds ``x_{k+1} = x_k − γ Σ_i q_{k,i} ∇f_i(x_k)``,
``q_{k,i} >= 0`` and ``Σ_i q_{k,i} = 1`` over those who are there. A round alone is biased, by
``u_k = Σ_i (q_{k,i} − d_i) ∇f_i(x)``: ``E‖u_k‖² <= ν²`` on average over the window. Its mean may
not be: ``E‖(1/P) Σ_k u_k‖² <= δ²``, 0 where every client has its share ``d_i`` of every window.
Guarantee, ``3γLP <= 1``: over ``T`` windows that begin at ``x_t``, ``(1/T) Σ E‖∇F(x_t)‖² <=
4(F(x_0) − F_inf)/(γPT) + (9/2)δ² + (9/2)γ²L²P(P − 1)ν²``: turns cost a term of order ``γ²``,
shares that are wrong for good cost ``δ²`` whatever ``γ`` is.
Reference: Wang and Ji (NeurIPS 2022), theorem 3.1: their δ, there with local steps, noise and an
amplified step; here one full gradient a round, and other constants.
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
    in_range,
    lipschitz,
)
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem
from roundlot.theory.theorems.centred import JENSEN, whole
from roundlot.theory.theorems.local_path import EXACT, path, squares
from roundlot.theory.theorems.mean_of_updates import n
from roundlot.theory.theorems.symbols import (
    CLIENT_SMOOTHNESS,
    GRADIENT,
    SMALL_GRADIENT,
    STEP,
    VALUE,
    L,
    d,
    eta,
    gamma,
    new_value,
    value,
)
from roundlot.theory.theorems.telescoping import T, Telescope, gradient, start, values

length, apart, biased, room, more = sympy.symbols("P ν² δ² s o")
u, t, turn, move, bias, drift = vectors("u", "t", "b", "v", "ū", "t̄")
LENGTH = Parameter(
    name="window", symbol=length, meaning="the rounds P of a window", positive=True, whole=True
)
APART = Parameter(
    name="round_bias", symbol=apart, meaning="ν², at least the mean of E‖u_k‖² over a window"
)
BIAS = Parameter(name="window_bias", symbol=biased, meaning="δ², at least E‖(1/P) Σ_k u_k‖²")
AT_LEAST_ONE = Condition(
    text="P >= 1", greater=length, smaller=1, slack=more, slack_value=length - 1
)
SHORT = Condition(
    text="3γLP <= 1",
    greater=1,
    smaller=3 * gamma * L * length,
    slack=room,
    slack_value=1 / (3 * gamma * L * length) - 1,
)
CONDITIONS = (AT_LEAST_ONE, SHORT)
CHART = {length: 1 + more, gamma: 1 / (3 * L * (1 + more) * (1 + room))}
SETTING = (
    "F = Σ d_i f_i, every f_i is L-smooth; in round k of a window of P, that begins at x, x_{k+1} "
    "= x_k − γ Σ q_{k,i} ∇f_i(x_k), q >= 0 of sum 1; products are means over the rounds of a "
    "window, and expectations: b = ∇f_i(x_k) − ∇f_i(x) and, over clients, t = Σ q b and u = Σ (q − "
    "d)∇f_i(x), v = x_k − x; ū and t̄ are the means of u and t over the window"
)
_biased = bounded(bias, biased, name="bias of a window", reason="E‖(1/P) Σ_k u_k‖² <= δ²")
_turned = (
    JENSEN.instance(norm2(t), {norm2(whole): norm2(turn)}, name="mean over those who are there"),
    lipschitz(turn, move, L=L, name="smoothness", reason="every f_i is L-smooth"),
)
_spread = gamma**2 * length * (length - 1) * (2 * norm2(d) + biased + apart)

DEVIATION = Theorem(
    name="window_deviation",
    title="How far a window of biased rounds leads from where it began",
    setting=f"{SETTING}.",
    claim=Claim(
        left=norm2(move),
        right=sympy.Rational(9, 8) * _spread,
        text="(1/P) Σ_k E‖x_k − x‖²",
        latex=r"\frac{1}{P} \sum_k \mathbb{E}\|x_k - x\|^2",
    ),
    relation="upper",
    domain=Domain(
        parameters=(CLIENT_SMOOTHNESS, STEP, LENGTH, GRADIENT, APART, BIAS),
        conditions=CONDITIONS,
        chart=CHART,
    ),
    steps=(
        Step(
            name="gradients on the way",
            scalars=(L, gamma, length, apart, biased),
            facts=(
                EXACT.instance(path(length), {n: length, eta: gamma}, name="exact_path"),
                definition(
                    path(length),
                    length * norm2(move),
                    name="the path",
                    reason="a mean over P rounds",
                ),
                definition(
                    squares(length),
                    length * norm2(d + u + t),
                    name="the gradients",
                    reason="Σ q ∇f_i(x_k) = ∇F(x) + u + t, a mean over P rounds",
                ),
                *_turned,
                centred(
                    u,
                    bias,
                    d,
                    name="mean of u",
                    reason="ū is the mean of u over the window, and ∇F(x) the same for all rounds",
                ),
                _biased,
                bounded(u, apart, name="bias of a round", reason="E‖u_k‖² <= ν² on average"),
                in_range(
                    "1/(1 − q) <= 9/8",
                    _spread
                    * (sympy.Rational(9, 8) - 1 / (1 - gamma**2 * L**2 * length * (length - 1))),
                ),
            ),
            squares=(Square(form=d + u - t), Square(form=d - bias)),
            note="With q = γ²L²P(P − 1) <= 1/9 the distance is at most its bound over 1 − q.",
        ),
    ),
    reference="compare Wang and Ji (NeurIPS 2022)",
)

_cost = (
    gamma
    * length
    * sympy.Rational(9, 8)
    * (biased + gamma**2 * L**2 * length * (length - 1) * apart)
)
WINDOW = Theorem(
    name="window_descent",
    title="A window of biased rounds decreases the value, up to the bias of its mean",
    setting=f"{SETTING}; values are measured from a lower bound, x⁺ = x_P is where it ends.",
    claim=Claim(
        left=new_value,
        right=value - gamma * length / 4 * norm2(d) + _cost,
        text="E F(x⁺)",
        latex=r"\mathbb{E} F(x^{+})",
    ),
    relation="upper",
    domain=Domain(
        parameters=(CLIENT_SMOOTHNESS, STEP, LENGTH, VALUE, GRADIENT, APART, BIAS),
        conditions=CONDITIONS,
        chart=CHART,
        implied=(SMALL_GRADIENT,),
    ),
    steps=(
        Step(
            name="P rounds as one step",
            scalars=(L, gamma, length, apart, biased),
            facts=(
                descent(value, d, -gamma * length * (d + bias + drift), new_value, L=L),
                _biased,
                JENSEN.instance(
                    norm2(drift), {norm2(whole): norm2(t)}, name="mean over the window"
                ),
                *_turned,
                DEVIATION.instance(norm2(move), {}, name="window_deviation"),
                in_range(
                    "δ² of the drift",
                    gamma * length * biased * (1 - 9 * gamma**2 * L**2 * length * (length - 1)),
                ),
            ),
            squares=(Square(form=d), Square(form=d + bias + drift), Square(form=bias - drift)),
        ),
    ),
    reference="compare Wang and Ji (NeurIPS 2022)",
)

_windows = Telescope(
    name="windows",
    title="Clients in turns reach a small gradient, up to the bias of a window",
    setting=f"{SETTING}. S(T) = Σ_{{t<T}} E‖∇F(x_t)‖² over the points at which windows begin, E(T) "
    "= E F(x_T) − F_inf; c = γP/4.",
    decrease=gamma * length / 4,
    added=_cost,
    parameters=(CLIENT_SMOOTHNESS, STEP, LENGTH, APART, BIAS),
    conditions=CONDITIONS,
    chart=CHART,
    scalars=(L, gamma, length, apart, biased),
    reference="Wang and Ji (NeurIPS 2022), theorem 3.1",
    count=Parameter(
        name="windows", symbol=T, meaning="the windows T, of P rounds each", whole=True
    ),
)
SUM = _windows.sum(
    (
        WINDOW.instance(
            values(T + 1), {value: values(T), norm2(d): gradient(T)}, name="window_descent"
        ),
    )
)
THEOREM = _windows.mean(
    SUM,
    4 * start / (gamma * length * T)
    + sympy.Rational(9, 2) * (biased + gamma**2 * L**2 * length * (length - 1) * apart),
)
