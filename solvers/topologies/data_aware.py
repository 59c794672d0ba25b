"""Who mixes with whom, so that every worker's neighbours together have the data of all (STL-FW).

With the share ``Π_ic`` of class ``c`` in worker ``i``'s data,
``g(W) = (1/n) ‖W Π − (1/n) 1 1ᵀ Π‖² + (λ/n) ‖W − (1/n) 1 1ᵀ‖²`` is small where neighbourhoods look
like the whole (the bias of mixing) and weights are even (its variance). Frank and Wolfe's method
makes it small over doubly stochastic ``W``: each step adds one permutation, found by linear
assignment, so that after ``l`` steps no worker hears more than ``l`` others. Its duality gap bounds
how far ``g`` is from the least of all.

Source: Le Bars, Bellet, Tommasi, Lavoie, Kermarrec, Refined Convergence and Topology Learning for
Decentralized SGD with Heterogeneous Data (AISTATS 2023).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.solvers.graphs.graph import Graph
from roundlot.theory.arrays import BoolArray, FloatArray, read_only
from roundlot.theory.errors import InvalidProblemError


@dataclass(frozen=True, kw_only=True, eq=False)
class DataAwareMixing:
    """Mixing weights for the classes of the workers' data.

    Attributes:
        matrix: ``(n, n)``, row ``i`` what worker ``i`` takes of every worker; doubly stochastic, no
            entry below 0; read-only.
        shares: ``(n, C)``, ``Π``; read-only.
        variance: ``λ``.
        both_ways: whether ``W`` was to be symmetric.
        gaps: ``(l + 1,)``, the duality gap at the start and after each step; read-only.
        objectives: ``(l + 1,)``, ``g`` there; read-only.
    """

    matrix: FloatArray = field(repr=False)
    shares: FloatArray = field(repr=False)
    variance: float
    both_ways: bool
    gaps: FloatArray = field(repr=False)
    objectives: FloatArray = field(repr=False)

    @property
    def objective(self) -> float:
        """``g(W)``."""
        return float(self.objectives[-1])

    @property
    def bias(self) -> float:
        """``(1/n) ‖W Π − (1/n) 1 1ᵀ Π‖²``: how far neighbourhoods are from the whole."""
        return float(np.sum((self.matrix @ self.shares - self.shares.mean(axis=0)) ** 2)) / len(
            self.matrix
        )

    @property
    def gap(self) -> float:
        """``g(W)`` is at most so much above the least of all such ``W``, up to rounding."""
        return self.objective - self.lower_bound

    @property
    def lower_bound(self) -> float:
        """No such ``W`` has a smaller ``g``, up to rounding: the best that all steps prove."""
        return float(max(0.0, np.max(self.objectives - self.gaps)))

    @property
    def partners(self) -> int:
        """Most workers that one hears or is heard by, without itself."""
        linked = self.matrix > 0.0
        np.fill_diagonal(linked, False)
        return int(max(linked.sum(axis=0).max(), linked.sum(axis=1).max()))

    @property
    def groups(self) -> int:
        """How many groups of workers never hear of each other: few steps may leave several."""
        from scipy.sparse.csgraph import connected_components

        return int(connected_components(self.matrix > 0.0, connection="strong")[0])

    @property
    def contraction(self) -> float:
        """``ρ = ‖W − J‖²``, up to rounding; 1 with several groups."""
        return float(np.linalg.norm(self.matrix - 1.0 / len(self.matrix), 2) ** 2)

    def to_record(self) -> dict[str, Any]:
        """Everything but the tables."""
        return {
            "objective": self.objective,
            "bias": self.bias,
            "lower_bound": self.lower_bound,
            "gap": self.gap,
            "partners": self.partners,
            "groups": self.groups,
            "rho": self.contraction,
            "steps": len(self.gaps) - 1,
        }


def data_aware_mixing(
    shares: npt.ArrayLike,
    *,
    steps: int = 10,
    variance: float = 0.1,
    both_ways: bool = True,
    graph: Any = None,
    gap: float = 0.0,
) -> DataAwareMixing:
    """Mixing weights by so many steps of Frank and Wolfe's method, from no mixing at all.

    Args:
        shares: ``(n, C)``, the share of every class in the data of each worker, or counts.
        steps: at most; no worker hears more others than there are steps, twice as many with links
            both ways.
        variance: ``λ``, above 0: the more, the more even the weights. The source has the variance
            of gradients over ``C`` times their dissimilarity.
        both_ways: whether ``W`` is symmetric, as methods that send both ways need it.
        graph: what ``Graph.of`` accepts, whose links alone may be used; any two workers if it is
            not given, and then ``g`` is 0 at the least, where every worker hears all.
        gap: stop when ``g`` is proved to be within it of the least.

    Raises:
        InvalidProblemError: a worker without data, numbers that are none or below 0, no step, a
            graph of other workers.
    """
    table = _checked_shares(shares)
    if not isinstance(steps, int) or isinstance(steps, bool) or steps < 1:
        raise InvalidProblemError(f"steps is {steps!r}; it is a whole number from 1")
    for word, value, least in (("variance", variance, "above 0"), ("gap", gap, "at least 0")):
        good = value > 0.0 if word == "variance" else value >= 0.0
        if not (good and math.isfinite(value)):
            raise InvalidProblemError(f"{word} is {value!r}; it is a finite number {least}")
    barred = _barred(graph, len(table))
    return _descend(table, barred, steps, float(variance), both_ways, float(gap))


def _barred(graph: Any, workers: int) -> BoolArray | None:
    """``(n, n)``, who may not hear whom; None if there is no such pair."""
    if graph is None:
        return None
    found = Graph.of(graph)
    if found.n_nodes != workers:
        raise InvalidProblemError(
            f"the graph has {found.n_nodes} nodes and there are shares of {workers} workers"
        )
    barred: BoolArray = (found.adjacency() + np.eye(workers)) == 0.0
    return barred


def _checked_shares(shares: npt.ArrayLike) -> FloatArray:
    """Rows that sum to 1."""
    table = np.array(shares, dtype=np.float64)
    if table.ndim != 2 or len(table) < 2 or table.shape[1] < 1:
        raise InvalidProblemError(
            f"shares have shape {table.shape}; give a row for every worker, at least 2, and a "
            "column for every class"
        )
    bad = ~(np.isfinite(table) & (table >= 0.0))
    if bad.any():
        i, c = (int(k) for k in np.argwhere(bad)[0])
        raise InvalidProblemError(f"the share of class {c} of worker {i} is {table[i, c]:g}")
    sums = table.sum(axis=1)
    if not (sums > 0.0).all():
        raise InvalidProblemError(f"worker {int(np.argmin(sums))} has no data; leave it out")
    shared: FloatArray = table / sums[:, None]
    return shared


def _descend(
    shares: FloatArray,
    barred: BoolArray | None,
    steps: int,
    variance: float,
    both_ways: bool,
    gap: float,
) -> DataAwareMixing:
    n = len(shares)
    w = np.eye(n)
    mean = shares.mean(axis=0)
    gaps, objectives = [], []
    for step in range(steps + 1):
        biased, uneven = w @ shares - mean, w - 1.0 / n
        slope = 2.0 / n * (biased @ shares.T + variance * uneven)
        costs = 0.5 * (slope + slope.T) if both_ways else slope
        corner = _corner(costs if barred is None else np.where(barred, np.inf, costs), both_ways)
        direction = corner - w
        fall = -float(np.sum(slope * direction))
        gaps.append(max(0.0, fall))
        objectives.append(float(np.sum(biased**2) + variance * np.sum(uneven**2)) / n)
        if step == steps or fall <= gap:
            break
        curve = float(np.sum((direction @ shares) ** 2) + variance * np.sum(direction**2)) / n
        part = min(1.0, fall / (2.0 * curve))
        w = (1.0 - part) * w + part * corner
    return DataAwareMixing(
        matrix=read_only(w),
        shares=read_only(shares),
        variance=variance,
        both_ways=both_ways,
        gaps=read_only(np.array(gaps)),
        objectives=read_only(np.array(objectives)),
    )


def _corner(costs: FloatArray, both_ways: bool) -> FloatArray:
    """The permutation, or the mean of it and its inverse, along which ``g`` falls most."""
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(costs)
    matrix = np.zeros_like(costs)
    matrix[rows, columns] = 1.0
    corner: FloatArray = 0.5 * (matrix + matrix.T) if both_ways else matrix
    return corner
