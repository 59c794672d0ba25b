"""Decay by one factor a round to a floor: the induction behind every constant step.

Where ``a_{t+1} <= q a_t + (1 − q) A`` in every round, ``a_t <= A + q^t (a_0 − A)``; in proofs a
sequence ``Q(t)`` stands for ``q^t``.
"""

from dataclasses import dataclass

import sympy

from roundlot.theory.proofs.expressions import Expression
from roundlot.theory.proofs.facts import Fact, hypothesis
from roundlot.theory.proofs.steps import Step
from roundlot.theory.theorems.symbols import STARTED, a, start, t

Q = sympy.Function("Q")


@dataclass(frozen=True, kw_only=True, eq=False)
class Decay:
    """``factor`` is ``q``, whose words are ``text``; ``floor`` is ``A``."""

    factor: Expression
    floor: Expression
    text: str

    def bound(self, time: Expression) -> Expression:
        """``A + Q(time) (a_0 − A)``."""
        return self.floor + Q(time) * (start - self.floor)

    @property
    def power(self) -> dict[Expression, Expression]:
        """``Q(t)`` by its definition."""
        return {Q(t): self.factor**t}

    def steps(
        self, *one_round: Fact, scalars: tuple[Expression, ...], note: str
    ) -> tuple[Step, ...]:
        """The base and the induction, by what ``one_round`` says of ``a_{t+1}`` and ``a_t``."""
        first = _power("Q(0) = 1", Q(0) - 1)
        next_power = _power(f"Q(t + 1) = {self.text} Q(t)", Q(t + 1) - self.factor * Q(t))
        return (
            Step(name="base, t = 0", scalars=scalars, shift={t: 0}, facts=(STARTED, first)),
            Step(
                name="induction, t to t + 1",
                scalars=scalars,
                shift={t: t + 1},
                facts=(*one_round, hypothesis(self.bound(t) - a(t)), next_power),
                note=note,
            ),
        )

    def attained(self) -> dict[Expression, Expression]:
        """The values in an instance that attains the bound in every round, from ``a_0`` on."""
        return {
            Q(0): sympy.Integer(1),
            a(t): self.bound(t),
            a(t + 1): self.floor + self.factor * Q(t) * (start - self.floor),
            Q(t + 1): self.factor * Q(t),
        }


def _power(name: str, difference: Expression) -> Fact:
    return Fact(name=name, expression=difference, reason="definition", equality=True)
