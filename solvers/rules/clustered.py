"""Clustered sampling: as many clusters as draws, one draw from each, by data size.

Needs data sizes. Processors are put into ``K = ⌈m⌉`` clusters of nearly equal data (largest first,
each into the lightest cluster), and each cluster draws at most one (processor, model) pair with
``p ∝ d / B``, ``Σ p <= m / K`` in a cluster. Clusters draw independently, so nobody is drawn twice,
no processor trains two models, and the number of draws is fixed when ``m`` is an integer.

Within a cluster draws exclude each other (the "clusters" design), so the variance is
``Σ a²/p − Σ_k ‖Σ_{v in k} u‖²``: at most that of independent draws with the same ``p`` only if
updates in a cluster agree enough, and below even the independent optimum where they agree much.

The paper fills clusters to the brim, in order of size, and splits the client at a seam between two
clusters, which may then both draw it. Here clusters hold whole processors, because a processor
trains one model at a time. Its second rule, clusters of similar updates, needs all updates.

Source: Fraboni, Vidal, Kameni, Lorenzi (ICML 2021), Algorithm 1.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from roundlot.solvers.rules.filling import fill, rescale
from roundlot.solvers.rules.information import Information
from roundlot.solvers.rules.limits import Limits, limits
from roundlot.solvers.rules.rule import DesignName, Rule, known
from roundlot.theory import InfeasibleError, Problem
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray

# Below this, and down to 0, a probability is left to `fill` to keep from vanishing.
_TINY = 1e-290


@dataclass(frozen=True, kw_only=True, eq=False)
class Clustered(Rule):
    """One pair per cluster of processors, by data size."""

    name: str = "clustered"
    needs: str = "data sizes"
    source: str = "Fraboni et al., ICML 2021, Algorithm 1, with whole processors"
    design: DesignName = "clusters"
    requires: tuple[str, ...] = ("weights",)
    formula: ClassVar[str] = (
        r"p_{vs} \propto \frac{d_{vs}}{B_v} \text{ within a cluster}, \qquad \mathrm{Var} = "
        r"\sum_v \frac{a_{vs}^2}{p_{vs}} - \sum_k \|U_{ks}\|^2"
    )

    def propose(self, problem: Problem, information: Information) -> FloatArray:
        """``(V, S)``: by data size within each cluster.

        Raises:
            InfeasibleError: floors that one cluster's single draw cannot hold.
        """
        whole, sizes = limits(problem), known(information.weights, "weights")
        labels = clusters(problem, sizes)
        count = int(labels.max(initial=0)) + 1
        share = min(1.0, problem.budget / count)
        table, fits = _proportional(sizes, labels, whole, share)
        for label, rows in enumerate(_groups(labels, count)):
            if not fits[label]:
                table[rows] = fill(sizes[rows], _within(whole, rows, share, label))
        return whole.settle(np.maximum(table - whole.lower, 0.0), sizes > 0.0)

    def groups(self, problem: Problem, information: Information) -> IntArray:
        """``(V,)``, the cluster of each processor."""
        return clusters(problem, known(information.weights, "weights"))


def clusters(problem: Problem, sizes: FloatArray) -> IntArray:
    """``(V,)``, clusters of nearly equal size: largest processor first, into the lightest.

    Args:
        problem: its budget says how many clusters: ``⌈m⌉``, at most one per processor that holds
            anything. Others join the first cluster, with nothing to draw.
        sizes: ``(V, S)``, finite and ``>= 0``.
    """
    totals = rescale(np.where(problem.available, sizes, 0.0)).sum(axis=1)
    holders = np.flatnonzero(totals > 0.0)
    labels = np.zeros(len(totals), dtype=np.int64)
    count = min(math.ceil(problem.budget), len(holders))
    loads = [(0.0, label) for label in range(count)]
    for row in holders[np.argsort(-totals[holders], kind="stable")].tolist():
        load, label = loads[0]
        labels[row] = label
        heapq.heapreplace(loads, (load + float(totals[row]), label))
    labels.flags.writeable = False
    return labels


def _groups(labels: IntArray, count: int) -> list[IntArray]:
    order = np.argsort(labels, kind="stable")
    edges = np.searchsorted(labels[order], np.arange(1, count))
    return [np.asarray(rows) for rows in np.split(order, edges)]


def _proportional(
    sizes: FloatArray, labels: IntArray, whole: Limits, share: float
) -> tuple[FloatArray, BoolArray]:
    """``(V, S)``, each cluster's share by size, and ``(K,)`` where no limit objects to that."""
    sizes = rescale(np.where(whole.upper > 0.0, sizes, 0.0))
    sums = np.bincount(labels, weights=sizes.sum(axis=1))
    entries = np.bincount(labels, weights=(sizes > 0.0).sum(axis=1))
    # Rounded down enough that no cluster's sum exceeds its share; one entry needs no rounding.
    shrunk = np.where(entries > 1.0, 1.0 - (entries + 4.0) * np.finfo(np.float64).eps, 1.0)
    safe = np.where(sums > 0.0, sums, 1.0)
    table = np.minimum(sizes / safe[labels][:, None], 1.0) * (share * shrunk)[labels][:, None]
    objects = (table > whole.upper).any(axis=1) | (whole.lower > 0.0).any(axis=1)
    objects |= table.sum(axis=1) > whole.cap
    objects |= ((sizes > 0.0) & (table < _TINY)).any(axis=1)
    return table, np.bincount(labels, weights=objects) == 0.0


def _within(whole: Limits, rows: IntArray, share: float, label: int) -> Limits:
    try:
        return Limits(
            lower=whole.lower[rows], upper=whole.upper[rows], cap=whole.cap[rows], budget=share
        )
    except InfeasibleError as error:
        raise InfeasibleError(f"cluster {label} draws once at most: {error}") from error
