"""How far one round of mixing brings the workers together: ``ρ = ‖E WᵀW − J‖``, exactly.

``W = I − α Σ b_j L_j``, matching ``j`` used (``b_j = 1``) with probability ``p_j``, independently.
Because ``L_j² = 2 L_j``, ``E WᵀW = I − 2α L̄ + α² (L̄² + 2 Σ p_j (1 − p_j) L_j)``, ``L̄ = Σ p_j L_j``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from roundlot.solvers.graphs.algebraic import checked_weights
from roundlot.solvers.graphs.enclosure import Interval, largest_eigenvalue, rounding
from roundlot.solvers.graphs.graph import FloatArray
from roundlot.solvers.graphs.matchings import Decomposition
from roundlot.theory.errors import InvalidProblemError


@dataclass(frozen=True, kw_only=True, eq=False)
class MixingMoments:
    """``E WᵀW`` as a quadratic in the mixing weight.

    Attributes:
        mean: ``(n, n)``, ``L̄``.
        spread: ``(n, n)``, ``Σ p_j (1 − p_j) L_j``.
        terms: how many matchings were summed.
    """

    mean: FloatArray = field(repr=False)
    spread: FloatArray = field(repr=False)
    terms: int

    @classmethod
    def of(cls, decomposition: Decomposition, probabilities: npt.ArrayLike) -> MixingMoments:
        """The moments at ``probabilities (M,)``.

        Raises:
            InvalidProblemError: not ``M`` numbers in ``[0, 1]``.
        """
        p = checked_weights(decomposition, probabilities)
        if p.max(initial=0.0) > 1.0:
            raise InvalidProblemError(f"a probability is {p.max():.17g}; it must be at most 1")
        return cls(
            mean=decomposition.laplacian(p),
            spread=decomposition.laplacian(p * (1.0 - p)),
            terms=decomposition.n_matchings,
        )

    @property
    def quadratic(self) -> FloatArray:
        """``(n, n)``, what ``α²`` multiplies."""
        square: FloatArray = self.mean @ self.mean + 2.0 * self.spread
        return 0.5 * (square + square.T)

    def matrix(self, weight: float) -> FloatArray:
        """``(n, n)``, ``E WᵀW − J`` at the mixing weight."""
        n = len(self.mean)
        return np.eye(n) - 1.0 / n - 2.0 * weight * self.mean + weight**2 * self.quadratic

    def contraction(self, weight: float) -> Interval:
        """An interval with ``ρ`` at the mixing weight; rigorous.

        Raises:
            InvalidProblemError: a weight that is negative or not finite.
        """
        if not (math.isfinite(weight) and weight >= 0.0):
            raise InvalidProblemError(f"the mixing weight is {weight!r}; it must be at least 0")
        found = largest_eigenvalue(self.matrix(weight), self._error(weight))
        return Interval(lower=max(0.0, found.lower), upper=max(0.0, found.upper))

    def _error(self, weight: float) -> float:
        """What rounding can do to the matrix, in the spectral norm: at most the largest row sum."""
        # Row sums of absolute values of a Laplacian are twice its diagonal.
        mean = 2.0 * float(self.mean.diagonal().max(initial=0.0))
        spread = 2.0 * float(self.spread.diagonal().max(initial=0.0))
        size = 2.0 + 2.0 * weight * mean + weight**2 * (mean**2 + 2.0 * spread)
        return 2.0 * rounding(len(self.mean) + 2 * self.terms + 16) * size


def contraction(
    decomposition: Decomposition, probabilities: npt.ArrayLike, weight: float
) -> Interval:
    """An interval with ``ρ(p, α) = ‖E WᵀW − J‖`` for ``probabilities (M,)``; rigorous.

    1 or more means that the workers do not come together.

    Raises:
        InvalidProblemError: probabilities that are none, or a negative weight.

    Source: Wang, Sahu, Yang, Joshi, Kar (MATCHA, 2019).
    """
    return MixingMoments.of(decomposition, probabilities).contraction(weight)
