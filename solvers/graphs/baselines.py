"""All links in every round: what a schedule of fewer is held against.

One weight for all links is what a schedule uses, too, but it is not the best of all links: that has
a weight for every link, signs free.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from roundlot.solvers.graphs.graph import Graph
from roundlot.solvers.graphs.matchings import Decomposition
from roundlot.solvers.graphs.mixing_weights import FixedMixing, fixed_weights

COMPARED = 200  # nodes up to which the best weights take seconds


@dataclass(frozen=True, kw_only=True, eq=False)
class AllLinks:
    """All links in every round, with three choices of weights.

    Attributes:
        equal: the best single weight for all links.
        metropolis: ``1/(1 + max(d_a, d_b))``.
        best: the best symmetric weights, signs free; None if not asked for.
    """

    equal: FixedMixing = field(repr=False)
    metropolis: FixedMixing = field(repr=False)
    best: FixedMixing | None = field(repr=False)

    def to_record(self) -> dict[str, Any]:
        """``ρ`` of each, and the proved bound below which no symmetric weights come."""
        record: dict[str, Any] = {
            "one weight": self.equal.contraction.upper,
            "metropolis": self.metropolis.contraction.upper,
        }
        if self.best is not None:
            record["best weights"] = self.best.contraction.upper
            record["no weights below"] = self.best.lower_bound
        return record


def all_links(graph: Any, *, best: bool | None = None) -> AllLinks:
    """All links of a connected graph in every round.

    Args:
        graph: what ``Graph.of`` accepts, or a ``Decomposition``.
        best: whether to find the best symmetric weights; up to 200 nodes unless told.

    Raises:
        InvalidProblemError: a graph that is malformed or not connected.
        ConvergenceError: the best weights were not found.
    """
    found = graph.graph if isinstance(graph, Decomposition) else Graph.of(graph)
    wanted = found.n_nodes <= COMPARED if best is None else best
    return AllLinks(
        equal=fixed_weights(found, method="best constant"),
        metropolis=fixed_weights(found, method="metropolis"),
        best=fixed_weights(found, method="fastest") if wanted else None,
    )
