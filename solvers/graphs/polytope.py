"""How often matchings may be used: the polytope of their probabilities, with proofs about it.

``0 <= p <= u`` and rows ``A p <= b`` with ``A >= 0``. Rows that no ``p <= u`` violates are left
out. Bounds are rounded so that they hold for the limits as they were given, not only for floats.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

import numpy as np
import numpy.typing as npt

from roundlot.solvers.graphs.enclosure import rounding
from roundlot.solvers.graphs.limits import LinkLimits, exact_sum
from roundlot.solvers.graphs.matchings import Decomposition
from roundlot.theory.arrays import FloatArray
from roundlot.theory.errors import ConvergenceError, InvalidProblemError


@dataclass(frozen=True, kw_only=True, eq=False)
class LinearLimit:
    """One limit ``Σ_j a_j p_j <= b`` as a rational number; ``what`` names it for a user."""

    what: str
    matchings: tuple[int, ...]
    weights: tuple[Fraction, ...] = field(repr=False)
    bound: Fraction

    @property
    def largest(self) -> Fraction:
        """The largest weight."""
        return max(self.weights)

    def is_even(self, matchings: int) -> bool:
        """Whether it is on the plain sum of all."""
        return len(self.weights) == matchings and len(set(self.weights)) == 1

    def used(self, p: list[Fraction]) -> Fraction:
        """``Σ_j a_j p_j``."""
        return sum(
            (w * p[j] for j, w in zip(self.matchings, self.weights, strict=True)), Fraction(0)
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Polytope:
    """The probabilities ``(M,)`` that limits allow.

    Attributes:
        upper: ``(M,)`` in (0, 1], how often each may be used at most.
        rows: limits on sums; only those that some ``p <= upper`` violates.
    """

    upper: FloatArray = field(repr=False)
    rows: tuple[LinearLimit, ...] = field(repr=False)

    @classmethod
    def of(
        cls, decomposition: Decomposition, budget: float, limits: LinkLimits | None = None
    ) -> Polytope:
        """``Σ p <= budget · M`` and further limits of the same graph.

        Raises:
            InvalidProblemError: limits of another graph.
        """
        m = decomposition.n_matchings
        even = LinearLimit(
            what="the budget of matchings",
            matchings=tuple(range(m)),
            weights=(Fraction(1),) * m,
            bound=Fraction(budget) * m,
        )
        if limits is None:
            return cls(upper=np.ones(m), rows=() if budget == 1.0 else (even,))
        _require_same(decomposition, limits)
        upper = np.ones(m)
        if limits.caps is not None:
            np.minimum.at(upper, decomposition.matching, limits.caps)
        exact = [Fraction(u) for u in upper.tolist()]
        rows = [even, *_rows(decomposition, limits)]
        return cls(upper=upper, rows=tuple(row for row in rows if row.used(exact) > row.bound))

    @property
    def is_everything(self) -> bool:
        """Whether every matching may be used as often as its own cap says."""
        return not self.rows

    @cached_property
    def matrix(self) -> FloatArray:
        """``(K, M)``, ``A`` in float64: rows with a largest entry of 1, rounded to the nearest."""
        table = np.zeros((len(self.rows), len(self.upper)))
        for k, row in enumerate(self.rows):
            table[k, list(row.matchings)] = [float(w / row.largest) for w in row.weights]
        return table

    @cached_property
    def bounds(self) -> FloatArray:
        """``(K,)``, ``b`` for these rows, rounded to the nearest."""
        return np.array([float(row.bound / row.largest) for row in self.rows])

    @cached_property
    def largest(self) -> FloatArray:
        """``(M,)``, how often each matching may be used if no other is."""
        with np.errstate(divide="ignore"):
            alone = np.where(self.matrix > 0.0, self.bounds[:, None] / self.matrix, np.inf)
        most: FloatArray = np.minimum(self.upper, alone.min(axis=0, initial=np.inf))
        return most

    def share(self, direction: FloatArray) -> float:
        """The largest factor by which a direction ``(M,)``, at least 0, stays within."""
        with np.errstate(divide="ignore", invalid="ignore"):
            own = np.where(direction > 0.0, self.upper / direction, np.inf)
            rows = self.bounds / (self.matrix @ direction)
        return float(min(own.min(), np.nanmin(rows, initial=np.inf)))

    def scaled(self, factor: float) -> Polytope:
        """Limits of ``p / factor``, for a factor that is at least the largest ``p``."""
        exact = Fraction(factor)
        rows = tuple(
            LinearLimit(
                what=r.what, matchings=r.matchings, weights=r.weights, bound=r.bound / exact
            )
            for r in self.rows
        )
        return Polytope(upper=np.minimum(1.0, self.upper / factor), rows=rows)

    def most(self, lengths: FloatArray) -> float:
        """The most that ``Σ_j c_j p_j`` comes to for ``c (M,)``, at least 0; rounded up.

        A linear program gives the prices ``y`` of the rows; ``bᵀy + Σ u_j max(0, c_j − (Aᵀy)_j)``
        is above all that is allowed, whatever the prices.
        """
        if len(self.rows) == 1 and self.rows[0].is_even(len(lengths)):
            return self._longest_first(lengths)
        prices = self._prices(lengths)
        sums = self.matrix.T @ prices
        # The table is within a rounding of the limits as given, and so are the right sides.
        slack = rounding(len(self.rows) + 4) * (lengths + sums)
        left = np.maximum(lengths - sums + slack, 0.0)
        total = float(self.bounds @ prices + self.upper @ left)
        return math.nextafter(total * (1.0 + rounding(len(lengths) + len(prices) + 8)), math.inf)

    def _longest_first(self, lengths: FloatArray) -> float:
        room, total = self.rows[0].bound / self.rows[0].weights[0], Fraction(0)
        for j in np.argsort(-lengths, kind="stable").tolist():
            share = min(Fraction(float(self.upper[j])), room)
            total += share * Fraction(float(lengths[j]))
            room -= share
        return math.nextafter(float(total), math.inf)

    def _prices(self, lengths: FloatArray) -> FloatArray:
        """``(K,)`` at least 0, of the linear program that collects the most."""
        from scipy.optimize import linprog

        if not self.rows:
            return np.zeros(0)
        size = float(lengths.max(initial=0.0)) or 1.0
        found = linprog(
            -lengths / size,
            A_ub=self.matrix,
            b_ub=self.bounds,
            bounds=np.column_stack([np.zeros(len(lengths)), self.upper]),
            method="highs",
        )
        if found.status != 0:
            raise ConvergenceError(f"the linear program of the limits failed: {found.message}")
        prices: FloatArray = np.maximum(-found.ineqlin.marginals, 0.0) * size
        return prices

    def within(self, probabilities: npt.ArrayLike) -> FloatArray:
        """The same, smaller where they must be for every limit to hold as a real number."""
        p = np.clip(np.array(probabilities, dtype=np.float64), 0.0, self.upper)
        exact = [Fraction(value) for value in p.tolist()]
        used = [(row.bound, row.used(exact)) for row in self.rows]
        factor = float(min((bound / u for bound, u in used if u > bound), default=1.0))
        while self.faults(p * factor):
            factor = float(np.nextafter(factor, 0.0))
        scaled: FloatArray = p * factor
        return scaled

    def faults(self, probabilities: FloatArray) -> tuple[str, ...]:
        """Which limits probabilities ``(M,)`` exceed, in words; empty where all hold exactly."""
        p = [Fraction(value) for value in probabilities.tolist()]
        found = []
        if min(p) < 0 or any(v > Fraction(u) for v, u in zip(p, self.upper.tolist(), strict=True)):
            found.append("a probability is outside [0, 1] or above the cap of a link")
        sums = [(row, row.used(p)) for row in self.rows]
        found += [
            f"probabilities sum to {float(used):.17g}, above {row.what}"
            for row, used in sums
            if used > row.bound
        ]
        return tuple(found)


def _require_same(decomposition: Decomposition, limits: LinkLimits) -> None:
    own, other = decomposition.graph, limits.graph
    if own.nodes != other.nodes or not np.array_equal(own.edges, other.edges):
        raise InvalidProblemError("the limits are of the links of another graph")


def _rows(decomposition: Decomposition, limits: LinkLimits) -> list[LinearLimit]:
    rows = []
    matching, m = decomposition.matching, decomposition.n_matchings
    if limits.cost_budget is not None and limits.costs is not None:
        each = [exact_sum(limits.costs[matching == j]) for j in range(m)]
        rows.append(_row("the budget of costs", each, limits.cost_budget))
    if limits.seconds is not None:
        times = [Fraction(t) for t in slowest(decomposition, limits)]
        rows.append(_row("the seconds of a round", times, limits.seconds))
    if limits.traffic is not None:
        rows += _of_nodes(decomposition, limits.traffic)
    return rows


def _of_nodes(decomposition: Decomposition, traffic: FloatArray) -> list[LinearLimit]:
    met, nodes = decomposition.partners >= 0, decomposition.graph.nodes
    return [
        _row(f"the traffic of node {nodes[a]}", [Fraction(int(one)) for one in met[:, a]], most)
        for a, most in enumerate(traffic.tolist())
        if np.isfinite(most)
    ]


def _row(what: str, weights: list[Fraction], bound: float) -> LinearLimit:
    used = tuple(j for j, w in enumerate(weights) if w > 0)
    return LinearLimit(
        what=what,
        matchings=used,
        weights=tuple(weights[j] for j in used),
        bound=Fraction(bound),
    )


def slowest(decomposition: Decomposition, limits: LinkLimits) -> list[float]:
    """``(M,)`` seconds of every matching: those of its slowest link."""
    assert limits.times is not None
    most = np.zeros(decomposition.n_matchings)
    np.maximum.at(most, decomposition.matching, limits.times)
    return [float(t) for t in most]


def evenly(polytope: Polytope, budget: float) -> FloatArray:
    """``(M,)``, the same for all matchings, but for those whose own caps are below; the most."""
    upper = polytope.upper
    if polytope.share(np.minimum(upper, budget)) >= 1.0:
        return np.minimum(upper, budget)
    low, high = 0.0, budget
    for _ in range(64):  # halvings to the last bit
        middle = 0.5 * (low + high)
        fits = polytope.share(np.minimum(upper, middle)) >= 1.0
        low, high = (middle, high) if fits else (low, middle)
    return np.minimum(upper, low)
