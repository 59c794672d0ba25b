"""Who talks to whom: the links of a graph in matchings used one after the other, and draws of them.

Which matchings are used in a round is a function of (seed, round): the same for every worker.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.simulate.argument_checks import check_count
from roundlot.simulate.designs.grid import grid_counts
from roundlot.simulate.philox import STREAM_LINKS, check_rounds, words_numpy
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray, read_only
from roundlot.theory.cells import numbers_or_nan
from roundlot.theory.positions import by_position

_ZERO = 1e-12  # A solver's leftover in an entry where there is no link.


@dataclass(frozen=True, kw_only=True, eq=False)
class Links:
    """The links of ``n`` workers as ``M`` matchings: in one, nobody has more than one partner.

    Attributes:
        n_workers: ``n``.
        matchings: ``M`` arrays ``(k, 2)`` of workers.

    Raises:
        InvalidProblemError: a worker that is not there or linked to itself, two links of one worker
            in a matching, a link in two matchings.
    """

    n_workers: int
    matchings: tuple[IntArray, ...] = field(repr=False)

    def __post_init__(self) -> None:
        check_count(self.n_workers, "n_workers", 1)
        tables = tuple(_pairs(links, j, self.n_workers) for j, links in enumerate(self.matchings))
        object.__setattr__(self, "matchings", tables)
        every = np.concatenate([*tables, np.empty((0, 2), np.int64)])
        if np.unique(every, axis=0).shape != every.shape:
            raise InvalidProblemError("a link is in two matchings; keep it in one")

    @classmethod
    def of(cls, decomposition: Any) -> Links:
        """From a `roundlot.solvers.graphs.Decomposition`."""
        return cls(n_workers=decomposition.graph.n_nodes, matchings=tuple(decomposition.matchings))

    @classmethod
    def of_matrix(cls, mixing: npt.ArrayLike) -> Links:
        """The links that a mixing matrix ``(n, n)`` uses, each put into the first free matching."""
        W = numbers_or_nan(mixing, "mixing")
        linked = (np.abs(W) > _ZERO) | (np.abs(W.T) > _ZERO)
        return cls(n_workers=len(W), matchings=_first_free(np.argwhere(np.triu(linked, 1))))

    @property
    def n_matchings(self) -> int:
        """``M``."""
        return len(self.matchings)

    @cached_property
    def laplacians(self) -> FloatArray:
        """``(M, n, n)``: the Laplacian of every matching."""
        stack = np.zeros((self.n_matchings, self.n_workers, self.n_workers))
        for L, links in zip(stack, self.matchings, strict=True):
            a, b = links.T
            L[a, a] = L[b, b] = 1.0
            L[a, b] = L[b, a] = -1.0
        return read_only(stack)

    def mixing(self, weights: FloatArray) -> FloatArray:
        """``(n, n)``, ``I − Σ_j w_j L_j`` for ``weights (M,)``, without a table of Laplacians."""
        W = np.eye(self.n_workers)
        for links, weight in zip(self.matchings, weights, strict=True):
            a, b = links.T
            W[a, a] -= weight
            W[b, b] -= weight
            W[a, b] = W[b, a] = weight
        return W

    @cached_property
    def sizes(self) -> IntArray:
        """``(M,)``: links of every matching."""
        return read_only(np.array([len(links) for links in self.matchings], dtype=np.int64))

    def adjacency(self, active: npt.ArrayLike | None = None) -> BoolArray:
        """``(n, n)``: who is linked by the active matchings ``(M,)``; by all if not given."""
        on = np.ones(self.n_matchings, bool) if active is None else np.asarray(active, dtype=bool)
        return np.asarray(np.tensordot(on * 1.0, self.laplacians, axes=1) < 0.0)


def _first_free(edges: IntArray) -> tuple[IntArray, ...]:
    matchings: list[list[tuple[int, int]]] = []
    taken: list[set[int]] = []
    for a, b in edges.tolist():
        place = next((j for j, who in enumerate(taken) if not {a, b} & who), len(taken))
        if place == len(taken):
            matchings.append([])
            taken.append(set())
        matchings[place].append((a, b))
        taken[place] |= {a, b}
    return tuple(np.array(links, dtype=np.int64) for links in matchings)


def _pairs(links: Iterable[Any], number: int, n_workers: int) -> IntArray:
    table = np.array(links, dtype=np.int64).reshape(-1, 2)
    table.sort(axis=1)
    if table.size and not 0 <= table.min() <= table.max() < n_workers:
        raise InvalidProblemError(
            f"matching {number} links worker {table.max()}; there are {n_workers}, from 0"
        )
    if np.any(table[:, 0] == table[:, 1]):
        raise InvalidProblemError(f"matching {number} links a worker to itself; leave it out")
    if np.unique(table).size < table.size:
        raise InvalidProblemError(
            f"matching {number} links a worker twice; links of a matching share no worker"
        )
    return read_only(table)


SOLVER_ERROR = 1e-6  # a solver's −1e-9 is 0; a user's −0.1 is a mistake


@by_position()
def draw_links(probabilities: Any, rounds: int, *, seed: int = 0, start: int = 0) -> BoolArray:
    """``(rounds, M)``, whether matching ``j`` is used in round ``start, start + 1, ...``.

    Matchings are drawn independently, ``j`` with probability ``p_j``. Every worker that calls this
    with the same seed has the same flags, and a round's do not depend on the chunk drawn.

    Args:
        probabilities: ``(M,)``, or a ``LinkSchedule``; entries off ``[0, 1]`` by a solver's error,
            at most 1e-6, are clipped.

    Raises:
        InvalidProblemError: entries further outside, NaN, or a seed or round that is none.
    """
    check_rounds(rounds, start)
    p = clipped(getattr(probabilities, "probabilities", probabilities))
    counts = grid_counts(p[:, None])[:, 0]
    words = words_numpy(rounds, len(counts), stream=STREAM_LINKS, seed=seed, start=start)
    return words < counts


def clipped(probabilities: Any) -> FloatArray:
    """``(M,)`` in ``[0, 1]``, a solver's error taken off.

    Raises:
        InvalidProblemError: names the first entry that is further outside.
    """
    p = numbers_or_nan(probabilities, "probabilities")
    if p.ndim != 1 or p.size == 0:
        raise InvalidProblemError(f"probabilities have shape {p.shape}; give one per matching (M,)")
    bad = ~((p >= -SOLVER_ERROR) & (p <= 1.0 + SOLVER_ERROR))
    if bad.any():
        j = int(np.argmax(bad))
        raise InvalidProblemError(f"the probability of matching {j} is {p[j]:g}; it is in [0, 1]")
    return np.clip(p, 0.0, 1.0)
