"""How much of a neighbour's model a worker takes.

The mixing weight ``α`` of a schedule of links is one number; a graph that is used in full every
round has symmetric weights of its own on every link.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.solvers.graphs.enclosure import Enclosure, eigenpairs, largest_eigenvalue, rounding
from roundlot.solvers.graphs.fastest_averaging import fastest_averaging
from roundlot.solvers.graphs.graph import Graph
from roundlot.solvers.graphs.matching_weights import least_weights
from roundlot.solvers.graphs.matchings import Decomposition
from roundlot.solvers.graphs.one_thread import one_thread
from roundlot.solvers.graphs.spectra import MixingMoments, extremes
from roundlot.theory.arrays import FloatArray, IndexArray, read_only
from roundlot.theory.errors import ConvergenceError, InfeasibleError, InvalidProblemError
from roundlot.theory.names import require_choice

#: How the mixing weight of a schedule may be chosen.
MIXINGS = ("search", "closed form", "nonnegative", "per matching")
#: What `fixed_weights` takes as its ``method``.
WEIGHTS = ("metropolis", "max degree", "best constant", "fastest", "fastest nonnegative")
ROW = 1e-9  # by which rows and symmetry may be off: decimals in a file
_STEPS = 200  # parabolas' rounds; some ten are usual


@dataclass(frozen=True, kw_only=True, eq=False)
class MixingWeight:
    """A mixing weight, the ``ρ`` it gives, and a bound on what any weight can give.

    Attributes:
        weight: ``α``; of "per matching" one for each, ``(M,)``.
        contraction: ``ρ(p, α)``, in float64.
        lower_bound: no weight gives a smaller ``ρ``, up to rounding.
        method: one of ``MIXINGS``.
        guarantee: for the closed form the bound on ``ρ`` it comes with; else ``contraction``.
    """

    weight: float | FloatArray
    contraction: float
    lower_bound: float
    method: str
    guarantee: float


def mixing_weight(
    decomposition: Decomposition,
    probabilities: npt.ArrayLike,
    *,
    method: str = "search",
    tolerance: float = 1e-9,
) -> MixingWeight:
    """The mixing weight that makes ``ρ`` least, for ``probabilities (M,)``.

    Args:
        decomposition: the matchings.
        probabilities: ``(M,)``, how often each is used.
        method: "search", along the convex ``ρ(α)``, to ``tolerance``; "closed form", from the
            extreme eigenvalues, with a bound; "nonnegative", the best one with which no worker
            gives itself a negative weight in any round; "per matching", the best weight at least 0
            for each matching, which takes the same messages and never has a larger ``ρ``.
        tolerance: of ``ρ``.

    Raises:
        InfeasibleError: the links that are ever used do not connect all workers.
        InvalidProblemError: probabilities that are none, or an unknown method.
    """
    require_choice(method, "mixing", MIXINGS)
    with one_thread(decomposition.graph.n_nodes):
        moments = MixingMoments.of(decomposition, probabilities)
        plain = _closed_form(moments)
        if method == "closed form":
            return plain
        cap = np.inf
        if method == "nonnegative":
            used = (np.asarray(probabilities) > 0.0)[:, None] & (decomposition.partners >= 0)
            cap = 1.0 / float(used.sum(axis=0).max())
        start = float(np.asarray(plain.weight))
        if method == "per matching":
            one = _searched(moments, start, cap, tolerance, method)
            return _for_each(decomposition, np.asarray(probabilities, dtype=np.float64), one)
        return _searched(moments, start, cap, tolerance, method)


def _for_each(decomposition: Decomposition, p: FloatArray, one: MixingWeight) -> MixingWeight:
    """A weight for each matching; the single one where rounding makes them no better."""
    start = float(np.asarray(one.weight))
    weights, below = least_weights(decomposition, p, start)
    reached = float(np.linalg.eigvalsh(MixingMoments.of(decomposition, p, weights).matrix(1.0))[-1])
    if reached > one.contraction:
        weights, reached = np.full(len(p), start), one.contraction
    return MixingWeight(
        weight=read_only(weights),
        contraction=reached,
        lower_bound=min(below, reached),
        method=one.method,
        guarantee=reached,
    )


def _closed_form(moments: MixingMoments) -> MixingWeight:
    """``ρ <= max((1 − αλ₂)², (1 − αλ_n)²) + 2α²ζ``, made least; ``ζ = ‖Σ p (1 − p) L‖``."""
    second, last, noise = extremes(moments)
    if second <= 1e-12 * max(last, 1e-300):
        raise InfeasibleError(
            "the links that are used do not connect all workers (λ₂ is 0), so that no mixing "
            "weight brings them together: give more matchings a probability above 0, or raise a "
            "limit that is next to nothing"
        )
    weight = min(second / (second**2 + 2.0 * noise), 2.0 / (second + last))
    reached = float(_Line(moments).top(weight)[0][-1])
    guarantee = max((1 - weight * second) ** 2, (1 - weight * last) ** 2) + 2 * weight**2 * noise
    return MixingWeight(
        weight=weight,
        contraction=reached,
        lower_bound=0.0,
        method="closed form",
        guarantee=guarantee,
    )


def _searched(
    moments: MixingMoments, start: float, cap: float, tolerance: float, method: str
) -> MixingWeight:
    """Every eigenvector bounds ``ρ(α)`` below by a parabola; go where the highest is lowest."""
    line = _Line(moments)
    parabolas: list[tuple[float, float]] = []
    weight, best, reached = min(start, cap), 0.0, np.inf
    for _ in range(_STEPS):
        values, vectors = line.top(weight)
        if values[-1] < reached:
            best, reached = weight, float(values[-1])
        parabolas += [line.parabola(v) for v in vectors.T]
        weight, below = _lowest(np.array(parabolas), cap)
        if reached - below <= tolerance:
            return MixingWeight(
                weight=best,
                contraction=reached,
                lower_bound=min(below, reached),
                method=method,
                guarantee=reached,
            )
    raise ConvergenceError(f"the mixing weight is known only to ρ = {below:.9g} ... {reached:.9g}")


class _Line:
    """``E WᵀW − J`` along ``α``: its top, and what a vector says of all ``α``."""

    def __init__(self, moments: MixingMoments) -> None:
        self.moments = moments
        if not moments.is_large:
            self.line, self.square = moments.mean, moments.quadratic
            self.base = np.eye(len(self.line)) - 1.0 / len(self.line)

    def top(self, weight: float) -> tuple[FloatArray, FloatArray]:
        if self.moments.is_large:
            return self.moments.top(weight)
        return _top(self.base - 2.0 * weight * self.line + weight**2 * self.square)

    def parabola(self, v: FloatArray) -> tuple[float, float]:
        if not self.moments.is_large:
            return float(v @ self.line @ v), float(v @ self.square @ v)
        v = v - v.mean()
        v = v / np.linalg.norm(v)
        return float(v @ (self.moments.sparse[0] @ v)), self.moments.square(v)


def _top(matrix: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The two largest eigenvalues and their vectors."""
    n = len(matrix)
    if n <= 64:
        values, vectors = np.linalg.eigh(matrix)
        return values[-2:], vectors[:, -2:]
    return eigenpairs(matrix, n - 2, n - 1)


def _lowest(parabolas: FloatArray, cap: float) -> tuple[float, float]:
    """Where the maximum of ``1 − 2αa + α²b`` over the rows ``(a, b)`` is least, and its value."""
    a, b = parabolas.T
    with np.errstate(divide="ignore", invalid="ignore"):
        vertices = a / b
        # Two of them meet where 2 (a − a') = α (b − b'), besides at 0.
        meetings = 2.0 * (a[:, None] - a) / (b[:, None] - b)
    points = np.concatenate([vertices, meetings[_pairs(len(a))]])
    points = np.append(points[np.isfinite(points) & (points > 0.0)], 0.0)
    points = np.minimum(points, cap)
    heights = (1.0 - 2.0 * points[:, None] * a + points[:, None] ** 2 * b).max(axis=1)
    k = int(np.argmin(heights))
    return float(points[k]), float(heights[k])


@cache
def _pairs(rows: int) -> tuple[IndexArray, IndexArray]:
    """Row numbers of all pairs, made once: it takes as long as a step."""
    return np.triu_indices(rows, 1)


@dataclass(frozen=True, kw_only=True, eq=False)
class FixedMixing:
    """A symmetric mixing matrix whose rows sum to 1.

    Attributes:
        graph: the graph.
        matrix: ``(n, n)``, read-only; 0 where there is no link.
        method: what found it.
        lower_bound: of "fastest" and "fastest nonnegative": no symmetric weights on these links, of
            any sign or of none below 0, have a smaller ``ρ = ‖W − J‖²``. Proved for "fastest",
            up to rounding for the other; 0 if nothing is known.
    """

    graph: Graph = field(repr=False)
    matrix: FloatArray = field(repr=False)
    method: str
    lower_bound: float = 0.0

    @property
    def contraction(self) -> Enclosure:
        """``ρ = ‖W − J‖²``, enclosed."""
        return matrix_contraction(self.matrix)


def matrix_contraction(matrix: npt.ArrayLike) -> Enclosure:
    """``ρ = ‖WᵀW − J‖`` of a symmetric ``W (n, n)`` whose rows sum to 1, enclosed.

    Raises:
        InvalidProblemError: not square, not finite, not symmetric, or a row sum that is not 1.
    """
    w = checked_mixing(matrix)
    n = len(w)
    size = float(np.abs(w).sum(axis=1).max())
    # What the rows lack of 1 comes on top of rounding.
    error = (rounding(n + 8) + 2.0 * n * float(np.abs(w.sum(axis=1) - 1.0).max())) * (size**2 + 2.0)
    found = largest_eigenvalue(w @ w - 1.0 / n, error)
    return Enclosure(lower=max(0.0, found.lower), upper=max(0.0, found.upper))


def checked_mixing(matrix: npt.ArrayLike) -> FloatArray:
    """A symmetric ``(n, n)`` float64 copy, rows summing to 1; entries may be negative.

    Raises:
        InvalidProblemError: names the entry or row that is wrong.
    """
    w = np.array(matrix, dtype=np.float64)
    if w.ndim != 2 or w.shape[0] != w.shape[1] or not np.isfinite(w).all():
        raise InvalidProblemError(f"mixing weights have shape {w.shape}; give finite (n, n)")
    fault = mixing_fault(w)
    if fault is not None:
        raise InvalidProblemError(
            f"the mixing matrix is not {fault}; the theory of adjacent leaders takes such ones, as "
            "rows that sum to 1"
        )
    return w


def mixing_fault(matrix: FloatArray) -> str | None:
    """Where a square matrix is not symmetric with rows that sum to 1; None if nowhere.

    Entries may be negative: a best mixing weight gives some, and no theorem asks for signs.
    """
    a, b = (int(k) for k in np.unravel_index(np.argmax(np.abs(matrix - matrix.T)), matrix.shape))
    if abs(matrix[a, b] - matrix[b, a]) > ROW:
        return (
            f"symmetric: W[{a}, {b}] = {matrix[a, b]:g}, W[{b}, {a}] = {matrix[b, a]:g}; both ends "
            "of a link must weigh each other alike"
        )
    sums = matrix.sum(axis=1)
    row = int(np.argmax(np.abs(sums - 1.0)))
    if abs(sums[row] - 1.0) > ROW:
        return f"doubly stochastic: row {row} sums to {sums[row]:g}, not 1"
    return None


def fixed_weights(graph: Any, *, method: str = "fastest") -> FixedMixing:
    """A mixing matrix for a connected graph.

    Args:
        graph: what ``Graph.of`` accepts.
        method: "metropolis", ``1/(1 + max(d_a, d_b))``; "max degree", ``1/(1 + Δ)``; "best
            constant", ``2/(λ₂ + λ_n)``, the best single weight, entries may be negative;
            "fastest", the least ``ρ`` of all symmetric ones, signs free; "fastest nonnegative",
            that of all without negative entries (the fastest mixing Markov chain).

    Raises:
        InvalidProblemError: a graph that is not connected, or an unknown method.
        ConvergenceError: the solver failed.

    Source: Boyd, Diaconis, Xiao, Fastest mixing Markov chain on a graph (2004); Xiao, Boyd (2004).
    """
    found = Graph.of(graph)
    found.require_connected()
    require_choice(method, "method", WEIGHTS)
    lower = 0.0
    with one_thread(found.n_nodes):
        if method == "fastest":
            weights, norm = fastest_averaging(found)
            lower = max(0.0, float(np.nextafter(norm**2, 0.0)))
            # Where one weight is the best, an iteration stops some 1e-11 beside it.
            weights = min(weights, _simple(found, "best constant"), key=partial(_spread, found))
        elif method == "fastest nonnegative":
            weights, norm = _fastest_chain(found)
            lower = norm**2
        else:
            weights = _simple(found, method)
    matrix = np.eye(found.n_nodes) - found.laplacian(weights)
    matrix.flags.writeable = False
    return FixedMixing(graph=found, matrix=matrix, method=method, lower_bound=lower)


def _spread(graph: Graph, weights: FloatArray) -> float:
    return matrix_contraction(np.eye(graph.n_nodes) - graph.laplacian(weights)).upper


def _simple(graph: Graph, method: str) -> FloatArray:
    ones = np.ones(graph.n_edges)
    if method == "metropolis":
        lazy: FloatArray = 1.0 / (1.0 + graph.degrees[graph.edges].max(axis=1))
        return lazy
    if method == "max degree":
        return ones / (1.0 + graph.max_degree)
    values = np.linalg.eigvalsh(graph.laplacian(ones))
    constant: FloatArray = ones * 2.0 / (values[1] + values[-1])
    return constant


def _fastest_chain(graph: Graph) -> tuple[FloatArray, float]:
    """Weights ``(m,)`` and what duality says no others go below."""
    import cvxpy as cp

    n, m = graph.n_nodes, graph.n_edges
    a, b = graph.edges.T
    incidence = np.zeros((n, m))
    incidence[a, np.arange(m)], incidence[b, np.arange(m)] = 1.0, -1.0
    w, s = cp.Variable(m), cp.Variable()
    mixed = np.eye(n) - 1.0 / n - incidence @ cp.diag(w) @ incidence.T
    above, below = s * np.eye(n) - mixed >> 0, s * np.eye(n) + mixed >> 0
    program = cp.Problem(cp.Minimize(s), [above, below, w >= 0, np.abs(incidence) @ w <= 1])
    program.solve(solver=cp.CLARABEL)
    if w.value is None:
        raise ConvergenceError(f"the semidefinite program ended with {program.status}")
    weights = np.maximum(w.value, 0.0)
    used = np.abs(incidence) @ weights
    return weights / max(1.0, float(used.max())), _dual_bound(graph, above, below)


def _dual_bound(graph: Graph, above: Any, below: Any) -> float:
    """``‖W − J‖ >= ⟨Y, W − J⟩`` for every ``Y`` of nuclear norm 1; the least over all ``W``."""
    from scipy.optimize import linprog

    values, vectors = np.linalg.eigh(above.dual_value - below.dual_value)
    y = (vectors * values) @ vectors.T / max(np.abs(values).sum(), 1e-300)
    a, b = graph.edges.T
    gains = y[a, a] + y[b, b] - 2.0 * y[a, b]
    ends = np.zeros((graph.n_edges, graph.n_nodes))
    ends[np.arange(graph.n_edges), a] = ends[np.arange(graph.n_edges), b] = 1.0
    # Weights use at most 1 at every node: prices of the nodes bound what they gain.
    prices = linprog(np.ones(graph.n_nodes), A_ub=-ends, b_ub=-gains, method="highs")
    if prices.status != 0:
        return 0.0
    missing = max(0.0, float((gains - ends @ prices.x).max()))
    cost = float(prices.x.sum()) + graph.n_nodes * missing
    return max(0.0, float(np.trace(y) - y.sum() / graph.n_nodes) - cost)
