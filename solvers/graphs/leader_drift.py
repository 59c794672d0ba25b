"""Leader weights under a bound on column drift, for the losses at hand or for any losses."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from roundlot.solvers.graphs.graph import Graph
from roundlot.solvers.graphs.leaders import PUBLISHED, Leaders, LeaderWeights, leader_matrix
from roundlot.theory.arrays import FloatArray
from roundlot.theory.errors import InvalidProblemError

_BISECTIONS = 260  # from 1e30 down to the spacing of float64
ROUNDING = 1e-15  # what float64 leaves of a drift that is 0


def drift_of(matrix: npt.ArrayLike) -> FloatArray:
    """``(n,)``, ``δ = Pᵀ1/n − 1/n``: how much each worker counts above its share."""
    p = np.asarray(matrix, dtype=np.float64)
    drift: FloatArray = p.mean(axis=0) - 1.0 / len(p)
    return drift


def worst_leader_drift(graph: Graph) -> float:
    """``‖δ‖`` of one leader a worker is at most this, whatever the losses and the links used.

    At most ``d_j + 1`` workers follow ``j`` and ``n`` follow anybody, so ``Σ c_j²`` is largest when
    the best connected have all that they can.
    """
    n = graph.n_nodes
    left, squares = n, 0
    for most in sorted((graph.degrees + 1).tolist(), reverse=True):
        took = min(int(most), left)
        squares, left = squares + took * took, left - took
    return math.sqrt(max(0.0, squares - n)) / n


def nearest_weights(
    best: npt.ArrayLike, central: npt.ArrayLike, drift: float, wanted: LeaderWeights = PUBLISHED
) -> LeaderWeights:
    """The mixing weights nearest to the wanted ones with ``‖w_N δ_B + w_τ δ_D‖ <= drift``.

    Args:
        best, central: ``(n,)``, the drifts ``δ_B`` and ``δ_D`` of the two leaders' matrices.
        drift: the bound on ``‖δ‖`` of ``P``, at least 0.
        wanted: the weights to stay near; pulls are set to 0, since they drift as well.

    Raises:
        InvalidProblemError: a bound that is negative or not finite.
    """
    checked_drift(drift)
    if drift == 0.0:
        return LeaderWeights(best=0.0, central=0.0, best_pull=0.0, central_pull=0.0)
    gram = np.array([best, central], dtype=np.float64) @ np.array([best, central]).T
    target = np.array([wanted.best, wanted.central], dtype=np.float64)
    choices: list[FloatArray] = [_shrunk(gram, target, drift)]
    for k in range(2):
        only: FloatArray = np.where(np.arange(2) == k, target, 0.0)
        size = math.sqrt(max(0.0, float(only @ gram @ only)))
        factor = min(1.0, drift / size) if size > 0.0 else 1.0
        choices.append(factor * only)
    allowed = [w for w in choices if w.min() >= 0.0]
    near, far = _inside(gram, min(allowed, key=lambda w: float(np.sum((w - target) ** 2))), drift)
    return LeaderWeights(best=near, central=far, best_pull=0.0, central_pull=0.0)


def weights_for_any_losses(
    graph: Graph, drift: float, wanted: LeaderWeights = PUBLISHED
) -> LeaderWeights:
    """Mixing weights in the wanted proportion with ``‖δ‖ <= drift`` for all losses and links.

    Raises:
        InvalidProblemError: a bound that is negative or not finite.
    """
    checked_drift(drift)
    worst = worst_leader_drift(graph) * (1.0 + 1e-12) * (wanted.best + wanted.central)
    factor = min(1.0, drift / worst) if worst > 0.0 else 1.0
    return LeaderWeights(
        best=factor * wanted.best,
        central=factor * wanted.central,
        best_pull=0.0,
        central_pull=0.0,
    )


def scaled_weights(
    mixing: npt.ArrayLike,
    chosen: Leaders,
    drift: float,
    *,
    wanted: LeaderWeights = PUBLISHED,
    update: str = "paper",
    step: float = 0.0,
) -> LeaderWeights:
    """All four constants by a common factor, so that the whole round's ``‖δ‖`` is at most drift.

    The factor is the first, from 0, at which the bound is met with equality, or 1.

    Args:
        mixing: ``(n, n)``, rows and columns sum to 1.

    Raises:
        InvalidProblemError: a bound that is negative, or as ``leader_matrix``.
    """
    checked_drift(drift)
    if drift == 0.0:
        return wanted.scaled(0.0)

    def size(factor: float) -> float:
        matrix = leader_matrix(mixing, chosen, wanted.scaled(factor), update=update, step=step)
        return float(np.linalg.norm(drift_of(matrix)))

    # δ is a quadratic in the factor, so ‖δ‖² has five coefficients: three points give them.
    at = [
        drift_of(leader_matrix(mixing, chosen, wanted.scaled(f), update=update, step=step))
        for f in (0.0, 0.5, 1.0)
    ]
    bend = 2.0 * (at[0] - 2.0 * at[1] + at[2])
    slope = at[2] - at[0] - bend
    parts = [bend @ bend, 2 * bend @ slope, slope @ slope + 2 * bend @ at[0], 2 * slope @ at[0]]
    roots = np.roots([*parts, at[0] @ at[0] - drift**2]) if any(parts) else np.zeros(0)
    real = roots[np.abs(roots.imag) < 1e-9].real
    factor = float(min([1.0, *real[(real >= 0.0) & (real < 1.0)]]))
    while size(factor) > drift + ROUNDING:
        factor *= 1.0 - 1e-9
    return wanted.scaled(factor)


def checked_drift(drift: float) -> None:
    """Refuse a bound that is none.

    Raises:
        InvalidProblemError: negative or not finite.
    """
    if not (math.isfinite(drift) and drift >= 0.0):
        raise InvalidProblemError(f"the bound on the drift is {drift!r}; it must be at least 0")


def _shrunk(gram: FloatArray, target: FloatArray, drift: float) -> FloatArray:
    """The projection onto ``wᵀ G w <= drift²`` alone, by bisection on its multiplier."""
    if target @ gram @ target <= drift**2:
        return target
    low, high = 0.0, 1.0

    def at(multiplier: float) -> FloatArray:
        moved = np.linalg.solve(np.eye(2) + multiplier * gram, target)
        return np.asarray(moved, dtype=np.float64)

    while at(high) @ gram @ at(high) > drift**2 and high < 1e30:
        high *= 4.0
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        if at(middle) @ gram @ at(middle) > drift**2:
            low = middle
        else:
            high = middle
    return at(high)


def _inside(gram: FloatArray, weights: FloatArray, drift: float) -> tuple[float, float]:
    """The same, shorter by rounding if it must be."""
    near, far = (float(weight) for weight in weights)

    def size(factor: float) -> float:
        return float(gram[0, 0] * near**2 + 2 * gram[0, 1] * near * far + gram[1, 1] * far**2) * (
            factor**2
        )

    factor = 1.0
    # A hair shorter than allowed, so that any other way to compute the drift agrees.
    while size(factor) > (drift * (1.0 - 1e-14)) ** 2:
        factor *= 1.0 - 1e-14
    return factor * near, factor * far
