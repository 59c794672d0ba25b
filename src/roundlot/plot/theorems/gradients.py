"""Pictures of rounds to a small gradient, from above and from below: L/2 ‖x‖² with noise."""

from __future__ import annotations

import numpy as np

from roundlot.plot.theorems.instance import Picture, beside
from roundlot.verify.tightness import gradient_examples as gradients
from roundlot.verify.tightness.example import L

ROUNDS = np.arange(1.0, 61.0)
SAID = "F(x) = L/2 ‖x‖², L = 5, γ = 0.1, σ² = 3"


def nonconvex_rate_sum() -> Picture:
    """``c S(T)`` alone, which is below the sum with the value."""
    decrease = gradients.STEP * (1 - gradients.STEP * L / 2)
    truth = decrease * np.cumsum(gradients.squared_gradients(L, len(ROUNDS)))
    instance = f"{SAID}; the dots are c S(T) alone"
    return beside("nonconvex_rate_sum", "rounds", ROUNDS, truth, gradients.numbers(), instance)


def nonconvex_rate() -> Picture:
    truth = np.cumsum(gradients.squared_gradients(L, len(ROUNDS))) / ROUNDS
    return beside("nonconvex_rate", "rounds", ROUNDS, truth, gradients.numbers(), SAID)


def lower_value() -> Picture:
    rounds = np.arange(0.0, 21.0)
    truth = gradients.excess(L, 20)
    return beside("lower_value", "round", rounds, truth, gradients.numbers(), SAID)


def lower_gradient() -> Picture:
    truth = np.cumsum(gradients.squared_gradients(L, len(ROUNDS)))
    return beside("lower_gradient", "rounds", ROUNDS, truth, gradients.numbers(), SAID)
