"""A proof that no activation probabilities do better: the graph, placed in space.

Give node ``a`` the point ``z_a``, the points centred. For every ``p``, ``λ₂(Σ p_j L_j) Σ ‖z_a‖² <=
Σ_j p_j c_j`` with ``c_j`` the squared lengths of the links in matching ``j``; so the most that the
budget can collect of ``c``, over ``Σ ‖z_a‖²``, is above every ``λ₂``. The best points attain it.

Source: the dual of the semidefinite program (Göring, Helmberg, Wappler 2008).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from roundlot.solvers.graphs.enclosure import rounding
from roundlot.solvers.graphs.graph import FloatArray
from roundlot.solvers.graphs.matchings import Decomposition
from roundlot.theory.errors import InvalidProblemError


@dataclass(frozen=True, kw_only=True, eq=False)
class Embedding:
    """Points for the nodes of a graph, ``(n, d)``; ``bound`` is what they prove."""

    points: FloatArray = field(repr=False)

    def __post_init__(self) -> None:
        points = np.array(self.points, dtype=np.float64)
        if points.ndim != 2 or not np.isfinite(points).all() or not points.any():
            raise InvalidProblemError("the points must be finite, (n, d), and not all 0")
        # Any shift keeps the lengths; what the mean of the shifted points is, `bound` accounts for.
        points = points - points.mean(axis=0)
        points = points / float(np.abs(points).max())
        points.flags.writeable = False
        object.__setattr__(self, "points", points)

    def lengths(self, decomposition: Decomposition) -> FloatArray:
        """``(M,)``, the squared lengths of every matching's links, rounded up."""
        a, b = decomposition.graph.edges.T
        squared = np.sum((self.points[a] - self.points[b]) ** 2, axis=1)
        sums = np.bincount(decomposition.matching, squared, decomposition.n_matchings)
        most = 1.0 + rounding(self.points.shape[1] + decomposition.graph.n_nodes + 4)
        lengths: FloatArray = np.nextafter(sums * most, np.inf)
        return lengths

    def bound(self, decomposition: Decomposition, budget: float) -> float:
        """No ``p`` with ``Σ p <= budget · M`` and ``0 <= p <= 1`` has a larger ``λ₂``; rigorous."""
        if len(self.points) != decomposition.graph.n_nodes:
            raise InvalidProblemError(
                f"there are {decomposition.graph.n_nodes} nodes and {len(self.points)} points"
            )
        lengths = self.lengths(decomposition)
        collected = _most(lengths, budget)
        size = self._size()
        if size <= 0.0:
            return math.inf
        return float(np.nextafter(collected / size * (1.0 + rounding(4)), np.inf))

    def _size(self) -> float:
        """``Σ ‖z_a − z̄‖²``, rounded down."""
        n, d = self.points.shape
        total = float(np.sum(self.points**2)) * (1.0 - rounding(n * d + 4))
        near = np.abs(self.points.sum(axis=0)) + rounding(n + 4) * np.abs(self.points).sum(axis=0)
        mean = float(np.sum(near**2)) / n * (1.0 + rounding(n + d + 8))
        return float(total - mean - abs(total) * rounding(8))


def _most(lengths: FloatArray, budget: float) -> float:
    """The most that probabilities within the budget collect, rounded up: longest first."""
    room = Fraction(budget) * len(lengths)
    total = Fraction(0)
    for length in sorted(lengths.tolist(), reverse=True):
        share = min(Fraction(1), room)
        total += share * Fraction(length)
        room -= share
    return math.nextafter(float(total), math.inf)


def embedding_of(factor: npt.ArrayLike) -> Embedding:
    """The embedding with these points; directions that carry nothing are left out."""
    table = np.asarray(factor, dtype=np.float64)
    kept = np.abs(table).max(axis=0) > 0.0
    return Embedding(points=table[:, kept])
