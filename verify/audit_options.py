"""How an audit is to be made: which checks, how many rounds, which error rates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral, Real

from roundlot.theory import InvalidProblemError
from roundlot.verify.verdict import FALSE_ALARM, MISS, check_rate

CHECKS = ("inclusion", "weights", "aggregate", "variance", "budget", "rounds", "independence")
DISCREPANCY = 0.05
MOST_ROUNDS = 1_000_000


@dataclass(frozen=True, kw_only=True, eq=False)
class AuditOptions:
    """The arguments of `audit` that say nothing about the sampler, refused if out of range.

    Raises:
        InvalidProblemError: naming the argument.
    """

    checks: Sequence[str] = CHECKS
    rounds: int | str = "auto"
    most_rounds: int = MOST_ROUNDS
    discrepancy: float = DISCREPANCY
    false_alarm: float = FALSE_ALARM
    miss: float = MISS
    stop_early: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        names = [self.checks] if isinstance(self.checks, str) else self.checks
        unknown = [name for name in names if name not in CHECKS]
        if unknown or isinstance(self.checks, str):
            wrong = repr(unknown[0]) if unknown else f"{self.checks!r}, a text,"
            raise InvalidProblemError(
                f"check {wrong} is unknown; give some of ({', '.join(CHECKS)})"
            )
        if self.rounds != "auto":
            _at_least(self.rounds, 1, "rounds", " or 'auto'")
        _at_least(self.most_rounds, 1, "most_rounds")
        _at_least(self.seed, 0, "seed")
        if not (_is_number(self.discrepancy) and self.discrepancy > 0.0):
            raise InvalidProblemError(f"discrepancy is {self.discrepancy}; give a number above 0")
        check_rate(self.false_alarm, "false_alarm")
        check_rate(self.miss, "miss")

    @property
    def limit(self) -> int:
        """The most rounds that are drawn."""
        return int(self.most_rounds if self.rounds == "auto" else self.rounds)

    @property
    def only_variance(self) -> bool:
        """Whether no draw needs to be listed as long as the variance is known."""
        return list(self.checks) == ["variance"]


def _at_least(number: object, least: int, name: str, more: str = "") -> None:
    whole = isinstance(number, Integral) or (isinstance(number, float) and number.is_integer())
    if not whole or number < least:  # type: ignore[operator]
        raise InvalidProblemError(
            f"{name} is {number!r}; give a whole number from {least} on{more}"
        )


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and math.isfinite(value)
