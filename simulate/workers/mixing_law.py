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
    def of(cls, method: DPSGD | Matcha) -> MixingLaw:
        """Of a method's matrices."""
        if isinstance(method, DPSGD):
            W = np.asarray(method.mixing)
            return cls(mean=W, steps=np.empty((0, *W.shape)), rates=np.empty(0))
        p, laplacians = method.p, method.links.laplacians
        random = (p > 0.0) & (p < 1.0)
        return cls(
            mean=read_only(method.matrices(p[None])[0]),
            steps=read_only(method.weight * laplacians[random]),
            rates=read_only(p[random]),
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
