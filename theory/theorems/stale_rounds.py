"""Stale updates over rounds of one gradient: the server's memory follows the clients' gradients.

Problem: decrease ``F = Σ_i d_i f_i``, every ``f_i`` L-smooth. The server keeps for every client its
last gradient ``h_i``; ``H = Σ_i d_i ‖h_i − ∇f_i(x)‖²`` is how stale the memory is. A client that
reports in a round brings a fresh one, which it does with probability at least ``p``, whatever
happened before.
Methods: latest updates (MIFA): ``x⁺ = x − γ Σ_i d_i h_i⁺`` with the memory after the reports, a
biased step. Stale updates (FedVARP; with the best multiples StaleVR): ``x⁺ = x − γg``, ``E g =
∇F(x)``, the variance of ``g`` at most ``r²H + W``. With weights ``P_i``, ``E P_i = d_i``, it takes
``E‖Σ (P_i − d_i)u_i‖² <= r² Σ d_i ‖u_i‖²`` for all ``u``: for independent clients ``r²`` is the
greatest ``d_i(1/p_i − 1)``, for ``m`` of ``n`` of equal weight drawn uniformly ``(n − m)/(m(n −
1))``; where all report together or not at all it is ``1/p − 1``. ``W`` is the batch noise ``Σ
d_i²σ_i²/p_i``, for noises of mean 0 given the past and the draw, independent across clients; epochs
through shuffled data are not covered.
Guarantees: the memory, ``E H⁺ <= (1 + p/2)((1 − p)H + s) + (1 + 2/p)L² E‖x⁺ − x‖²``, ``s`` the
batch noise of what is fresh, ``Σ d_i σ_i²`` at most. Latest updates without batch noise, ``8γL <=
3p``: ``(1/T) Σ E‖∇F‖² <= 2(F(x_0) − F_inf)/(γT) + 2(1 − p)H_0/(p(1 + p)T)``. Stale
updates, ``2γL <= 1`` and ``4γLr <= p``: ``(1/T) Σ E‖∇F‖² <= 2(F(x_0) − F_inf)/(γT) + 4Lγr²H_0/(pT)
+ 2Lγ(W + 3r²s/p)``: without batch noise there is no floor, however few are drawn.
Reference: Jhunjhunwala, Sharma, Nagarkatti, Joshi (FedVARP, UAI 2022); Gu, Huang, Zhang, Huang
(MIFA, NeurIPS 2021); Zhang et al. (StaleVR, arXiv 2504.05138). Here one gradient of every client a
round, not several local steps, reports with a least probability, not within a bounded delay, and
other constants.
"""

import sympy

from roundlot.theory.proofs.domain import Condition, Domain, Parameter
from roundlot.theory.proofs.expressions import norm2, vectors
from roundlot.theory.proofs.facts import (
    Square,
    bounded,
    bounded_variance,
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
from roundlot.theory.theorems.horvitz_thompson import p
from roundlot.theory.theorems.smooth_step import DESCENT
from roundlot.theory.theorems.symbols import (
    CLIENT_SMOOTHNESS,
    GRADIENT,
    SMALL_GRADIENT,
    STEP,
    VALUE,
    L,
    d,
    gamma,
    new_value,
    noise,
    value,
    variance,
)
from roundlot.theory.theorems.telescoping import SETTING as SUMS
from roundlot.theory.theorems.telescoping import T, Telescope, gradient, start, values

stale, new_stale, first, fresh_noise, root, step_noise = sympy.symbols("H H⁺ H₀ s r W")
odds, room, calm, walked = sympy.symbols("o k j m")
memory = sympy.Function("H")
rest, turn, move, g, change = vectors("a", "t", "m", "g", "c")
VARP = "Jhunjhunwala et al. (FedVARP, UAI 2022); Zhang et al. (arXiv 2504.05138)"
MIFA = "Gu et al. (MIFA, NeurIPS 2021)"
REFRESHED = "a client that does not report, with probability at most 1 − p, keeps h_i"

SELDOM = Condition(text="p <= 1", greater=1, smaller=p, slack=odds, slack_value=1 / p - 1)
LEAST_CHANCE = Parameter(
    name="probability",
    symbol=p,
    meaning="the least probability p that a client reports",
    positive=True,
)
STALENESS = Parameter(
    name="staleness", symbol=stale, meaning="H = Σ d_i‖h_i − ∇f_i(x)‖² of the memory"
)
FIRST = Parameter(name="staleness", symbol=first, meaning="H₀, that of the memory at the start")
FRESH_NOISE = Parameter(
    name="memory_noise",
    symbol=fresh_noise,
    meaning="s, batch noise of the fresh gradients, Σ d_i σ_i² at most",
)
VARP_HERE = f"{VARP}; here one gradient a round, no local steps, and other constants"
MIFA_HERE = f"{MIFA}; here one gradient a round, no local steps, and other constants"
MEMORY = (
    "F = Σ d_i f_i, every f_i is L-smooth; the server keeps the last gradient h_i of every client; "
    "in every round every client reports with probability at least p, whatever happened before, "
    "and brings one gradient, without local steps; H = Σ d_i‖h_i − ∇f_i(x)‖²"
)

ROUND = Theorem(
    name="memory_round",
    title="How stale the server's memory is after one round",
    setting=(
        f"{MEMORY}; a = h_i⁺ − ∇f_i(x) is 0 for a client that reports, up to its batch noise; t = "
        "∇f_i(x) − ∇f_i(x⁺), m = x⁺ − x. Products are means over clients with weights d_i, and "
        "expectations."
    ),
    claim=Claim(
        left=new_stale,
        right=(1 + p / 2) * ((1 - p) * stale + fresh_noise) + (1 + 2 / p) * L**2 * norm2(move),
        text="E Σ d_i‖h_i⁺ − ∇f_i(x⁺)‖²",
        latex=r"\mathbb{E} \sum_i d_i \|h_i^{+} - \nabla f_i(x^{+})\|^2",
    ),
    relation="upper",
    domain=Domain(
        parameters=(
            CLIENT_SMOOTHNESS,
            LEAST_CHANCE,
            STALENESS,
            FRESH_NOISE,
            Parameter(name="squared_distance", symbol=norm2(move), meaning="E‖x⁺ − x‖²"),
        ),
        conditions=(SELDOM,),
        chart={p: 1 / (1 + odds)},
    ),
    steps=(
        Step(
            name="refresh, then move",
            scalars=(L, p),
            facts=(
                definition(
                    new_stale, norm2(rest + turn), name="the memory", reason="H⁺ is its mean square"
                ),
                bounded(
                    rest,
                    (1 - p) * stale + fresh_noise,
                    name="refreshed",
                    reason=REFRESHED,
                ),
                lipschitz(turn, move, L=L, name="smoothness", reason="every f_i is L-smooth"),
            ),
            squares=(Square(form=p * rest - 2 * turn),),
            note="‖a + t‖² = (1 + p/2)‖a‖² + (1 + 2/p)‖t‖² − ‖pa − 2t‖²/(2p).",
        ),
    ),
    reference=f"{VARP}; {MIFA_HERE}",
)

LATEST_ROUND = Theorem(
    name="latest_round",
    title="One round of latest updates decreases the value, up to the staleness",
    setting=(
        "F = Σ d_i f_i is L-smooth, values measured from a lower bound; x⁺ = x − γg, g = Σ d_i "
        "h_i⁺ with the memory after the reports; a = h_i⁺ − ∇f_i(x), E Σ d_i‖a‖² <= (1 − p)H. "
        "Products are means over clients with weights d_i, and expectations."
    ),
    claim=Claim(
        left=new_value,
        right=value
        - gamma / 2 * norm2(d)
        - gamma / 2 * (1 - gamma * L) * norm2(g)
        + gamma / 2 * (1 - p) * stale,
        text="E F(x⁺)",
        latex=r"\mathbb{E} F(x^{+})",
    ),
    relation="upper",
    domain=Domain(
        parameters=(
            CLIENT_SMOOTHNESS,
            STEP,
            LEAST_CHANCE,
            VALUE,
            GRADIENT,
            Parameter(name="squared_step", symbol=norm2(g), meaning="E‖g‖² of the biased step"),
            STALENESS,
        ),
        conditions=(SELDOM,),
        chart={p: 1 / (1 + odds)},
        implied=(SMALL_GRADIENT,),
    ),
    steps=(
        Step(
            name="one biased step",
            scalars=(L, gamma, p),
            facts=(
                descent(value, d, -gamma * g, new_value, L=L),
                centred(
                    rest,
                    g - d,
                    g - d,
                    name="mean",
                    reason="g − ∇F(x) = Σ d_i a, and it is the same for all",
                ),
                bounded(rest, (1 - p) * stale, name="refreshed", reason=REFRESHED),
            ),
            squares=(Square(form=rest - g + d),),
        ),
    ),
    reference=MIFA_HERE,
)

SHORT_FOR_LATEST = Condition(
    text="8γL <= 3p",
    greater=3 * p,
    smaller=8 * gamma * L,
    slack=room,
    slack_value=3 * p / (8 * gamma * L) - 1,
)
_spared = gamma * (1 - p) / (p * (1 + p))
_latest = Telescope(
    name="latest_updates",
    title="Latest updates of clients that report now and then reach a small gradient",
    setting=f"{MEMORY}; x⁺ = x − γ Σ d_i h_i⁺.{SUMS}, H(T) is the staleness at x_T, H₀ the first; "
    "c = γ/2.",
    decrease=gamma / 2,
    added=sympy.Integer(0),
    parameters=(CLIENT_SMOOTHNESS, STEP, LEAST_CHANCE, FIRST),
    conditions=(SELDOM, SHORT_FOR_LATEST),
    chart={p: 1 / (1 + odds), gamma: 3 / (8 * L * (1 + odds) * (1 + room))},
    scalars=(L, gamma, p),
    reference=MIFA_HERE,
    beside=_spared * memory(T),
    first=start + _spared * first,
    words="E(T) + γ(1 − p)/(p(1 + p)) H(T)",
    latex=r"E(T) + \frac{\gamma (1 - p)}{p (1 + p)} H(T)",
)
H_START = given(first, memory(0), name="memory", reason="the first staleness is at most H₀")
H_NONNEGATIVE = given(memory(T), 0, name="H >= 0", reason="a mean of squared norms")
LATEST_SUM = _latest.sum(
    (
        LATEST_ROUND.instance(
            values(T + 1),
            {value: values(T), norm2(d): gradient(T), stale: memory(T)},
            name="latest_round",
        ),
        ROUND.instance(
            memory(T + 1),
            {stale: memory(T), fresh_noise: 0, norm2(move): gamma**2 * norm2(g)},
            name="memory_round",
        ),
    ),
    H_START,
    squares=(Square(form=g),),
)
LATEST = _latest.mean(
    LATEST_SUM,
    2 * start / (gamma * T) + 2 * (1 - p) * first / (p * (1 + p) * T),
    H_NONNEGATIVE,
)

SHORT = Condition(
    text="2γL <= 1",
    greater=1,
    smaller=2 * gamma * L,
    slack=calm,
    slack_value=1 / (2 * gamma * L) - 1,
)
STEADY = Condition(
    text="4γLr <= p",
    greater=p,
    smaller=4 * gamma * L * root,
    slack=room,
    slack_value=p / (4 * gamma * L * root) - 1,
)
_carried = 2 * L * gamma**2 * root**2 / p
_per_round = L * gamma**2 * (step_noise + 3 * root**2 * fresh_noise / p)
_stale = Telescope(
    name="stale_updates",
    title="Stale updates reach a small gradient, without a floor from the draw",
    setting=f"{MEMORY}; x⁺ = x − γg, g = Σ d_i h_i + Σ P_i(∇f_i(x) + ν_i − h_i), E P_i = d_i given "
    "the past, E‖Σ (P_i − d_i)u_i‖² <= r² Σ d_i‖u_i‖² for all u; the batch noises ν_i have mean 0 "
    "given the past and the draw and are independent across clients, Σ E P_i² σ_i² <= W, which "
    "epochs through shuffled data are not: the variance of g is at most r²H + W. r² is the "
    "greatest d_i(1/p_i − 1) for independent clients, (n − m)/(m(n − 1)) for m of n of equal "
    f"weight drawn uniformly.{SUMS}, H(T) is the staleness at x_T, H₀ the first; c = γ/2.",
    decrease=gamma / 2,
    added=_per_round,
    parameters=(
        CLIENT_SMOOTHNESS,
        STEP,
        LEAST_CHANCE,
        Parameter(
            name="memory_root",
            symbol=root,
            meaning="r with E‖Σ (P_i − d_i)u_i‖² <= r² Σ d_i‖u_i‖² for all u: for independent "
            "clients r² is the greatest d_i(1/p_i − 1)",
            positive=True,
            limit=True,
        ),
        FIRST,
        FRESH_NOISE,
        Parameter(
            name="batch_noise",
            symbol=step_noise,
            meaning="W, at least Σ E P_i² σ_i²: Σ d_i² σ_i²/p_i",
        ),
    ),
    conditions=(SELDOM, SHORT, STEADY),
    chart={
        p: 1 / (1 + odds),
        gamma: 1 / (2 * L * (1 + calm)),
        root: (1 + calm) / (2 * (1 + odds) * (1 + room)),
    },
    scalars=(L, gamma, p, root, step_noise, fresh_noise),
    reference=VARP_HERE,
    beside=_carried * memory(T),
    first=start + _carried * first,
    words="E(T) + (2Lγ²r²/p) H(T)",
    latex=r"E(T) + \frac{2 L \gamma^2 r^2}{p} H(T)",
)
_spread = root**2 * memory(T) + step_noise
STALE_SUM = _stale.sum(
    (
        DESCENT.instance(
            values(T + 1),
            {value: values(T), variance: _spread},
            name="nonconvex_descent",
        ),
        definition(gradient(T), norm2(d), name="the gradient", reason="g(T) is E‖∇F(x_T)‖²"),
        definition(
            norm2(move),
            norm2(gamma * (d + noise)),
            name="the move",
            reason="x⁺ − x = −γ(∇F(x) + ξ)",
        ),
        *zero_mean(noise, d),
        bounded_variance(noise, _spread),
        ROUND.instance(memory(T + 1), {stale: memory(T)}, name="memory_round"),
        H_NONNEGATIVE,
        in_range(
            "the noise",
            _per_round
            - L * gamma**2 / 2 * step_noise
            - _carried * ((1 + p / 2) * fresh_noise + (1 + 2 / p) * L**2 * gamma**2 * step_noise),
        ),
    ),
    H_START,
    squares=(Square(form=d),),
)
STALE = _stale.mean(
    STALE_SUM,
    2 * start / (gamma * T)
    + 4 * L * gamma * root**2 * first / (p * T)
    + 2 * L * gamma * (step_noise + 3 * root**2 * fresh_noise / p),
    H_NONNEGATIVE,
)
