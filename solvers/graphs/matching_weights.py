"""A mixing weight for every matching: the same messages as with one weight, and a smaller ``ρ``.

``W = I − Σ b_j α_j L_j`` has ``E WᵀW − J = D² + 2 Σ p_j (1 − p_j) α_j² L_j`` with ``D = I − J −
Σ p_j α_j L_j``, which is convex in ``α``. Every ``Y`` that is positive semidefinite with trace 1
bounds ``ρ`` from below by a quadratic in ``α``, and its minimum bounds every ``ρ``: the barrier's
own ``Y`` attains the best.
"""

from __future__ import annotations

import numpy as np
from scipy import linalg
from scipy.optimize import nnls

from roundlot.solvers.graphs.matchings import Decomposition
from roundlot.theory.arrays import FloatArray
from roundlot.theory.errors import InvalidProblemError

MOST = 40_000_000  # numbers in the matchings' Laplacians: 320 MB
FIRST, SHARPEN = 30.0, 10.0  # the barrier's weight at first, and what it grows by
OUTER, INNER = 20, 60
CENTRED = 1e-8  # a decrement that is near enough to go on
_HALVINGS = 50


def least_weights(
    decomposition: Decomposition,
    probabilities: FloatArray,
    start: float,
    *,
    tolerance: float = 1e-8,
) -> tuple[FloatArray, float]:
    """Weights ``(M,)``, at least 0, and what ``ρ`` none go below, up to rounding.

    Args:
        decomposition: the matchings.
        probabilities: ``(M,)``; a matching that is never used has the weight 0.
        start: a single weight with ``ρ < 1``.
        tolerance: of ``ρ``.

    Raises:
        InvalidProblemError: too many matchings of too many nodes.
    """
    program = _Program(decomposition, probabilities)
    x = program.start(start)
    sharpness, lower = FIRST, 0.0
    for _ in range(OUTER):
        x = _centre(program, x, sharpness)
        lower = max(lower, program.bound(x))
        if x[-1] - lower <= tolerance:
            break
        sharpness *= SHARPEN
    weights = np.zeros(decomposition.n_matchings)
    weights[program.used] = x[:-1]
    return weights, lower


class _Program:
    """Barrier and bound at ``x = (α, s)``, of the matchings that are used."""

    def __init__(self, decomposition: Decomposition, probabilities: FloatArray) -> None:
        self.used = probabilities > 0.0
        self.p = probabilities[self.used]
        self.noise = self.p * (1.0 - self.p)
        self.n = decomposition.graph.n_nodes
        if len(self.p) * self.n**2 > MOST:
            raise InvalidProblemError(
                f"a weight for each of {len(self.p)} matchings of {self.n} nodes takes more memory "
                'than is used for it; take mixing "search", one weight for all'
            )
        self.laplacians = decomposition.laplacians[self.used]
        self.centred = np.eye(self.n) - 1.0 / self.n

    def start(self, weight: float) -> FloatArray:
        alpha = np.full(len(self.p), weight)
        top = float(np.linalg.eigvalsh(self.moment(alpha))[-1])
        return np.append(alpha, top + 0.1)

    def mean(self, alpha: FloatArray) -> FloatArray:
        """``D``."""
        return np.asarray(self.centred - np.tensordot(self.p * alpha, self.laplacians, axes=1))

    def moment(self, alpha: FloatArray) -> FloatArray:
        """``E WᵀW − J``."""
        mean = self.mean(alpha)
        spread = np.tensordot(2.0 * self.noise * alpha**2, self.laplacians, axes=1)
        return np.asarray(mean @ mean + spread)

    def factor(self, x: FloatArray) -> FloatArray | None:
        if x[:-1].min() <= 0.0:
            return None
        factor, info = linalg.lapack.dpotrf(
            x[-1] * np.eye(self.n) - self.moment(x[:-1]), lower=1, clean=1
        )
        return factor if info == 0 else None

    def walls(self, x: FloatArray) -> float:
        factor = self.factor(x)
        if factor is None:
            return np.inf
        return float(-2.0 * np.log(factor.diagonal()).sum() - np.log(x[:-1]).sum())

    def inverse(self, x: FloatArray) -> FloatArray:
        inverse, _ = linalg.lapack.dpotri(self.factor(x), lower=1)
        return np.asarray(np.tril(inverse) + np.tril(inverse, -1).T)

    def derivatives(self, x: FloatArray, sharpness: float) -> tuple[FloatArray, FloatArray]:
        alpha, k = x[:-1], len(self.p)
        inverse, mean = self.inverse(x), self.mean(alpha)
        turned = self.laplacians @ mean
        slopes = -self.p[:, None, None] * (turned + turned.transpose(0, 2, 1))
        slopes += (4.0 * self.noise * alpha)[:, None, None] * self.laplacians
        products = (inverse @ slopes).reshape(k, -1)
        across = np.swapaxes(products.reshape(k, self.n, self.n), 1, 2).reshape(k, -1)
        gradient, hessian = np.empty(k + 1), np.empty((k + 1, k + 1))
        gradient[:-1] = np.tensordot(slopes, inverse, axes=2) - 1.0 / alpha
        gradient[-1] = sharpness - np.trace(inverse)
        along = self.along(inverse)
        hessian[:-1, :-1] = products @ across.T + 2.0 * self.crossed(inverse)
        hessian[:-1, :-1] += np.diag(4.0 * self.noise * along + 1.0 / alpha**2)
        hessian[:-1, -1] = hessian[-1, :-1] = -(products @ inverse.ravel())
        hessian[-1, -1] = np.sum(inverse**2)
        return gradient, hessian

    def along(self, weights: FloatArray) -> FloatArray:
        """``(M,)``, ``tr(Y L_j)``."""
        return np.asarray(np.tensordot(self.laplacians, weights, axes=2))

    def crossed(self, weights: FloatArray) -> FloatArray:
        """``(M, M)``, ``p_i p_j tr(Y L_i L_j)``, symmetric."""
        k = len(self.p)
        turned = (self.laplacians @ weights).reshape(k, -1)
        both = turned @ self.laplacians.transpose(0, 2, 1).reshape(k, -1).T
        return np.asarray(0.5 * (both + both.T) * np.outer(self.p, self.p))

    def bound(self, x: FloatArray) -> float:
        """``min_α tr(Y (E WᵀW − J))`` for the barrier's ``Y``; no weights at least 0 go below."""
        weights = self.inverse(x)
        weights /= np.trace(weights)
        along = self.along(weights)
        square = self.crossed(weights) + np.diag(2.0 * self.noise * along)
        square += 1e-15 * max(float(square.diagonal().max()), 1e-300) * np.eye(len(square))
        root = np.linalg.cholesky(square).T
        target = linalg.solve_triangular(root, self.p * along, trans=1)
        _, left = nnls(root, target)  # ‖root α − target‖, at least 0 in every entry of α
        return float(np.sum(weights * self.centred) + left**2 - target @ target)


def _centre(program: _Program, x: FloatArray, sharpness: float) -> FloatArray:
    for _ in range(INNER):
        gradient, hessian = program.derivatives(x, sharpness)
        scale = 1.0 / np.sqrt(hessian.diagonal())
        _, direction, info = linalg.lapack.dposv(
            hessian * scale[:, None] * scale, -gradient * scale
        )
        if info:
            return x
        direction = direction * scale
        slope = float(gradient @ direction)
        if -slope <= CENTRED:
            return x
        here, length = program.walls(x), 1.0
        for _ in range(_HALVINGS):
            rise = program.walls(x + length * direction) - here
            if rise + sharpness * length * direction[-1] <= 0.1 * length * slope:
                break
            length *= 0.5
        else:
            return x
        x = x + length * direction
    return x
