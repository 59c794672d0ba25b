"""A schedule of links: how often every matching is used within a budget, and how to mix over it.

General cone solvers find the same optima through cvxpy: an independent reference.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.solvers.graphs.certificate import (
    Embedding,
    LinkCertificate,
    Optimum,
    certify_links,
    embedding_of,
)
from roundlot.solvers.graphs.direct import least_contraction
from roundlot.solvers.graphs.enclosure import Enclosure
from roundlot.solvers.graphs.graph import Graph
from roundlot.solvers.graphs.limits import LinkLimits
from roundlot.solvers.graphs.matchings import Decomposition, decompose
from roundlot.solvers.graphs.mixing_weights import mixing_weight
from roundlot.solvers.graphs.one_thread import one_thread
from roundlot.solvers.graphs.optimum import LARGE, most_connected
from roundlot.solvers.graphs.polytope import Polytope, evenly, slowest
from roundlot.solvers.graphs.spectra import MixingMoments, connectivity, contraction
from roundlot.theory.arrays import FloatArray
from roundlot.theory.errors import ConvergenceError, InvalidProblemError
from roundlot.theory.names import require_choice
from roundlot.theory.positions import by_position
from roundlot.theory.tabular import Tabular
from roundlot.theory.text import short_repr

#: What `optimise_links` takes as its ``method``.
LINK_METHODS = ("auto", "exact", "cutting planes", "direct", "uniform", "clarabel", "scs")
SOLVERS = ("clarabel", "scs")  # of cone programs
STATED = 1e-3  # a gap of λ₂ above which the notes say so
LARGE_TABLES = 500  # nodes from which no table of all matchings' Laplacians is made
NOTHING = 1e-7  # of the largest probability: what a solver leaves where it means 0
Found = tuple[FloatArray, Embedding | None, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True, eq=False)
class LinkSchedule(Tabular):
    """Matchings, how often each is used, and the mixing weight.

    Attributes:
        decomposition: the graph and its ``M`` matchings.
        budget: ``Σ p <= budget · M``, in ``(0, 1]``.
        probabilities: ``(M,)``, read-only; within ``[0, 1]`` and the budget as real numbers.
        weight: ``α``; a used link moves ``α`` of each end's model to the other. With mixing "per
            matching" one for each, ``(M,)``, read-only.
        method: what found the probabilities.
        mixing: what found the weight.
        seconds: wall-clock time it took.
        notes: what is worth knowing, in words.
        embedding: the proof of the method, if it left one.
        limits: of costs, seconds, links and nodes, if there are any.
    """

    decomposition: Decomposition = field(repr=False)
    budget: float
    probabilities: FloatArray
    weight: float | FloatArray
    method: str
    mixing: str
    seconds: float
    notes: tuple[str, ...] = ()
    embedding: Embedding | None = field(default=None, repr=False)
    limits: LinkLimits | None = field(default=None, repr=False)

    __repr__ = short_repr

    def __post_init__(self) -> None:
        self.probabilities.flags.writeable = False

    @cached_property
    def connectivity(self) -> Enclosure:
        """``λ₂`` of the mean graph, enclosed."""
        return connectivity(self.decomposition, self.probabilities)

    @cached_property
    def contraction(self) -> Enclosure:
        """``ρ = ‖E WᵀW − J‖``, enclosed: what a round leaves of the workers' squared distance."""
        return contraction(self.decomposition, self.probabilities, self.weight)

    @cached_property
    def certificate(self) -> LinkCertificate:
        """The proved distance from the largest ``λ₂`` within the limits; computed when asked for.

        A method without a proof of its own borrows that of the interior point or, for many nodes,
        of cutting planes.
        """
        embedding = self.embedding
        if embedding is None:
            with one_thread(self.decomposition.graph.n_nodes):
                polytope = Polytope.of(self.decomposition, self.budget, self.limits)
                embedding = most_connected(self.decomposition, polytope).embedding
        return certify_links(
            self.decomposition, self.budget, self.probabilities, embedding, self.limits
        )

    def _columns(self) -> Mapping[str, Any]:
        graph, matching = self.decomposition.graph, self.decomposition.matching
        ends = np.array(graph.nodes, dtype=object)[graph.edges]
        return {
            "node": tuple(ends[:, 0].tolist()),
            "other": tuple(ends[:, 1].tolist()),
            "matching": matching,
            "probability": self.link_probabilities,
        }

    def _record(self) -> dict[str, Any]:
        return {
            "budget": self.budget,
            "weight": self.weight,
            "method": self.method,
            "mixing": self.mixing,
            "seconds": self.seconds,
            "notes": self.notes,
            "matching_probabilities": self.probabilities,
            "links": {name: list(column) for name, column in self._columns().items()},
        }

    @property
    def matchings_per_round(self) -> float:
        """``Σ p``, which is also the expected number of messages one after the other."""
        return float(self.probabilities.sum())

    @property
    def links_per_round(self) -> float:
        """The expected number of links that are used."""
        sizes = [len(links) for links in self.decomposition.matchings]
        return float(self.probabilities @ np.array(sizes))

    @property
    def traffic(self) -> FloatArray:
        """``(n,)``, the expected number of links that every node uses in a round."""
        met: FloatArray = self.probabilities @ (self.decomposition.partners >= 0)
        return met

    @property
    def cost_per_round(self) -> float | None:
        """The expected costs of the links that are used; None if costs are not known."""
        if self.limits is None or self.limits.costs is None:
            return None
        return float(self.link_probabilities @ self.limits.costs)

    @property
    def seconds_per_round(self) -> float | None:
        """The expected seconds of a round's exchanges; None if the links' times are not known.

        Matchings are used one after the other, each as long as its slowest link.
        """
        if self.limits is None or self.limits.times is None:
            return None
        return float(self.probabilities @ np.array(slowest(self.decomposition, self.limits)))

    @property
    def link_probabilities(self) -> FloatArray:
        """``(m,)``, how often every row of ``graph.edges`` is used."""
        p: FloatArray = self.probabilities[self.decomposition.matching]
        return p

    @property
    def budget_left(self) -> float:
        """``budget · M − Σ p``, at least 0."""
        return max(0.0, self.budget * len(self.probabilities) - self.matchings_per_round)

    @property
    def matching_weights(self) -> FloatArray:
        """``(M,)``, the mixing weight of every matching, also where all have the same."""
        return np.broadcast_to(np.asarray(self.weight), self.probabilities.shape).copy()

    def weight_text(self, form: str) -> str:
        """The mixing weight, or the least and the largest of the matchings that are used."""
        own = self.matching_weights[self.probabilities > 0.0]
        low, high = format(own.min(), form), format(own.max(), form)
        return low if low == high else f"{low} to {high}"

    @property
    def least_entry(self) -> float:
        """The least entry that ``W`` can have; below 0 some draw extrapolates at a worker."""
        used = (self.probabilities > 0.0)[:, None] & (self.decomposition.partners >= 0)
        return float(min(0.0, 1.0 - (self.matching_weights @ used).max()))

    @by_position()
    def mixing_matrix(self, used: npt.ArrayLike) -> FloatArray:
        """``(..., n, n)``, ``W`` for flags ``(..., M)``: symmetric, its rows sum to 1.

        Raises:
            InvalidProblemError: not ``M`` flags.
        """
        flags = np.asarray(used, dtype=bool)
        if flags.ndim == 0 or flags.shape[-1] != len(self.probabilities):
            raise InvalidProblemError(
                f"flags have shape {flags.shape}; the last length is {len(self.probabilities)}"
            )
        weighted = flags * self.matching_weights
        n = self.decomposition.graph.n_nodes
        if n > LARGE_TABLES:  # a Laplacian for every matching would be more than the matrices
            rows = weighted.reshape(-1, weighted.shape[-1])
            made = [np.eye(n) - self.decomposition.laplacian(row) for row in rows]
            return np.array(made).reshape(*weighted.shape[:-1], n, n)
        stack = self.decomposition.laplacians
        matrices: FloatArray = np.eye(n) - np.tensordot(weighted, stack, axes=1)
        return matrices


@by_position()
def optimise_links(
    graph: Any,
    budget: float,
    *,
    method: str = "auto",
    mixing: str = "search",
    matchings: Iterable[Any] | None = None,
    limits: LinkLimits | None = None,
    gap: float | None = None,
    seed: int = 0,
) -> LinkSchedule:
    """How often to use every matching of a graph, and with which weight to mix.

    Args:
        graph: a ``Graph``, what ``Graph.of`` accepts, or a ``Decomposition``.
        budget: the share of all matchings used in a round, in expectation; in ``(0, 1]``.
        method: "exact", the largest ``λ₂`` by an interior point on the matrix inequality;
            "cutting planes", the same with a certified gap, for large graphs; "auto", the first of
            them up to 600 nodes; "clarabel" or "scs", through cvxpy; "uniform", all alike;
            "direct", a small ``ρ`` itself, by local search, which may leave budget unused.
        mixing: "search", "closed form", "nonnegative" or "per matching", see ``mixing_weight``;
            "direct" finds its own unless it is one of the last two.
        matchings: your own decomposition, checked.
        limits: of costs, seconds, caps and traffic, on top of the budget; ``budget=1.0`` leaves
            these alone. ``λ₂`` is then the largest within all of them.
        gap: relative, of ``λ₂``, that the search aims at: 1e-7 for "exact" (under limits some
            1e-6 may be left), 1e-4 for "cutting planes"; the certificate has what is proved.
        seed: of the decomposition and of the starts of "direct".

    Raises:
        InvalidProblemError: a graph that is not connected or malformed, matchings that are none, a
            budget outside ``(0, 1]``, an unknown method, limits of another graph.
        ConvergenceError: a solver failed.

    Source: Wang, Sahu, Yang, Joshi, Kar (MATCHA, 2019), with the program on the complement.
    """
    require_choice(method, "method", LINK_METHODS)
    if gap is not None and not 0.0 < gap < math.inf:
        raise InvalidProblemError(f"gap is {gap}; give a finite number above 0")
    decomposition = as_decomposition(graph, matchings, seed=seed)
    checked_budget(budget)
    polytope = Polytope.of(decomposition, float(budget), limits)
    with one_thread(decomposition.graph.n_nodes):
        begin = time.perf_counter()
        made = _scheduled(decomposition, polytope, float(budget), method, mixing, gap, seed)
        return replace(made, limits=limits, seconds=time.perf_counter() - begin)


def _scheduled(
    decomposition: Decomposition,
    polytope: Polytope,
    budget: float,
    method: str,
    mixing: str,
    gap: float | None,
    seed: int,
) -> LinkSchedule:
    if method == "auto":
        method = "exact" if decomposition.graph.n_nodes <= LARGE else "cutting planes"
    weight: float | FloatArray | None = None
    embedding: Embedding | None = None
    notes: tuple[str, ...] = ()
    if method == "direct":
        p, weight, notes = _direct(decomposition, polytope, budget, seed)
    elif method == "uniform":
        p = evenly(polytope, budget)
    else:
        p, embedding, notes = _connected(decomposition, polytope, method, gap)
    p = polytope.within(p if method == "uniform" else _tidied(decomposition, polytope, p))
    if weight is None or mixing in ("nonnegative", "per matching"):
        weight = mixing_weight(decomposition, p, method=mixing).weight
    else:
        mixing = "direct"
    return LinkSchedule(
        decomposition=decomposition,
        budget=budget,
        probabilities=p,
        weight=weight,
        method=method,
        mixing=mixing,
        seconds=0.0,
        notes=notes,
        embedding=embedding,
    )


def as_decomposition(
    graph: Any, matchings: Iterable[Any] | None = None, *, seed: int = 0
) -> Decomposition:
    """A decomposition of a connected graph.

    Raises:
        InvalidProblemError: not connected, malformed, or matchings that do not fit.
    """
    if isinstance(graph, Decomposition):
        if matchings is not None:
            raise InvalidProblemError("give matchings or a Decomposition, not both")
        graph.graph.require_connected()
        return graph
    found = Graph.of(graph)
    found.require_connected()
    return decompose(found, matchings, seed=seed)


def checked_budget(budget: Any) -> float:
    """A share in ``(0, 1]``.

    Raises:
        InvalidProblemError: anything else.
    """
    if isinstance(budget, bool) or not isinstance(budget, int | float | np.floating):
        raise InvalidProblemError(f"the budget is {budget!r}; it is a number in (0, 1]")
    if not 0.0 < budget <= 1.0:
        raise InvalidProblemError(
            f"the budget is {budget:g}; it is the share of matchings used in a round, in (0, 1]"
        )
    return float(budget)


def _tidied(
    decomposition: Decomposition, polytope: Polytope, probabilities: FloatArray
) -> FloatArray:
    """Without the 1e-9 that a solver leaves where it means 0, if that keeps all connected."""
    least = NOTHING * np.minimum(polytope.largest, probabilities.max())
    tidy = np.where(probabilities < least, 0.0, probabilities)
    used = decomposition.graph.edges[tidy[decomposition.matching] > 0.0]
    graph = Graph(nodes=decomposition.graph.nodes, edges=used)
    return tidy if graph.is_connected else probabilities


def _connected(
    decomposition: Decomposition, polytope: Polytope, method: str, gap: float | None
) -> Found:
    if method in SOLVERS:
        p, factor = _conic(decomposition, polytope, method)
        return p, embedding_of(factor), ()
    found = most_connected(decomposition, polytope, method, gap)
    return found.probabilities, found.embedding, _left(found)


def _left(found: Optimum) -> tuple[str, ...]:
    if found.left <= STATED:
        return ()
    return (f"λ₂ is within {found.left:.2g} of the most connected, and that is all that is proved",)


def _direct(
    decomposition: Decomposition, polytope: Polytope, budget: float, seed: int
) -> tuple[FloatArray, float, tuple[str, ...]]:
    connected = polytope.within(most_connected(decomposition, polytope).probabilities)
    starts = [connected, evenly(polytope, budget)]
    p, weight, tried = least_contraction(decomposition, polytope, starts, seed=seed)
    note = f"ρ is a local minimum, the best from {tried} starts; nothing proves it the least"
    return p, weight, (note,)


def complement(nodes: int) -> FloatArray:
    """``(n, n − 1)``, orthonormal columns that are orthogonal to the all-ones vector."""
    k = np.arange(1, nodes)
    basis = np.triu(np.ones((nodes, nodes - 1))) - np.diag(k, -1)[:, :-1]
    scaled: FloatArray = basis / np.sqrt(k * (k + 1.0))
    return scaled


def conic_probabilities(
    decomposition: Decomposition,
    budget: float,
    solver: str = "clarabel",
    limits: LinkLimits | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Probabilities ``(M,)`` and a factor ``(n, n − 1)`` of the dual matrix.

    ``max t``, ``Qᵀ L(p) Q ⪰ t I`` with ``Q`` the complement of the all-ones vector.

    Raises:
        InvalidProblemError: an unknown solver.
        ConvergenceError: the solver says that it failed.
    """
    require_choice(solver, "solver", SOLVERS)
    return _conic(decomposition, Polytope.of(decomposition, budget, limits), solver)


def _conic(
    decomposition: Decomposition, polytope: Polytope, solver: str
) -> tuple[FloatArray, FloatArray]:
    import cvxpy as cp

    q = complement(decomposition.graph.n_nodes)
    p, t = cp.Variable(decomposition.n_matchings), cp.Variable()
    parts = [q.T @ laplacian @ q for laplacian in decomposition.laplacians]
    stacked = np.array(parts).reshape(len(parts), -1)
    size = q.shape[1]
    lmi = cp.reshape(stacked.T @ p, (size, size), order="C") - t * np.eye(size) >> 0
    limits = [lmi, p >= 0, p <= polytope.upper]
    if polytope.rows:
        limits.append(polytope.matrix @ p <= polytope.bounds)
    settings = {"eps_abs": 1e-8, "eps_rel": 1e-8} if solver == "scs" else {}
    program = cp.Problem(cp.Maximize(t), limits)
    program.solve(solver=solver.upper(), **settings)
    if p.value is None or lmi.dual_value is None:
        raise ConvergenceError(f"{solver} ended with {program.status}")
    values, vectors = np.linalg.eigh(lmi.dual_value)
    # A solver leaves −1e-9 where it means 0.
    return np.clip(p.value, 0.0, 1.0), q @ (vectors * np.sqrt(np.maximum(values, 0.0)))


def conic_mixing_weight(
    decomposition: Decomposition, probabilities: npt.ArrayLike, solver: str = "clarabel"
) -> tuple[float, float]:
    """``(α, ρ)`` by the published semidefinite program, in ``α``, ``β >= α²`` and ``ρ``.

    Args:
        probabilities: ``(M,)``, of the matchings.

    Raises:
        InvalidProblemError: probabilities that are none, or an unknown solver.
        ConvergenceError: the solver says that it failed.

    Source: Wang, Sahu, Yang, Joshi, Kar (MATCHA, 2019), section 4.
    """
    import cvxpy as cp

    require_choice(solver, "solver", SOLVERS)
    moments = MixingMoments.of(decomposition, probabilities)
    n = len(moments.mean)
    a, b, s = cp.Variable(nonneg=True), cp.Variable(nonneg=True), cp.Variable(nonneg=True)
    gap = s * np.eye(n) - np.eye(n) + 1.0 / n + 2.0 * a * moments.mean - b * moments.quadratic
    program = cp.Problem(cp.Minimize(s), [gap >> 0, cp.square(a) <= b])
    program.solve(solver=solver.upper())
    if a.value is None:
        raise ConvergenceError(f"{solver} ended with {program.status}")
    return float(a.value), float(s.value)
