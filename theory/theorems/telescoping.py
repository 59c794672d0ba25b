"""From a descent in every round to the mean squared gradient: what rates without convexity share.

Where a potential ``Φ`` with ``Φ_{t+1} <= Φ_t − c‖∇F(x_t)‖² + B`` in every round is never negative,
``(1/T) Σ_{t<T} ‖∇F(x_t)‖² <= Φ_0/(cT) + B/c``. It takes two theorems: the sum by induction, and
its mean.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sympy

from roundlot.theory.proofs.domain import Condition, Domain, Parameter
from roundlot.theory.proofs.expressions import Expression
from roundlot.theory.proofs.facts import Fact, Square, at_least, definition, given, hypothesis
from roundlot.theory.proofs.steps import Step
from roundlot.theory.proofs.theorem import Claim, Theorem

T, start, mean_gradient, later = sympy.symbols("T F₀ φ u")
total, values, gradient = (sympy.Function(name) for name in ("S", "E", "g"))
START = Parameter(name="value", symbol=start, meaning="F(x_0) − F_inf")
ROUNDS = Parameter(name="rounds", symbol=T, meaning="the rounds T", whole=True)
ONCE = Condition(text="T >= 1", greater=T, smaller=1, slack=later, slack_value=T - 1)
STARTED = given(start, values(0), name="start", reason="F(x_0) − F_inf is at most F₀")
SETTING = " S(T) = Σ_{t<T} E‖∇F(x_t)‖², E(T) = E F(x_T) − F_inf"


@dataclass(frozen=True, kw_only=True, eq=False)
class Telescope:
    """What descends by ``decrease`` times the squared gradient and grows by ``added`` a round.

    ``beside`` is what is added to the value in the potential, at round ``T``; ``first`` bounds the
    potential at the start; ``scalars`` are what multipliers may depend on; ``count`` is the number
    ``T`` of rounds, or of what else is counted.
    """

    name: str
    title: str
    setting: str
    decrease: Expression
    added: Expression
    parameters: tuple[Parameter, ...]
    conditions: tuple[Condition, ...]
    chart: dict[Expression, Expression]
    scalars: tuple[Expression, ...]
    reference: str
    beside: Expression = 0
    first: Expression = start
    words: str = "E(T)"
    latex: str = "E(T)"
    count: Parameter = ROUNDS

    def sum(
        self,
        one_round: Sequence[Fact],
        *at_start: Fact,
        squares: tuple[Square, ...] = (),
        note: str = "",
    ) -> Theorem:
        """The sum over rounds, by what ``one_round`` says of round ``T``."""
        claim = Claim(
            left=self.decrease * total(T) + values(T) + self.beside,
            right=self.first + T * self.added,
            text=f"c S(T) + {self.words}",
            latex=f"c S(T) + {self.latex}",
        )
        base = Step(
            name="base, T = 0",
            scalars=self.scalars,
            shift={T: 0},
            facts=(
                STARTED,
                *at_start,
                definition(total(0), 0, name="no gradient yet", reason="S(0) is an empty sum"),
            ),
        )
        onward = Step(
            name="induction, T to T + 1",
            scalars=(*self.scalars, T),
            shift={T: T + 1},
            facts=(
                *one_round,
                definition(
                    total(T + 1),
                    total(T) + gradient(T),
                    name="one more gradient",
                    reason="S(T + 1) adds E‖∇F(x_T)‖²",
                ),
                hypothesis(claim.gap),
            ),
            squares=squares,
            note=note,
        )
        return Theorem(
            name=f"{self.name}_sum",
            title=f"{self.title}: the sum over rounds",
            setting=self.setting,
            claim=claim,
            relation="upper",
            domain=Domain(
                parameters=(*self.parameters, START, self.count),
                conditions=self.conditions,
                chart=self.chart,
            ),
            steps=(base, onward),
            reference=self.reference,
        )

    def mean(self, summed: Theorem, right: Expression, *nonnegative: Fact) -> Theorem:
        """The mean over rounds; ``nonnegative`` say that what is beside the value is."""
        assert sympy.cancel(right - (self.first / T + self.added) / self.decrease) == 0
        return Theorem(
            name=self.name,
            title=self.title,
            setting=self.setting,
            claim=Claim(
                left=mean_gradient,
                right=right,
                text="(1/T) Σ E‖∇F(x_t)‖²",
                latex=r"\frac{1}{T} \sum_{t<T} \mathbb{E}\|\nabla F(x_t)\|^2",
            ),
            relation="upper",
            domain=Domain(
                parameters=summed.domain.parameters,
                conditions=(*summed.domain.conditions, ONCE),
                chart={**self.chart, T: 1 + later},
            ),
            steps=(
                Step(
                    name="divide by cT",
                    scalars=(*self.scalars, T),
                    facts=(
                        summed.instance(summed.claim.left, {}, name=summed.name),
                        definition(
                            mean_gradient,
                            total(T) / T,
                            name="mean gradient",
                            reason="φ is the mean of E‖∇F(x_t)‖²",
                        ),
                        at_least(values(T), 0, name="F >= F_inf", reason="F_inf is a lower bound"),
                        *nonnegative,
                    ),
                ),
            ),
            reference=self.reference,
        )
