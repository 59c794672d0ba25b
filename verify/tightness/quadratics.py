"""The largest value that quadratics attain, by exact moment propagation."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from roundlot.simulate.propagation import AffineClients, TrajectoryMoments, propagate
from roundlot.solvers.schemes import SamplingScheme
from roundlot.theory.arrays import FloatArray

Measure = Callable[[TrajectoryMoments, float], float]
CURVATURES = 201  # a grid from μ to L, both included


def squared_distance(moments: TrajectoryMoments, curvature: float) -> float:
    """``E‖x_T‖²`` after the last round."""
    return float(moments.squared_distance([0.0])[-1])


def excess_value(moments: TrajectoryMoments, curvature: float) -> float:
    """``E F(x_T) − F*``, ``F = h/2 x²``."""
    return curvature / 2.0 * squared_distance(moments, curvature)


def worst_quadratic(
    least: float,
    most: float,
    steps: Sequence[float],
    variance: float,
    start: Callable[[float], float],
    measure: Measure = squared_distance,
) -> float:
    """Greatest ``measure`` over ``h/2 x²`` with curvature from ``least`` to ``most``.

    ``start`` gives ``x_0²`` for a curvature. One dimension is enough where the measure is linear in
    the second moments: more only average.
    """
    found = []
    for curvature in np.linspace(least, most, CURVATURES):
        clients = AffineClients(matrices=[[[curvature]]], offsets=[[0.0]], noise=[[[variance]]])  # type: ignore[arg-type]
        moments = propagate(
            clients,
            weights=[1.0],
            covariance=[0.0],
            steps=steps,
            start=[np.sqrt(start(float(curvature)))],
        )
        found.append(measure(moments, float(curvature)))
    return max(found)


def one_draw(
    updates: npt.ArrayLike, weights: npt.ArrayLike, covariance: npt.ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Mean ``(dim,)`` and covariance ``(dim, dim)`` of ``Σ c_i u_i``; ``updates (n, dim)``."""
    u = np.asarray(updates, dtype=np.float64)
    still = AffineClients(matrices=np.zeros((len(u), u.shape[1], u.shape[1])), offsets=u)
    moments = propagate(
        still, weights=weights, covariance=covariance, steps=[1.0], start=np.zeros(u.shape[1])
    )
    return moments.mean[-1], moments.covariance[-1]


def worst_quadratic_scheme(
    scheme: SamplingScheme, *, step: float, least: float, most: float, seed: int = 0
) -> float:
    """Greatest found ``E‖x⁺ − x*‖²`` of quadratic clients with ``‖x − x*‖² = Σ w‖∇f_i(x*)‖² = 1``.

    Diagonal curvatures at the ends of the range in two dimensions, random centres: a search, so a
    lower bound on the worst quadratic.
    """
    random, (w, covariance) = np.random.default_rng(seed), scheme.floats()
    n, found = scheme.n_clients, 0.0
    for _ in range(2000):
        h = random.choice([least, most], size=(n, 2))
        pull = random.normal(size=(n, 2)) * random.choice([1.0, 0.01], size=2)
        pull -= w @ pull / w.sum()
        pull /= np.sqrt(max(w @ (pull**2).sum(axis=1), 1e-300)) if n > 1 else 1.0
        direction = random.normal(size=2) * random.choice([1.0, 0.01], size=2)
        clients = AffineClients(matrices=h[:, :, None] * np.eye(2), offsets=-pull)
        moments = propagate(
            clients,
            weights=w,
            covariance=covariance,
            steps=[step],
            start=direction / np.linalg.norm(direction),
        )
        found = max(found, float(moments.squared_distance([0.0, 0.0])[-1]))
    return found
