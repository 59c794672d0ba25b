"""The most connected mean graph within a budget: by the interior point, or by cutting planes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from roundlot.solvers.graphs.certificate import Optimum, embedding_of
from roundlot.solvers.graphs.cutting_planes import cutting_planes
from roundlot.solvers.graphs.interior_point import interior_point
from roundlot.solvers.graphs.matchings import Decomposition

LARGE = 300  # nodes from which a dense inverse a step takes longer than cutting planes
EXACT_GAP, AUTO_GAP = 1e-7, 1e-4


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
