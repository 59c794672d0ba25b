"""The sections of a graph's setup: where links come from, how often they are used, the training."""

from __future__ import annotations

from dataclasses import dataclass

from roundlot.fleet.values import choice, key, number, text, whole
from roundlot.solvers.graphs import LINK_METHODS, MIXINGS, SHAPES
from roundlot.solvers.graphs.rate import ORDERS


@dataclass(frozen=True, kw_only=True)
class GraphSection:
    """Where the graph comes from: one of ``shape``, ``edges`` and ``adjacency``."""

    shape: str | None = key(None, choice(*SHAPES))
    nodes: int = key(8, whole(low=2, high=100_000))
    degree: float = key(4.0, number(low=0.0, above=True))
    edges: str | None = key(None, text)
    adjacency: str | None = key(None, text)
    fleet: str | None = key(None, text)
    matchings: str | None = key(None, text)


@dataclass(frozen=True, kw_only=True)
class LinkSection:
    """How often links may be used."""

    budget: float = key(0.5, number(low=0.0, above=True, high=1.0))
    method: str = key("auto", choice(*LINK_METHODS))
    mixing: str = key("search", choice(*MIXINGS))


@dataclass(frozen=True, kw_only=True)
class TrainingSection:
    """The training whose rate is asked for."""

    smoothness: float = key(1.0, number(low=0.0, above=True))
    step: float | None = key(None, number(low=0.0, above=True))
    variance: float = key(0.0, number(low=0.0))
    dissimilarity: float = key(0.0, number(low=0.0))
    value: float = key(1.0, number(low=0.0))
    rounds: int = key(1000, whole(low=1))
    order: str = key("step then mix", choice(*ORDERS))
