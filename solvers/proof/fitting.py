"""The last ulp: probabilities whose exact sums stay within the budget."""

from __future__ import annotations

import numpy as np

from roundlot.theory import ConvergenceError
from roundlot.theory.arrays import BoolArray, FloatArray

ATTEMPTS = 200
NEGLIGIBLE = 1e-12


def fit_total(
    probabilities: FloatArray, floor: FloatArray | float, budget: float, held: BoolArray
) -> FloatArray:
    """Shrinks ``(V, S)`` probabilities, in place, until their exact sum is at most the budget.

    By a relative few ulp, never below the floor; processors that are ``held`` at their caps are
    left alone where the others have room.
    """
    from roundlot.solvers.kernels.sums import UNIT, excess, wide_faithful_sum

    push = 2.0 * UNIT
    for _ in range(ATTEMPTS):
        over = excess(*wide_faithful_sum(probabilities.reshape(-1)), budget)
        if over <= 0.0:
            return probabilities
        room = float(np.sum(probabilities - floor, where=~held[:, None]))
        if over > NEGLIGIBLE * room:
            held, room = np.zeros_like(held), float(np.sum(probabilities - floor))
        cut = min(1.0, over / room + push) if room > 0.0 else 1.0
        push *= 2.0
        lowered = np.maximum(floor, probabilities - (probabilities - floor) * cut)
        np.copyto(probabilities, lowered, where=~held[:, None])
    raise ConvergenceError(
        f"probabilities could not be brought below the budget {budget:g}; raise it by one ulp"
    )
