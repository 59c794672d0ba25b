"""The symmetric weights on a graph's links that bring workers together fastest, signs free.

``min s`` such that ``−s I <= W − J <= s I``, ``W = I − Σ_e w_e b_e b_eᵀ``: a weight for every link,
and no other limit. A log-det barrier takes ``m + 1`` unknowns.

The proof that no weights do better: matrices ``Y_1, Y_2`` that are positive semidefinite, of traces
that sum to 1, and with ``b_eᵀ (Y_1 − Y_2) b_e = 0`` for every link. Then ``‖W − J‖ >=
⟨Y_1 − Y_2, W − J⟩ = ⟨Y_1 − Y_2, I − J⟩`` whatever the weights are.

Source: Xiao, Boyd, Fast linear iterations for distributed averaging (2004).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from roundlot.solvers.graphs.enclosure import rounding
from roundlot.solvers.graphs.graph import Graph
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.errors import ConvergenceError

LINKS = 1500  # links up to which each gets a weight of its own where those alike do not do
GAP = 1e-8  # of ‖W − J‖
FIRST, SHARPEN = 10.0, 8.0  # the barrier's weight at first, and what it grows by
OUTER, INNER = 30, 60
CENTRED = 1e-6  # a decrement that is near enough to go on
_HALVINGS = 50
_LARGEST = 2.0  # of a weight: |W_ab − 1/n| <= ‖W − J‖ <= 1 of all that could be better


def fastest_averaging(graph: Graph) -> tuple[FloatArray, float]:
    """Weights ``(m,)``, and what ``‖W − J‖`` no symmetric weights go below; rigorous.

    Raises:
        ConvergenceError: no weights bring the workers together, in float64.
    """
    found = _solved(_Program(graph=graph, classes=alike(graph)))
    if found[2] > 2.0 * GAP and graph.n_edges <= LINKS:  # links that share a class differ
        found = _solved(_Program(graph=graph, classes=np.arange(graph.n_edges)))
    return found[:2]


def _solved(program: _Program) -> tuple[FloatArray, float, float]:
    """Weights ``(m,)``, what none go below, and the distance between the two."""
    x, sharpness = program.start(), FIRST
    lower = 0.0
    for _ in range(OUTER):
        x = _centre(program, x, sharpness)
        lower = max(lower, program.proved(x, sharpness))
        if x[-1] - lower <= GAP or 2.0 * program.graph.n_nodes / sharpness < 0.1 * GAP:
            break
        sharpness *= SHARPEN
    return x[:-1][program.classes], lower, float(x[-1] - lower)


def alike(graph: Graph) -> IntArray:
    """``(m,)``, a class for every link; links that a symmetry of the graph exchanges share one.

    Colours of nodes are refined by those of their neighbours until nothing changes. Links that
    share a class need not be symmetric; then one weight for them may be short of the optimum.
    """
    a, b = graph.edges.T
    colour = graph.degrees.copy()
    while True:
        around: list[list[int]] = [[] for _ in range(graph.n_nodes)]
        for one, other in zip(a.tolist(), b.tolist(), strict=True):
            around[one].append(int(colour[other]))
            around[other].append(int(colour[one]))
        seen = [(int(c), *sorted(near)) for c, near in zip(colour, around, strict=True)]
        names = {key: k for k, key in enumerate(sorted(set(seen)))}
        finer = np.array([names[key] for key in seen], dtype=np.int64)
        if len(names) == len(np.unique(colour)):
            break
        colour = finer
    ends = np.sort(colour[graph.edges], axis=1)
    _, classes = np.unique(ends, axis=0, return_inverse=True)
    return np.asarray(classes, dtype=np.int64).ravel()


@dataclass(frozen=True, kw_only=True, eq=False)
class _Program:
    """Barrier and proof at ``x = (w, s)``, a weight for every class of links."""

    graph: Graph
    classes: IntArray

    def start(self) -> FloatArray:
        values = np.linalg.eigvalsh(self.graph.laplacian(np.ones(self.graph.n_edges)))
        norm = (values[-1] - values[1]) / (values[-1] + values[1])
        if not norm < 1.0 - 1e-12:
            raise ConvergenceError(f"λ₂ is {values[1]:.1g} with one weight: too small to tell")
        weights = np.full(int(self.classes.max()) + 1, 2.0 / (values[-1] + values[1]))
        return np.append(weights, 0.5 * (1.0 + norm))

    def pair(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """``s I − (W − J)`` and ``s I + (W − J)``."""
        n, weights = self.graph.n_nodes, x[:-1][self.classes]
        moved = np.eye(n) - 1.0 / n - self.graph.laplacian(weights)
        return x[-1] * np.eye(n) - moved, x[-1] * np.eye(n) + moved

    def factors(self, x: FloatArray) -> list[FloatArray] | None:
        found = []
        for matrix in self.pair(x):
            factor, info = linalg.lapack.dpotrf(matrix, lower=1, clean=1)
            if info:
                return None
            found.append(factor)
        return found

    def walls(self, x: FloatArray) -> float:
        factors = self.factors(x)
        if factors is None:
            return np.inf
        return -2.0 * float(sum(np.log(one.diagonal()).sum() for one in factors))

    def derivatives(self, x: FloatArray, sharpness: float) -> tuple[FloatArray, FloatArray]:
        factors = self.factors(x)
        assert factors is not None
        k = len(x) - 1
        gradient, hessian = np.zeros(k + 1), np.zeros((k + 1, k + 1))
        gradient[-1] = sharpness
        for sign, factor in zip((1.0, -1.0), factors, strict=True):
            inverse, _ = linalg.lapack.dpotri(factor, lower=1)
            inverse = np.tril(inverse) + np.tril(inverse, -1).T
            self._add(gradient, hessian, inverse, sign)
        return gradient, hessian

    def _add(
        self, gradient: FloatArray, hessian: FloatArray, inverse: FloatArray, sign: float
    ) -> None:
        a, b = self.graph.edges.T
        k = len(gradient) - 1
        columns = inverse[a] - inverse[b]
        lengths = columns[np.arange(len(a)), a] - columns[np.arange(len(a)), b]
        gradient[:-1] -= sign * np.bincount(self.classes, lengths, k)
        gradient[-1] -= np.trace(inverse)
        if k == len(a):
            hessian[:-1, :-1] += (columns[:, a] - columns[:, b]) ** 2
        else:
            for j in range(k):
                hessian[:-1, j] += self._against(inverse, columns, j, k)
        cross = sign * np.bincount(self.classes, np.sum(columns**2, axis=1), k)
        hessian[:-1, -1] += cross
        hessian[-1, :-1] += cross
        hessian[-1, -1] += np.sum(inverse**2)

    def _against(self, inverse: FloatArray, columns: FloatArray, j: int, k: int) -> FloatArray:
        """``(k,)``, ``Σ (b_eᵀ G b_f)²`` over ``e`` in class ``j`` and ``f`` in every class."""
        moved = inverse @ self.graph.laplacian((self.classes == j).astype(float)) @ inverse
        a, b = self.graph.edges.T
        lengths = moved[a, a] + moved[b, b] - 2.0 * moved[a, b]
        return np.asarray(np.bincount(self.classes, lengths, k), dtype=np.float64)

    def proved(self, x: FloatArray, sharpness: float) -> float:
        """The lower bound that the last Newton step's dual gives; 0 where it gives none."""
        factors = self.factors(x)
        direction = _newton(*self.derivatives(x, sharpness))
        if factors is None or direction is None:
            return 0.0
        n = self.graph.n_nodes
        shift = self.graph.laplacian(direction[:-1][self.classes])
        roots = []
        for sign, factor in zip((1.0, -1.0), factors, strict=True):
            inverse = linalg.solve_triangular(factor, np.eye(n), lower=True)
            change = direction[-1] * np.eye(n) + sign * shift
            middle = np.eye(n) - inverse @ change @ inverse.T
            values, vectors = np.linalg.eigh(0.5 * (middle + middle.T))
            roots.append(inverse.T @ (vectors * np.sqrt(np.maximum(values, 0.0))))
        return lower_bound(self.graph, roots[0], roots[1])


def lower_bound(graph: Graph, above: FloatArray, below: FloatArray) -> float:
    """No symmetric weights have ``‖W − J‖`` below this; rigorous for any ``(n, d)`` factors.

    ``Y_1 = above aboveᵀ`` and ``Y_2 = below belowᵀ``. What a link's equation is off costs as much
    as the largest weight of any ``W`` with ``‖W − J‖ <= 1``.
    """
    n, (a, b) = graph.n_nodes, graph.edges.T
    sizes = [float(np.sum(root**2)) for root in (above, below)]
    trace = sum(sizes)
    if not (np.isfinite(trace) and trace > 0.0):
        return 0.0
    means = [float(np.sum(root.sum(axis=0) ** 2)) / n for root in (above, below)]
    lengths = [np.sum((root[a] - root[b]) ** 2, axis=1) for root in (above, below)]
    off = float(np.abs(lengths[0] - lengths[1]).sum())
    # Every sum above has at most n² terms, each at most as large as the traces together.
    slack = 4.0 * rounding(n * n + 4 * n + 64) * (2.0 * trace + 2.0 * float(sum(lengths).sum()))
    gained = sizes[0] - sizes[1] - means[0] + means[1]
    return max(0.0, float((gained - _LARGEST * off - slack) / (trace * (1.0 + rounding(n * n)))))


def _newton(gradient: FloatArray, hessian: FloatArray) -> FloatArray | None:
    diagonal = hessian.diagonal()
    if not (diagonal > 0.0).all():  # beyond rounding: there is no direction to trust
        return None
    scale = 1.0 / np.sqrt(diagonal)
    scaled = hessian * scale[:, None] * scale
    # A graph's weights can have equal effects: let nothing divide by 0.
    scaled[np.arange(len(scale)), np.arange(len(scale))] += 1e-14
    _, direction, info = linalg.lapack.dposv(scaled, -gradient * scale)
    if info or not np.isfinite(direction).all():
        return None
    found: FloatArray = direction * scale
    return found


def _centre(program: _Program, x: FloatArray, sharpness: float) -> FloatArray:
    for _ in range(INNER):
        gradient, hessian = program.derivatives(x, sharpness)
        direction = _newton(gradient, hessian)
        if direction is None:
            return x
        slope = float(gradient @ direction)
        if -slope <= CENTRED:
            return x
        here, length = program.walls(x), 1.0
        for _ in range(_HALVINGS):
            rise = program.walls(x + length * direction) - here
            if rise + sharpness * length * direction[-1] <= 0.1 * length * slope:
                break
            length *= 0.5
        else:
            return x
        x = x + length * direction
    return x
