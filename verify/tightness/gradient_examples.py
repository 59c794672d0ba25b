"""Examples of rounds to a small gradient: quadratics with noise, by their second moment."""

from __future__ import annotations

import numpy as np

from roundlot.verify.tightness.example import VARIANCE, Example, L, bound_of, example
from roundlot.verify.tightness.linear_rounds import Array

STEP, VALUE, ROUNDS = 0.1, 6.0, 40


def excess(curve: float, rounds: int) -> Array:
    """``E F(x_t)`` of ``curve/2 x²`` from the same value, before each round and after the last."""
    square, found = 2 * VALUE / curve, []
    for _ in range(rounds + 1):
        found.append(curve / 2 * square)
        square = (1 - STEP * curve) ** 2 * square + STEP**2 * VARIANCE
    return np.array(found)


def squared_gradients(curve: float, rounds: int) -> Array:
    """``E‖∇F(x_t)‖²`` before each round."""
    return 2 * curve * excess(curve, rounds)[:-1]


def numbers() -> dict[str, float]:
    """What the theorems are given, but the rounds."""
    return {"smoothness": L, "step": STEP, "variance": VARIANCE, "value": VALUE}


def _mean() -> float:
    """The largest over curvatures."""
    return max(
        float(np.mean(squared_gradients(curve, ROUNDS))) for curve in np.linspace(0.05, L, 100)
    )


def _sum_bound() -> float:
    bound = bound_of("nonconvex_rate_sum", **numbers(), rounds=float(ROUNDS))()
    return bound / (STEP * (1 - STEP * L / 2) * ROUNDS)


_SAID = f"γ = {STEP:g}, F(x_0) − F* = {VALUE:g}, {ROUNDS} rounds"
GRADIENT_EXAMPLES: tuple[Example, ...] = (
    Example(
        theorem="nonconvex_rate_sum",
        bound=_sum_bound,
        quadratic=_mean,
        setting="S(T) alone; as the next row",
    ),
    example("nonconvex_rate", {**numbers(), "rounds": float(ROUNDS)}, _mean, setting=_SAID),
    example(
        "lower_value",
        {**numbers(), "round": float(ROUNDS)},
        lambda: float(excess(L, ROUNDS)[-1]),
        setting=_SAID,
        lower=True,
    ),
    example(
        "lower_gradient",
        {**numbers(), "rounds": float(ROUNDS)},
        lambda: float(np.sum(squared_gradients(L, ROUNDS))),
        setting=_SAID,
        lower=True,
    ),
)
