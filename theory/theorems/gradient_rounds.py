"""Rounds to a small gradient without convexity, from above and from below.

Problem: decrease ``F``, L-smooth.
Method: ``x_{t+1} = x_t − γ g_t`` with ``E g_t = ∇F(x_t)``, variance at most ``σ²``, one step size
``0 < γ < 2/L``.
Guarantees: ``(1/T) Σ_{t<T} E‖∇F(x_t)‖² <= (F(x_0) − F_inf)/(γ(1 − γL/2)T) + γLσ²/(2 − γL)``. On
``F(x) = L/2 ‖x‖²`` with variance at least ``σ²`` and ``γ <= 1/L`` the sum is, with ``Q = (1 −
γL)²`` and ``E∞ = γσ²/(2(2 − γL))``, at least ``2L(T E∞ + (F(x_0) − E∞)(1 − Q^T)/(1 − Q))``:
the mean is the upper bound less ``(E∞ + Q^T (F(x_0) − E∞))/(γ(1 − γL/2)T)``, so with this function
the bound is attained up to what the last value is of the first.
Reference: Ghadimi and Lan (SIAM J. Optim. 2013); the quadratic unrolled.
"""

import sympy

from roundlot.theory.proofs.domain import Condition, Domain, Parameter
from roundlot.theory.proofs.expressions import Expression, norm2
from roundlot.theory.proofs.facts import Fact, definition, given, hypothesis
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem, Witness
from roundlot.theory.theorems.lower_rounds import QUADRATIC_STEP, noise_then
from roundlot.theory.theorems.lower_rounds import e as point
from roundlot.theory.theorems.smooth_step import DESCENT
from roundlot.theory.theorems.symbols import (
    ROUND,
    SMOOTHNESS,
    STEP,
    VARIANCE,
    L,
    a,
    d,
    gamma,
    mu,
    t,
    value,
    variance,
)
from roundlot.theory.theorems.telescoping import ROUNDS, T, Telescope, gradient, total, values
from roundlot.theory.theorems.telescoping import SETTING as SUMS
from roundlot.theory.theorems.telescoping import start as first_value

room = sympy.Symbol("s")
power = sympy.Function("Q")
SHORT = Condition(
    text="γ < 2/L",
    greater=2 / L,
    smaller=gamma,
    strict=True,
    slack=room,
    slack_value=2 / gamma - L,
)
CHART = {gamma: 2 / (L + room)}
REFERENCE = "Ghadimi and Lan (SIAM J. Optim. 2013)"

_decrease = gamma * (1 - gamma * L / 2)
_rate = Telescope(
    name="nonconvex_rate",
    title="Steps of one size reach a small gradient, up to the variance of the draw",
    setting=(
        "F is L-smooth, its values measured from a lower bound; x_{t+1} = x_t − γ g_t, E g_t = "
        f"∇F(x_t), E‖g_t − ∇F(x_t)‖² <= σ².{SUMS}; c = γ(1 − γL/2)."
    ),
    decrease=_decrease,
    added=L * gamma**2 * variance / 2,
    parameters=(SMOOTHNESS, STEP, VARIANCE),
    conditions=(SHORT,),
    chart=CHART,
    scalars=(L, gamma, variance),
    reference=REFERENCE,
)
SUM = _rate.sum(
    (
        DESCENT.instance(
            values(T + 1), {value: values(T), norm2(d): gradient(T)}, name="nonconvex_descent"
        ),
    )
)
THEOREM = _rate.mean(SUM, first_value / (_decrease * T) + gamma * L * variance / (2 - gamma * L))

SHORTER = Condition(
    text="γ <= 1/L", greater=1 / L, smaller=gamma, slack=room, slack_value=1 / gamma - L
)
LOWER_CHART = {gamma: 1 / (L + room)}
kept = (1 - gamma * L) ** 2
settled = gamma * variance / (2 * (2 - gamma * L))
SETTING = (
    "F(x) = L/2 ‖x‖², x⁺ = x − γ(Lx + ξ), E ξ = 0, E‖ξ‖² >= σ² in every round; E(t) = E F(x_t), "
    "Q(t) = ((1 − γL)²)^t"
)
LEAST_VALUE = Parameter(name="value", symbol=first_value, meaning="F(x_0) at least")
LEAST = Parameter(name="variance", symbol=variance, meaning="the least variance σ²")


def _next_power(index: Expression) -> Fact:
    return Fact(
        name="Q(t + 1) = (1 − γL)² Q(t)",
        expression=power(index + 1) - kept * power(index),
        reason="definition",
        equality=True,
    )


_FIRST_POWER = Fact(name="Q(0) = 1", expression=power(0) - 1, reason="definition", equality=True)


def _above(shrunk: Expression) -> Expression:
    """The value where that at the start has shrunk by this factor towards the floor."""
    return settled + shrunk * (first_value - settled)


def _at_least(time: Expression) -> Expression:
    return _above(power(time))


VALUE = Theorem(
    name="lower_value",
    title="On L/2 ‖x‖² steps of one size decay no faster than (1 − γL)² a round, to a floor",
    setting=f"{SETTING}.",
    claim=Claim(
        left=values(t),
        right=_at_least(t),
        text="E F(x_t)",
        latex=r"\mathbb{E} F(x_t)",
        definitions={power(t): kept**t},
        lower=True,
    ),
    relation="tight",
    domain=Domain(
        parameters=(SMOOTHNESS, STEP, LEAST, LEAST_VALUE, ROUND),
        conditions=(SHORTER,),
        chart=LOWER_CHART,
    ),
    steps=(
        Step(
            name="base, t = 0",
            scalars=(L, gamma, variance, first_value),
            shift={t: 0},
            facts=(
                given(values(0), first_value, name="start", reason="F(x_0) is at least F₀"),
                _FIRST_POWER,
            ),
        ),
        Step(
            name="induction, t to t + 1",
            scalars=(L, gamma, variance, first_value),
            shift={t: t + 1},
            facts=(
                definition(
                    values(t), L * a(t) / 2, name="value", reason="F(x) = L/2 ‖x‖², a(t) = E‖x_t‖²"
                ),
                definition(
                    values(t + 1), L * a(t + 1) / 2, name="next value", reason="the same at t + 1"
                ),
                QUADRATIC_STEP.instance(
                    a(t + 1),
                    {mu: L, variance: noise_then, norm2(point): a(t)},
                    name="one step at x_t",
                ),
                given(noise_then, variance, name="noisy", reason="the variance is at least σ²"),
                hypothesis(values(t) - _at_least(t)),
                _next_power(t),
            ),
            note="E∞ = γσ²/(2(2 − γL)) solves E = (1 − γL)²E + Lγ²σ²/2.",
        ),
    ),
    reference="theorem quadratic_step",
    witness=Witness(
        text="variance σ² exactly",
        values={
            first_value: settled + first_value,
            values(0): settled + first_value,
            power(0): sympy.Integer(1),
            values(t): _at_least(t),
            values(t + 1): _above(kept * power(t)),
            power(t + 1): kept * power(t),
            a(t): 2 * _at_least(t) / L,
            a(t + 1): 2 * _above(kept * power(t)) / L,
            noise_then: variance,
        },
    ),
)


def _sum_at_least(time: Expression) -> Expression:
    shrunk = 2 * (1 - power(time)) / (gamma * (2 - gamma * L))
    return 2 * L * time * settled + (first_value - settled) * shrunk


GRADIENT = Theorem(
    name="lower_gradient",
    title="On L/2 ‖x‖² the squared gradients of steps of one size add up to no less",
    setting=f"{SETTING}, S(T) = Σ_{{t<T}} E‖∇F(x_t)‖².",
    claim=Claim(
        left=total(T),
        right=_sum_at_least(T),
        text="Σ E‖∇F(x_t)‖²",
        latex=r"\sum_{t<T} \mathbb{E}\|\nabla F(x_t)\|^2",
        definitions={power(T): kept**T},
        lower=True,
    ),
    relation="tight",
    domain=Domain(
        parameters=(SMOOTHNESS, STEP, LEAST, LEAST_VALUE, ROUNDS),
        conditions=(SHORTER,),
        chart=LOWER_CHART,
    ),
    steps=(
        Step(
            name="base, T = 0",
            scalars=(L, gamma, variance, first_value),
            shift={T: 0},
            facts=(
                definition(total(0), 0, name="no gradient yet", reason="S(0) is an empty sum"),
                _FIRST_POWER,
            ),
        ),
        Step(
            name="induction, T to T + 1",
            scalars=(L, gamma, variance, first_value),
            shift={T: T + 1},
            facts=(
                definition(
                    total(T + 1),
                    total(T) + 2 * L * values(T),
                    name="one more gradient",
                    reason="‖∇F(x)‖² = 2L F(x) for F(x) = L/2 ‖x‖²",
                ),
                VALUE.instance(values(T), {t: T}, name="lower_value"),
                hypothesis(total(T) - _sum_at_least(T)),
                _next_power(T),
            ),
            note="(1 − Q(T + 1))/(1 − Q) = (1 − Q(T))/(1 − Q) + Q(T), 1 − Q = γL(2 − γL).",
        ),
    ),
    reference="theorem lower_value",
    witness=Witness(
        text="variance σ² exactly",
        values={
            first_value: settled + first_value,
            total(0): sympy.Integer(0),
            power(0): sympy.Integer(1),
            total(T): _sum_at_least(T),
            total(T + 1): _sum_at_least(T) + 2 * L * _at_least(T),
            power(T + 1): kept * power(T),
            values(T): _at_least(T),
        },
    ),
)
