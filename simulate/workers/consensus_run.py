"""Mixing alone: how fast workers agree when nobody trains."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from roundlot.simulate.argument_checks import check_count, read_only
from roundlot.simulate.workers.d_psgd import DPSGD
from roundlot.simulate.workers.matcha import Matcha
from roundlot.theory import InvalidProblemError

FloatArray = npt.NDArray[np.float64]


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
        raise InvalidProblemError(f"start has {len(here)} rows for {matrices.shape[1]} workers")
    past, first = [here], here.mean(axis=0)
    distances, drift = [_distance(here)], [0.0]
    for number, W in enumerate(matrices):
        if number >= method.delay:
            alone = np.diag(W)[:, None]
            heard = past[number - method.delay]
            here = W @ here if not method.delay else alone * here + W @ heard - alone * heard
        past.append(here)
        distances.append(_distance(here))
        drift.append(float(np.linalg.norm(here.mean(axis=0) - first)))
    return ConsensusRun(
        matrices=read_only(matrices),
        distances=read_only(np.array(distances)),
        drift=read_only(np.array(drift)),
    )


def drawn_matrices(method: DPSGD | Matcha, rounds: int, *, seed: int = 0) -> FloatArray:
    """``(rounds, n, n)``: the matrices that training with this seed mixes by."""
    if isinstance(method, DPSGD):
        return np.repeat(np.asarray(method.mixing)[None], rounds, axis=0)
    return method.matrices(method.active(rounds, seed=seed))


def empirical_rho(matrices: FloatArray) -> float:
    """``‖mean WᵀW − J‖`` of ``(R, n, n)``."""
    second = np.einsum("rki,rkj->ij", matrices, matrices) / len(matrices)
    return float(np.abs(np.linalg.eigvalsh(second - 1.0 / len(second))).max())


def _distance(x: FloatArray) -> float:
    return float(np.sum((x - x.mean(axis=0)) ** 2) / len(x))
