"""The schedule of mixing of a training method, for processes that are to do the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from roundlot.simulate.workers.adjacent_leader import AdjacentLeader
from roundlot.simulate.workers.alternating import Alternating
from roundlot.simulate.workers.gossip import DPSGD, Matcha
from roundlot.simulate.workers.mixing_schedule import DrawnGraph, MixingSchedule
from roundlot.simulate.workers.scheduled import Scheduled
from roundlot.theory import InvalidProblemError


def schedule_of_method(
    method: Any, *, nodes: Sequence[str] | None = None, seed: int = 0
) -> MixingSchedule:
    """What a method of training mixes by: the same links, weights and draws.

    Args:
        method: a `DPSGD`, `Matcha`, `Alternating` or `Scheduled`, or an `AdjacentLeader` over one.
        nodes: names of the workers; their numbers if left out.
        seed: of the training, from which links are drawn; a `Scheduled` keeps its own.

    Raises:
        InvalidProblemError: another method, mixing before steps, or a delay.
    """
    if isinstance(method, AdjacentLeader):
        base = schedule_of_method(method.base, nodes=nodes, seed=seed)
        return replace(
            base,
            method="adjacent-leader",
            leaders=method.constants,
            update=method.form,
            name=method.name,
        )
    if not isinstance(method, DPSGD | Matcha | Alternating | Scheduled):
        raise InvalidProblemError(
            f"real processes mix by D-PSGD, MATCHA, adjacent leaders or a schedule, and not by "
            f"{getattr(method, 'name', method)!s:.60}; leave it out"
        )
    if method.order != "step first":
        raise InvalidProblemError(
            f"real processes step, then mix, and order of {method.name} is {method.order!r}; give "
            "'step first'"
        )
    if method.delay:
        raise InvalidProblemError(
            f"real processes wait for each other, and delay of {method.name} is {method.delay}; "
            "give 0"
        )
    if isinstance(method, Scheduled):
        own = method.schedule
        return own if own.leaders is None else _without_leaders(own)
    turns = method.turns if isinstance(method, Alternating) else (method,)
    graphs = tuple(_graph(one) for one in turns)
    always = all(bool((one.p == 1.0).all()) for one in graphs)
    n = graphs[0].links.n_workers
    return MixingSchedule(
        method="d-psgd" if always else "matcha",
        nodes=tuple(map(str, range(n))) if nodes is None else tuple(nodes),
        graphs=graphs,
        seed=seed,
        name=method.name,
    )


def _without_leaders(schedule: MixingSchedule) -> MixingSchedule:
    return replace(schedule, method="matcha", leaders=None)


def _graph(method: DPSGD | Matcha) -> DrawnGraph:
    links = method.links
    assert links is not None
    if isinstance(method, DPSGD):
        mixing = np.asarray(method.mixing)
        every = [mixing[m[:, 0], m[:, 1]] for m in links.matchings]
        return DrawnGraph(links=links, probabilities=np.ones(links.n_matchings), weights=every)
    each = zip(links.sizes, method.weights, strict=True)
    weights = [np.full(size, weight) for size, weight in each]
    return DrawnGraph(links=links, probabilities=method.p, weights=weights)
