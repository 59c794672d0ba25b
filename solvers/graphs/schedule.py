"""A schedule of links: how often every matching is used, and how to mix over it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from roundlot.solvers.graphs.certificate import Embedding, LinkCertificate, certify_links
from roundlot.solvers.graphs.enclosure import Enclosure
from roundlot.solvers.graphs.matchings import Decomposition
from roundlot.solvers.graphs.one_thread import one_thread
from roundlot.solvers.graphs.optimum import most_connected
from roundlot.solvers.graphs.spectra import connectivity, contraction
from roundlot.theory.arrays import FloatArray
from roundlot.theory.errors import InvalidProblemError
from roundlot.theory.record_text import short_repr


@dataclass(frozen=True, kw_only=True, eq=False)
class LinkSchedule:
    """Matchings, how often each is used, and the mixing weight.

    Attributes:
        decomposition: the graph and its ``M`` matchings.
        budget: ``Σ p <= budget · M``, in ``(0, 1]``.
        probabilities: ``(M,)``, read-only; within ``[0, 1]`` and the budget as real numbers.
        weight: ``α``; a used link moves ``α`` of each end's model to the other.
        method: what found the probabilities.
        mixing: what found the weight.
        seconds: wall-clock time it took.
        notes: what is worth knowing, in words.
        embedding: the proof of the method, if it left one.
    """

    decomposition: Decomposition = field(repr=False)
    budget: float
    probabilities: FloatArray
    weight: float
    method: str
    mixing: str
    seconds: float
    notes: tuple[str, ...] = ()
    embedding: Embedding | None = field(default=None, repr=False)

    __repr__ = short_repr

    def __post_init__(self) -> None:
        self.probabilities.flags.writeable = False

    @cached_property
    def connectivity(self) -> Enclosure:
        """``λ₂`` of the mean graph, enclosed."""
        return connectivity(self.decomposition, self.probabilities)

    @cached_property
    def contraction(self) -> Enclosure:
        """``ρ = ‖E WᵀW − J‖``, enclosed: what a round leaves of the workers' squared distance."""
        return contraction(self.decomposition, self.probabilities, self.weight)

    @cached_property
    def certificate(self) -> LinkCertificate:
        """The proved distance from the largest ``λ₂`` within the budget; computed when asked for.

        A method without a proof of its own borrows that of the interior point or, for many nodes,
        of cutting planes.
        """
        embedding = self.embedding
        if embedding is None:
            with one_thread(self.decomposition.graph.n_nodes):
                embedding = most_connected(self.decomposition, self.budget).embedding
        return certify_links(self.decomposition, self.budget, self.probabilities, embedding)

    @property
    def matchings_per_round(self) -> float:
        """``Σ p``, which is also the expected number of messages one after the other."""
        return float(self.probabilities.sum())

    @property
    def links_per_round(self) -> float:
        """The expected number of links that are used."""
        sizes = [len(links) for links in self.decomposition.matchings]
        return float(self.probabilities @ np.array(sizes))

    @property
    def link_probabilities(self) -> FloatArray:
        """``(m,)``, how often every row of ``graph.edges`` is used."""
        p: FloatArray = self.probabilities[self.decomposition.matching]
        return p

    @property
    def budget_left(self) -> float:
        """``budget · M − Σ p``, at least 0."""
        return max(0.0, self.budget * len(self.probabilities) - self.matchings_per_round)

    @property
    def least_entry(self) -> float:
        """The least entry that ``W`` can have; below 0 some draw extrapolates at a worker."""
        used = (self.probabilities > 0.0)[:, None] & (self.decomposition.partners >= 0)
        return float(min(0.0, 1.0 - self.weight * used.sum(axis=0).max()))

    def mixing_matrix(self, used: npt.ArrayLike) -> FloatArray:
        """``(..., n, n)``, ``W`` for flags ``(..., M)``: symmetric, its rows sum to 1.

        Raises:
            InvalidProblemError: not ``M`` flags.
        """
        flags = np.asarray(used, dtype=bool)
        if flags.ndim == 0 or flags.shape[-1] != len(self.probabilities):
            raise InvalidProblemError(
                f"flags have shape {flags.shape}; the last length is {len(self.probabilities)}"
            )
        n = self.decomposition.graph.n_nodes
        stack = self.decomposition.laplacians
        matrices: FloatArray = np.eye(n) - self.weight * np.tensordot(flags, stack, axes=1)
        return matrices
