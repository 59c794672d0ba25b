"""The most connected mean graph by cutting planes, to a stated gap: for graphs too large to invert.

Every vector bounds ``λ₂`` from above by a linear function of ``p``; a linear program takes the
lowest of them, an eigenvector where it is exceeded cuts again. What stays between the two is the
gap; the program's prices are the proof.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog

from roundlot.solvers.graphs.certificate import Embedding, Optimum, embedding_of
from roundlot.solvers.graphs.enclosure import eigenpairs
from roundlot.solvers.graphs.matchings import Decomposition
from roundlot.solvers.graphs.polytope import Polytope
from roundlot.solvers.graphs.spectra import lowest_eigenpairs, sparse_laplacian
from roundlot.theory.arrays import FloatArray
from roundlot.theory.errors import ConvergenceError

DENSE = 200  # nodes up to which LAPACK is faster than a sparse eigensolver
VECTORS = 6  # lowest eigenvectors that cut at once: near the optimum λ₂ is often a multiple one
INWARD = 0.5  # how far to step from the best point towards the linear program's


def cutting_planes(
    decomposition: Decomposition, polytope: Polytope, *, gap: float = 1e-3, rounds: int = 400
) -> Optimum:
    """Probabilities within a relative ``gap`` of the optimum, and the proof of what gap is left.

    After ``rounds`` the best that was found is returned, with its own gap.

    Raises:
        ConvergenceError: the linear program failed.
    """
    cuts = _Cuts(decomposition, polytope)
    best = polytope.upper * min(1.0, polytope.share(polytope.upper))
    reached = cuts.add(best)
    target, upper, points = cuts.outer()
    steps = 0
    while steps < rounds:
        if upper <= reached * (1.0 + gap):
            break
        trial = best + INWARD * (target - best)
        value = cuts.add(trial)
        if value > reached:
            best, reached = trial, value
        target, bound, proof = cuts.outer()
        if bound < upper:
            upper, points = bound, proof
        steps += 1
    return Optimum(probabilities=best, embedding=points, steps=steps, reached=reached, bound=upper)


def everything(decomposition: Decomposition, polytope: Polytope) -> Optimum:
    """Every link as often as it may be, where no sums are limited, and the second eigenvector,
    which proves its own ``λ₂``."""
    p = polytope.upper.copy()
    cuts = _Cuts(decomposition, polytope)
    reached = cuts.add(p)
    points = embedding_of(cuts.vectors[0][:, None])
    bound = points.bound_within(decomposition, polytope)
    return Optimum(probabilities=p, embedding=points, steps=0, reached=reached, bound=bound)


class _Cuts:
    """Vectors ``v``, centred, and the lengths ``(M,)`` of the matchings' links along them."""

    def __init__(self, decomposition: Decomposition, polytope: Polytope) -> None:
        self.decomposition, self.polytope = decomposition, polytope
        self.vectors: list[FloatArray] = []
        self.lengths: list[FloatArray] = []

    def add(self, p: FloatArray) -> float:
        """Cut at the lowest eigenvectors of ``L(p)``; gives ``λ₂``."""
        values, vectors = self._lowest(p)
        a, b = self.decomposition.graph.edges.T
        for v in vectors.T:
            v = v - v.mean()
            size = float(np.linalg.norm(v))
            if size < 0.5:  # what is left of the all-ones vector
                continue
            v = v / size
            self.vectors.append(v)
            weights = (v[a] - v[b]) ** 2
            lengths = np.bincount(self.decomposition.matching, weights, len(p))
            self.lengths.append(lengths.astype(np.float64))
        return float(values[1])

    def _lowest(self, p: FloatArray) -> tuple[FloatArray, FloatArray]:
        n = self.decomposition.graph.n_nodes
        wanted = min(VECTORS + 1, n)
        if n <= DENSE:
            laplacian = self.decomposition.laplacian(p)
            return eigenpairs(laplacian, 0, wanted - 1)
        return lowest_eigenpairs(sparse_laplacian(self.decomposition, p), wanted)

    def outer(self) -> tuple[FloatArray, float, Embedding]:
        """The best ``p`` for the cuts, what it promises at the most, and why."""
        table, polytope = np.array(self.lengths), self.polytope
        k, m = table.shape
        limits = polytope.matrix
        found = linprog(
            np.append(np.zeros(m), -1.0),
            A_ub=np.block([[-table, np.ones((k, 1))], [limits, np.zeros((len(limits), 1))]]),
            b_ub=np.append(np.zeros(k), polytope.bounds),
            bounds=[*((0.0, float(u)) for u in polytope.upper), (None, None)],
            method="highs",
        )
        if found.status != 0:
            raise ConvergenceError(f"the linear program of the cuts failed: {found.message}")
        prices = np.maximum(-found.ineqlin.marginals[:k], 0.0)
        priced = prices > 1e-12 * prices.max()
        factor = np.array(self.vectors)[priced].T * np.sqrt(prices[priced])
        points = embedding_of(factor)
        return found.x[:-1], points.bound_within(self.decomposition, polytope), points
