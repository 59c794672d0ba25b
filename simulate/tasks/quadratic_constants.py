"""What is known exactly about least squares on clients: curvature, optimum, heterogeneity."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from roundlot.simulate.argument_checks import read_only
from roundlot.simulate.propagation import AffineClients
from roundlot.theory.record_text import short_repr

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class QuadraticConstants:
    """``F_i(w) = ½ (w − z_i)ᵀ H_i (w − z_i) + F_i*`` of ``N`` clients, ``F = Σ d_i F_i``.

    In float64, of the very numbers that the clients train on, to rounding.

    Attributes:
        hessians: ``(N, D, D)``, ``H_i``.
        centres: ``(N, D)``, ``z_i``, a minimiser of ``F_i``: the shortest where there are many.
        minima: ``(N,)``, ``F_i*``.
        data_weights: ``(N,)``, ``d_i``, shares of the data.
        optimum: ``(D,)``, ``w*``, the minimiser of ``F``.
    """

    hessians: FloatArray
    centres: FloatArray
    minima: FloatArray
    data_weights: FloatArray
    optimum: FloatArray

    __repr__ = short_repr

    @classmethod
    def of(
        cls, features: FloatArray, targets: FloatArray, offsets: npt.NDArray[np.int64]
    ) -> QuadraticConstants:
        """From the samples ``(n, D)``, ``(n,)`` of clients that stand one after the other."""
        parts = [slice(a, b) for a, b in pairwise(offsets)]
        centres = np.stack([_solve(features[rows], targets[rows]) for rows in parts])
        residuals = [targets[r] - features[r] @ z for r, z in zip(parts, centres, strict=True)]
        return cls(
            hessians=read_only(
                np.stack(
                    [features[rows].T @ features[rows] / len(features[rows]) for rows in parts]
                )
            ),
            centres=read_only(centres),
            minima=read_only(np.array([float(r @ r) / (2 * r.size) for r in residuals])),
            data_weights=read_only(np.diff(offsets) / offsets[-1]),
            optimum=read_only(_solve(features, targets)),
        )

    @cached_property
    def hessian(self) -> FloatArray:
        """``(D, D)``: the Hessian of ``F``."""
        return read_only(np.einsum("i,ijk->jk", self.data_weights, self.hessians))

    @cached_property
    def smoothness(self) -> float:
        """``L``: the largest eigenvalue of the Hessian of ``F``."""
        return float(np.linalg.eigvalsh(self.hessian)[-1])

    @cached_property
    def strong_convexity(self) -> float:
        """``μ``: the least eigenvalue of the Hessian of ``F``."""
        return float(np.linalg.eigvalsh(self.hessian)[0])

    @cached_property
    def client_smoothness(self) -> FloatArray:
        """``(N,)``: the largest eigenvalue of each client's Hessian."""
        return read_only(np.linalg.eigvalsh(self.hessians)[:, -1].astype(np.float64))

    @cached_property
    def client_strong_convexity(self) -> FloatArray:
        """``(N,)``: the least eigenvalue of each client's Hessian; 0 with too few samples."""
        return read_only(np.maximum(np.linalg.eigvalsh(self.hessians)[:, 0], 0.0))

    def client_values(self, weights: npt.ArrayLike) -> FloatArray:
        """``(N,)``: ``F_i(w)``."""
        away = np.asarray(weights, dtype=np.float64) - self.centres
        curved = np.einsum("ij,ijk,ik->i", away, self.hessians, away)
        return np.asarray(curved / 2 + self.minima)

    def client_gradients(self, weights: npt.ArrayLike) -> FloatArray:
        """``(N, D)``: ``∇F_i(w)``."""
        away = np.asarray(weights, dtype=np.float64) - self.centres
        return np.asarray(np.einsum("ijk,ik->ij", self.hessians, away))

    def value(self, weights: npt.ArrayLike) -> float:
        """``F(w)``."""
        return float(self.data_weights @ self.client_values(weights))

    @cached_property
    def minimum(self) -> float:
        """``F*``."""
        return self.value(self.optimum)

    @cached_property
    def heterogeneity(self) -> float:
        """``Γ = Σ d_i (F_i(w*) − F_i*)``: 0 when one ``w`` is best for every client."""
        return float(self.data_weights @ (self.client_values(self.optimum) - self.minima))

    @cached_property
    def dissimilarity(self) -> float:
        """``ζ² = Σ d_i ‖∇F_i(w*)‖²``: how far gradients of clients differ at the optimum."""
        return float(self.data_weights @ (self.client_gradients(self.optimum) ** 2).sum(axis=1))

    def affine_clients(self, *, local_steps: int = 1, local_rate: float = 1.0) -> AffineClients:
        """The clients' updates after full-batch local steps, for exact moments of trajectories."""
        return AffineClients.quadratic(
            self.hessians, self.centres, local_steps=local_steps, local_rate=local_rate
        )


def _solve(features: FloatArray, targets: FloatArray) -> FloatArray:
    """The shortest least-squares solution, from the samples and not from their products."""
    return np.asarray(np.linalg.lstsq(features, targets, rcond=None)[0])
