"""Several graphs in turn: what a whole period contracts, though no graph alone may connect all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from roundlot.solvers.graphs.enclosure import Enclosure, largest_eigenvalue, rounding
from roundlot.solvers.graphs.matchings import Decomposition
from roundlot.solvers.graphs.spectra import MixingMoments
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.errors import InvalidProblemError


@dataclass(frozen=True, kw_only=True, eq=False)
class Turn:
    """One graph of a period: its matchings, how often they are used ``(M,)``, its mixing weight."""

    decomposition: Decomposition
    probabilities: FloatArray = field(repr=False)
    weight: float

    @classmethod
    def always(cls, decomposition: Decomposition, weight: float | None = None) -> Turn:
        """Every link whenever it is this graph's turn; ``1/(1 + max degree)`` unless told."""
        p = np.ones(decomposition.n_matchings)
        return cls(
            decomposition=decomposition,
            probabilities=p,
            weight=1.0 / (1 + decomposition.graph.max_degree) if weight is None else weight,
        )


@dataclass(frozen=True, kw_only=True)
class JointContraction:
    """What a period leaves of the workers' squared distance.

    Attributes:
        period: ``‖E W_1ᵀ … W_KᵀW_K … W_1 − J‖``, enclosed; the turns are drawn independently.
        each: ``ρ`` of every turn alone; 1 where it does not connect all.
        turns: ``K``.
    """

    period: Enclosure
    each: tuple[float, ...]
    turns: int

    @property
    def per_round(self) -> float:
        """The ``K``-th root: what a round leaves on average."""
        return float(self.period.upper ** (1.0 / self.turns))

    @property
    def product(self) -> float:
        """The product of ``each``, which bounds the period but does not see that graphs differ."""
        return float(np.prod(self.each))


def joint_contraction(turns: Sequence[Any]) -> JointContraction:
    """What one period of alternating graphs contracts, exactly: ``turns[0]`` mixes first.

    Args:
        turns: ``Turn`` or ``LinkSchedule``, on the same nodes.

    Raises:
        InvalidProblemError: no turns, or turns on different numbers of nodes.
    """
    if not turns:
        raise InvalidProblemError("there are no turns; give at least one graph")
    sizes = {turn.decomposition.graph.n_nodes for turn in turns}
    if len(sizes) != 1:
        raise InvalidProblemError(f"the graphs have {sorted(sizes)} nodes; they must be the same")
    n = sizes.pop()
    matrix = np.eye(n) - 1.0 / n
    error = 2.0 * rounding(n + 8)
    for turn in reversed(turns):
        matrix, error = _before(turn, matrix, error)
    each = tuple(
        MixingMoments.of(t.decomposition, t.probabilities).contraction(t.weight).upper
        for t in turns
    )
    found = largest_eigenvalue(matrix, error)
    period = Enclosure(lower=max(0.0, found.lower), upper=max(0.0, found.upper))
    return JointContraction(period=period, each=each, turns=len(turns))


def _before(turn: Any, matrix: FloatArray, error: float) -> tuple[FloatArray, float]:
    """``E W M W`` for one turn, and how far rounding may have moved it.

    ``M − α(L̄M + ML̄) + α²(L̄ML̄ + Σ p_j (1 − p_j) L_j M L_j)``.
    """
    p, weight = np.asarray(turn.probabilities, dtype=np.float64), turn.weight
    decomposition: Decomposition = turn.decomposition
    mean = decomposition.laplacian(p)
    crossed = mean @ matrix
    found = matrix - weight * (crossed + crossed.T) + weight**2 * (crossed @ mean)
    for share, links in zip(p * (1.0 - p), decomposition.matchings, strict=True):
        if share > 0.0:
            found += weight**2 * share * _pairs(links, matrix)
    size = float(np.abs(matrix).sum(axis=1).max())
    reach = 1.0 + 2.0 * weight * float(mean.diagonal().max())
    noise = 4.0 * weight**2 * len(p)
    grown = reach**2 + noise
    extra = 4.0 * rounding(2 * len(matrix) + 4 * len(p) + 16) * size * grown * len(matrix) ** 0.5
    return 0.5 * (found + found.T), error * grown + extra


def _pairs(links: IntArray, matrix: FloatArray) -> FloatArray:
    """``L M L`` for the Laplacian of a matching."""
    a, b = links.T
    left = np.zeros_like(matrix)
    left[a] = matrix[a] - matrix[b]
    left[b] = -left[a]
    both: FloatArray = np.zeros_like(matrix)
    both[:, a] = left[:, a] - left[:, b]
    both[:, b] = -both[:, a]
    return both
