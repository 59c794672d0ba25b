"""The most connected mean graph within a budget, exactly: a log-det barrier with few unknowns.

``max t`` such that ``L(p) − t I`` is positive semidefinite on the complement of the all-ones
vector, ``0 <= p <= 1``, ``Σ p <= budget · M``. There are ``M + 1`` unknowns, so a Newton step costs
one Cholesky factorisation of an ``n × n`` matrix, whose inverse is also the dual solution.
"""

from __future__ import annotations

import numpy as np
from scipy import linalg

from roundlot.solvers.graphs.certificate import Optimum, embedding_of
from roundlot.solvers.graphs.matchings import Decomposition
from roundlot.theory.arrays import FloatArray
from roundlot.theory.errors import ConvergenceError

SHARPEN, FIRST = 20.0, 0.01
OUTER, INNER = 40, 100
CENTRED, QUADRATIC = 1e-7, 0.05
_HALVINGS = 60


def interior_point(decomposition: Decomposition, budget: float, *, gap: float = 1e-7) -> Optimum:
    """The optimum to a relative ``gap``.

    Raises:
        ConvergenceError: the gap was not reached; float64 ends near 1e-11.
    """
    barrier = _Barrier(decomposition, budget)
    x, sharpness = barrier.start(), 0.0
    best: tuple[float, Optimum] | None = None
    steps = 0
    for outer in range(OUTER):
        sharpness = FIRST * barrier.parts / x[-1] if outer == 0 else sharpness * SHARPEN
        x, taken = _centre(barrier, x, sharpness)
        steps += taken
        factor = barrier.factor(x)
        if factor is None:
            break
        points = embedding_of(linalg.solve_triangular(factor, np.eye(len(factor)), lower=True).T)
        found = Optimum(probabilities=x[:-1].copy(), embedding=points, steps=steps)
        left = points.bound(decomposition, budget) / x[-1] - 1.0 if x[-1] > 0.0 else np.inf
        if best is None or left < best[0]:
            best = (left, found)
        elif np.isfinite(left):
            break  # rounding has the upper hand
        if left <= gap:
            return found
    assert best is not None
    if best[0] <= max(gap, 1e-6):
        return best[1]
    raise ConvergenceError(f"the interior point stopped at a relative gap of {best[0]:.2g}")


class _Barrier:
    """Value, gradient and Hessian at ``x = (p, t)``."""

    def __init__(self, decomposition: Decomposition, budget: float) -> None:
        self.decomposition = decomposition
        self.n, self.m = decomposition.graph.n_nodes, decomposition.n_matchings
        self.total = budget * self.m
        # On the all-ones vector the matrix is lift − t: out of the way, never active.
        self.lift = 4.0 * (decomposition.graph.max_degree + 1)
        self.parts = float(self.n + 2 * self.m + 1)
        self.ends = decomposition.graph.edges.T
        self.column = decomposition.matching

    def start(self) -> FloatArray:
        p = np.full(self.m, 0.5 * self.total / self.m)
        second = float(np.linalg.eigvalsh(self.decomposition.laplacian(p))[1])
        if second <= 1e-13 * self.total:
            raise ConvergenceError(f"λ₂ is {second:.1g} at even probabilities: too small to tell")
        return np.append(p, 0.5 * second)

    def slack(self, x: FloatArray) -> FloatArray:
        """``(2M + 1,)``: how far p is above 0, below 1, and within the budget."""
        p = x[:-1]
        return np.concatenate([p, 1.0 - p, [self.total - p.sum()]])

    def factor(self, x: FloatArray) -> FloatArray | None:
        """Lower Cholesky factor of the matrix inequality; None outside."""
        if self.slack(x).min() <= 0.0:
            return None
        matrix = self.decomposition.laplacian(x[:-1]) + self.lift / self.n
        matrix[np.arange(self.n), np.arange(self.n)] -= x[-1]
        factor, info = linalg.lapack.dpotrf(matrix, lower=1, clean=1)
        return factor if info == 0 else None

    def walls(self, x: FloatArray) -> float:
        """The barrier alone; infinite outside."""
        factor = self.factor(x)
        if factor is None:
            return np.inf
        return float(-np.log(self.slack(x)).sum() - 2.0 * np.log(factor.diagonal()).sum())

    def derivatives(self, x: FloatArray, sharpness: float) -> tuple[FloatArray, FloatArray]:
        factor = self.factor(x)
        assert factor is not None
        inverse, _ = linalg.lapack.dpotri(factor, lower=1)
        inverse = np.tril(inverse) + np.tril(inverse, -1).T
        gradient, hessian = self._matrix_part(inverse)
        above, below, left = np.split(1.0 / self.slack(x), [self.m, 2 * self.m])
        gradient[:-1] += below - above + left
        gradient[-1] -= sharpness
        hessian[:-1, :-1] += np.diag(above**2 + below**2) + left**2
        return gradient, hessian

    def _matrix_part(self, inverse: FloatArray) -> tuple[FloatArray, FloatArray]:
        (a, b), j, m, n = self.ends, self.column, self.m, self.n
        columns = inverse[a] - inverse[b]
        products = np.zeros((m, n, n))  # L_j G, transposed products fill rows a and b
        products[j, a], products[j, b] = columns, -columns
        flat = products.reshape(m, -1)
        hessian, gradient = np.empty((m + 1, m + 1)), np.empty(m + 1)
        hessian[:-1, :-1] = flat @ products.transpose(0, 2, 1).reshape(m, -1).T
        cross = -(flat @ inverse.ravel())
        hessian[:-1, -1] = hessian[-1, :-1] = cross
        hessian[-1, -1] = np.sum(inverse**2)
        lengths = inverse[a, a] + inverse[b, b] - 2.0 * inverse[a, b]
        gradient[:-1] = -np.bincount(j, lengths, m)
        gradient[-1] = np.trace(inverse)
        return gradient, hessian


def _centre(barrier: _Barrier, x: FloatArray, sharpness: float) -> tuple[FloatArray, int]:
    """Newton's method with halved steps; the point reached and the steps taken."""
    before = np.inf
    for step in range(INNER):
        gradient, hessian = barrier.derivatives(x, sharpness)
        scale = 1.0 / np.sqrt(hessian.diagonal())
        scaled = hessian * scale[:, None] * scale
        _, direction, info = linalg.lapack.dposv(scaled, -gradient * scale)
        if info:
            return x, step
        direction = direction * scale
        slope = float(gradient @ direction)
        # Near the centre the decrement falls by its square; where it does not, digits have run out.
        if -slope <= CENTRED or (before < QUADRATIC and -slope > 0.5 * before):
            return x, step
        before = -slope
        here, length = barrier.walls(x), 1.0
        for _ in range(_HALVINGS):
            # The difference of values, not the values: sharpness · t has too many digits.
            rise = barrier.walls(x + length * direction) - here - sharpness * length * direction[-1]
            if rise <= 0.1 * length * slope:
                break
            length *= 0.5
        else:
            return x, step
        x = x + length * direction
    return x, INNER
