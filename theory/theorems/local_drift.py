"""How far clients drift apart between two averagings.

Problem: clients start equal and take at most ``K − 1`` local steps before the next one; gradients
have second moments at most ``G²``; the step size at most halves between two averagings.
Guarantee: ``E Σ_k d_k ‖w_k − w̄‖² <= 4γ² (K − 1)² G²`` with the present step size ``γ``. Step
sizes ``c/(g + t)`` with ``g >= K`` halve at most: theorem halved_steps.
Reference: Li, Huang, Yang, Wang, Zhang (ICLR 2020), lemma 3.
"""

import sympy

from roundlot.theory.proofs.domain import Condition, Domain, Parameter
from roundlot.theory.proofs.expressions import Expression, norm2, vectors
from roundlot.theory.proofs.facts import Fact, definition, given, in_range
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem
from roundlot.theory.theorems.centred import THEOREM as CENTRED
from roundlot.theory.theorems.centred import whole
from roundlot.theory.theorems.mean_of_updates import MOST, mean, most, n
from roundlot.theory.theorems.mean_of_updates import THEOREM as MEAN
from roundlot.theory.theorems.symbols import STEP, gamma

steps, scale, offset, since, done = sympy.symbols("K c g t₀ j")
room, wait, others = sympy.symbols("s k ω")
(apart,) = vectors("δ")
first = sympy.Symbol("γ₀")
moved = sympy.Symbol("M")

LOCAL = Parameter(
    name="local_steps", symbol=steps, meaning="the local steps K", positive=True, whole=True
)
AT_LEAST_ONE = Condition(
    text="K >= 1", greater=steps, smaller=1, slack=others, slack_value=steps - 1
)


def moved_by(most_step: Expression, count: Expression, moment: Expression) -> Fact:
    """``count`` local steps with step sizes of at most ``most_step``, from equal clients."""
    return definition(
        moment,
        most_step**2 * count**2 * mean(count),
        name="local steps",
        reason=f"γ₀ {count} times the mean of {count} gradients, each shortened by γ_t/γ₀ <= 1",
    )


def _drift(
    name: str,
    title: str,
    setting: str,
    right: Expression,
    present: Parameter,
    facts: tuple[Fact, ...],
) -> Theorem:
    return Theorem(
        name=name,
        title=title,
        setting=setting,
        claim=Claim(
            left=norm2(apart),
            right=right,
            text="E Σ d_k‖w_k − w̄‖²",
            latex=r"\mathbb{E} \sum_k d_k \|w_k - \bar w\|^2",
        ),
        relation="upper",
        domain=Domain(
            parameters=(present, LOCAL, MOST),
            conditions=(AT_LEAST_ONE,),
            chart={steps: 1 + others},
        ),
        steps=(
            Step(
                name="near the mean because near the start",
                scalars=(gamma, first, steps, most),
                facts=facts,
            ),
        ),
        reference="Li et al. (ICLR 2020), lemma 3",
    )


SINCE_AVERAGING = _drift(
    "drift_since_averaging",
    "The drift of clients, from the largest step since they were averaged",
    "Clients were equal at w₀ and have taken at most K − 1 local steps of at most γ₀; "
    "E‖gradient‖² <= G²; δ = w_k − w̄, M = E Σ d_k‖w_k − w₀‖².",
    first**2 * (steps - 1) ** 2 * most,
    Parameter(name="step", symbol=first, meaning="the largest step size γ₀", positive=True),
    (
        CENTRED.instance(norm2(apart), {norm2(whole): moved}, name="centred"),
        moved_by(first, steps - 1, moved),
        MEAN.instance(mean(steps - 1), {n: steps - 1}, name="mean_of_updates"),
    ),
)
THEOREM = _drift(
    "local_drift",
    "The drift of clients between two averagings",
    "Clients were equal at w₀ and have taken at most K − 1 local steps of at most γ₀ <= 2γ; γ is "
    "the present step size; E‖gradient‖² <= G²; δ = w_k − w̄.",
    4 * gamma**2 * (steps - 1) ** 2 * most,
    STEP,
    (
        SINCE_AVERAGING.instance(norm2(apart), {}, name="drift_since_averaging"),
        given(
            4 * gamma**2,
            first**2,
            name="steps at most halve",
            reason="γ₀ <= 2γ since the last averaging; theorem halved_steps for c/(g + t), g >= K",
        ),
    ),
)

_now = scale / (offset + since + done)
HALVED = Theorem(
    name="halved_steps",
    title="Step sizes c/(g + t) at most halve within fewer than g rounds",
    setting="γ_t = c/(g + t); j rounds after t₀, with j <= K − 1 and K <= g.",
    claim=Claim(
        left=scale / (offset + since),
        right=2 * _now,
        text="γ_{t₀}",
        latex=r"\gamma_{t_0}",
    ),
    relation="upper",
    domain=Domain(
        parameters=(
            Parameter(name="scale", symbol=scale, meaning="the scale c", positive=True),
            Parameter(name="offset", symbol=offset, meaning="the offset g", positive=True),
            Parameter(name="since", symbol=since, meaning="the round t₀", whole=True),
            Parameter(name="done", symbol=done, meaning="the rounds j since then", whole=True),
            LOCAL,
        ),
        conditions=(
            Condition(
                text="j <= K − 1",
                greater=steps - 1,
                smaller=done,
                slack=room,
                slack_value=steps - 1 - done,
            ),
            Condition(
                text="g >= K",
                greater=offset,
                smaller=steps,
                slack=wait,
                slack_value=offset - steps,
            ),
        ),
        chart={steps: 1 + done + room, offset: 1 + done + room + wait},
    ),
    steps=(
        Step(
            name="put over one denominator",
            scalars=(scale, offset, since, done),
            facts=(in_range("g + t₀ >= j", scale * (offset + since - done)),),
        ),
    ),
    reference="Li et al. (ICLR 2020), lemma 3",
)
