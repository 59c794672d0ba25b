"""The most connected mean graph within a budget: by an interior point, or by cutting planes.

``max t`` such that ``L(p) − t I`` is positive semidefinite on the complement of the all-ones
vector, ``0 <= p <= 1``, ``Σ p <= budget · M``.

The interior point is exact: a log-det barrier with ``M + 1`` unknowns, so a Newton step costs one
Cholesky factorisation of an ``n × n`` matrix, whose inverse is also the dual solution.

Cutting planes are for graphs too large for a dense inverse. Every vector bounds ``λ₂`` from above
by a linear function of ``p``; a linear program takes the lowest of them, an eigenvector where it is
exceeded cuts again. What stays between the two is the gap; the program's prices are the proof.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import linalg, sparse
from scipy.optimize import linprog
from scipy.sparse.linalg import ArpackError, eigsh

from roundlot.solvers.graphs.certificate import Embedding, embedding_of
from roundlot.solvers.graphs.enclosure import eigenpairs
from roundlot.solvers.graphs.matchings import Decomposition
from roundlot.theory.arrays import FloatArray
from roundlot.theory.errors import ConvergenceError

LARGE = 300  # nodes from which a dense inverse a step takes longer than cutting planes
EXACT_GAP, AUTO_GAP = 1e-7, 1e-4  # relative, of λ₂; float64 ends near 1e-11

# Of the interior point.
SHARPEN, FIRST = 20.0, 0.01  # the barrier's weight falls by the first, from a share of the value
OUTER, INNER = 40, 100  # sharpenings and Newton steps for each; a few of either are usual
CENTRED, QUADRATIC = (
    1e-7,
    0.05,
)  # decrements: near enough to go on, and where it falls by its square
_HALVINGS = 60  # of a step: beyond, it is smaller than float64 can tell

# Of cutting planes.
DENSE = 200  # nodes up to which LAPACK is faster than a sparse eigensolver
VECTORS = (
    6  # lowest eigenvectors that cut at once: λ₂ is often a multiple eigenvalue near the optimum
)
INWARD = 0.5  # how far to step from the best point towards the linear program's
_SHIFT = 1e-3  # of the largest degree, below 0: the shifted matrix is definite, 0 stays the nearest


@dataclass(frozen=True, kw_only=True, eq=False)
class Optimum:
    """Probabilities ``(M,)``, near the optimum, and the points that prove how near."""

    probabilities: FloatArray
    embedding: Embedding
    steps: int


def most_connected(
    decomposition: Decomposition, budget: float, method: str = "auto", gap: float | None = None
) -> Optimum:
    """Probabilities with the largest ``λ₂`` within the budget, and the points that prove it.

    Args:
        decomposition: the matchings.
        budget: ``Σ p <= budget · M``.
        method: "exact", "cutting planes", or "auto", which chooses by the number of nodes.
        gap: relative, of ``λ₂``; that of the method by default.

    Raises:
        ConvergenceError: a solver failed.
    """
    if budget == 1.0:  # every link always: more links never lower λ₂
        return _everything(decomposition)
    one = 1.0 / decomposition.n_matchings
    if budget < one:  # then no p reaches 1, and everything scales with the budget
        found = most_connected(decomposition, one, method, gap)
        return replace(found, probabilities=found.probabilities * (budget / one))
    small = decomposition.graph.n_nodes <= LARGE
    if method == "exact" or (method == "auto" and small):
        return interior_point(decomposition, budget, gap=EXACT_GAP if gap is None else gap)
    return cutting_planes(decomposition, budget, gap=AUTO_GAP if gap is None else gap)


def _everything(decomposition: Decomposition) -> Optimum:
    p = np.ones(decomposition.n_matchings)
    _, vectors = np.linalg.eigh(decomposition.laplacian(p))
    return Optimum(probabilities=p, embedding=embedding_of(vectors[:, 1:2]), steps=0)


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


def cutting_planes(
    decomposition: Decomposition, budget: float, *, gap: float = 1e-3, rounds: int = 400
) -> Optimum:
    """Probabilities within a relative ``gap`` of the optimum, and the proof of what gap is left.

    After ``rounds`` the best that was found is returned, with its own gap.

    Raises:
        ConvergenceError: the linear program failed.
    """
    cuts = _Cuts(decomposition, budget)
    total = budget * decomposition.n_matchings
    best = np.full(decomposition.n_matchings, total / decomposition.n_matchings)
    reached = cuts.add(best)
    target, upper, points = cuts.outer()
    for step in range(rounds):
        if upper <= reached * (1.0 + gap):
            return Optimum(probabilities=best, embedding=points, steps=step)
        trial = best + INWARD * (target - best)
        value = cuts.add(trial)
        if value > reached:
            best, reached = trial, value
        target, bound, proof = cuts.outer()
        if bound < upper:
            upper, points = bound, proof
    return Optimum(probabilities=best, embedding=points, steps=rounds)


class _Cuts:
    """Vectors ``v``, centred, and the lengths ``(M,)`` of the matchings' links along them."""

    def __init__(self, decomposition: Decomposition, budget: float) -> None:
        self.decomposition, self.budget = decomposition, budget
        self.vectors: list[FloatArray] = []
        self.lengths: list[FloatArray] = []
        self.random = np.random.default_rng(0)

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
        matrix = self._sparse(p)
        start = self.random.standard_normal(n)
        shift = -_SHIFT * float(matrix.diagonal().max())
        try:
            values, vectors = eigsh(matrix, k=wanted, sigma=shift, v0=start)
        except ArpackError as error:
            raise ConvergenceError(f"the sparse eigensolver failed: {error}") from error
        order = np.argsort(values)
        return values[order], vectors[:, order]

    def _sparse(self, p: FloatArray) -> sparse.csc_array:
        n, (a, b) = self.decomposition.graph.n_nodes, self.decomposition.graph.edges.T
        w = p[self.decomposition.matching]
        off = sparse.coo_array((w, (a, b)), shape=(n, n))
        degree = np.bincount(a, w, n) + np.bincount(b, w, n)
        return (sparse.diags_array(degree) - off - off.T).tocsc()

    def outer(self) -> tuple[FloatArray, float, Embedding]:
        """The best ``p`` for the cuts, what it promises at the most, and why."""
        table = np.array(self.lengths)
        k, m = table.shape
        found = linprog(
            np.append(np.zeros(m), -1.0),
            A_ub=np.vstack([np.hstack([-table, np.ones((k, 1))]), np.append(np.ones(m), 0.0)]),
            b_ub=np.append(np.zeros(k), self.budget * m),
            bounds=[(0.0, 1.0)] * m + [(None, None)],
            method="highs",
        )
        if found.status != 0:
            raise ConvergenceError(f"the linear program of the cuts failed: {found.message}")
        prices = np.maximum(-found.ineqlin.marginals[:-1], 0.0)
        priced = prices > 1e-12 * prices.max()
        factor = np.array(self.vectors)[priced].T * np.sqrt(prices[priced])
        points = embedding_of(factor)
        return found.x[:-1], points.bound(self.decomposition, self.budget), points
