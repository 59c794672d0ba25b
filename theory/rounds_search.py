"""The least round at which a theorem's bound meets a target."""

from __future__ import annotations

from typing import Any

from roundlot.theory.errors import AssumptionError, InfeasibleError, InvalidProblemError
from roundlot.theory.rounds_setting import LARGEST
from roundlot.theory.theorem import Theorem

COUNTERS = ("round", "rounds")


def least_round(theorem: Theorem, target: float, **numbers: Any) -> int:
    """The least number of rounds with ``theorem.evaluate(...) <= target``.

    For theorems whose bound falls round by round: those with a parameter "round" or "rounds".

    Raises:
        InvalidProblemError: a target that is not above 0.
        AssumptionError: a theorem that counts no rounds, or numbers outside its range.
        InfeasibleError: the bound never gets there: its floor is above the target, or it grows.
    """
    counter = next((p.name for p in theorem.domain.parameters if p.name in COUNTERS), None)
    if counter is None:
        raise AssumptionError(f"theorem {theorem.name} counts no rounds, so it meets no target")
    if not target > 0:
        raise InvalidProblemError(f"target is {target:g}; it must be above 0")

    def bound(rounds: int) -> float:
        return float(theorem.evaluate(**numbers, **{counter: rounds}))

    def met(rounds: int) -> bool:
        return bound(rounds) <= target

    low, high = 0, 1
    if counter == "round" and met(0):
        return 0
    if bound(LARGEST) > bound(1):
        raise InfeasibleError(
            f"the bound of {theorem.name} grows with {counter}, so no number of them is enough"
        )
    while not met(high):
        low, high = high, 2 * high
        if high > LARGEST:
            raise InfeasibleError(
                f"the bound of {theorem.name} stays above {target:g}; "
                "raise the target or the budget"
            )
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if met(middle) else (middle, high)
    return high
