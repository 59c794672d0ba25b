"""The most connected mean graph by an interior point, with the points that prove it.

``max t`` such that ``L(p) − t I`` is positive semidefinite on the complement of the all-ones
vector, ``0 <= p <= u``, ``A p <= b``. A log-det barrier has ``M + 1`` unknowns, so that a
Newton step costs one Cholesky factorisation of an ``n × n`` matrix ``S``.

At the centre of the barrier ``S⁻¹`` is the dual solution. Near it, it is not quite: what Newton's
method has left over moves the points' bound by as much. ``S⁻¹ − S⁻¹ ΔS S⁻¹``, with the last Newton
step's change ``ΔS`` of ``S``, satisfies the dual's equations exactly, and takes the gap to 1e-12.
"""

from __future__ import annotations

import numpy as np
from scipy import linalg

from roundlot.solvers.graphs.certificate import Embedding, Optimum, embedding_of
from roundlot.solvers.graphs.matchings import Decomposition
from roundlot.solvers.graphs.polytope import Polytope
from roundlot.theory.arrays import FloatArray
from roundlot.theory.errors import ConvergenceError

FIRST, SHARPEN = 0.01, 20.0  # the barrier's weight: a share of the value at first; falls by up to
GENTLE = 2.0  # by at least this: where many walls meet, Newton's method loses its way from afar
OUTER, INNER = 60, 18  # sharpenings and Newton steps for each; a few of either are usual
FAST = 6  # steps below which the next sharpening is a larger one
CENTRED = 1e-7  # a decrement that is near enough to go on
QUADRATIC = 0.05  # a decrement below which it falls by its square
_HALVINGS = 60  # of a step: beyond, it is smaller than float64 can tell
_STALLED = 3  # sharpenings without a better proof: rounding has the upper hand
_BLOCK = 2**22  # entries of the links' table that are made at once: 32 MiB


def interior_point(
    decomposition: Decomposition, polytope: Polytope, *, gap: float = 1e-7
) -> Optimum:
    """The optimum to a relative ``gap``, or the best that float64 reaches.

    Raises:
        ConvergenceError: no bound was found at all; say, ``λ₂`` is lost in rounding.
    """
    barrier = _Barrier(decomposition, polytope)
    x = barrier.start()
    best, points = x, None
    reached, upper = 0.0, np.inf
    with np.errstate(over="ignore", divide="ignore"):
        sharpness, fall = FIRST * barrier.parts / x[-1], SHARPEN
    if not np.isfinite(sharpness):
        raise ConvergenceError("λ₂ is so small that float64 has no number for its reciprocal")
    steps = stalled = 0
    for _ in range(OUTER):
        tried, taken = _centre(barrier, x, sharpness)
        steps += taken
        if taken == INNER and fall > GENTLE and points is not None:
            sharpness, fall = sharpness / fall, max(GENTLE, fall**0.5)
            sharpness *= fall
            continue
        x = tried
        found = _points(barrier, x, sharpness)
        if found is None:
            break
        bound = found.bound_within(decomposition, polytope)
        stalled = 0 if bound < upper or x[-1] > reached else stalled + 1
        # Probabilities and proof are kept apart: either may get worse alone.
        if bound < upper:
            upper, points = bound, found
        if x[-1] > reached:
            reached, best = float(x[-1]), x
        if upper <= reached * (1.0 + gap) or stalled == _STALLED:
            break
        fall = min(SHARPEN, fall**1.5) if taken <= FAST else fall
        sharpness *= fall
    if points is None or reached <= 0.0:
        raise ConvergenceError("the interior point found no bound")
    return Optimum(
        probabilities=best[:-1].copy(), embedding=points, steps=steps, reached=reached, bound=upper
    )


def _points(barrier: _Barrier, x: FloatArray, sharpness: float) -> Embedding | None:
    """What the point proves: a factor of ``S⁻¹ − S⁻¹ ΔS S⁻¹``; None at the border."""
    factor = barrier.factor(x)
    if factor is None:
        return None
    inverse = linalg.solve_triangular(factor, np.eye(barrier.n), lower=True)
    if not np.isfinite(inverse).all():
        return None
    plain = embedding_of(inverse.T)
    direction = _newton(*barrier.derivatives(x, sharpness))
    if direction is None:
        return plain
    change = barrier.decomposition.laplacian(direction[:-1])
    change[np.arange(barrier.n), np.arange(barrier.n)] -= direction[-1]
    middle = np.eye(barrier.n) - inverse @ change @ inverse.T
    if not np.isfinite(middle).all():
        return plain
    values, vectors = np.linalg.eigh(0.5 * (middle + middle.T))
    corrected = embedding_of(inverse.T @ (vectors * np.sqrt(np.maximum(values, 0.0))))
    bounds = [
        one.bound_within(barrier.decomposition, barrier.polytope) for one in (plain, corrected)
    ]
    return plain if bounds[0] < bounds[1] else corrected


class _Barrier:
    """Value, gradient and Hessian at ``x = (p, t)``."""

    def __init__(self, decomposition: Decomposition, polytope: Polytope) -> None:
        self.decomposition, self.polytope = decomposition, polytope
        self.n, self.m = decomposition.graph.n_nodes, decomposition.n_matchings
        # On the all-ones vector the matrix is lift − t: out of the way, never active.
        self.lift = 4.0 * (decomposition.graph.max_degree + 1)
        self.parts = float(self.n + 2 * self.m + len(polytope.rows))
        self.order = np.argsort(decomposition.matching, kind="stable")  # links, by matching
        self.ends = decomposition.graph.edges[self.order].T
        self.column = decomposition.matching[self.order]
        self.first = np.searchsorted(self.column, np.arange(self.m))
        self.by_links = decomposition.graph.n_edges**2 < self.m * self.n**2

    def start(self) -> FloatArray:
        upper = self.polytope.upper
        p = 0.5 * upper * min(1.0, self.polytope.share(upper))
        second = float(np.linalg.eigvalsh(self.decomposition.laplacian(p))[1])
        if second <= 1e-13 * 2.0 * p.sum():
            raise ConvergenceError(f"λ₂ is {second:.1g} at even probabilities: too small to tell")
        return np.append(p, 0.5 * second)

    def slack(self, x: FloatArray) -> FloatArray:
        """``(2M + K,)``: how far p is above 0, below its caps, and within the rows."""
        p, polytope = x[:-1], self.polytope
        return np.concatenate([p, polytope.upper - p, polytope.bounds - polytope.matrix @ p])

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
        if factor is None:
            raise ConvergenceError("limits lie so far apart that rounding leaves no inside to them")
        inverse, _ = linalg.lapack.dpotri(factor, lower=1)
        inverse = np.tril(inverse) + np.tril(inverse, -1).T
        gradient, hessian = self._matrix_part(inverse)
        above, below, left = np.split(1.0 / self.slack(x), [self.m, 2 * self.m])
        rows = self.polytope.matrix
        gradient[:-1] += below - above + left @ rows
        gradient[-1] -= sharpness
        hessian[:-1, :-1] += np.diag(above**2 + below**2) + (rows.T * left**2) @ rows
        return gradient, hessian

    def _matrix_part(self, inverse: FloatArray) -> tuple[FloatArray, FloatArray]:
        (a, b), m = self.ends, self.m
        columns = inverse[a] - inverse[b]
        hessian, gradient = np.empty((m + 1, m + 1)), np.empty(m + 1)
        hessian[:-1, :-1] = self._by_links(columns) if self.by_links else self._stacked(columns)
        # tr(L_j G G) of every matching: squared lengths of the columns of its links.
        cross = -np.add.reduceat(np.sum(columns**2, axis=1), self.first)
        hessian[:-1, -1] = hessian[-1, :-1] = cross
        hessian[-1, -1] = np.sum(inverse**2)
        lengths = inverse[a, a] + inverse[b, b] - 2.0 * inverse[a, b]
        gradient[:-1] = -np.add.reduceat(lengths, self.first)
        gradient[-1] = np.trace(inverse)
        return gradient, hessian

    def _stacked(self, columns: FloatArray) -> FloatArray:
        """``(M, M)``, ``tr(L_i G L_j G)``, from all ``L_j G``: for many links, few matchings."""
        products = np.zeros((self.m, self.n, self.n))  # transposed products fill rows a and b
        products[self.column, self.ends[0]] = columns
        products[self.column, self.ends[1]] = -columns
        flat = products.reshape(self.m, -1)
        traces: FloatArray = flat @ products.transpose(0, 2, 1).reshape(self.m, -1).T
        return traces

    def _by_links(self, columns: FloatArray) -> FloatArray:
        """The same as sums of ``(b_eᵀ G b_f)²`` over pairs of links: for sparse graphs."""
        a, b = self.ends
        rows = max(1, _BLOCK // len(a))
        by_link = np.empty((len(a), self.m))
        for start in range(0, len(a), rows):
            part = columns[start : start + rows]
            by_link[start : start + rows] = np.add.reduceat(
                (part[:, a] - part[:, b]) ** 2, self.first, axis=1
            )
        traces: FloatArray = np.add.reduceat(by_link, self.first, axis=0)
        return traces


def _newton(gradient: FloatArray, hessian: FloatArray) -> FloatArray | None:
    """Newton's direction; None where the Hessian is not definite any more."""
    scale = 1.0 / np.sqrt(hessian.diagonal())
    _, direction, info = linalg.lapack.dposv(hessian * scale[:, None] * scale, -gradient * scale)
    if info or not np.isfinite(direction).all():
        return None
    scaled: FloatArray = direction * scale
    return scaled


def _centre(barrier: _Barrier, x: FloatArray, sharpness: float) -> tuple[FloatArray, int]:
    """Newton's method with halved steps; the point reached and the steps taken."""
    before = np.inf
    for step in range(INNER):
        gradient, hessian = barrier.derivatives(x, sharpness)
        direction = _newton(gradient, hessian)
        if direction is None:
            return x, step
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
