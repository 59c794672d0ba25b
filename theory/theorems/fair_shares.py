"""FedFairMMFL: several models share clients, those that are behind get more; a rate for each.

Problem: every model ``s`` of ``S`` has its own ``F_s = Σ_i d_i f_{i,s}``, ``f_{i,s}`` L-smooth, as
theorem fedavg_weights asks.
Method: in every round each client is active with chance ``q``, independently, and then trains one
model, ``s`` with chance ``P_s = f_s^(α−1)/Σ_t f_t^(α−1)`` by the losses before the round: ``α = 1``
is uniform, larger ``α`` favours models of larger loss. A client that is drawn has the weight
``d_i/(qP_s)``, so that every model's step is unbiased; ``K`` local steps as in theorem
fedavg_weights.
Guarantee: where ``(f_t/f_s)^(α−1) <= R`` for the other models in all rounds, ``1/P_s <= 1 + (S −
1)R``, so the weights of model ``s`` have ``κ = D((1 + (S − 1)R)/q − 1)``, ``D`` the largest
``d_i``, and ``18γLκ <= 1`` gives the rate of theorem fedavg_weights with this ``κ``. The ratio has
to be assumed: for ``α > 1`` the share of a model whose loss goes to 0 while another's does not goes
to 0, and with it every number of rounds. ``α = 1`` has ``R = 1``.
Reference: Siew et al., arXiv 2404.13841, the method. The rate here is our own: the draw's known
chances take part in the weights, nothing is assumed on bounded gradients or convexity, and what
the allocation needs, a bound on the ratio of losses, is said.
"""

import sympy

from roundlot.theory.proofs.domain import Condition, Domain, Parameter
from roundlot.theory.proofs.facts import definition, given
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem, Witness
from roundlot.theory.theorems.fedavg import LOAD, WEIGHTS, load, steady
from roundlot.theory.theorems.symbols import L, gamma
from roundlot.theory.theorems.telescoping import mean_gradient

largest, idle, others, ratio = sympy.symbols("D c n R")
inverse, relative = sympy.symbols("X O")

LARGEST = Parameter(
    name="largest_weight", symbol=largest, meaning="the largest weight D of a client", positive=True
)
IDLE = Parameter(
    name="idle_odds",
    symbol=idle,
    meaning="the odds c = 1/q − 1 that a client is idle, q the chance that it is active",
    positive=True,
    limit=True,
)
OTHERS = Parameter(
    name="other_models", symbol=others, meaning="the number n = S − 1 of other models", whole=True
)
RATIO = Parameter(
    name="loss_ratio",
    symbol=ratio,
    meaning="R, at least (f_t/f_s)^(α−1) for every other model t in every round",
)
SETTING = (
    "S models; every client is active with chance q, independently, and then trains model s with "
    "chance P_s = f_s^(α−1)/Σ_t f_t^(α−1), by losses before the round; a client that trains it "
    "has the weight d_i/(qP_s); D is the largest d_i, c = 1/q − 1, n = S − 1"
)
spread = largest * (idle + others * ratio * (1 + idle))

DRAW = Theorem(
    name="fair_draw",
    title="What a draw in favour of models of large loss adds to a model's weights",
    setting=f"{SETTING}. X = 1/P_s, O = Σ_t (f_t/f_s)^(α−1) over the other models.",
    claim=Claim(
        left=largest * (inverse * (1 + idle) - 1),
        right=spread,
        text="max_i d_i(1/(qP_s) − 1)",
        latex=r"\max_i d_i \left(\frac{1}{q P_s} - 1\right)",
    ),
    relation="tight",
    domain=Domain(
        parameters=(LARGEST, IDLE, OTHERS, RATIO),
    ),
    steps=(
        Step(
            name="the share",
            scalars=(largest, idle, others, ratio),
            facts=(
                definition(
                    inverse, 1 + relative, name="the share", reason="Σ_t f_t^(α−1) over f_s^(α−1)"
                ),
                given(
                    others * ratio,
                    relative,
                    name="losses",
                    reason="none of the n others is above R",
                ),
            ),
        ),
    ),
    reference="the method of Siew et al., arXiv 2404.13841",
    witness=Witness(
        text="all other models at the ratio R",
        values={relative: others * ratio, inverse: 1 + others * ratio},
    ),
)

STEADY = Condition(
    text="18γLκ <= 1, κ = D(c + nR(1 + c))",
    greater=1,
    smaller=18 * gamma * L * spread,
    slack=steady,
    slack_value=1 / (18 * gamma * L * spread) - 1,
)
_chart = WEIGHTS.domain.chart

THEOREM = Theorem(
    name="fair_rounds",
    title="Under α-fair draws every model reaches a small gradient, while no loss is far behind",
    setting=f"{SETTING}. For this model: {WEIGHTS.setting}",
    claim=Claim(
        left=mean_gradient,
        right=WEIGHTS.claim.right.subs(load, spread),
        text="(1/T) Σ E‖∇F_s(x_t)‖²",
        latex=r"\frac{1}{T} \sum_{t<T} \mathbb{E}\|\nabla F_s(x_t)\|^2",
    ),
    relation="upper",
    domain=Domain(
        parameters=(
            *(p for p in WEIGHTS.domain.parameters if p is not LOAD),
            LARGEST,
            IDLE,
            OTHERS,
            RATIO,
        ),
        conditions=(*(c for c in WEIGHTS.domain.conditions if c.slack != steady), STEADY),
        chart={
            **{k: v for k, v in _chart.items() if k != load},
            largest: _chart[load] * largest / spread,
        },
    ),
    steps=(
        Step(
            name="the weights of the draw",
            scalars=(),
            facts=(WEIGHTS.instance(mean_gradient, {load: spread}, name="fedavg_weights"),),
            note="By theorem fair_draw no round's κ_t is above κ.",
        ),
    ),
    reference="theorems fair_draw and fedavg_weights; the method of Siew et al., arXiv 2404.13841",
)
