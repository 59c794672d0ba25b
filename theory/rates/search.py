"""The least round, and the best step size, at which a theorem's bound meets a target."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from roundlot.theory.errors import AssumptionError, InfeasibleError, InvalidProblemError
from roundlot.theory.proofs.theorem import Theorem
from roundlot.theory.rates.plans import LARGEST

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


_COARSE, _FINE = 41, 21


def best_step(theorem: Theorem, target: float, **numbers: Any) -> tuple[float, int]:
    """The best found ``(step, rounds)``: step sizes from ``2/L`` down to a millionth, then nearby.

    Raises:
        InfeasibleError: no step size in the proven range reaches the target.
    """
    smoothness = float(numbers.get("smoothness") or numbers["client_smoothness"])
    low, high = -6.0, 0.0
    found: tuple[float, int] | None = None
    for count in (_COARSE, _FINE):
        grid = 2.0 / smoothness * 10 ** np.linspace(low, high, count)
        for step in grid:
            rounds = _rounds(theorem, target, {**numbers, "step": float(step)})
            if rounds is not None and (found is None or rounds < found[1]):
                found = float(step), rounds
        if found is None:
            raise InfeasibleError(
                f"no step size brings the bound of {theorem.name} to {target:g}; "
                "raise the target or the budget"
            )
        middle, width = math.log10(found[0] * smoothness / 2.0), (high - low) / count
        low, high = middle - width, min(middle + width, 0.0)
    assert found is not None
    return found


def _rounds(theorem: Theorem, target: float, numbers: dict[str, Any]) -> int | None:
    try:
        return least_round(theorem, target, **numbers)
    except (AssumptionError, InfeasibleError):
        return None
