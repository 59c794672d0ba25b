"""Examples of runs that were made: quadratics whose steps err away from the optimum."""

from __future__ import annotations

import numpy as np

from roundlot.verify.tightness.example import Example, L, bound_of, example
from roundlot.verify.tightness.linear_rounds import Array

STEP, VALUE, ROUNDS, ERROR = 1.0 / L, 6.0, 40, 3.0


def numbers() -> dict[str, float]:
    """What the theorems on rounds are given, but the rounds."""
    return {"step_smoothness": L, "step": STEP, "squared_error": ERROR, "value": VALUE}


def squared_gradients(curve: float, rounds: int) -> Array:
    """``(curve x_t)²`` of ``curve/2 x²`` from the same value, each step too short by the error."""
    x, found = float(np.sqrt(2 * VALUE / curve)), []
    for _ in range(rounds):
        found.append((curve * x) ** 2)
        x -= STEP * (curve * x - np.sqrt(ERROR))
    return np.array(found)


def step_value(error: float) -> float:
    """``F(x⁺)`` of ``L/2 x²`` after the step ``1/L`` with an error of that square."""
    x = float(np.sqrt(2 * VALUE / L))
    return float(L / 2 * (x - STEP * (L * x + np.sqrt(error))) ** 2)


def mean_gradient(rounds: int) -> float:
    """The largest mean of the squared gradients over curvatures."""
    return max(float(np.mean(squared_gradients(c, rounds))) for c in np.linspace(0.05, L, 100))


def _sum_bound() -> float:
    bound = bound_of("path_rate_sum", **numbers(), rounds=float(ROUNDS))()
    return bound / (STEP / 2 * ROUNDS)


_SAID = f"γ = 1/ℓ = {STEP:g}, F(x_0) − F_inf = {VALUE:g}, ε² = {ERROR:g}, {ROUNDS} rounds"
PATH_EXAMPLES: tuple[Example, ...] = (
    example(
        "path_step",
        {**numbers(), "squared_gradient": 2 * L * VALUE},
        lambda: step_value(ERROR),
        setting=f"F(x) = ℓ/2 x², γ = 1/ℓ = {STEP:g}, ε² = {ERROR:g}",
    ),
    Example(
        theorem="path_rate_sum",
        bound=_sum_bound,
        quadratic=lambda: mean_gradient(ROUNDS),
        setting="S(T) alone; as the next row",
    ),
    example(
        "path_rate",
        {**numbers(), "rounds": float(ROUNDS)},
        lambda: mean_gradient(ROUNDS),
        setting=_SAID,
    ),
)
