"""The law of a random mixing matrix: its first two moments, by formula and by enumeration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product

import numpy as np
import numpy.typing as npt

from roundlot.simulate.argument_checks import read_only
from roundlot.simulate.workers.d_psgd import DPSGD
from roundlot.simulate.workers.matcha import Matcha
from roundlot.theory import InvalidProblemError

FloatArray = npt.NDArray[np.float64]
MOST_ENUMERATED = 14  # matchings: 16,384 outcomes


@dataclass(frozen=True, kw_only=True, eq=False)
class MixingLaw:
    """``W = W̄ + Σ_k z_k A_k`` with independent ``z_k`` of mean 0 and variance 1.

    For MATCHA ``W̄ = I − α Σ p_j L_j`` and ``A_j = α √(p_j (1 − p_j)) L_j``: what follows is exact.

    Attributes:
        mean: ``(n, n)``, ``W̄``.
        parts: ``(K, n, n)``, ``A_k``, symmetric; empty where nothing is random.
        rates: ``(K,)``: ``z_k`` is ``√((1 − p)/p)`` with probability ``p`` and else
            ``−√(p/(1 − p))``, times −1.
    """

    mean: FloatArray = field(repr=False)
    parts: FloatArray = field(repr=False)
    rates: FloatArray = field(repr=False)

    @classmethod
    def of(cls, method: DPSGD | Matcha) -> MixingLaw:
        """Of a method's matrices."""
        if isinstance(method, DPSGD):
            W = np.asarray(method.mixing)
            return cls(mean=W, parts=np.empty((0, *W.shape)), rates=np.empty(0))
        p, laplacians = method.p, method.links.laplacians
        random = (p > 0.0) & (p < 1.0)
        scale = method.weight * np.sqrt(p[random] * (1.0 - p[random]))
        return cls(
            mean=read_only(method.matrices(p[None])[0]),
            parts=read_only(scale[:, None, None] * laplacians[random]),
            rates=read_only(p[random]),
        )

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
        if len(self.parts) > MOST_ENUMERATED:
            raise InvalidProblemError(
                f"{len(self.parts)} random matchings have 2^{len(self.parts)} outcomes; at most "
                f"{MOST_ENUMERATED} can be enumerated"
            )
        p = self.rates
        signs = np.stack([np.sqrt(p / (1.0 - p)), -np.sqrt((1.0 - p) / p)])
        for on in product((0, 1), repeat=len(p)):
            index = np.array(on, dtype=np.int64)
            z = signs[index, np.arange(p.size)]
            yield (
                float(np.prod(np.where(index, p, 1.0 - p))),
                self.mean + np.tensordot(z, self.parts, axes=1),
            )


def _both_sides(matrix: FloatArray, blocks: FloatArray) -> FloatArray:
    half = np.tensordot(matrix, blocks, axes=(1, 0))
    return np.asarray(np.moveaxis(np.tensordot(matrix, half, axes=(1, 1)), 0, 1))
