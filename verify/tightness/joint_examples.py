"""Examples of draws that depend on each other: three clients, two drawn, every outcome listed."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from roundlot.verify.tightness.example import Example, example
from roundlot.verify.tightness.linear_rounds import Array

UPDATES = np.array([[1.0, 2.0], [0.5, 1.5], [2.0, -0.5]])
PAIRS = tuple(combinations(range(3), 2))


def chances(first: float) -> Array:
    """Probabilities of the three pairs; ``first`` is that of clients 0 and 1."""
    return np.array([first, 0.6 * (1 - first), 0.4 * (1 - first)])


def marginals(first: float) -> tuple[Array, Array]:
    """``p`` and the matrix of ``π``."""
    joint = np.zeros((3, 3))
    for chance, pair in zip(chances(first), PAIRS, strict=True):
        joint[np.ix_(pair, pair)] += chance
    return np.diag(joint).copy(), joint


def covariance(first: float) -> float:
    """``E⟨X − u, Y − w⟩`` of clients 0 and 1."""
    p, total = marginals(first)[0], 0.0
    for chance, pair in zip(chances(first), PAIRS, strict=True):
        steps = [UPDATES[i] * ((i in pair) / p[i] - 1) for i in (0, 1)]
        total += chance * float(steps[0] @ steps[1])
    return total


def variance(first: float) -> float:
    """``E‖Δ − U‖²``."""
    p, total = marginals(first)[0], 0.0
    for chance, pair in zip(chances(first), PAIRS, strict=True):
        error = sum(UPDATES[i] / p[i] for i in pair) - UPDATES.sum(axis=0)
        total += chance * float(error @ error)
    return total


def pair_numbers(first: float) -> dict[str, float]:
    """What theorem joint_covariance is given of clients 0 and 1."""
    p, joint = marginals(first)
    return {
        "probability": p[0],
        "other_probability": p[1],
        "joint_probability": joint[0, 1],
        "inner_product": float(UPDATES[0] @ UPDATES[1]),
    }


def compared_numbers(first: float) -> dict[str, float]:
    """What theorem pair_difference is given."""
    return {
        **pair_numbers(first),
        "squared_norm": float(UPDATES[0] @ UPDATES[0]),
        "other_squared_norm": float(UPDATES[1] @ UPDATES[1]),
    }


def compared(first: float, i: int = 0, j: int = 1) -> float:
    """``(p_i p_j − π_ij)‖u_i/p_i − u_j/p_j‖²``."""
    p, joint = marginals(first)
    apart = UPDATES[i] / p[i] - UPDATES[j] / p[j]
    return float((p[i] * p[j] - joint[i, j]) * (apart @ apart))


def variance_numbers(first: float) -> dict[str, float]:
    """What theorem joint_variance is given."""
    p, joint = marginals(first)
    products = UPDATES @ UPDATES.T
    return {
        "joint_products": float(np.sum(joint / np.outer(p, p) * products)),
        "squared_norm": float(products.sum()),
    }


def differences(first: float) -> dict[str, float]:
    """What theorem yates_grundy is given."""
    total = sum(compared(first, i, j) for i in range(3) for j in range(3) if i != j)
    return {"pair_differences": total}


_FIRST, _SAID = 0.5, "2 of 3 clients, every pair enumerated"
JOINT_EXAMPLES: tuple[Example, ...] = (
    example("joint_covariance", pair_numbers(_FIRST), lambda: covariance(_FIRST), setting=_SAID),
    example("joint_variance", variance_numbers(_FIRST), lambda: variance(_FIRST), setting=_SAID),
    example("pair_difference", compared_numbers(_FIRST), lambda: compared(_FIRST), setting=_SAID),
    example("yates_grundy", differences(_FIRST), lambda: variance(_FIRST), setting=_SAID),
)
