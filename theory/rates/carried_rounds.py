"""Rounds to a target from numbers that are known up to intervals."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any

from roundlot.theory.errors import InfeasibleError
from roundlot.theory.intervals import ConfidenceInterval
from roundlot.theory.rates.rounds import first_count, required_counter

if TYPE_CHECKING:
    from roundlot.theory.proofs.theorem import Theorem, Told


def rounds_between(
    theorem: Theorem, target: float, constants: Told | None = None, **numbers: Any
) -> ConfidenceInterval:
    """The least rounds with a bound of at most ``target``, as an interval.

    After any number of rounds the bound of the true numbers is between the ends of
    ``theorem.bound``. So the upper end meets the target no sooner than the bound itself, and the
    lower end no later.

    Args:
        theorem: one that counts rounds.
        target: of its left side, above 0.
        constants: what was measured.
        numbers: others, by name; each a number or an ``ConfidenceInterval``.

    Returns:
        Whole numbers; ``high`` is infinite where the upper end never meets the target.

    Raises:
        InvalidProblemError: a target that is not above 0.
        AssumptionError: a theorem that counts no rounds; numbers as in ``theorem.bound``.
        InfeasibleError: not even the lower end meets it.
    """
    counter = required_counter(theorem, target)

    @cache
    def bound(rounds: int) -> ConfidenceInterval:
        return theorem.bound(constants, **{**numbers, counter: rounds})

    def rounds(end: str) -> float:
        def at(count: int) -> float:
            return float(getattr(bound(count), end))

        try:
            return float(first_count(at, target, name=theorem.name, counter=counter))
        except InfeasibleError:
            if end == "low":
                raise
            return math.inf

    low = rounds("low")
    known = bound(1)
    return ConfidenceInterval(
        low=low,
        estimate=rounds("estimate"),
        high=rounds("high"),
        confidence=known.confidence,
        condition=known.condition,
    )
