"""Probabilities and mixing weight together, so that ``ρ`` itself is small.

``ρ(p, α)`` is not convex, so the answer is a local optimum, the best from several starts, and is
called so. Some of the budget may stay unused: a link more can make ``ρ`` larger.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.optimize import minimize

from roundlot.solvers.graphs.matchings import Decomposition
from roundlot.solvers.graphs.mixing_weights import mixing_weight
from roundlot.solvers.graphs.polytope import Polytope
from roundlot.solvers.graphs.spectra import MixingMoments
from roundlot.theory.arrays import FloatArray
from roundlot.theory.errors import InfeasibleError
from roundlot.theory.random_streams import LINK_STARTS

ROUNDS = 40  # of cutting and minimising: most starts settle in ten
VECTORS = 3  # eigenvectors that cut at once: near the optimum the largest eigenvalue is multiple
KEPT = 45  # cuts, the latest: SLSQP's time grows with their square
MANY = 30  # starts times matchings
SETTLED = 1e-9  # of ρ: what SLSQP still tells apart


def least_contraction(
    decomposition: Decomposition, polytope: Polytope, starts: list[FloatArray], *, seed: int = 0
) -> tuple[FloatArray, float, int]:
    """``(p, α, starts tried)`` with the least ``ρ`` that was found.

    Args:
        decomposition: the matchings.
        polytope: the probabilities that are allowed.
        starts: probabilities to begin from; a few random ones are added.
        seed: of those.
    """
    best: tuple[float, FloatArray, float] | None = None
    tried = 0
    for start in (*starts, *_random_starts(polytope, seed)):
        try:
            weight = float(np.asarray(mixing_weight(decomposition, start).weight))
        except InfeasibleError:
            continue
        tried += 1
        found = _descend(decomposition, polytope, start, weight)
        if best is None or found[0] < best[0]:
            best = found
    if best is None:
        raise InfeasibleError("no start connects all workers; give a larger budget")
    return best[1], best[2], tried


def _random_starts(polytope: Polytope, seed: int) -> Iterator[FloatArray]:
    random = LINK_STARTS.generator(seed)
    matchings = len(polytope.upper)
    for _ in range(max(1, MANY // matchings)):
        p = random.random(matchings)
        yield p * min(1.0, polytope.share(p))


def _descend(
    decomposition: Decomposition, polytope: Polytope, start: FloatArray, weight: float
) -> tuple[float, FloatArray, float]:
    """Eigenvectors bound ``ρ`` below by smooth functions; minimise the highest, and add more."""
    x = np.append(start, weight)
    best = (np.inf, start, weight)
    cuts = _Cuts(decomposition)
    for _ in range(ROUNDS):
        value = cuts.add(x)
        stalled = value > best[0] - SETTLED
        if value < best[0]:
            best = (value, x[:-1], float(x[-1]))
        lowest = _minimise(cuts, np.append(best[1], best[2]), best[0], polytope)
        if stalled and lowest[1] > best[0] - SETTLED:
            break
        x = lowest[0]
    return best


def _minimise(
    cuts: _Cuts, x: FloatArray, height: float, polytope: Polytope
) -> tuple[FloatArray, float]:
    """The lowest point within the limits of the highest cut, near ``x``."""
    m = len(x) - 1
    below = {
        "type": "ineq",
        "fun": lambda z: z[-1] - cuts.values(z[:-1]),
        "jac": lambda z: np.hstack([-cuts.slopes(z[:-1]), np.ones((cuts.size, 1))]),
    }
    rows, most = polytope.matrix, polytope.bounds
    spent = {
        "type": "ineq",
        "fun": lambda z: most - rows @ z[:m],
        "jac": lambda _: np.hstack([-rows, np.zeros((len(rows), 2))]),
    }
    found: Any = minimize(
        lambda z: z[-1],
        np.append(x, height),
        jac=lambda z: np.append(np.zeros(m + 1), 1.0),
        bounds=[*((0.0, float(u)) for u in polytope.upper), (0.0, 2.0), (0.0, 2.0)],
        constraints=[below, spent] if len(rows) else [below],
        method="SLSQP",
        options={"maxiter": 40, "ftol": 1e-11},
    )
    z = np.clip(found.x, 0.0, np.append(polytope.upper, [2.0, 2.0]))
    z[:m] *= min(1.0, polytope.share(z[:m]))
    return z[:-1], float(z[-1])


class _Cuts:
    """``vᵀ E WᵀW v`` for unit vectors ``v``: ``1 − 2α pᵀc + α² (pᵀG p + 2 pᵀc)``.

    ``c_j = vᵀL_j v``; ``G`` has ``(L_i v)ᵀ(L_j v)`` off its diagonal and 0 on it.
    """

    def __init__(self, decomposition: Decomposition) -> None:
        self.decomposition = decomposition
        self.lengths = np.zeros((0, decomposition.n_matchings))
        self.products = np.zeros((0, decomposition.n_matchings, decomposition.n_matchings))

    @property
    def size(self) -> int:
        return len(self.lengths)

    def add(self, x: FloatArray) -> float:
        """Cut at ``x = (p, α)``; gives ``ρ`` there."""
        moments = MixingMoments.of(self.decomposition, x[:-1])
        values, vectors = np.linalg.eigh(moments.matrix(float(x[-1])))
        kept = [vectors[:, -1 - k] for k in range(min(VECTORS, len(values) - 1))]
        for v in kept:
            self._cut(v)
        self.lengths, self.products = self.lengths[-KEPT:], self.products[-KEPT:]
        return float(values[-1])

    def _cut(self, v: FloatArray) -> None:
        (a, b), j = self.decomposition.graph.edges.T, self.decomposition.matching
        moved = np.zeros((self.decomposition.n_matchings, len(v)))
        moved[j, a] = v[a] - v[b]
        moved[j, b] = v[b] - v[a]
        products = moved @ moved.T
        np.fill_diagonal(products, 0.0)
        self.lengths = np.vstack([self.lengths, moved @ v])
        self.products = np.concatenate([self.products, products[None]])

    def values(self, x: FloatArray) -> FloatArray:
        p, weight = x[:-1], x[-1]
        along = self.lengths @ p
        heights: FloatArray = (
            1.0 - 2.0 * weight * along + weight**2 * ((self.products @ p) @ p + 2.0 * along)
        )
        return heights

    def slopes(self, x: FloatArray) -> FloatArray:
        p, weight = x[:-1], x[-1]
        along, crossed = self.lengths @ p, self.products @ p
        by_p = -2.0 * weight * self.lengths + 2.0 * weight**2 * (crossed + self.lengths)
        by_weight = -2.0 * along + 2.0 * weight * (crossed @ p + 2.0 * along)
        return np.column_stack([by_p, by_weight])
