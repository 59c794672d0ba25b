"""How close a schedule of links is to the most connected one its budget allows, proved.

The proof that no probabilities do better is the graph, placed in space.

Give node ``a`` the point ``z_a``, the points centred. For every ``p``, ``λ₂(Σ p_j L_j) Σ ‖z_a‖² <=
Σ_j p_j c_j`` with ``c_j`` the squared lengths of the links in matching ``j``; so the most that
they may collect of ``c`` within the limits, over ``Σ ‖z_a‖²``, is above every ``λ₂``. The best
points attain it.

Source: the dual of the semidefinite program (Göring, Helmberg, Wappler 2008).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from roundlot.solvers.graphs.enclosure import rounding
from roundlot.solvers.graphs.limits import LinkLimits
from roundlot.solvers.graphs.matchings import Decomposition
from roundlot.solvers.graphs.polytope import Polytope
from roundlot.solvers.graphs.spectra import connectivity
from roundlot.theory.arrays import FloatArray
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

    def bound(
        self, decomposition: Decomposition, budget: float, limits: LinkLimits | None = None
    ) -> float:
        """No ``p`` with ``Σ p <= budget · M``, ``0 <= p <= 1`` and within the limits has a larger
        ``λ₂``; rigorous."""
        return self.bound_within(decomposition, Polytope.of(decomposition, budget, limits))

    def bound_within(self, decomposition: Decomposition, polytope: Polytope) -> float:
        """No ``p`` in a polytope has a larger ``λ₂``; rigorous."""
        if len(self.points) != decomposition.graph.n_nodes:
            raise InvalidProblemError(
                f"there are {decomposition.graph.n_nodes} nodes and {len(self.points)} points"
            )
        lengths = self.lengths(decomposition)
        collected = polytope.most(lengths)
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


def embedding_of(factor: npt.ArrayLike) -> Embedding:
    """The embedding with these points; directions that carry nothing are left out."""
    table = np.asarray(factor, dtype=np.float64)
    kept = np.abs(table).max(axis=0) > 0.0
    return Embedding(points=table[:, kept])


@dataclass(frozen=True, kw_only=True, eq=False)
class Optimum:
    """Probabilities near the most connected, and the points that prove how near.

    Attributes:
        probabilities: ``(M,)``.
        embedding: their bound is ``bound``.
        steps: how many it took.
        reached: ``λ₂``, in float64.
        bound: no probabilities within the budget have a larger ``λ₂``.
    """

    probabilities: FloatArray
    embedding: Embedding
    steps: int
    reached: float
    bound: float

    @property
    def left(self) -> float:
        """The relative gap between the two."""
        return relative_gap(self.reached, self.bound)

    def scaled(self, factor: float) -> Optimum:
        """That of limits that are ``factor`` times as large."""
        return replace(
            self,
            probabilities=self.probabilities * factor,
            reached=self.reached * factor,
            bound=self.bound * factor,
        )

    def better(self, other: Optimum) -> Optimum:
        """The better probabilities of two and the better proof."""
        best, proof = max(self, other, key=_reached), min(self, other, key=_bound)
        steps = self.steps + other.steps
        return replace(best, embedding=proof.embedding, bound=proof.bound, steps=steps)


def _reached(found: Optimum) -> float:
    return found.reached


def _bound(found: Optimum) -> float:
    return found.bound


@dataclass(frozen=True, kw_only=True, eq=False)
class LinkCertificate:
    """``lower <= λ₂ of the schedule`` and ``every λ₂ within the budget <= upper``.

    Attributes:
        decomposition, budget, probabilities: what is certified.
        limits: further ones that every ``λ₂`` of the upper bound keeps.
        lower: a verified Cholesky factorisation stands behind it.
        upper: what the embedding proves.
        embedding: points for the nodes; anybody can recompute the bound from them.
        gap: the optimum is at most ``1 + gap`` times this schedule's ``λ₂``, rounded up.
        rigorous: whether every rounding error is accounted for.
    """

    decomposition: Decomposition = field(repr=False)
    budget: float
    probabilities: FloatArray = field(repr=False)
    lower: float
    upper: float
    embedding: Embedding = field(repr=False)
    gap: float
    rigorous: bool = True
    limits: LinkLimits | None = field(default=None, repr=False)

    def verify(self) -> bool:
        """Whether everything holds when computed again."""
        return not self.complaints()

    def complaints(self) -> tuple[str, ...]:
        """What is wrong, in words; empty when all holds."""
        if len(self.probabilities) != self.decomposition.n_matchings:
            return (
                f"there are {len(self.probabilities)} probabilities for "
                f"{self.decomposition.n_matchings}",
            )
        polytope = Polytope.of(self.decomposition, self.budget, self.limits)
        found = list(polytope.faults(self.probabilities))
        if not found and connectivity(self.decomposition, self.probabilities).upper < self.lower:
            found.append(f"λ₂ is below the lower bound {self.lower:.17g}")
        if self.embedding.bound_within(self.decomposition, polytope) > self.upper:
            found.append(f"the points do not prove the upper bound {self.upper:.17g}")
        if relative_gap(self.lower, self.upper) > self.gap:
            found.append(f"the gap is above {self.gap:.3g}")
        return tuple(found)


def certify_links(
    decomposition: Decomposition,
    budget: float,
    probabilities: FloatArray,
    embedding: Embedding,
    limits: LinkLimits | None = None,
) -> LinkCertificate:
    """The certificate of any probabilities ``(M,)`` within the limits, by any embedding."""
    lower = connectivity(decomposition, probabilities).lower
    upper = embedding.bound(decomposition, budget, limits)
    return LinkCertificate(
        decomposition=decomposition,
        budget=budget,
        probabilities=probabilities,
        lower=lower,
        upper=upper,
        embedding=embedding,
        gap=relative_gap(lower, upper),
        limits=limits,
    )


def relative_gap(lower: float, upper: float) -> float:
    """``upper / lower − 1``, rounded up, at least 0."""
    if lower <= 0.0:
        return math.inf
    return max(0.0, math.nextafter((upper - lower) / lower, math.inf))
