"""A number that is known up to an interval, how sure that is, and what must be true for it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from roundlot.theory.errors import InvalidProblemError

#: Between two conditions on one line.
AND = "; and "


@dataclass(frozen=True, kw_only=True)
class ConfidenceInterval:
    """``low <= estimate <= high`` at a confidence: how often such an interval covers the truth.

    Attributes:
        low, high: the ends; ``high`` is infinite where nothing bounds the number from above.
        estimate: the best guess between them.
        confidence: from 0 to 1; 1 for what is computed and not estimated.
        condition: what must be true, in words, for the interval to be about the constant that a
            theorem asks for, such as a smoothness that holds beyond the points that were visited;
            empty where nothing else must be true.
    """

    low: float
    estimate: float
    high: float
    confidence: float
    condition: str = ""

    @classmethod
    def exact(cls, number: float, *, condition: str = "") -> ConfidenceInterval:
        """A number that is known."""
        value = float(number)
        return cls(low=value, estimate=value, high=value, confidence=1.0, condition=condition)

    @property
    def is_conditional(self) -> bool:
        """Whether the interval says nothing unless its condition is true."""
        return bool(self.condition)

    def scaled(self, factor: float) -> ConfidenceInterval:
        """The interval of ``factor >= 0`` times the quantity."""
        if not 0.0 <= factor < math.inf:
            raise InvalidProblemError(f"factor is {factor:g}; it must be finite and at least 0")
        return ConfidenceInterval(
            low=factor * self.low,
            estimate=factor * self.estimate,
            high=factor * self.high if factor else 0.0,
            confidence=self.confidence,
            condition=self.condition,
        )

    def __add__(self, other: ConfidenceInterval) -> ConfidenceInterval:
        """The interval of a sum, with the confidence that Bonferroni leaves."""
        return ConfidenceInterval(
            low=self.low + other.low,
            estimate=self.estimate + other.estimate,
            high=self.high + other.high,
            confidence=joint_confidence((self, other)),
            condition=joint_condition((self, other)),
        )

    def __str__(self) -> str:
        share = f"{100.0 * self.confidence:.4g}%"
        return f"{self.estimate:.4g} ({self.low:.4g} to {self.high:.4g}, {share})"


def joint_confidence(parts: Iterable[ConfidenceInterval]) -> float:
    """How often all intervals cover at once, at least: what Bonferroni leaves.

    Raises:
        InvalidProblemError: nothing is left, or a confidence that is none.
    """
    shares = [part.confidence for part in parts]
    for share in shares:
        if not 0.0 < share <= 1.0:
            raise InvalidProblemError(
                f"the confidence of an interval is {share:g}; give a number above 0, at most 1"
            )
    left = 1.0 - math.fsum(1.0 - share for share in shares)
    if left <= 0.0:
        raise InvalidProblemError("the intervals together leave no confidence; make each surer")
    return left


def joint_condition(parts: Iterable[ConfidenceInterval], also: str = "") -> str:
    """All conditions, each once, those of ``also`` first."""
    said = [also, *(part.condition for part in parts)]
    return AND.join(dict.fromkeys(text for one in said for text in one.split(AND) if text))
