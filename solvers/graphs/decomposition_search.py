"""Which decomposition into matchings to use: several are tried, and the least ``ρ`` is kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from roundlot.solvers.graphs.limits import LinkLimits
from roundlot.solvers.graphs.matchings import Decomposition, decompose
from roundlot.solvers.graphs.schedule import LinkSchedule, as_decomposition, optimise_links
from roundlot.theory.arrays import FloatArray, read_only
from roundlot.theory.errors import InvalidProblemError


@dataclass(frozen=True, kw_only=True, eq=False)
class DecompositionSearch:
    """The best schedule of several decompositions; nothing proves it the least of all.

    Attributes:
        schedule: the one with the least ``ρ``.
        contractions: ``(K,)``, ``ρ`` of every decomposition tried, the first one first; read-only.
    """

    schedule: LinkSchedule = field(repr=False)
    contractions: FloatArray

    @property
    def gain(self) -> float:
        """How much less ``ρ`` is than with the first decomposition."""
        return float(self.contractions[0] - self.contractions.min())


def search_decompositions(
    graph: Any,
    budget: float,
    *,
    tries: int = 20,
    method: str = "auto",
    mixing: str = "search",
    limits: LinkLimits | None = None,
    seed: int = 0,
) -> DecompositionSearch:
    """The schedule with the least ``ρ`` from ``tries`` decompositions of a graph.

    ``budget`` is a share of the matchings, so that decompositions with more of them may use more;
    to be fair all may use as many a round, in expectation, as the first.

    Args:
        graph: what ``Graph.of`` accepts, or a ``Decomposition``, which is then the first.
        budget: of the first decomposition, in ``(0, 1]``.
        tries: how many decompositions, the first included.
        method, mixing, limits: as in ``optimise_links``.
        seed: of the first; the others have those after it.

    Raises:
        InvalidProblemError: ``tries`` that is no number from 1, or as ``optimise_links``.
        ConvergenceError: a solver failed.
    """
    if not isinstance(tries, int) or isinstance(tries, bool) or tries < 1:
        raise InvalidProblemError(f"tries is {tries!r}; it is a whole number from 1")
    first = as_decomposition(graph, seed=seed)
    best = optimise_links(first, budget, method=method, mixing=mixing, limits=limits, seed=seed)
    found = [best.contraction.upper]
    for k in range(1, tries):
        other = decompose(first.graph, seed=seed + k)
        share = budget if budget == 1.0 else _share(first, budget, other)
        tried = optimise_links(other, share, method=method, mixing=mixing, limits=limits, seed=seed)
        found.append(tried.contraction.upper)
        if found[-1] < best.contraction.upper:
            best = tried
    return DecompositionSearch(schedule=best, contractions=read_only(np.array(found)))


def _share(first: Decomposition, budget: float, other: Decomposition) -> float:
    """The budget of as many matchings a round in another decomposition."""
    return min(1.0, budget * first.n_matchings / other.n_matchings)
