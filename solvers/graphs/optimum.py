"""The most connected mean graph within limits: by an interior point, or by cutting planes.

``max t`` such that ``L(p) − t I`` is positive semidefinite on the complement of the all-ones
vector, ``0 <= p <= u``, ``A p <= b``. The interior point is exact and inverts an ``n × n``
matrix a step; cutting planes are for larger graphs, to a stated gap. Where one of them stops before
its gap, the other goes on, and the best probabilities and the best proof of both are kept.
"""

from __future__ import annotations

from roundlot.solvers.graphs.certificate import Optimum
from roundlot.solvers.graphs.cutting_planes import cutting_planes, everything
from roundlot.solvers.graphs.interior_point import interior_point
from roundlot.solvers.graphs.matchings import Decomposition
from roundlot.solvers.graphs.polytope import Polytope
from roundlot.theory.errors import ConvergenceError

LARGE = 600  # nodes from which a dense inverse a step takes longer than cutting planes
LINEAR = 1e-6  # a gap below which the linear programs of cutting planes do not come
EXACT_GAP, AUTO_GAP = 1e-7, 1e-4  # relative, of λ₂; float64 ends near 1e-11


def most_connected(
    decomposition: Decomposition,
    polytope: Polytope,
    method: str = "auto",
    gap: float | None = None,
) -> Optimum:
    """Probabilities with the largest ``λ₂`` within limits, and the points that prove it.

    Args:
        decomposition: the matchings.
        polytope: the probabilities that are allowed.
        method: "exact", "cutting planes", or "auto", which chooses by the number of nodes.
        gap: relative, of ``λ₂``; that of the method by default. The result's ``left`` says what is
            reached, which may be more.

    Raises:
        ConvergenceError: both solvers failed.
    """
    if polytope.is_everything:  # more links never lower λ₂
        return everything(decomposition, polytope)
    largest = float(polytope.largest.max())
    if largest < 1.0:  # then everything scales with the limits
        found = most_connected(decomposition, polytope.scaled(largest), method, gap)
        return found.scaled(largest)
    exact = method == "exact" or (method == "auto" and decomposition.graph.n_nodes <= LARGE)
    wanted = gap if gap is not None else EXACT_GAP if exact else AUTO_GAP
    if not exact:
        return cutting_planes(decomposition, polytope, gap=wanted)
    try:
        found = interior_point(decomposition, polytope, gap=wanted)
    except ConvergenceError:
        return cutting_planes(decomposition, polytope, gap=wanted)
    if found.left <= max(wanted, LINEAR):
        return found
    return found.better(cutting_planes(decomposition, polytope, gap=wanted))
