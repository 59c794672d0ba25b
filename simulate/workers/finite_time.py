"""Rounds that may link any two workers as a schedule of mixing that processes can run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from roundlot.simulate.workers.links import Links
from roundlot.simulate.workers.mixing_schedule import DrawnGraph, MixingSchedule
from roundlot.solvers.graphs.finite_time import WeightedRound, exact_rounds
from roundlot.solvers.graphs.graph import Graph
from roundlot.solvers.graphs.matchings import decompose
from roundlot.solvers.topologies.equitopo import EquiDynamic, equi_static
from roundlot.theory import InvalidProblemError

PERIOD = 100  # rounds of random partners before they repeat, unless told


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


def equi_schedule(
    nodes: Sequence[str],
    *,
    period: int | None = None,
    offsets: int | None = None,
    seed: int = 0,
    name: str = "random partners",
) -> MixingSchedule:
    """Random partners as a schedule: one each in a round, or a fixed graph of random offsets.

    Its ``contraction`` is that of the partners drawn; ``EquiDynamic`` has that of the law.

    Args:
        nodes: names of the workers, at least 2, all different.
        period: so many rounds are drawn, and used in turn; 100 if neither is given.
        offsets: a fixed graph of so many offsets, used both ways, instead.
        seed: of the draws.
        name: what to call it.

    Raises:
        InvalidProblemError: both of period and offsets, or one that is none; partners that leave
            some workers without a path to others for ever.

    Source: Song et al., EquiTopo (2022): OU-EquiDyn and U-EquiStatic.
    """
    if period is not None and offsets is not None:
        raise InvalidProblemError("give one of period and offsets, not both")
    if offsets is not None:
        rounds = equi_static(len(nodes), offsets, both_ways=True, seed=seed).rounds
    else:
        length = PERIOD if period is None else period
        if not isinstance(length, int) or isinstance(length, bool) or length < 1:
            raise InvalidProblemError(f"period is {length!r}; it is a whole number from 1")
        rounds = EquiDynamic(nodes=len(nodes)).rounds(length, seed=seed)
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
