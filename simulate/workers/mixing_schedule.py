"""What workers mix by in every round: graphs in turn, how often links are used, weights, a seed.

Every worker that holds the same schedule knows, without a word from anybody, who talks to whom in a
round: draws are a function of (seed, round). A schedule is a file, too; see `schedule_file`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from roundlot.simulate.philox import key_words
from roundlot.simulate.workers.links import Links, draw_links
from roundlot.solvers.graphs.graph import Graph
from roundlot.solvers.graphs.leaders import UPDATES, LeaderWeights
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import BoolArray, FloatArray, read_only
from roundlot.theory.names import require_choice
from roundlot.theory.text import short_repr

if TYPE_CHECKING:
    from roundlot.solvers.graphs.schedule import LinkSchedule

#: Methods that mix over links: their names in a schedule.
GOSSIPS = ("d-psgd", "matcha", "adjacent-leader")


@dataclass(frozen=True, kw_only=True, eq=False)
class DrawnGraph:
    """A graph in matchings: how often each is used, and the weight of every link.

    Attributes:
        links: of the workers, in ``M`` matchings.
        probabilities: ``(M,)`` in [0, 1], read-only.
        weights: ``M`` arrays ``(k,)``: what a link in use moves of each end's parameters to the
            other. A weight may be below 0, as in the fastest averaging.

    Raises:
        InvalidProblemError: numbers for other matchings or links, a probability outside [0, 1], a
            weight that is not finite.
    """

    links: Links = field(repr=False)
    probabilities: npt.ArrayLike
    weights: Sequence[npt.ArrayLike] = field(repr=False)

    __repr__ = short_repr

    def __post_init__(self) -> None:
        p = np.array(self.probabilities, dtype=np.float64)
        if p.shape != (self.links.n_matchings,):
            raise InvalidProblemError(
                f"there are {p.size} probabilities for {self.links.n_matchings} matchings; give "
                "one each"
            )
        off = np.flatnonzero(~((p >= 0.0) & (p <= 1.0)))
        if off.size:
            raise InvalidProblemError(
                f"the probability of matching {off[0]} is {p[off[0]]:g}; it is in [0, 1]"
            )
        if len(self.weights) != p.size:
            raise InvalidProblemError(
                f"there are weights for {len(self.weights)} matchings, not {p.size}; give one a "
                "link"
            )
        own = [read_only(np.array(w, dtype=np.float64)) for w in self.weights]
        for j, (w, pairs) in enumerate(zip(own, self.links.matchings, strict=True)):
            if w.shape != (len(pairs),) or not np.isfinite(w).all():
                raise InvalidProblemError(
                    f"the weights of matching {j} are {w.tolist()!r:.60}; give {len(pairs)} finite "
                    "numbers, one a link"
                )
        object.__setattr__(self, "probabilities", read_only(p))
        object.__setattr__(self, "weights", tuple(own))

    @property
    def p(self) -> FloatArray:
        """``(M,)`` probabilities."""
        return np.asarray(self.probabilities)

    @cached_property
    def laplacians(self) -> FloatArray:
        """``(M, n, n)``: the weighted Laplacian of every matching."""
        stack = np.zeros((self.links.n_matchings, self.links.n_workers, self.links.n_workers))
        for L, pairs, w in zip(stack, self.links.matchings, self.weights, strict=True):
            (a, b), weight = pairs.T, np.asarray(w)
            L[a, a] = L[b, b] = weight
            L[a, b] = L[b, a] = -weight
        return read_only(stack)

    def mixing(self, used: npt.ArrayLike) -> FloatArray:
        """``(n, n)``: ``W`` with the matchings ``used`` ``(M,)``; symmetric, rows sum to 1."""
        on = np.asarray(used, dtype=np.float64)
        whole = np.tensordot(on, self.laplacians, axes=1)
        return np.asarray(np.eye(self.links.n_workers) - whole)

    def carried(self, second: FloatArray) -> FloatArray:
        """``E Wᵀ S W`` of this graph's draw, for a matrix ``S`` ``(n, n)``."""
        mean = np.eye(self.links.n_workers) - np.tensordot(self.p, self.laplacians, axes=1)
        whole = mean.T @ second @ mean
        for share, one in zip(self.p * (1.0 - self.p), self.laplacians, strict=True):
            if share > 0.0:
                whole += share * (one @ second @ one)
        return np.asarray(whole)


@dataclass(frozen=True, kw_only=True, eq=False)
class MixingSchedule:
    """A method of mixing with all that every worker must know of it.

    Attributes:
        method: "d-psgd", "matcha" or "adjacent-leader".
        nodes: ``n`` names of the workers, all different.
        graphs: used in turn: round ``k`` has ``graphs[k mod T]``.
        seed: of the draws, from 0.
        leaders: the constants of adjacent leaders, None for the other methods.
        update: "paper" or "code", for adjacent leaders.
        name: what to call it.

    Raises:
        InvalidProblemError: an unknown method, a graph of other workers, graphs that leave a worker
            alone for ever, random links for D-PSGD, leaders for a method without.
    """

    method: str
    nodes: tuple[str, ...]
    graphs: tuple[DrawnGraph, ...]
    seed: int = 0
    leaders: LeaderWeights | None = None
    update: str = "paper"
    name: str = "schedule"

    __repr__ = short_repr

    def __post_init__(self) -> None:
        require_choice(self.method, "method", GOSSIPS)
        require_choice(self.update, "update", UPDATES)
        key_words(self.seed)
        if not self.graphs:
            raise InvalidProblemError("the schedule has no graph; give at least one")
        for t, one in enumerate(self.graphs):
            if one.links.n_workers != len(self.nodes):
                raise InvalidProblemError(
                    f"graph {t} links {one.links.n_workers} workers; the schedule names "
                    f"{len(self.nodes)}"
                )
        used = [
            pairs
            for one in self.graphs
            for pairs, p in zip(one.links.matchings, one.p, strict=True)
            if p > 0.0
        ]
        every = np.unique(np.concatenate([*used, np.empty((0, 2), np.int64)]), axis=0)
        Graph(nodes=self.nodes, edges=every, name=self.name).require_connected()
        random = next((t for t, one in enumerate(self.graphs) if (one.p < 1.0).any()), None)
        if self.method == "d-psgd" and random is not None:
            raise InvalidProblemError(
                f"graph {random} has a link with a probability below 1; d-psgd uses its links in "
                "every round: take the method matcha"
            )
        if (self.leaders is not None) != (self.method == "adjacent-leader"):
            raise InvalidProblemError(
                "leaders belong to the method adjacent-leader, and it needs them"
            )

    @classmethod
    def of(
        cls,
        schedule: LinkSchedule,
        *others: LinkSchedule,
        method: str = "matcha",
        seed: int = 0,
        leaders: LeaderWeights | None = None,
        update: str = "paper",
        name: str = "schedule",
    ) -> MixingSchedule:
        """From schedules of links, used in turn; leaders have the published constants if not said.

        Raises:
            InvalidProblemError: schedules of other nodes; as the record.
        """
        every = (schedule, *others)
        nodes = schedule.decomposition.graph.nodes
        for other in others:
            if set(other.decomposition.graph.nodes) != set(nodes):
                raise InvalidProblemError("the graphs have other nodes; give them the same names")
        if method == "adjacent-leader" and leaders is None:
            leaders = LeaderWeights()
        return cls(
            method=method,
            nodes=nodes,
            graphs=tuple(_drawn(one, nodes) for one in every),
            seed=seed,
            leaders=leaders,
            update=update,
            name=name,
        )

    @property
    def n_workers(self) -> int:
        """``n``."""
        return len(self.nodes)

    def at(self, round_: int) -> DrawnGraph:
        """The graph of a round, from 0."""
        return self.graphs[round_ % len(self.graphs)]

    def used(self, round_: int) -> BoolArray:
        """``(M,)``: which matchings of its graph a round uses."""
        return np.asarray(draw_links(self.at(round_).p, 1, seed=self.seed, start=round_)[0])

    def matrix(self, round_: int) -> FloatArray:
        """``(n, n)``: ``W`` of a round, symmetric, its rows sum to 1; leaders lean on it."""
        return self.at(round_).mixing(self.used(round_))

    def matrices(self, rounds: int, *, start: int = 0) -> FloatArray:
        """``(rounds, n, n)``: ``W`` of the rounds ``start, start + 1, ...``."""
        if rounds == 0:
            return np.empty((0, self.n_workers, self.n_workers))
        return np.array([self.matrix(k) for k in range(start, start + rounds)])

    @cached_property
    def contraction(self) -> float:
        """``ρ`` a round: the ``T``-th root of ``‖E W_1ᵀ … W_TᵀW_T … W_1 − J‖`` over the graphs.

        Of the mixing without leaders; up to rounding in every round, however many there are: what
        is left is centred and scaled to 1 after each. Infinite where float64 does not hold it.
        """
        n = self.n_workers
        second, logarithm = np.eye(n) - 1.0 / n, 0.0
        for one in reversed(self.graphs):
            with np.errstate(over="ignore", invalid="ignore"):
                second = one.carried(second)
            if not np.isfinite(second).all():
                return math.inf
            second = second - second.mean(axis=0)
            second -= second.mean(axis=1)[:, None]
            left = float(np.abs(np.linalg.eigvalsh(0.5 * (second + second.T))).max())
            if left == 0.0:
                return 0.0
            second, logarithm = second / left, logarithm + math.log(left)
        return float(np.exp(logarithm / len(self.graphs)))


def _drawn(schedule: Any, nodes: tuple[str, ...]) -> DrawnGraph:
    """One graph with its nodes in the order of ``nodes``."""
    own = schedule.decomposition
    place = np.array([nodes.index(node) for node in own.graph.nodes])
    links = Links(n_workers=len(nodes), matchings=tuple(place[m] for m in own.matchings))
    per_matching = np.broadcast_to(np.asarray(schedule.weight), (links.n_matchings,))
    weights = [np.full(len(m), w) for m, w in zip(links.matchings, per_matching, strict=True)]
    return DrawnGraph(links=links, probabilities=schedule.probabilities, weights=weights)
