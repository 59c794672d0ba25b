"""Bounds on extreme eigenvalues that hold whatever the rounding errors were."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import linalg

from roundlot.solvers.graphs.one_thread import one_thread
from roundlot.theory.arrays import FloatArray
from roundlot.theory.errors import ConvergenceError

UNIT = 2.0**-53  # half the distance of 1 from the next float64
_TINY = 1e-290  # more than what underflow can lose in a sum of any size here
_WIDENINGS = 30  # doublings of a margin: from rounding to the size of the matrix


@dataclass(frozen=True, kw_only=True)
class Enclosure:
    """A number between two floats.

    Proved where ``chance`` is 0; else it is outside with at most this probability, over the random
    start of Lanczos' method, for graphs of thousands of nodes.
    """

    lower: float
    upper: float
    chance: float = 0.0

    @property
    def middle(self) -> float:
        """Halfway."""
        return 0.5 * (self.lower + self.upper)

    @property
    def width(self) -> float:
        """How far apart the bounds are, rounded up."""
        return math.nextafter(self.upper - self.lower, math.inf)


def rounding(operations: int) -> float:
    """The relative error that so many float operations can make, rounded up (Higham's gamma)."""
    return 1.01 * operations * UNIT / (1.0 - operations * UNIT)


def eigenpairs(matrix: FloatArray, first: int, last: int) -> tuple[FloatArray, FloatArray]:
    """Eigenvalues ``first .. last`` in order, and their vectors as columns."""
    values, vectors = linalg.eigh(matrix, subset_by_index=[first, last])
    if len(values) != last - first + 1:
        # LAPACK's selective routine loses eigenvalues of some matrices with many equal ones.
        values, vectors = np.linalg.eigh(matrix)
        return values[first : last + 1], vectors[:, first : last + 1]
    return values, vectors


def is_definite(matrix: npt.ArrayLike, error: float) -> bool:
    """Whether every symmetric matrix within ``error`` (spectral norm) is positive definite.

    True is proved: a Cholesky factorisation of the matrix less a multiple of the identity, which
    covers ``error`` and all rounding, ran to its end. False says nothing.

    Source: Rump, Verification of positive definiteness (BIT 2006).
    """
    a = np.array(matrix, dtype=np.float64)
    diagonal = np.diagonal(a)
    if not (np.isfinite(a).all() and diagonal.min() > 0.0):
        return False
    n = len(a)
    trace = math.fsum(diagonal) * (1.0 + rounding(n))
    shift = (error + 2.0 * rounding(n + 2) * trace + n * _TINY) * (1.0 + rounding(4))
    a[np.arange(n), np.arange(n)] = np.nextafter(diagonal - shift, -np.inf)
    _, info = linalg.lapack.dpotrf(a, lower=1, overwrite_a=1)
    return bool(info == 0)


def smallest_eigenvalue(
    matrix: npt.ArrayLike, error: float = 0.0, *, near: FloatArray | None = None
) -> Enclosure:
    """An interval with the smallest eigenvalue of every symmetric matrix within ``error``.

    Below: a verified Cholesky factorisation; above: a Rayleigh quotient, rounded up.

    Args:
        matrix: ``(n, n)``.
        error: in the spectral norm.
        near: ``(n,)``, nearly its eigenvector, where that is known; else it is computed.

    Raises:
        ConvergenceError: no lower bound could be verified.
    """
    a = np.asarray(matrix, dtype=np.float64)
    with one_thread(len(a)):
        vector = eigenpairs(a, 0, 0)[1][:, 0] if near is None else near
        upper = _rayleigh_above(a, vector, error)
        guess = float(vector @ (a @ vector)) / float(vector @ vector)
        return Enclosure(lower=_verified_below(a, guess, error), upper=upper)


def largest_eigenvalue(matrix: npt.ArrayLike, error: float = 0.0) -> Enclosure:
    """As ``smallest_eigenvalue``, the largest."""
    mirrored = smallest_eigenvalue(-np.asarray(matrix, dtype=np.float64), error)
    return Enclosure(lower=-mirrored.upper, upper=-mirrored.lower)


def _rayleigh_above(a: FloatArray, v: FloatArray, error: float) -> float:
    n = len(a)
    squared = float(v @ v)
    terms = float(np.abs(v) @ (np.abs(a) @ np.abs(v)))
    slack = rounding(2 * n + 8) * terms / squared + error
    return math.nextafter(float(v @ (a @ v)) / squared + 2.0 * slack, math.inf)


def _verified_below(a: FloatArray, guess: float, error: float) -> float:
    n = len(a)
    identity = np.eye(n)
    size = float(np.abs(np.diagonal(a)).sum()) + n * abs(guess)
    margin = error + 8.0 * rounding(n + 2) * (size + _TINY)
    for _ in range(_WIDENINGS):
        bound = guess - margin
        # Subtracting the bound rounds every diagonal entry once.
        lost = UNIT * (float(np.abs(np.diagonal(a)).max()) + abs(bound)) * 2.0
        if is_definite(a - bound * identity, error + lost):
            return bound
        margin *= 2.0
    raise ConvergenceError(
        f"no lower bound of an eigenvalue near {guess:g} could be verified: the matrix is too "
        "large or too ill-conditioned for float64"
    )
