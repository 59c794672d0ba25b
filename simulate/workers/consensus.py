"""Mixing alone: how fast workers agree when nobody trains, by law and by draws.

The law of a random mixing matrix is its first two moments, by formula and by enumeration.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product

import numpy as np
import numpy.typing as npt

from roundlot.simulate.argument_checks import check_count
from roundlot.simulate.workers.gossip import DPSGD, Matcha
from roundlot.simulate.workers.mixing_schedule import MixingSchedule
from roundlot.simulate.workers.scheduled import Scheduled
from roundlot.solvers.graphs.enclosure import Enclosure
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray, read_only
from roundlot.theory.estimates.extremes import extreme_eigenvalues
from roundlot.theory.text import plural


@dataclass(frozen=True, kw_only=True, eq=False)
class ConsensusRun:
    """``T`` mixings.

    Attributes:
        matrices: ``(T, n, n)`` that mixed.
        distances: ``(T + 1,)``: ``(1/n) Σ ‖x_i − x̄‖²`` before the first and after each mixing.
        drift: ``(T + 1,)``: how far the mean is from where it was at first.
    """

    matrices: FloatArray = field(repr=False)
    distances: FloatArray = field(repr=False)
    drift: FloatArray = field(repr=False)

    @property
    def contractions(self) -> FloatArray:
        """``(T,)``: what each mixing left of the distance; NaN once it is 0."""
        before, after = self.distances[:-1], self.distances[1:]
        return np.asarray(
            np.divide(after, before, out=np.full(before.size, np.nan), where=before > 0.0)
        )

    @property
    def empirical(self) -> float:
        """``‖(1/T) Σ WᵀW − J‖`` over the matrices that were drawn."""
        return empirical_rho(self.matrices)

    @property
    def asymptotic(self) -> float:
        """Mean factor a mixing in the long run: the ``T``-th root of the distance that is left.

        Almost surely it goes to the top Lyapunov exponent of the products, squared, which is at
        most ``ρ``.
        """
        if self.distances[-1] <= 0.0 or self.distances[0] <= 0.0:
            return 0.0
        rounds = len(self.matrices)
        return float(np.exp(np.log(self.distances[-1] / self.distances[0]) / rounds))


def run_consensus(
    method: DPSGD | Matcha, start: npt.ArrayLike, *, rounds: int, seed: int = 0
) -> ConsensusRun:
    """Mix ``(n, d)`` numbers by a method's matrices, in float64; a delay counts.

    Raises:
        InvalidProblemError: a start for another number of workers.
    """
    check_count(rounds, "rounds", 1)
    here = np.array(start, dtype=np.float64).reshape(len(np.asarray(start)), -1)
    matrices = drawn_matrices(method, rounds, seed=seed)
    if len(here) != matrices.shape[1]:
        raise InvalidProblemError(
            f"start has {len(here)} {plural(len(here), 'row')} for {matrices.shape[1]} "
            f"{plural(matrices.shape[1], 'worker')}"
        )
    past, first = [here], here.mean(axis=0)
    distances, drift = [_distance(here)], [0.0]
    for number, W in enumerate(matrices):
        if number >= method.delay:
            alone = np.diag(W)[:, None]
            arrived = past[number - method.delay]
            here = W @ here if not method.delay else alone * here + W @ arrived - alone * arrived
        past.append(here)
        distances.append(_distance(here))
        drift.append(float(np.linalg.norm(here.mean(axis=0) - first)))
    return ConsensusRun(
        matrices=read_only(matrices),
        distances=read_only(np.array(distances)),
        drift=read_only(np.array(drift)),
    )


def drawn_matrices(method: DPSGD | Matcha | Scheduled, rounds: int, *, seed: int = 0) -> FloatArray:
    """``(rounds, n, n)``: the matrices that training with this seed mixes by.

    Those of a schedule follow from its own seed.
    """
    if isinstance(method, Scheduled):
        return method.schedule.matrices(rounds)
    if isinstance(method, DPSGD):
        return np.repeat(np.asarray(method.mixing)[None], rounds, axis=0)
    return method.matrices(method.active(rounds, seed=seed))


def empirical_rho(matrices: FloatArray) -> float:
    """``‖mean WᵀW − J‖`` of ``(R, n, n)``."""
    second = np.einsum("rki,rkj->ij", matrices, matrices) / len(matrices)
    return float(np.abs(np.linalg.eigvalsh(second - 1.0 / len(second))).max())


STEPS, CHANCE = 600, 1e-9  # of Lanczos' method: ρ to 5e-4, but for this probability


def rho_by_products(method: DPSGD | Matcha) -> Enclosure:
    """``ρ = ‖E WᵀW − J‖`` of thousands of workers, from products with a vector over the links.

    By Lanczos' method from a random start: outside the interval with a probability of at most
    ``chance``.
    """
    from scipy import sparse

    if isinstance(method, DPSGD):
        mean = sparse.csr_array(np.asarray(method.mixing))
        spread = sparse.csr_array(mean.shape)
    else:
        p, own = method.p, method.weights
        identity = np.eye(method.links.n_workers)
        mean = sparse.csr_array(method.links.mixing(p * own))
        # L² = 2 L of every matching
        spread = sparse.csr_array(identity - method.links.mixing(2.0 * p * (1.0 - p) * own**2))

    def product(x: FloatArray) -> FloatArray:
        centred = x - x.mean()
        image = mean.T @ (mean @ centred) + spread @ centred
        return np.asarray(image - image.mean())

    _, found = extreme_eigenvalues(product, mean.shape[0], steps=STEPS, confidence=1.0 - CHANCE)
    return Enclosure(lower=max(0.0, found.low), upper=max(0.0, found.high), chance=CHANCE)


def _distance(x: FloatArray) -> float:
    return float(np.sum((x - x.mean(axis=0)) ** 2) / len(x))


MOST_ENUMERATED = 14  # matchings: 16,384 outcomes


@dataclass(frozen=True, kw_only=True, eq=False)
class MixingLaw:
    """``W = W̄ − Σ_k (B_k − p_k) A_k`` with independent ``B_k``, ``P(B_k = 1) = p_k``.

    For MATCHA ``W̄ = I − α Σ p_j L_j`` and ``A_j = α L_j``: what follows is exact.

    Attributes:
        mean: ``(n, n)``, ``W̄``.
        steps: ``(K, n, n)``, ``A_k``, symmetric; empty where nothing is random.
        rates: ``(K,)``, ``p_k``.
    """

    mean: FloatArray = field(repr=False)
    steps: FloatArray = field(repr=False)
    rates: FloatArray = field(repr=False)

    @classmethod
    def of(cls, method: DPSGD | Matcha | Scheduled) -> MixingLaw:
        """Of a method's matrices.

        Raises:
            InvalidProblemError: a schedule of several graphs in turn, which has several laws.
        """
        if isinstance(method, Scheduled):
            return cls._of_schedule(method.schedule)
        if isinstance(method, DPSGD):
            W = np.asarray(method.mixing)
            return cls(mean=W, steps=np.empty((0, *W.shape)), rates=np.empty(0))
        p, laplacians = method.p, method.links.laplacians
        random = (p > 0.0) & (p < 1.0)
        return cls(
            mean=read_only(method.matrices(p[None])[0]),
            steps=read_only(method.weights[random][:, None, None] * laplacians[random]),
            rates=read_only(p[random]),
        )

    @classmethod
    def _of_schedule(cls, schedule: MixingSchedule) -> MixingLaw:
        if len(schedule.graphs) > 1:
            raise InvalidProblemError(
                f"the schedule has {len(schedule.graphs)} graphs in turn, each with a law of its "
                "own; its contraction a round is `schedule.contraction`"
            )
        (one,) = schedule.graphs
        random = (one.p > 0.0) & (one.p < 1.0)
        return cls(
            mean=read_only(one.mixing(one.p)),
            steps=read_only(one.laplacians[random]),
            rates=read_only(one.p[random]),
        )

    @cached_property
    def parts(self) -> FloatArray:
        """``(K, n, n)``, ``√(p_k (1 − p_k)) A_k``: ``E W S Wᵀ = W̄ S W̄ᵀ + Σ parts S partsᵀ``."""
        scale = np.sqrt(self.rates * (1.0 - self.rates))
        return read_only(np.asarray(scale[:, None, None] * self.steps))

    @property
    def n_workers(self) -> int:
        """``n``."""
        return len(self.mean)

    @cached_property
    def second(self) -> FloatArray:
        """``(n, n)``, ``E WᵀW``."""
        own = self.mean.T @ self.mean
        return read_only(np.asarray(own + np.einsum("kij,kil->jl", self.parts, self.parts)))

    @cached_property
    def directions(self) -> tuple[FloatArray, FloatArray]:
        """Eigenvalues of ``E WᵀW`` beside that of the ones, ``(n − 1,)``, largest first, and
        their directions ``(n, n − 1)``, orthogonal to the ones."""
        basis = np.linalg.svd(np.ones((1, self.n_workers)))[2][1:].T
        values, turned = np.linalg.eigh(basis.T @ self.second @ basis)
        return read_only(values[::-1].copy()), read_only((basis @ turned)[:, ::-1].copy())

    @property
    def rho(self) -> float:
        """``ρ = ‖E WᵀW − J‖``: what one mixing leaves of the workers' spread, at most."""
        return float(self.directions[0][0]) if self.n_workers > 1 else 0.0

    def congruence(self, second: FloatArray) -> FloatArray:
        """``E W S Wᵀ`` for blocks ``S`` ``(n, n, ...)`` that ``W`` is independent of."""
        total = _both_sides(self.mean, second)
        for part in self.parts:
            total = total + _both_sides(part, second)
        return total

    def outcomes(self) -> Iterator[tuple[float, FloatArray]]:
        """Every matrix with its probability.

        Raises:
            InvalidProblemError: more random matchings than can be enumerated.
        """
        if len(self.rates) > MOST_ENUMERATED:
            raise InvalidProblemError(
                f"{len(self.rates)} random matchings have 2^{len(self.rates)} outcomes; at most "
                f"{MOST_ENUMERATED} can be enumerated"
            )
        p = self.rates
        for on in product((0.0, 1.0), repeat=p.size):
            used = np.array(on)
            chance = float(np.prod(np.where(used > 0.0, p, 1.0 - p)))
            yield chance, self.mean - np.tensordot(used - p, self.steps, axes=1)


def _both_sides(matrix: FloatArray, blocks: FloatArray) -> FloatArray:
    half = np.tensordot(matrix, blocks, axes=(1, 0))
    return np.asarray(np.moveaxis(np.tensordot(matrix, half, axes=(1, 1)), 0, 1))
