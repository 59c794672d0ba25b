"""The mixing weight ``α``: how much of a neighbour's model a worker takes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from roundlot.solvers.graphs.enclosure import eigenpairs
from roundlot.solvers.graphs.matchings import Decomposition
from roundlot.solvers.graphs.one_thread import one_thread
from roundlot.solvers.graphs.spectra import MixingMoments
from roundlot.theory.arrays import FloatArray, IndexArray
from roundlot.theory.errors import ConvergenceError, InfeasibleError, InvalidProblemError

#: How the mixing weight of a schedule may be chosen.
MIXINGS = ("search", "closed form", "nonnegative")
_STEPS = 200  # parabolas' rounds; some ten are usual


@dataclass(frozen=True, kw_only=True)
class MixingWeight:
    """A mixing weight, the ``ρ`` it gives, and a bound on what any weight can give.

    Attributes:
        weight: ``α``.
        contraction: ``ρ(p, α)``, in float64.
        lower_bound: no weight gives a smaller ``ρ``, up to rounding.
        method: one of ``MIXINGS``.
        guarantee: for the closed form the bound on ``ρ`` it comes with; else ``contraction``.
    """

    weight: float
    contraction: float
    lower_bound: float
    method: str
    guarantee: float


def mixing_weight(
    decomposition: Decomposition,
    probabilities: npt.ArrayLike,
    *,
    method: str = "search",
    tolerance: float = 1e-9,
) -> MixingWeight:
    """The mixing weight that makes ``ρ`` least, for ``probabilities (M,)``.

    Args:
        decomposition: the matchings.
        probabilities: ``(M,)``, how often each is used.
        method: "search", along the convex ``ρ(α)``, to ``tolerance``; "closed form", from the
            extreme eigenvalues, with a bound; "nonnegative", the best one with which no worker
            gives itself a negative weight in any round.
        tolerance: of ``ρ``.

    Raises:
        InfeasibleError: the links that are ever used do not connect all workers.
        InvalidProblemError: probabilities that are none, or an unknown method.
    """
    if method not in MIXINGS:
        raise InvalidProblemError(f"no mixing is called {method!r}; choose {', '.join(MIXINGS)}")
    with one_thread(decomposition.graph.n_nodes):
        moments = MixingMoments.of(decomposition, probabilities)
        plain = _closed_form(moments)
        if method == "closed form":
            return plain
        cap = np.inf
        if method == "nonnegative":
            used = (np.asarray(probabilities) > 0.0)[:, None] & (decomposition.partners >= 0)
            cap = 1.0 / float(used.sum(axis=0).max())
        return _searched(moments, plain.weight, cap, tolerance, method)


def _closed_form(moments: MixingMoments) -> MixingWeight:
    """``ρ <= max((1 − αλ₂)², (1 − αλ_n)²) + 2α²ζ``, made least; ``ζ = ‖Σ p (1 − p) L‖``."""
    values = np.linalg.eigvalsh(moments.mean)
    second, last = float(values[1]), float(values[-1])
    if second <= 1e-12 * max(last, 1e-300):
        raise InfeasibleError(
            "the links that are used do not connect all workers (λ₂ is 0), so that no mixing "
            "weight brings them together: give more matchings a probability above 0"
        )
    noise = float(np.linalg.eigvalsh(moments.spread)[-1])
    weight = min(second / (second**2 + 2.0 * noise), 2.0 / (second + last))
    reached = float(np.linalg.eigvalsh(moments.matrix(weight))[-1])
    guarantee = max((1 - weight * second) ** 2, (1 - weight * last) ** 2) + 2 * weight**2 * noise
    return MixingWeight(
        weight=weight,
        contraction=reached,
        lower_bound=0.0,
        method="closed form",
        guarantee=guarantee,
    )


def _searched(
    moments: MixingMoments, start: float, cap: float, tolerance: float, method: str
) -> MixingWeight:
    """Every eigenvector bounds ``ρ(α)`` below by a parabola; go where the highest is lowest."""
    line, square = moments.mean, moments.quadratic
    base = np.eye(len(line)) - 1.0 / len(line)
    parabolas: list[tuple[float, float]] = []
    weight, best, reached = min(start, cap), 0.0, np.inf
    for _ in range(_STEPS):
        matrix = base - 2.0 * weight * line + weight**2 * square
        values, vectors = _top(matrix)
        if values[-1] < reached:
            best, reached = weight, float(values[-1])
        parabolas += [(float(v @ line @ v), float(v @ square @ v)) for v in vectors.T]
        weight, below = _lowest(np.array(parabolas), cap)
        if reached - below <= tolerance:
            return MixingWeight(
                weight=best,
                contraction=reached,
                lower_bound=min(below, reached),
                method=method,
                guarantee=reached,
            )
    raise ConvergenceError(f"the mixing weight is known only to ρ = {below:.9g} ... {reached:.9g}")


def _top(matrix: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The two largest eigenvalues and their vectors."""
    n = len(matrix)
    if n <= 64:
        values, vectors = np.linalg.eigh(matrix)
        return values[-2:], vectors[:, -2:]
    return eigenpairs(matrix, n - 2, n - 1)


def _lowest(parabolas: FloatArray, cap: float) -> tuple[float, float]:
    """Where the maximum of ``1 − 2αa + α²b`` over the rows ``(a, b)`` is least, and its value."""
    a, b = parabolas.T
    with np.errstate(divide="ignore", invalid="ignore"):
        vertices = a / b
        # Two of them meet where 2 (a − a') = α (b − b'), besides at 0.
        meetings = 2.0 * (a[:, None] - a) / (b[:, None] - b)
    points = np.concatenate([vertices, meetings[_pairs(len(a))]])
    points = np.append(points[np.isfinite(points) & (points > 0.0)], 0.0)
    points = np.minimum(points, cap)
    heights = (1.0 - 2.0 * points[:, None] * a + points[:, None] ** 2 * b).max(axis=1)
    k = int(np.argmin(heights))
    return float(points[k]), float(heights[k])


@cache
def _pairs(rows: int) -> tuple[IndexArray, IndexArray]:
    """Row numbers of all pairs, made once: it takes as long as a step."""
    return np.triu_indices(rows, 1)
