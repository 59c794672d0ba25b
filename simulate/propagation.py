"""Exact mean and second moment of whole trajectories on quadratic clients: no Monte Carlo error.

Client ``i`` answers the weights ``x`` with an update that is affine in them, ``A_i x − b_i`` plus
noise, as local descent on a quadratic does. The server steps ``x⁺ = x − γ Σ_i c_i (A_i x − b_i)``
with random weights ``c`` of mean ``w`` and covariance ``K``, drawn afresh every round. Then
``E x`` and ``E xxᵀ`` follow a linear recursion, whatever else the sampling does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.simulate.argument_checks import check_count, check_positive
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray, read_only
from roundlot.theory.cells import array_of, numbers_or_nan
from roundlot.theory.positions import by_position, fields_by_position
from roundlot.theory.text import short_repr


@fields_by_position()
@dataclass(frozen=True, kw_only=True, eq=False)
class AffineClients:
    """Updates ``A_i x − b_i`` of ``n`` clients in ``dim`` dimensions, with zero-mean noise.

    Attributes:
        matrices: ``(n, dim, dim)``, ``A``.
        offsets: ``(n, dim)``, ``b``.
        noise: ``(n, dim, dim)``, covariance of each client's own noise, or None.

    Raises:
        InvalidProblemError: shapes that do not fit, or numbers that are not finite.
    """

    matrices: FloatArray
    offsets: FloatArray
    noise: FloatArray | None = None

    __repr__ = short_repr

    def __post_init__(self) -> None:
        matrices = _numbers(self.matrices, "matrices")
        if matrices.ndim != 3 or matrices.shape[1] != matrices.shape[2] or not matrices.size:
            raise InvalidProblemError(f"matrices have shape {matrices.shape}; give (n, dim, dim)")
        offsets = _numbers(self.offsets, "offsets", matrices.shape[:2])
        object.__setattr__(self, "matrices", matrices)
        object.__setattr__(self, "offsets", offsets)
        if self.noise is not None:
            object.__setattr__(self, "noise", _numbers(self.noise, "noise", matrices.shape))

    @classmethod
    def quadratic(
        cls,
        curvatures: npt.ArrayLike,
        centres: npt.ArrayLike,
        *,
        local_steps: int = 1,
        local_rate: float = 1.0,
        noise: npt.ArrayLike | None = None,
    ) -> AffineClients:
        """Clients with ``f_i = ½ (x − z_i)ᵀ H_i (x − z_i)`` that take local gradient steps.

        After ``K`` steps of rate ``η`` the update ``x − x_K`` is ``(I − (I − ηH)^K)(x − z)``; with
        one step of rate 1 it is the gradient.

        Args:
            curvatures: ``(n, dim, dim)`` symmetric ``H``, or ``(n, dim)`` their diagonals.
            centres: ``(n, dim)``, ``z``.
            local_steps: ``K >= 1``.
            local_rate: ``η > 0``.
            noise: ``(n, dim, dim)``, covariance of the noise of the whole update.
        """
        check_count(local_steps, "local_steps", 1)
        check_positive(local_rate, "local_rate")
        H = _numbers(curvatures, "curvatures")
        H = H[:, :, None] * np.eye(H.shape[1]) if H.ndim == 2 else H
        if H.ndim != 3 or not np.allclose(H, H.transpose(0, 2, 1), rtol=1e-12, atol=0.0):
            raise InvalidProblemError("curvatures must be symmetric matrices (n, dim, dim)")
        z = _numbers(centres, "centres", H.shape[:2])
        stay = np.linalg.matrix_power(np.eye(H.shape[1]) - local_rate * H, local_steps)
        A = H if local_steps == 1 and local_rate == 1.0 else np.eye(H.shape[1]) - stay
        spread = None if noise is None else np.asarray(noise, dtype=np.float64)
        return cls(matrices=A, offsets=np.einsum("nij,nj->ni", A, z), noise=spread)

    @classmethod
    def joined(cls, models: Sequence[AffineClients]) -> AffineClients:
        """Several models in one vector: update ``(i, s)`` moves block ``s``; row ``i S + s``.

        The covariance of ``joint_covariance`` has the same order.
        """
        S, sizes = len(models), [model.offsets.shape[1] for model in models]
        n, dim, ends = models[0].n_clients, sum(sizes), np.cumsum([0, *sizes])
        if any(model.n_clients != n for model in models):
            raise InvalidProblemError("models to join must have the same clients")
        A, b = np.zeros((n * S, dim, dim)), np.zeros((n * S, dim))
        noise = np.zeros_like(A)
        for s, model in enumerate(models):
            block = slice(ends[s], ends[s + 1])
            A[s::S, block, block] = model.matrices
            b[s::S, block] = model.offsets
            noise[s::S, block, block] = 0.0 if model.noise is None else model.noise
        return cls(matrices=A, offsets=b, noise=noise)

    @property
    def n_clients(self) -> int:
        """``n``."""
        return int(self.matrices.shape[0])

    @property
    def dimension(self) -> int:
        """``dim``."""
        return int(self.matrices.shape[1])

    def rest(self, weights: npt.ArrayLike) -> FloatArray:
        """``(dim,)``, where the expected step ``Σ w_i (A_i x − b_i)`` vanishes.

        Raises:
            InvalidProblemError: there is no single such point.
        """
        w = _numbers(weights, "weights", (self.n_clients,))
        A = np.einsum("n,nij->ij", w, self.matrices)
        try:
            return np.asarray(np.linalg.solve(A, w @ self.offsets))
        except np.linalg.LinAlgError as error:
            raise InvalidProblemError("the expected update vanishes at no single point") from error


@dataclass(frozen=True, kw_only=True, eq=False)
class TrajectoryMoments:
    """Moments after ``0, 1, ..., T`` rounds: ``mean (T+1, dim)``, ``second (T+1, dim, dim)``."""

    mean: FloatArray
    second: FloatArray

    __repr__ = short_repr

    @property
    def rounds(self) -> int:
        """``T``."""
        return int(self.mean.shape[0]) - 1

    @property
    def covariance(self) -> FloatArray:
        """``(T+1, dim, dim)``, ``E xxᵀ − E x E xᵀ``."""
        return np.asarray(self.second - np.einsum("ti,tj->tij", self.mean, self.mean))

    def squared_distance(self, point: npt.ArrayLike) -> FloatArray:
        """``(T+1,)``, ``E‖x_t − point‖²``."""
        x = _numbers(point, "point", self.mean.shape[1:])
        traces = np.trace(self.second, axis1=1, axis2=2)
        return np.asarray(traces - 2.0 * self.mean @ x + x @ x)

    def quadratic(self, curvature: npt.ArrayLike, point: npt.ArrayLike) -> FloatArray:
        """``(T+1,)``, ``E ½ (x_t − point)ᵀ H (x_t − point)``; ``curvature`` is ``(dim, dim)``."""
        x = _numbers(point, "point", self.mean.shape[1:])
        H = _numbers(curvature, "curvature", self.second.shape[1:])
        moment = np.einsum("tij,ji->t", self.second, H)
        return np.asarray((moment - self.mean @ (H + H.T) @ x + x @ H @ x) / 2.0)


@by_position()
def propagate(
    clients: AffineClients,
    *,
    weights: npt.ArrayLike,
    covariance: npt.ArrayLike,
    steps: npt.ArrayLike,
    start: npt.ArrayLike,
) -> TrajectoryMoments:
    """The exact moments of every iterate of ``x⁺ = x − γ_t Σ_i c_i (A_i x − b_i + noise_i)``.

    Args:
        clients: ``n`` affine updates.
        weights: ``(n,)``, ``E c``.
        covariance: ``(n, n)``, ``Cov c``; ``(n,)`` for independent clients.
        steps: ``(T,)``, ``γ_t``.
        start: ``(dim,)``, ``x_0``.

    Raises:
        InvalidProblemError: shapes that do not fit, numbers that are not finite, or a covariance
            that is not symmetric and positive semidefinite.
    """
    n = clients.n_clients
    w, gammas = _numbers(weights, "weights", (n,)), _numbers(steps, "steps")
    if gammas.ndim != 1:
        raise InvalidProblemError(f"steps have shape {gammas.shape}; give one number a round")
    x = _numbers(start, "start", (clients.dimension,))
    roots, own = _square_root(covariance, n)
    drift = np.einsum("n,nij->ij", w, clients.matrices), w @ clients.offsets
    spread = np.einsum("kn,nij->kij", roots, clients.matrices), roots @ clients.offsets
    noise = _noise(clients, own + w**2)
    mean, second = [x], [np.outer(x, x)]
    for gamma in gammas:
        m, X = _step(gamma, drift, mean[-1], second[-1])
        X = X + gamma**2 * (_spread(spread, mean[-1], second[-1]) + noise)
        mean.append(m)
        second.append((X + X.T) / 2.0)
    return TrajectoryMoments(mean=read_only(np.array(mean)), second=read_only(np.array(second)))


@by_position()
def processor_covariance(
    weights: npt.ArrayLike, probabilities: npt.ArrayLike, client: npt.ArrayLike
) -> FloatArray:
    """``(N S, N S)``, exact ``Cov`` of the weights ``c_{i,s}`` of independent processors.

    ``c_{i,s} = Σ_{b drew s} w_{(i,b),s} / p_{(i,b),s}``, row ``i S + s``. Variance
    ``Σ_b w² (1/p − 1)``, between models of one client ``−Σ_b w_s w_t``, else 0.

    Args:
        weights: ``(V, S)``, ``d / B``; 0 where nothing is held.
        probabilities: ``(V, S)``, above 0 wherever the weight is.
        client: ``(V,)``, the client of every processor, 0 to ``N − 1``.

    Raises:
        InvalidProblemError: shapes that do not fit, or ``p`` that biases the step.
    """
    w = _numbers(weights, "weights")
    p = _numbers(probabilities, "probabilities", w.shape)
    owner = array_of(client, "client")
    if w.ndim != 2 or owner.shape != w.shape[:1] or not np.issubdtype(owner.dtype, np.integer):
        raise InvalidProblemError("weights must be (V, S) and client (V,) whole numbers")
    if np.any((p <= 0.0) & (w != 0.0)) or p.min() < 0.0 or p.max() > 1.0:
        raise InvalidProblemError("probabilities must lie in (0, 1] wherever the weight is not 0")
    S, N = w.shape[1], int(owner.max()) + 1
    found = np.zeros((N, S, N, S))
    held = np.where(w != 0.0, p, 1.0)
    for v, i in enumerate(owner):
        found[i, :, i, :] += np.diag(w[v] ** 2 / held[v]) - np.outer(w[v], w[v])
    return found.reshape(N * S, N * S)


def _step(
    gamma: float, drift: tuple[FloatArray, FloatArray], m: FloatArray, X: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The moments of ``x − γ (A x − b)``, no randomness but that of ``x``."""
    A, b = drift
    stay, push = np.eye(len(m)) - gamma * A, gamma * b
    after = stay @ m
    cross = np.outer(after, push)
    return after + push, stay @ X @ stay.T + cross + cross.T + np.outer(push, push)


def _spread(spread: tuple[FloatArray, FloatArray], m: FloatArray, X: FloatArray) -> FloatArray:
    """``Σ_k E (A_k x − b_k)(A_k x − b_k)ᵀ`` over the independent parts of the covariance."""
    A, b = spread
    cross = np.einsum("ki,kj->ij", A @ m, b)
    moved = np.einsum("kij,jl,kml->im", A, X, A, optimize=True)
    return np.asarray(moved - cross - cross.T + b.T @ b)


def _noise(clients: AffineClients, second_moments: FloatArray) -> FloatArray | float:
    if clients.noise is None:
        return 0.0
    return np.asarray(np.einsum("n,nij->ij", second_moments, clients.noise))


def _square_root(covariance: Any, n: int) -> tuple[FloatArray, FloatArray]:
    """Rows ``r_k`` with ``Σ_k r_k r_kᵀ`` the covariance, and its diagonal."""
    K = _numbers(covariance, "covariance")
    if K.shape == (n,) and np.all(K >= 0.0):
        return np.diag(np.sqrt(K))[K > 0.0], K
    if K.shape != (n, n) or not np.allclose(K, K.T, rtol=1e-12, atol=1e-15 * np.abs(K).max()):
        raise InvalidProblemError(
            f"covariance has shape {K.shape}; give a symmetric {n} x {n} one, or {n} variances"
        )
    values, vectors = np.linalg.eigh(K)
    least = -1e-12 * max(1e-300, float(values[-1]))
    if values[0] < least * n:
        raise InvalidProblemError(
            f"covariance has eigenvalue {values[0]:.3g}; no random weights have that"
        )
    kept = values > 0.0
    return (vectors[:, kept] * np.sqrt(values[kept])).T, np.diag(K)


def _numbers(values: Any, name: str, shape: tuple[int, ...] | None = None) -> FloatArray:
    array = numbers_or_nan(values, name)
    if shape is not None and array.shape != shape:
        raise InvalidProblemError(f"{name} have shape {array.shape}; they must have {shape}")
    if not np.all(np.isfinite(array)):
        raise InvalidProblemError(f"{name} hold a number that is not finite")
    return read_only(array)
