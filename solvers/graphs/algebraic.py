"""The algebraic connectivity λ₂ of a weighted graph, enclosed."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from roundlot.solvers.graphs.enclosure import Interval, rounding, smallest_eigenvalue
from roundlot.solvers.graphs.graph import FloatArray
from roundlot.solvers.graphs.matchings import Decomposition
from roundlot.theory.errors import InvalidProblemError


def connectivity(decomposition: Decomposition, probabilities: npt.ArrayLike) -> Interval:
    """An interval with ``λ₂(Σ_j p_j L_j)``, for ``probabilities (M,)``; rigorous.

    The Laplacian plus a multiple of the all-ones matrix has the same eigenvalues, but for that of
    the all-ones vector, which moves above the others.

    Raises:
        InvalidProblemError: not ``M`` numbers, or one that is negative or not finite.
    """
    p = checked_weights(decomposition, probabilities)
    n = decomposition.graph.n_nodes
    laplacian = decomposition.laplacian(p)
    most = 2.0 * float(laplacian.diagonal().max(initial=0.0)) or 1.0
    lifted = laplacian + most / n
    # Each entry sums at most M + 1 terms; a row's absolute values sum to 2 most at the most.
    error = rounding(decomposition.n_matchings + 4) * 3.0 * most
    found = smallest_eigenvalue(lifted, error)
    return Interval(lower=max(0.0, found.lower), upper=max(0.0, found.upper))


def checked_weights(decomposition: Decomposition, weights: npt.ArrayLike) -> FloatArray:
    """``(M,)`` finite and at least 0.

    Raises:
        InvalidProblemError: names what is wrong.
    """
    w = np.array(weights, dtype=np.float64)
    if w.shape != (decomposition.n_matchings,):
        raise InvalidProblemError(
            f"there are {decomposition.n_matchings} matchings and weights of shape {w.shape}"
        )
    if not (np.isfinite(w).all() and (w >= 0.0).all()):
        j = int(np.argmin(np.where(np.isfinite(w), w, -math.inf)))
        raise InvalidProblemError(f"the weight of matching {j} is {w[j]:g}; it is at least 0")
    return w
