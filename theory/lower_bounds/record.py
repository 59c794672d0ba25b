"""What a lower bound is: the value that one function or fleet of a theorem's class attains."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

#: A float, or a Fraction where the value is to be exact.
Number: TypeAlias = Any
Numbers: TypeAlias = Mapping[str, Number]
Scope = Literal["this method at these steps", "any step sizes fixed in advance"]
THIS_METHOD: Scope = "this method at these steps"
ANY_STEPS: Scope = "any step sizes fixed in advance"
#: Rounds that are followed one by one where steps change from round to round.
FOLLOWED = 200_000


@dataclass(frozen=True, kw_only=True)
class Attained:
    """What one instance attains of the left side of a theorem.

    Attributes:
        value: it, exactly if the numbers are fractions.
        by: the function or the fleet, in words.
        scope: what cannot be better than it: the theorem's own method, or any step
            sizes fixed in advance, which do not look at where the run is.
    """

    value: Number
    by: str
    scope: Scope = THIS_METHOD


@dataclass(frozen=True, kw_only=True)
class LowerBound:
    """A theorem's bound from above beside what an instance of its class attains.

    The least number that the theorem's bound could be lowered to, for these numbers, is between
    ``value`` and ``upper``.

    Attributes:
        theorem: its name.
        value: what is attained, to rounding.
        upper: the theorem's own bound.
        attained_by: the function or the fleet that attains ``value``, in words.
        scope: what cannot be better: this method at these steps, or any step sizes fixed in
            advance, which do not look at where the run is.
    """

    theorem: str
    value: float
    upper: float
    attained_by: str
    scope: Scope

    @property
    def gap(self) -> float:
        """``upper / value``: 1 is tight; infinite where nothing above 0 is known to be attained."""
        if self.value == self.upper:
            return 1.0
        return math.inf if self.value <= 0.0 else self.upper / self.value

    def __str__(self) -> str:
        gap = "no finite gap" if math.isinf(self.gap) else f"gap {self.gap:.4g}"
        return (
            f"{self.theorem}: at most {self.upper:.6g}, at least {self.value:.6g} ({gap}), "
            f"attained by {self.attained_by}"
        )


def greatest(*found: Attained) -> Attained:
    """The instance that attains the most; the first of equals."""
    return max(found, key=lambda one: one.value)
