"""What a schedule of links does: connectivity ``λ₂`` of the mean graph, ``ρ`` of a round of mixing.

``W = I − α Σ b_j L_j``, matching ``j`` used (``b_j = 1``) with probability ``p_j``, independently.
Because ``L_j² = 2 L_j``, ``E WᵀW = I − 2α L̄ + α² (L̄² + 2 Σ p_j (1 − p_j) L_j)``, ``L̄ = Σ p_j L_j``;
``ρ = ‖E WᵀW − J‖`` is what a round leaves of the workers' squared distance. Both are enclosed.

Of several graphs in turn, what a whole period leaves: no graph alone needs to connect all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import ArpackError, LinearOperator, eigsh

from roundlot.solvers.graphs.enclosure import (
    Enclosure,
    largest_eigenvalue,
    rounding,
    smallest_eigenvalue,
)
from roundlot.solvers.graphs.matchings import Decomposition
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.errors import ConvergenceError, InvalidProblemError
from roundlot.theory.estimates.extremes import extreme_eigenvalues
from roundlot.theory.random_streams import LANCZOS

LARGE = 1_500  # nodes from which products with a vector replace factorisations of E WᵀW
STEPS, CHANCE = 600, 1e-9  # of Lanczos' method: ρ to 5e-4, but for this probability
_BASIS, _RESTARTS = 60, 200  # of a plain search for the lowest eigenvectors
_MARGIN = 1e-9  # relative, more than rounding takes from sums over a node's links
_SHIFT = 1e-3  # of the largest degree, below 0: the shifted matrix is definite, 0 stays the nearest


def sparse_laplacian(decomposition: Decomposition, weights: FloatArray) -> sparse.csc_array:
    """``(n, n)``, ``Σ_j w_j L_j`` for ``weights (M,)``."""
    n, (a, b) = decomposition.graph.n_nodes, decomposition.graph.edges.T
    w = weights[decomposition.matching]
    off = sparse.coo_array((w, (a, b)), shape=(n, n))
    degree = np.bincount(a, w, n) + np.bincount(b, w, n)
    return (sparse.diags_array(degree) - off - off.T).tocsc()


def is_in_pieces(laplacian: Any) -> bool:
    """Whether a sparse Laplacian links its nodes in several pieces, so that ``λ₂`` is 0."""
    links = sparse.csr_array(laplacian, copy=True)
    links.eliminate_zeros()
    return bool(connected_components(links, directed=False)[0] > 1)


def lowest_eigenpairs(laplacian: Any, wanted: int) -> tuple[FloatArray, FloatArray]:
    """The lowest eigenvalues of a sparse Laplacian in order, and their vectors as columns.

    By products alone, which is fast where ``λ₂`` is not small beside the degrees; else by a sparse
    factorisation, which fills up little in such graphs.

    Raises:
        ConvergenceError: both failed.
    """
    n = laplacian.shape[0]
    start = LANCZOS.generator(0).standard_normal(n)
    plain = {"which": "SA", "ncv": min(n, _BASIS), "maxiter": _RESTARTS}
    shifted = {"sigma": -_SHIFT * float(laplacian.diagonal().max())}
    for options in (plain, shifted):
        try:
            values, vectors = eigsh(laplacian, k=wanted, v0=start, **options)
        except ArpackError as error:
            failure = error
            continue
        order = np.argsort(values)
        return values[order], vectors[:, order]
    raise ConvergenceError(f"the sparse eigensolver failed: {failure}") from failure


def connectivity(decomposition: Decomposition, probabilities: npt.ArrayLike) -> Enclosure:
    """An interval with ``λ₂(Σ_j p_j L_j)``, for ``probabilities (M,)``; rigorous.

    The Laplacian plus a multiple of the all-ones matrix has the same eigenvalues, but for that of
    the all-ones vector, which moves above the others.

    Raises:
        InvalidProblemError: not ``M`` numbers, or one that is negative or not finite.
    """
    p = checked_weights(decomposition, probabilities)
    n = decomposition.graph.n_nodes
    laplacian = decomposition.laplacian(p)
    most = 2.0 * float(laplacian.diagonal().max(initial=0.0)) or 1.0
    lifted = laplacian + most / n
    # Each entry sums at most M + 1 terms; a row's absolute values sum to 2 most at the most.
    error = rounding(decomposition.n_matchings + 4) * 3.0 * most
    near = None
    if n > LARGE and laplacian.any():
        links = sparse_laplacian(decomposition, p)
        if is_in_pieces(links):  # the search may miss an eigenvalue 0 that is there twice
            return Enclosure(lower=0.0, upper=0.0)
        near = lowest_eigenpairs(links, 2)[1][:, 1]
    found = smallest_eigenvalue(lifted, error, near=near)
    return Enclosure(lower=max(0.0, found.lower), upper=max(0.0, found.upper))


def checked_weights(decomposition: Decomposition, weights: npt.ArrayLike) -> FloatArray:
    """``(M,)`` finite and at least 0.

    Raises:
        InvalidProblemError: names what is wrong.
    """
    w = np.array(weights, dtype=np.float64)
    if w.shape != (decomposition.n_matchings,):
        raise InvalidProblemError(
            f"there are {decomposition.n_matchings} matchings and weights of shape {w.shape}"
        )
    if not (np.isfinite(w).all() and (w >= 0.0).all()):
        j = int(np.argmin(np.where(np.isfinite(w), w, -math.inf)))
        raise InvalidProblemError(f"the weight of matching {j} is {w[j]:g}; it is at least 0")
    return w


@dataclass(frozen=True, kw_only=True, eq=False)
class MixingMoments:
    """``E WᵀW`` as a quadratic in the mixing weight.

    Attributes:
        mean: ``(n, n)``, ``L̄``.
        spread: ``(n, n)``, ``Σ p_j (1 − p_j) L_j``.
        terms: how many matchings were summed.
    """

    mean: FloatArray = field(repr=False)
    spread: FloatArray = field(repr=False)
    terms: int

    @classmethod
    def of(
        cls,
        decomposition: Decomposition,
        probabilities: npt.ArrayLike,
        weights: npt.ArrayLike | None = None,
    ) -> MixingMoments:
        """The moments at ``probabilities (M,)``.

        With ``weights (M,)``, one for each matching, they are those of the matchings' Laplacians
        times these, and the mixing weight that goes with them is 1.

        Raises:
            InvalidProblemError: not ``M`` numbers in ``[0, 1]``, or weights that are below 0.
        """
        p = checked_weights(decomposition, probabilities)
        if p.max(initial=0.0) > 1.0:
            raise InvalidProblemError(f"a probability is {p.max():.17g}; it must be at most 1")
        own = np.ones(len(p)) if weights is None else checked_weights(decomposition, weights)
        return cls(
            mean=decomposition.laplacian(p * own),
            spread=decomposition.laplacian(p * (1.0 - p) * own**2),
            terms=decomposition.n_matchings,
        )

    @property
    def is_large(self) -> bool:
        """Whether only products with a vector are made, no factorisation."""
        return len(self.mean) > LARGE

    @cached_property
    def sparse(self) -> tuple[Any, Any]:
        """Mean and spread in compressed rows."""
        return sparse.csr_array(self.mean), sparse.csr_array(self.spread)

    def square(self, x: FloatArray) -> float:
        """``xᵀ Q x`` of the quadratic ``Q``, for a centred ``x (n,)``."""
        mean, spread = self.sparse
        return float(np.sum((mean @ x) ** 2) + 2.0 * (x @ (spread @ x)))

    def product(self, weight: float, x: FloatArray) -> FloatArray:
        """``(n,)``, ``(E WᵀW − J) x`` at the mixing weight."""
        mean, spread = self.sparse
        centred = x - x.mean()
        moved = mean @ centred
        image: FloatArray = centred - 2.0 * weight * moved
        image += weight**2 * (mean @ moved + 2.0 * (spread @ centred))
        image -= image.mean()
        return image

    def top(self, weight: float) -> tuple[FloatArray, FloatArray]:
        """The two largest eigenvalues of ``E WᵀW − J`` and their vectors, by products.

        Raises:
            ConvergenceError: the eigensolver failed.
        """
        n = len(self.mean)
        operator = LinearOperator(
            (n, n), matvec=lambda x: self.product(weight, np.ravel(x)), dtype=np.float64
        )
        return _largest(operator, 2)

    @property
    def quadratic(self) -> FloatArray:
        """``(n, n)``, what ``α²`` multiplies."""
        square: FloatArray = self.mean @ self.mean + 2.0 * self.spread
        return 0.5 * (square + square.T)

    def matrix(self, weight: float) -> FloatArray:
        """``(n, n)``, ``E WᵀW − J`` at the mixing weight."""
        n = len(self.mean)
        return np.eye(n) - 1.0 / n - 2.0 * weight * self.mean + weight**2 * self.quadratic

    def contraction(self, weight: float) -> Enclosure:
        """An interval with ``ρ`` at the mixing weight; rigorous.

        Raises:
            InvalidProblemError: a weight that is negative or not finite.
        """
        if not (math.isfinite(weight) and weight >= 0.0):
            raise InvalidProblemError(f"the mixing weight is {weight!r}; it must be at least 0")
        if self.is_large:
            return self._by_products(weight)
        found = largest_eigenvalue(self.matrix(weight), self._error(weight))
        return Enclosure(lower=max(0.0, found.lower), upper=max(0.0, found.upper))

    def _by_products(self, weight: float) -> Enclosure:
        """By Lanczos' method from a random start: it holds but for a probability of ``CHANCE``."""
        _, found = extreme_eigenvalues(
            lambda x: self.product(weight, x),
            len(self.mean),
            steps=STEPS,
            confidence=1.0 - CHANCE,
        )
        error = self._error(weight)
        upper = found.high + error
        if self.never_grows(weight):
            upper = min(upper, 1.0)  # Lanczos' method alone leaves this open for long paths
        return Enclosure(lower=max(0.0, found.low - error), upper=upper, chance=CHANCE)

    def never_grows(self, weight: float) -> bool:
        """Whether ``ρ <= 1`` for certain, because ``α (λ_n + 2 s) <= 2`` where ``spread <= s L̄``.

        ``L̄² <= λ_n L̄``, so ``E WᵀW <= I − α (2 − α λ_n − 2 α s) L̄``; ``λ_n`` is at most twice
        the largest diagonal. False leaves it open.
        """
        links = self.spread != 0.0
        share = float((self.spread[links] / self.mean[links]).max(initial=0.0))
        most = 2.0 * float(self.mean.diagonal().max(initial=0.0))
        return weight * (most + 2.0 * share) <= 2.0 * (1.0 - _MARGIN)

    def _error(self, weight: float) -> float:
        """What rounding can do to the matrix, in the spectral norm: at most the largest row sum."""
        # Row sums of absolute values of a Laplacian are twice its diagonal.
        mean = 2.0 * float(self.mean.diagonal().max(initial=0.0))
        spread = 2.0 * float(self.spread.diagonal().max(initial=0.0))
        size = 2.0 + 2.0 * weight * mean + weight**2 * (mean**2 + 2.0 * spread)
        return 2.0 * rounding(len(self.mean) + 2 * self.terms + 16) * size


def contraction(
    decomposition: Decomposition, probabilities: npt.ArrayLike, weight: float | npt.ArrayLike
) -> Enclosure:
    """An interval with ``ρ(p, α) = ‖E WᵀW − J‖`` for ``probabilities (M,)``.

    Rigorous up to 1,500 nodes; beyond, it fails with a ``chance`` of 1e-9, over the random start of
    Lanczos' method, and costs a few hundred products with the links.

    The mixing weight is one number, or one for every matching ``(M,)``. A lower end of 1 or more
    means that the workers do not come together; an upper end of 1 or more leaves it open.

    Raises:
        InvalidProblemError: probabilities that are none, or a negative weight.

    Source: Wang, Sahu, Yang, Joshi, Kar (MATCHA, 2019).
    """
    if np.ndim(weight):
        return MixingMoments.of(decomposition, probabilities, weight).contraction(1.0)
    return MixingMoments.of(decomposition, probabilities).contraction(float(np.asarray(weight)))


def _largest(operator: Any, wanted: int) -> tuple[FloatArray, FloatArray]:
    """The largest eigenvalues in order, and their vectors as columns, by products."""
    start = LANCZOS.generator(0).standard_normal(operator.shape[0])
    try:
        values, vectors = eigsh(operator, k=wanted, which="LA", v0=start, ncv=_BASIS)
    except ArpackError as error:
        raise ConvergenceError(f"the sparse eigensolver failed: {error}") from error
    order = np.argsort(values)
    return values[order], vectors[:, order]


def extremes(moments: MixingMoments) -> tuple[float, float, float]:
    """``λ₂`` and ``λ_n`` of the mean and the largest eigenvalue of the spread, to rounding."""
    if not moments.is_large:
        values = np.linalg.eigvalsh(moments.mean)
        noise = np.linalg.eigvalsh(moments.spread)[-1]
        return float(values[1]), float(values[-1]), float(noise)
    mean, spread = moments.sparse
    second = 0.0 if is_in_pieces(mean) else lowest_eigenpairs(mean.tocsc(), 2)[0][1]
    noise = _largest(spread, 1)[0][-1] if spread.nnz else 0.0
    return float(second), float(_largest(mean, 1)[0][-1]), float(noise)


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
    each = tuple(contraction(t.decomposition, t.probabilities, t.weight).upper for t in turns)
    for turn, rho in zip(reversed(turns), reversed(each), strict=True):
        matrix, error = _before(turn, matrix, error, rho)
    found = largest_eigenvalue(matrix, error)
    period = Enclosure(lower=max(0.0, found.lower), upper=max(0.0, found.upper))
    return JointContraction(period=period, each=each, turns=len(turns))


def _before(turn: Any, matrix: FloatArray, error: float, rho: float) -> tuple[FloatArray, float]:
    """``E W M W`` for one turn, and how far rounding may have moved it.

    ``M − α(L̄M + ML̄) + α²(L̄ML̄ + Σ p_j (1 − p_j) L_j M L_j)``. The result is centred, as it is
    without rounding; what rounding did before is then centred, too, and shrinks by ``ρ`` as ``M``
    does, so that many turns stay resolved.
    """
    p, own = np.asarray(turn.probabilities, dtype=np.float64), np.asarray(turn.weight)
    decomposition: Decomposition = turn.decomposition
    weight = float(own.max())
    shares = np.broadcast_to(own / weight if weight else own, p.shape)
    mean = decomposition.laplacian(p * shares)
    crossed = mean @ matrix
    found = matrix - weight * (crossed + crossed.T) + weight**2 * (crossed @ mean)
    for share, links in zip(p * (1.0 - p) * shares**2, decomposition.matchings, strict=True):
        if share > 0.0:
            found += weight**2 * share * _pairs(links, matrix)
    size = float(np.abs(matrix).sum(axis=1).max())
    reach = 1.0 + 2.0 * weight * float(mean.diagonal().max())
    noise = 4.0 * weight**2 * len(p)
    grown = reach**2 + noise
    extra = 4.0 * rounding(2 * len(matrix) + 4 * len(p) + 16) * size * grown * len(matrix) ** 0.5
    found = found - found.mean(axis=0)
    found -= found.mean(axis=1)[:, None]
    centring = 4.0 * rounding(len(matrix) + 8) * size * grown * len(matrix)
    return 0.5 * (found + found.T), (error * rho + extra + centring) * (1.0 + rounding(8))


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
