"""The sections of a setup with workers, with the default of every key."""

from __future__ import annotations

from dataclasses import dataclass

from roundlot.fleet.values import choice, key, number, text, whole
from roundlot.simulate.workers.shards import SHARDS
from roundlot.train.sections import either, one_or_many, switch

LAWS = ("deterministic", "exponential", "shifted", "pareto")


@dataclass(frozen=True, kw_only=True)
class WorkersSection:
    """``[workers]``: how many, who is linked with whom, on which data, how fast.

    ``graph`` is a name in ``roundlot.solvers.graphs.shapes.SHAPES`` or a file with a link, two
    names, in every line. ``budget`` is the share of its matchings that MATCHA uses in a round.
    ``speed`` in samples/s; ``law`` of the random factor on it, drawn ``per`` step or mini-batch;
    ``link`` in Mbit/s. A method may set each of these but ``count`` for itself.
    """

    count: int = key(8, whole(low=1, high=10**6))
    graph: str = key("paper8", text)
    degree: float = key(4.0, number(low=0, above=True))
    budget: float = key(0.5, number(low=0, high=1, above=True))
    partition: str = key("own", choice(*SHARDS))
    speed: float | tuple[float, ...] | None = key(None, one_or_many(number(low=0, above=True)))
    law: str = key("deterministic", choice(*LAWS))
    shift: float = key(0.5, number(low=0, high=1))
    shape: float = key(2.5, number(low=1, above=True))
    per: str = key("step", choice("step", "mini-batch"))
    link: float | tuple[float, ...] | None = key(None, one_or_many(number(low=0, above=True)))
    latency: float = key(0.0, number(low=0))
    weigh: str = key("uniform", choice("uniform", "size"))


@dataclass(frozen=True, kw_only=True)
class StepsSection:
    """``[steps]``: what a worker does between two mixings; a method may set each for itself.

    ``batch_size = "proportional"`` gives batches in proportion to speed, ``batch_mean`` on average.
    """

    steps: int = key(1, whole(low=1))
    batch_size: int | str | tuple[int, ...] = key(
        16, either("proportional", one_or_many(whole(low=1)))
    )
    batch_mean: int = key(16, whole(low=1))
    learning_rate: float = key(0.1, number(low=0, above=True))
    decay: float = key(1.0, number(low=0, high=1, above=True))


@dataclass(frozen=True, kw_only=True)
class WorkerRunSection:
    """``[run]``: how long, how often, compared with what."""

    rounds: int = key(200, whole(low=1, high=10**7))
    seeds: int = key(3, whole(low=1, high=10**4))
    evaluate_every: int = key(10, whole(low=1))
    target: float | None = key(None, number(low=0, above=True))
    measure: bool = key(False, switch)
    baseline: str | None = key(None, text)
    confidence: float = key(0.95, number(low=0.5, high=0.9999))
    engine: str = key("auto", choice("auto", "batched", "vmapped"))
    device: str = key("auto", text)
    chunk: int | None = key(None, whole(low=1))
    checkpoint_every: int = key(50, whole(low=1))


@dataclass(frozen=True, kw_only=True)
class TheorySection:
    """``[theory]``: the constants that a rate needs; see theorem decentralised."""

    smoothness: float = key(1.0, number(low=0, above=True))
    noise: float = key(1.0, number(low=0))
    dissimilarity: float = key(1.0, number(low=0))
    gap: float = key(1.0, number(low=0))
