"""K local steps between two averagings, with any sampling by independent processors.

Problem: minimise ``F = Σ_i d_i f_i``; every ``f_i`` is L-smooth and μ-strongly convex, batch noise
at most ``σ_i²``, second moments of gradients along the trajectory at most ``G²``, ``Γ = F* − Σ d_i
f_i*``. With many models, one statement for each; they meet only in the design that gives each its
``Var H_s``.
Method: ``γ_t = 2/(μ(g + t))``, ``g >= K``, ``gμ >= 4L``. Every ``K`` steps whoever was drawn sends
the difference of its model, and the server adds ``Σ_v P_v (difference)``, ``E Σ_b P_(i,b) = d_i``;
the probabilities are fixed before these ``K`` steps.
Guarantee: ``E‖w_t − w*‖² <= (g a_0 + 4B/μ²)/(g + t)``, hence ``E F(w_t) − F* <= L/2`` times that,
with ``B = Σ d_i² σ_i² + 6LΓ + 8(K − 1)²G² + 4K²G² max Var H``. The one part that the design moves
is the last.
Reference: Li, Huang, Yang, Wang, Zhang (ICLR 2020), theorems 2 and 3, there for two schemes of
drawing clients and ``gμ >= 8L``; here for every ``Var H``.
"""

import sympy

from roundlot.theory.proofs.domain import Condition, Domain, Parameter
from roundlot.theory.proofs.expressions import norm2, vectors
from roundlot.theory.proofs.facts import (
    definition,
    descent,
    hypothesis,
    in_range,
    shown_above,
    zero_mean,
)
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem
from roundlot.theory.theorems.independent_processors import n as processors
from roundlot.theory.theorems.local_drift import (
    AT_LEAST_ONE,
    HALVED,
    LOCAL,
    SINCE_AVERAGING,
    done,
    first,
    moved_by,
    offset,
    scale,
    since,
    steps,
)
from roundlot.theory.theorems.local_step import CLIENT_NOISE, drift, e
from roundlot.theory.theorems.local_step import THEOREM as LOCAL_STEP
from roundlot.theory.theorems.mean_of_updates import MOST, mean, most, n
from roundlot.theory.theorems.mean_of_updates import THEOREM as MEAN
from roundlot.theory.theorems.partial_participation import PARTICIPATION_VARIANCE, weight_variance
from roundlot.theory.theorems.sampled_average import THEOREM as SAMPLED_AVERAGE
from roundlot.theory.theorems.sampled_average import most as most_update
from roundlot.theory.theorems.sampled_average import weights
from roundlot.theory.theorems.symbols import (
    CLIENT_SMOOTHNESS,
    CONVEXITY,
    HETEROGENEITY,
    INITIAL,
    ORDERED,
    ORIGIN,
    ROUND,
    STARTED,
    L,
    a,
    extra,
    gamma,
    mu,
    start,
    t,
)
from roundlot.theory.theorems.symbols import batch_noise as noise
from roundlot.theory.theorems.symbols import heterogeneity as spread

room, ago, left = sympy.symbols("s u v")
before, sampled, moved, value = sympy.symbols("V̄ Y x F")
all_of, drawn = vectors("v", "w − v")
step = 2 / (mu * (t + offset))
before_that = 2 / (mu * (t - done + offset))  # the first step after the averaging
parts = noise + 6 * L * spread + 8 * (steps - 1) ** 2 * most + 4 * steps**2 * most * weight_variance
top = offset * start + 4 * parts / mu**2
recursion = (1 - mu * step) * a(t) + step**2 * parts - a(t + 1)
SCALARS = (L, mu, offset, t, steps, weight_variance, most)

OFFSET = Parameter(name="offset", symbol=offset, meaning="the offset g", positive=True)
SHORT = Condition(
    text="gμ >= 4L",
    greater=offset * mu,
    smaller=4 * L,
    slack=room,
    slack_value=offset - 4 * L / mu,
)
DONE = Parameter(
    name="done", symbol=done, meaning="the steps j since the averaging", whole=True, inner=True
)
SINCE = Condition(text="j <= t", greater=t, smaller=done, slack=ago, slack_value=t - done)
WITHIN = Condition(
    text="j <= K − 1", greater=steps - 1, smaller=done, slack=left, slack_value=steps - 1 - done
)
OFTEN = Condition(text="g >= K", greater=offset, smaller=steps)
DOMAIN = Domain(
    parameters=(
        CLIENT_SMOOTHNESS,
        CONVEXITY,
        OFFSET,
        LOCAL,
        INITIAL,
        CLIENT_NOISE,
        HETEROGENEITY,
        MOST,
        PARTICIPATION_VARIANCE,
        ROUND,
        DONE,
    ),
    conditions=(ORDERED, SHORT, OFTEN, AT_LEAST_ONE, SINCE, WITHIN),
    chart={
        L: mu + extra,
        steps: 1 + done + left,
        t: done + ago,
        offset: 4 * (mu + extra) / mu + room,
    },
)
SETTING = (
    "F = Σ d_i f_i, every f_i is L-smooth and μ-strongly convex; K local steps with "
    "γ_t = 2/(μ(g + t)) between two averagings; independent processors with E H = 1, their "
    "probabilities fixed before the local steps that they sample; w_t is the mean of the clients' "
    "models before, and the server's model after averaging; a_t = E‖w_t − w*‖², V̄ the same for "
    "the mean of all clients, Y = E‖w_{t+1} − v_{t+1}‖² what the draw adds, 0 without averaging; "
    "j <= K − 1 steps since the last averaging, whose step size was γ_{t−j}."
)

RECURSION = Step(
    name="recursion",
    scalars=(*SCALARS, done),
    goal=recursion,
    facts=(
        LOCAL_STEP.instance(before, {gamma: step, norm2(e): a(t)}, name="one local step of all"),
        SINCE_AVERAGING.instance(drift, {first: before_that}, name="drift_since_averaging"),
        definition(before, norm2(all_of), name="all", reason="V̄ is E‖v_{t+1} − w*‖²"),
        definition(sampled, norm2(drawn), name="the draw", reason="Y is E‖w_{t+1} − v_{t+1}‖²"),
        definition(
            a(t + 1),
            norm2(all_of + drawn),
            name="next distance",
            reason="w_{t+1} − w* is the sum of both",
        ),
        *zero_mean(drawn, all_of),
        SAMPLED_AVERAGE.instance(
            sampled,
            {most_update: moved, weights(processors): weight_variance},
            name="sampled_average",
        ),
        moved_by(before_that, steps, moved),
        MEAN.instance(mean(steps), {n: steps}, name="mean_of_updates"),
        HALVED.instance(
            before_that, {scale: 2 / mu, offset: offset, since: t - done}, name="halved_steps"
        ),
    ),
    given={
        "halved_steps": (2 * step + before_that)
        * most
        * (2 * (steps - 1) ** 2 + weight_variance * steps**2)
    },
    note="On the rounds without averaging Y = 0, which is below the bound too.",
)

THEOREM = Theorem(
    name="local_steps",
    title="K local steps and arbitrary sampling reach the minimiser at rate 1/t",
    setting=SETTING,
    claim=Claim(
        left=a(t),
        right=top / (t + offset),
        text="E‖w_t − w*‖²",
        latex=r"\mathbb{E}\|w_t - w^{\star}\|^2",
    ),
    relation="upper",
    domain=DOMAIN,
    steps=(
        RECURSION,
        Step(
            name="base, t = 0",
            scalars=(*SCALARS, noise, spread),
            shift={t: 0},
            facts=(
                STARTED,
                in_range("4B/(μ²g) >= 0", 4 * parts / mu**2 / offset),
            ),
        ),
        Step(
            name="induction, t to t + 1",
            scalars=(*SCALARS, noise, spread, start),
            shift={t: t + 1},
            facts=(
                shown_above("recursion", recursion),
                hypothesis(top / (t + offset) - a(t)),
                in_range("C/(n²(n + 1)) >= 0", top / ((t + offset) ** 2 * (t + offset + 1))),
                in_range("g a₀/n² >= 0", offset * start / (t + offset) ** 2),
            ),
            given={"C/(n²(n + 1)) >= 0": 1, "g a₀/n² >= 0": 1},
            note="With n = g + t and C = g a₀ + 4B/μ²: 1/(n + 1) = 1/n − 1/n² + 1/(n²(n + 1)).",
        ),
    ),
    reference="Li et al. (ICLR 2020), theorems 2 and 3",
)

VALUES = Theorem(
    name="local_steps_value",
    title="K local steps and arbitrary sampling: the excess value",
    setting=SETTING + " F is the excess value E F(w_t) − F*.",
    claim=Claim(
        left=value,
        right=L / 2 * top / (t + offset),
        text="E F(w_t) − F*",
        latex=r"\mathbb{E} F(w_t) - F^{\star}",
    ),
    relation="upper",
    domain=DOMAIN,
    steps=(
        Step(
            name="smoothness at the minimiser",
            scalars=(L,),
            facts=(
                descent(0, ORIGIN, e, value, L=L, reason="F is L-smooth, and its gradient 0 at w*"),
                definition(a(t), norm2(e), name="distance", reason="a_t is E‖w_t − w*‖²"),
                THEOREM.instance(a(t), {}, name="local_steps"),
            ),
        ),
    ),
    reference="Li et al. (ICLR 2020), theorems 2 and 3",
)
