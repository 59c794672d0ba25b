"""How a learning rate goes over the rounds: warm-up, then constant, in steps, or along a cosine."""

from __future__ import annotations

import math
from dataclasses import dataclass

from roundlot.simulate.argument_checks import check_count, check_positive
from roundlot.theory import InvalidProblemError
from roundlot.theory.names import require_choice

KINDS = ("constant", "step", "cosine")


@dataclass(frozen=True, kw_only=True)
class RateSchedule:
    """The factor on a learning rate in every round.

    Attributes:
        kind: "constant"; "step": times ``factor`` after every ``period`` rounds; "cosine": from 1
            down to ``factor`` along half a cosine over ``period`` rounds, then constant.
        period: in rounds; 0 for "constant".
        factor: in (0, 1].
        warmup: rounds in which the factor rises in a line, to its full value in the next round.

    Raises:
        InvalidProblemError: an unknown kind, a value out of its range, a period without a kind that
            uses it.
    """

    kind: str = "constant"
    period: int = 0
    factor: float = 0.1
    warmup: int = 0

    def __post_init__(self) -> None:
        require_choice(self.kind, "schedule", KINDS)
        check_count(self.warmup, "warmup", 0)
        check_positive(self.factor, "factor")
        if self.factor > 1.0:
            raise InvalidProblemError(f"factor is {self.factor:g}; give a number in (0, 1]")
        if self.kind != "constant":
            check_count(self.period, f"period of the schedule {self.kind!r}", 1)
        elif self.period or self.factor != 0.1:
            raise InvalidProblemError(
                "period and factor are given, which a constant schedule does not use; choose the"
                " schedule 'step' or 'cosine', or leave them out"
            )

    def at(self, round_: int) -> float:
        """The factor of a round, counted from 0."""
        rise = min(1.0, (round_ + 1) / (self.warmup + 1))
        if self.kind == "step":
            return rise * self.factor ** (round_ // self.period)
        if self.kind == "cosine":
            fall = 0.5 * (1.0 + math.cos(math.pi * min(round_, self.period) / self.period))
            return rise * (self.factor + (1.0 - self.factor) * fall)
        return rise


CONSTANT = RateSchedule()
