"""SCAFFOLD without noise: corrected steps, whose rate does not depend on how unlike clients are.

Problem: decrease ``F = Σ_i d_i f_i``, every ``f_i`` L-smooth, without batch noise. The server keeps
a gradient ``h_i`` of every client, ``h̄ = Σ_i d_i h_i``; ``H = Σ_i d_i ‖h_i − ∇f_i(x)‖²``.
Method: a client that is drawn takes ``K`` steps ``w_{k+1} = w_k − η(∇f_i(w_k) − h_i + h̄)`` from
``w_0 = x``; ``G_i`` is the mean of what stands in brackets; ``x⁺ = x − γ Σ_i P_i G_i`` with ``E P_i
= d_i``; then its ``h_i`` is ``∇f_i(x)``. Every client is drawn with probability at least ``p``,
whatever happened before, and ``E‖Σ (P_i − d_i)u_i‖² <= κ Σ d_i‖u_i‖²`` for all ``u``: ``κ`` is the
greatest ``d_i(1/p_i − 1)`` for independent clients, ``(n − m)/(m(n − 1))`` for ``m`` of ``n`` of
equal weight drawn uniformly. ``γ = Kη`` is plain averaging.
Guarantee, ``3ηLK <= 1``, ``4γL <= p`` and ``16γLκ <= p``: ``(1/T) Σ E‖∇F(x_t)‖² <= 4(F(x_0) −
F_inf)/(γT) + 2H_0/(pT)``.
Reference: Karimireddy, Kale, Mohri, Reddi, Stich, Suresh (ICML 2020), theorem 3 with option I:
there with noise and uniform draws; here without noise, for unbiased draws, with other constants.
"""

import sympy

from roundlot.theory.proofs.domain import Condition, Domain, Parameter
from roundlot.theory.proofs.expressions import norm2, vectors
from roundlot.theory.proofs.facts import (
    Square,
    centred,
    definition,
    descent,
    given,
    lipschitz,
    zero_mean,
)
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem
from roundlot.theory.theorems.centred import JENSEN, whole
from roundlot.theory.theorems.centred import THEOREM as CENTRED
from roundlot.theory.theorems.fedavg import LOAD, LOCAL_STEP, SERVER_STEP, SHORT, load, room
from roundlot.theory.theorems.horvitz_thompson import p
from roundlot.theory.theorems.local_drift import AT_LEAST_ONE, LOCAL, others, steps
from roundlot.theory.theorems.local_path import EXACT, path, squares
from roundlot.theory.theorems.mean_of_updates import n
from roundlot.theory.theorems.stale_rounds import (
    FIRST,
    H_NONNEGATIVE,
    H_START,
    LEAST_CHANCE,
    SELDOM,
    STALENESS,
    first,
    fresh_noise,
    memory,
    odds,
    stale,
)
from roundlot.theory.theorems.stale_rounds import ROUND as MEMORY_ROUND
from roundlot.theory.theorems.stale_rounds import move as server_move
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
)
from roundlot.theory.theorems.telescoping import SETTING as SUMS
from roundlot.theory.theorems.telescoping import T, Telescope, gradient, start, values

calm, steady = sympy.symbols("j i")
turn, rest, off, move, g, draw, own = vectors("t", "a", "z", "v", "g", "χ", "y")
SLOW = Condition(
    text="4γL <= p",
    greater=p,
    smaller=4 * gamma * L,
    slack=calm,
    slack_value=p / (4 * gamma * L) - 1,
)
STEADY = Condition(
    text="16γLκ <= p",
    greater=p,
    smaller=16 * gamma * L * load,
    slack=steady,
    slack_value=p / (16 * gamma * L * load) - 1,
)
LOCAL_CHART = {steps: 1 + others, eta: 1 / (3 * L * (1 + others) * (1 + room))}
CHART = {
    **LOCAL_CHART,
    p: 1 / (1 + odds),
    gamma: 1 / (4 * L * (1 + odds) * (1 + calm)),
    load: (1 + calm) / (4 * (1 + steady)),
}
SETTING = (
    "F = Σ d_i f_i, every f_i is L-smooth, gradients are without noise; the server keeps a "
    "gradient h_i of every client, h̄ = Σ d_i h_i, "
    "H = Σ d_i‖h_i − ∇f_i(x)‖²; every client takes K local steps of η along ∇f_i(w) − h_i "
    "+ h̄ from x; products are means over clients with weights d_i, over the K steps, and "
    "expectations: t = ∇f_i(w) − ∇f_i(x), z = ∇f_i(x) − h_i, a is z less its mean, v = w − x"
)
_local = (CLIENT_SMOOTHNESS, LOCAL_STEP, LOCAL, GRADIENT, STALENESS)
_corrected = (
    CENTRED.instance(norm2(rest), {norm2(whole): norm2(off)}, name="a is z less its mean"),
    definition(norm2(off), stale, name="the memory", reason="H is the mean of ‖z‖²"),
    centred(
        rest + d,
        d,
        d,
        name="mean gradient",
        reason="a has mean 0 over clients, and ∇F(x) is the same for all",
    ),
)
_smooth = lipschitz(turn, move, L=L, name="smoothness", reason="every f_i is L-smooth")
_young = Square(form=turn - rest - d)

DEVIATION = Theorem(
    name="corrected_deviation",
    title="How far clients are from where they started when their steps are corrected",
    setting=f"{SETTING}.",
    claim=Claim(
        left=norm2(move),
        right=sympy.Rational(9, 8) * eta**2 * steps * (steps - 1) * (norm2(d) + stale),
        text="(1/K) Σ_k E Σ_i d_i‖w_k − x‖²",
        latex=r"\frac{1}{K} \sum_k \mathbb{E} \sum_i d_i \|w_k - x\|^2",
    ),
    relation="upper",
    domain=Domain(parameters=_local, conditions=(AT_LEAST_ONE, SHORT), chart=LOCAL_CHART),
    steps=(
        Step(
            name="corrected gradients on the way",
            scalars=(L, eta, steps),
            facts=(
                EXACT.instance(path(steps), {n: steps}, name="exact_path"),
                definition(
                    path(steps), steps * norm2(move), name="the path", reason="a mean over K steps"
                ),
                definition(
                    squares(steps),
                    steps * norm2(turn + rest + d),
                    name="the gradients",
                    reason="∇f_i(w) − h_i + h̄ = t + a + ∇F(x), a mean over K steps",
                ),
                _smooth,
                *_corrected,
            ),
            squares=(_young, Square(form=d), Square(form=off)),
            note="With q = η²L²K(K − 1) <= 1/9 the distance is at most 1/(1 − q) times its square.",
        ),
    ),
    reference="compare Karimireddy et al. (ICML 2020), lemma 8",
)
_drawn = sympy.Rational(9, 4) * load * (norm2(d) + stale)
DRAW = Theorem(
    name="corrected_draw",
    title="What the draw adds to a round of corrected steps",
    setting=(
        f"{SETTING}. χ = Σ (P_i − d_i)G_i, G_i = y the mean of a client's K corrected gradients, "
        "and E‖Σ (P_i − d_i)u_i‖² <= κ Σ d_i‖u_i‖² for all u."
    ),
    claim=Claim(
        left=norm2(draw),
        right=_drawn,
        text="E‖Σ (P_i − d_i)G_i‖²",
        latex=r"\mathbb{E}\|\sum_i (P_i - d_i) G_i\|^2",
    ),
    relation="upper",
    domain=Domain(parameters=(*_local, LOAD), conditions=(AT_LEAST_ONE, SHORT), chart=LOCAL_CHART),
    steps=(
        Step(
            name="the draw by its weights",
            scalars=(L, eta, steps, load),
            facts=(
                given(
                    load * norm2(own),
                    norm2(draw),
                    name="weights",
                    reason="E‖Σ (P_i − d_i)G_i‖² <= κ Σ d_i‖G_i‖², G_i = y",
                ),
                JENSEN.instance(
                    norm2(own), {norm2(whole): norm2(turn + rest + d)}, name="mean of K gradients"
                ),
                _smooth,
                *_corrected,
                DEVIATION.instance(norm2(move), {}, name="corrected_deviation"),
            ),
            squares=(_young, Square(form=d), Square(form=off)),
        ),
    ),
    reference="Karimireddy et al. (ICML 2020)",
)

_carried = sympy.Rational(1, 16) * gamma + sympy.Rational(9, 8) * L * gamma**2 * load
ROUND = Theorem(
    name="scaffold_round",
    title="One round of SCAFFOLD without noise decreases the value, up to the staleness",
    setting=(
        f"{DRAW.setting} x⁺ = x − γ(g + χ), g − ∇F(x) the mean of t; E P_i = d_i given the local "
        "steps; values are measured from a lower bound."
    ),
    claim=Claim(
        left=new_value,
        right=value
        - gamma / 2 * norm2(d)
        - gamma / 2 * (1 - gamma * L) * norm2(g)
        + _carried * (norm2(d) + stale),
        text="E F(x⁺)",
        latex=r"\mathbb{E} F(x^{+})",
    ),
    relation="upper",
    domain=Domain(
        parameters=(
            *_local,
            SERVER_STEP,
            LOAD,
            VALUE,
            Parameter(name="squared_step", symbol=norm2(g), meaning="‖g‖², g the mean of t + ∇F"),
        ),
        conditions=(AT_LEAST_ONE, SHORT),
        chart=LOCAL_CHART,
        implied=(SMALL_GRADIENT,),
    ),
    steps=(
        Step(
            name="one step of the server",
            scalars=(L, eta, gamma, steps, load),
            facts=(
                descent(value, d, -gamma * (g + draw), new_value, L=L),
                *zero_mean(draw, d, g),
                centred(
                    turn,
                    g - d,
                    g - d,
                    name="mean of t",
                    reason="g − ∇F(x) is the mean of t, and it is the same for all",
                ),
                _smooth,
                DEVIATION.instance(norm2(move), {}, name="corrected_deviation"),
                DRAW.instance(norm2(draw), {}, name="corrected_draw"),
                definition(norm2(off), stale, name="the memory", reason="H is the mean of ‖z‖²"),
            ),
            squares=(Square(form=turn - g + d), Square(form=d), Square(form=off)),
        ),
    ),
    reference="Karimireddy et al. (ICML 2020), theorem 3; here without noise, other constants",
)

_kept = gamma / (2 * p)
_rate = Telescope(
    name="scaffold",
    title="SCAFFOLD without noise reaches a small gradient, however unlike the clients are",
    setting=f"{ROUND.setting} Every client is drawn with probability at least p, whatever happened "
    f"before, and then its h_i is ∇f_i(x).{SUMS}, H(T) is the staleness at x_T, H₀ the first; "
    "c = γ/4.",
    decrease=gamma / 4,
    added=sympy.Integer(0),
    parameters=(CLIENT_SMOOTHNESS, LOCAL_STEP, LOCAL, SERVER_STEP, LEAST_CHANCE, LOAD, FIRST),
    conditions=(SELDOM, AT_LEAST_ONE, SHORT, SLOW, STEADY),
    chart=CHART,
    scalars=(L, eta, gamma, steps, load, p),
    reference="Karimireddy et al. (ICML 2020), theorem 3; here without noise, other constants",
    beside=_kept * memory(T),
    first=start + _kept * first,
    words="E(T) + γ/(2p) H(T)",
    latex=r"E(T) + \frac{\gamma}{2 p} H(T)",
)
_AT_ROUND = {norm2(d): gradient(T), stale: memory(T)}
SUM = _rate.sum(
    (
        ROUND.instance(values(T + 1), {value: values(T), **_AT_ROUND}, name="scaffold_round"),
        DRAW.instance(norm2(draw), _AT_ROUND, name="corrected_draw"),
        MEMORY_ROUND.instance(
            memory(T + 1), {stale: memory(T), fresh_noise: 0}, name="memory_round"
        ),
        definition(
            norm2(server_move),
            norm2(gamma * (g + draw)),
            name="the move",
            reason="x⁺ − x = −γ(g + χ)",
        ),
        *zero_mean(draw, g),
        H_NONNEGATIVE,
        given(gradient(T), 0, name="‖∇F‖² >= 0", reason="a squared norm"),
    ),
    H_START,
    squares=(Square(form=g),),
)
THEOREM = _rate.mean(SUM, 4 * start / (gamma * T) + 2 * first / (p * T), H_NONNEGATIVE)
