"""The step size with which a theorem's bound reaches a target in the fewest rounds."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from roundlot.theory.errors import AssumptionError, InfeasibleError
from roundlot.theory.rounds_search import least_round
from roundlot.theory.theorem import Theorem

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
