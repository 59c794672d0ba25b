"""Pictures of runs that were made: quadratics whose steps err away from the optimum."""

from __future__ import annotations

import numpy as np

from roundlot.plot.theorems.instance import Picture, beside
from roundlot.verify.tightness import path_examples as paths
from roundlot.verify.tightness.example import L

ROUNDS = np.arange(1.0, 61.0)
SAID = "F(x) = c/2 x², the worst c up to ℓ = 5, γ = 1/ℓ, ε² = 3, steps too short by ε"


def path_step() -> Picture:
    errors = np.linspace(0.0, 6.0, 25)
    truth = np.array([paths.step_value(error) for error in errors])
    numbers = {**paths.numbers(), "squared_gradient": 2 * L * paths.VALUE}
    del numbers["squared_error"]
    return beside(
        "path_step", "squared_error", errors, truth, numbers, "F(x) = ℓ/2 x², ℓ = 5, γ = 1/ℓ"
    )


def path_rate_sum() -> Picture:
    """``c S(T)`` alone, which is below the sum with the value."""
    truth = _means() * ROUNDS * paths.STEP / 2
    instance = f"{SAID}; the dots are c S(T) alone"
    return beside("path_rate_sum", "rounds", ROUNDS, truth, paths.numbers(), instance)


def path_rate() -> Picture:
    return beside("path_rate", "rounds", ROUNDS, _means(), paths.numbers(), SAID)


def _means() -> np.ndarray:
    return np.array([paths.mean_gradient(int(rounds)) for rounds in ROUNDS])
