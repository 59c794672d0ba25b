"""Exact rounds as a schedule of mixing that processes can run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from roundlot.simulate.workers.links import Links
from roundlot.simulate.workers.mixing_schedule import DrawnGraph, MixingSchedule
from roundlot.solvers.graphs.finite_time import WeightedRound, exact_rounds
from roundlot.solvers.graphs.graph import Graph
from roundlot.solvers.graphs.matchings import decompose


def exact_schedule(
    nodes: Sequence[str], *, degree: int = 1, name: str = "exact rounds"
) -> MixingSchedule:
    """Graphs in turn after whose rounds all workers hold the mean; the same in every period.

    Args:
        nodes: names of the workers, at least 2, all different.
        degree: most partners of a worker in a round.
        name: what to call it.

    Raises:
        InvalidProblemError: as ``exact_rounds`` and the schedule.
    """
    rounds = exact_rounds(len(nodes), degree=degree)
    graphs = tuple(_drawn(one) for one in rounds)
    return MixingSchedule(method="d-psgd", nodes=tuple(nodes), graphs=graphs, name=name)


def _drawn(one: WeightedRound) -> DrawnGraph:
    graph = Graph(nodes=tuple(map(str, range(one.nodes))), edges=one.links)
    matchings = decompose(graph).matchings
    weight = {
        tuple(sorted(pair)): w for pair, w in zip(one.links.tolist(), one.weights, strict=True)
    }
    return DrawnGraph(
        links=Links(n_workers=one.nodes, matchings=matchings),
        probabilities=np.ones(len(matchings)),
        weights=[np.array([weight[tuple(pair)] for pair in m.tolist()]) for m in matchings],
    )
