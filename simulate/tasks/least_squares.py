"""Linear least squares on clients, where every constant of the theory is known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from roundlot.simulate.argument_checks import check_count
from roundlot.simulate.propagation import AffineClients
from roundlot.simulate.tasks.partitions import client_sizes, largest_remainder, nobody_empty
from roundlot.simulate.tasks.samples import Samples
from roundlot.simulate.tasks.streams import generator
from roundlot.simulate.tasks.task import Task
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray, IntArray, read_only
from roundlot.theory.random_streams import QUADRATIC
from roundlot.theory.text import short_repr


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
    def of(cls, features: FloatArray, targets: FloatArray, offsets: IntArray) -> QuadraticConstants:
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


@dataclass(frozen=True, kw_only=True, eq=False)
class Quadratics:
    """Tasks and, for each, what is known about it.

    Attributes:
        tasks: ``S`` tasks of loss "squared error" without test data.
        constants: one record per task.
    """

    tasks: tuple[Task, ...]
    constants: tuple[QuadraticConstants, ...]

    __repr__ = short_repr


def quadratics(
    n_clients: int = 20,
    n_models: int = 1,
    *,
    dimension: int = 10,
    condition: float = 10.0,
    heterogeneity: float = 1.0,
    noise: float = 0.1,
    samples: int | None = None,
    high_share: float = 0.1,
    high_data: float = 0.5,
    seed: int = 0,
) -> Quadratics:
    """Least squares ``F(w) = 1/(2n) Σ (xᵀw − y)²`` from ``w = 0``, ragged over the clients.

    ``F`` has smoothness 1 and strong convexity ``1/condition``, up to the rounding of the data to
    float32; the other eigenvalues lie between in equal ratios.

    Args:
        n_clients: ``N``.
        n_models: ``S``, each with its own data.
        dimension: ``D``.
        condition: largest over least eigenvalue of the Hessian of ``F``, at least 1.
        heterogeneity: root mean square distance of the clients' true weights from their centre,
            which is drawn at a root mean square distance of 1 from where training starts.
        noise: standard deviation of the noise on a target.
        samples: ``n``; ``2 D`` per client by default.
        high_share: share of the clients with much data.
        high_data: share of the data that these hold.
        seed: fixes everything.

    Raises:
        InvalidProblemError: a value out of range, or fewer samples than dimensions or clients.
    """
    for name, count in (("n_clients", n_clients), ("n_models", n_models), ("dimension", dimension)):
        check_count(count, name, 1)
    for name, value, least in (
        ("condition", condition, 1.0),
        ("heterogeneity", heterogeneity, 0.0),
        ("noise", noise, 0.0),
    ):
        if not np.isfinite(value) or value < least:
            raise InvalidProblemError(f"{name} is {value!r}; it must be at least {least:g}")
    if dimension == 1 and condition != 1.0:
        raise InvalidProblemError(f"condition is {condition!r}; in one dimension it is 1")
    total = 2 * dimension * n_clients if samples is None else samples
    check_count(total, "samples", max(dimension, n_clients))
    made = [
        _model(
            generator(seed, QUADRATIC, model),
            _sizes(total, n_clients, high_share, high_data, generator(seed, QUADRATIC, model, 1)),
            np.geomspace(1.0 / condition, 1.0, dimension),
            heterogeneity,
            noise,
            f"quadratic {model + 1}" if n_models > 1 else "quadratic",
        )
        for model in range(n_models)
    ]
    return Quadratics(
        tasks=tuple(task for task, _ in made), constants=tuple(known for _, known in made)
    )


def _sizes(
    total: int, n_clients: int, high_share: float, high_data: float, rng: np.random.Generator
) -> IntArray:
    wished = client_sizes(total, n_clients, high_share=high_share, high_data=high_data, rng=rng)
    return nobody_empty(largest_remainder(wished, total, rng)[:, None])[:, 0]


def _model(
    rng: np.random.Generator,
    sizes: IntArray,
    eigenvalues: FloatArray,
    heterogeneity: float,
    noise: float,
    name: str,
) -> tuple[Task, QuadraticConstants]:
    dimension, n = eigenvalues.size, int(sizes.sum())
    # Orthonormal columns: the Hessian is Q diag(eigenvalues) Qᵀ exactly, whatever the draw.
    columns = np.linalg.qr(rng.standard_normal((n, dimension)))[0]
    basis = np.linalg.qr(rng.standard_normal((dimension, dimension)))[0]
    features = (np.sqrt(n) * (columns * np.sqrt(eigenvalues)) @ basis.T).astype(np.float32)
    centre = rng.standard_normal(dimension) / np.sqrt(dimension)
    spread = rng.standard_normal((sizes.size, dimension)) * (heterogeneity / np.sqrt(dimension))
    truth = np.repeat(centre + spread, sizes, axis=0)
    targets = (features * truth).sum(axis=1) + noise * rng.standard_normal(n)
    targets = targets.astype(np.float32)
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    module = nn.Linear(dimension, 1, bias=False)
    nn.init.zeros_(module.weight)
    task = Task(
        name=name,
        module=module,
        train=Samples(
            inputs=torch.as_tensor(features),
            targets=torch.as_tensor(targets)[:, None],
            offsets=offsets,
        ),
        loss="squared error",
    )
    known = QuadraticConstants.of(features.astype(float), targets.astype(float), offsets)
    return task, known


def _solve(features: FloatArray, targets: FloatArray) -> FloatArray:
    """The shortest least-squares solution, from the samples and not from their products."""
    return np.asarray(np.linalg.lstsq(features, targets, rcond=None)[0])
