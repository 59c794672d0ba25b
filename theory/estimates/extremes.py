"""The extreme eigenvalues of a symmetric matrix that is known by its products alone.

Lanczos' method from a random start: the extreme Ritz values lie inside the spectrum, whatever the
start, so they bound the largest eigenvalue from below and the least from above. After ``k`` steps
the largest errs by more than ``ε(λ_max − λ_min)`` with probability at most
``1.648 √n exp(−√ε (2k − 1))`` over the start (Kuczyński and Woźniakowski, SIAM J. Matrix Anal.
1992, theorem 4.2, of the matrix less ``λ_min``), which gives the other ends. ``n`` steps find the
spectrum itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from roundlot.theory.arrays import FloatArray
from roundlot.theory.errors import InvalidProblemError
from roundlot.theory.intervals import ConfidenceInterval
from roundlot.theory.random_streams import LANCZOS

#: Of the computed Ritz values, relative to the spectrum: rounding with full orthogonalisation.
ROUNDING = 1e-9
_FACTOR = 1.648  # of Kuczyński and Woźniakowski
_SPENT = 1e-12  # relative length at which the products leave the space of the earlier ones


def extreme_eigenvalues(
    product: Callable[[FloatArray], FloatArray],
    dimension: int,
    *,
    steps: int = 40,
    confidence: float = 0.95,
    seed: int = 0,
) -> tuple[ConfidenceInterval, ConfidenceInterval]:
    """``(least, greatest)`` eigenvalue, each an interval at the confidence.

    Args:
        product: of the symmetric matrix and a vector ``(n,)``; in float64.
        dimension: ``n``.
        steps: products, at most; ``n`` of them are exact.
        confidence: of each interval, over the random start.
        seed: of the start.

    Raises:
        InvalidProblemError: a dimension or a number of steps below 1, a product that is not finite.
    """
    if dimension < 1 or steps < 1:
        raise InvalidProblemError(
            f"dimension is {dimension}, steps are {steps}; give at least 1 of each"
        )
    if not 0.0 < confidence < 1.0:
        raise InvalidProblemError(f"confidence is {confidence:g}; give a number in (0, 1)")
    values, taken, scale = _ritz_values(product, dimension, min(steps, dimension), seed)
    low, high = float(values[0]), float(values[-1])
    room = ROUNDING * scale
    if taken >= dimension:
        return _around(low, room, room, 1.0), _around(high, room, room, 1.0)
    # Both ends at once: the spread of the spectrum is at least that of the Ritz values.
    share = _miss(dimension, taken, (1.0 - confidence) / 2.0)
    if share >= 0.5:  # too few steps to say anything of the other side
        return (
            ConfidenceInterval(low=-_LARGEST, estimate=low, high=low + room, confidence=confidence),
            ConfidenceInterval(
                low=high - room, estimate=high, high=math.inf, confidence=confidence
            ),
        )
    width = share * (high - low) / (1.0 - 2.0 * share) + room
    return _around(low, width, room, confidence), _around(high, room, width, confidence)


_LARGEST = float(np.finfo(np.float64).max)


def _around(value: float, below: float, above: float, confidence: float) -> ConfidenceInterval:
    return ConfidenceInterval(
        low=value - below, estimate=value, high=value + above, confidence=confidence
    )


def _miss(dimension: int, steps: int, chance: float) -> float:
    """The ``ε`` that is exceeded with probability ``chance`` at most; 1 or more says nothing."""
    logarithm = math.log(_FACTOR * math.sqrt(dimension) / chance)
    return (max(logarithm, 0.0) / (2 * steps - 1)) ** 2


def _ritz_values(
    product: Callable[[FloatArray], FloatArray], dimension: int, steps: int, seed: int
) -> tuple[FloatArray, int, float]:
    """Ritz values in order, the steps that they stand for, the size of the spectrum.

    Where the products leave the space early, a start in general position has met every eigenvalue.
    """
    start = LANCZOS.generator(seed).standard_normal(dimension)
    basis = np.zeros((steps, dimension))
    basis[0] = start / np.linalg.norm(start)
    diagonal, beside = np.zeros(steps), np.zeros(steps)
    for k in range(steps):
        image = np.asarray(product(basis[k]), dtype=np.float64)
        if image.shape != (dimension,) or not np.all(np.isfinite(image)):
            raise InvalidProblemError(
                f"the product has shape {image.shape} or is not finite; give finite ({dimension},)"
            )
        diagonal[k] = basis[k] @ image
        for _ in range(2):  # twice is enough
            image = image - basis[: k + 1].T @ (basis[: k + 1] @ image)
        beside[k] = np.linalg.norm(image)
        size = float(np.max(np.abs(diagonal[: k + 1])) + np.max(beside[: k + 1]))
        if beside[k] <= _SPENT * size:
            return _eigenvalues(diagonal[: k + 1], beside[:k]), dimension, size
        if k + 1 < steps:
            basis[k + 1] = image / beside[k]
    size = float(np.max(np.abs(diagonal)) + np.max(beside))
    return _eigenvalues(diagonal, beside[:-1]), steps, size


def _eigenvalues(diagonal: FloatArray, beside: FloatArray) -> FloatArray:
    bands = np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1)
    return np.asarray(np.linalg.eigvalsh(bands), dtype=np.float64)
