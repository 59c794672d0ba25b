"""What a run that was made promises, from what was measured on its own steps.

Problem: decrease ``F``, of which nothing is assumed but on the path of one run.
Method: any; its rounds ``x⁺ = x − γ(∇F(x) + ξ)`` define the error ``ξ`` of each, whatever made it:
the draw, mini-batches, local steps or a bias.
Guarantees: where ``F(x⁺) <= F(x) + ⟨∇F(x), x⁺ − x⟩ + ℓ/2 ‖x⁺ − x‖²`` on the steps made, which
values and gradients at both ends show, and ``0 < γ <= 1/ℓ``,
``F(x⁺) <= F(x) − γ/2 ‖∇F(x)‖² + γ/2 ‖ξ‖²``; so with ``‖ξ‖² <= E`` in every round
``(1/T) Σ_{t<T} ‖∇F(x_t)‖² <= 2(F(x_0) − F_inf)/(γT) + E``, and ``F_inf`` need be below the values
of the run alone.
Reference: the descent inequality; compare Ajalloeian and Stich (2020), biased gradients.
"""

import sympy

from roundlot.theory.proofs.domain import Condition, Domain, Parameter
from roundlot.theory.proofs.expressions import norm2
from roundlot.theory.proofs.facts import Square, bounded, descent
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem
from roundlot.theory.theorems.symbols import (
    GRADIENT,
    STEP,
    VALUE,
    L,
    d,
    gamma,
    new_value,
    noise,
    value,
)
from roundlot.theory.theorems.telescoping import SETTING as SUMS
from roundlot.theory.theorems.telescoping import T, Telescope, gradient, values
from roundlot.theory.theorems.telescoping import start as first_value

error, room = sympy.symbols("ε² s")
ERROR = Parameter(
    name="squared_error", symbol=error, meaning="ε², at least ‖ξ‖² of every step that was made"
)
BENT = Parameter(
    name="step_smoothness",
    symbol=L,
    meaning="ℓ, at least that of every step that was made",
    positive=True,
)
SHORT = Condition(
    text="γ <= 1/ℓ", greater=1 / L, smaller=gamma, slack=room, slack_value=1 / gamma - L
)
CHART = {gamma: 1 / (L + room)}
MADE = "measured on the step that was made; nothing is assumed elsewhere"
REFERENCE = "Ajalloeian and Stich (2020), of biased gradients"
_SETTING = (
    "A run that was made: x⁺ = x − γ(∇F(x) + ξ), whatever made the error ξ, ‖ξ‖² <= ε²; values are "
    "measured from one below all of the run, and on its steps F(x⁺) <= F(x) + ⟨∇F(x), x⁺ − x⟩ + "
    "ℓ/2 ‖x⁺ − x‖²."
)

PATH_STEP = Theorem(
    name="path_step",
    title="A step that was made decreases the value, up to its error",
    setting=_SETTING,
    claim=Claim(
        left=new_value,
        right=value - gamma / 2 * norm2(d) + gamma / 2 * error,
        text="F(x⁺)",
        latex=r"F(x^{+})",
    ),
    relation="upper",
    domain=Domain(
        parameters=(BENT, STEP, ERROR, VALUE, GRADIENT), conditions=(SHORT,), chart=CHART
    ),
    steps=(
        Step(
            name="one step",
            scalars=(L, gamma),
            facts=(
                descent(value, d, -gamma * (d + noise), new_value, L=L, reason=MADE),
                bounded(noise, error, name="error", reason="the largest over the steps"),
            ),
            squares=(Square(form=d + noise),),
        ),
    ),
    reference=REFERENCE,
)

_rate = Telescope(
    name="path_rate",
    title="A run that was made has small gradients, up to the error of its steps",
    setting=f"{_SETTING}{SUMS}; c = γ/2.",
    decrease=gamma / 2,
    added=gamma / 2 * error,
    parameters=(BENT, STEP, ERROR),
    conditions=(SHORT,),
    chart=CHART,
    scalars=(L, gamma, error),
    reference=REFERENCE,
)
PATH_SUM = _rate.sum(
    (
        PATH_STEP.instance(
            values(T + 1), {value: values(T), norm2(d): gradient(T)}, name="path_step"
        ),
    )
)
PATH_RATE = _rate.mean(PATH_SUM, 2 * first_value / (gamma * T) + error)
