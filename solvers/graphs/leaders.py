"""Adjacent leaders: every worker leans on its best and on its best connected neighbour.

``P = (1 − w_N − w_τ) W + w_N B + w_τ D`` has rows that sum to 1, and columns that do not: the mean
moves by at most the column drift times the spread (theorem column_drift).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.solvers.graphs.graph import Graph
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray
from roundlot.theory.errors import InvalidProblemError
from roundlot.theory.names import require_choice
from roundlot.theory.text import short_repr

#: Forms of the adjacent-leader update: as in the paper, as in its code.
UPDATES = ("paper", "code")


@dataclass(frozen=True, kw_only=True)
class LeaderWeights:
    """The four constants of the method; the defaults are the published ones.

    Attributes:
        best, central: ``w_N``, ``w_τ``: what mixing gives to the neighbour with the least loss,
            and to the one with the most links.
        best_pull, central_pull: ``λ_N``, ``λ_τ``: the corrective pull towards the same two.

    Raises:
        InvalidProblemError: a constant that is negative, or sums above 1.
    """

    best: float = 0.3
    central: float = 0.1
    best_pull: float = 0.2
    central_pull: float = 0.2

    def __post_init__(self) -> None:
        values = (self.best, self.central, self.best_pull, self.central_pull)
        if not all(math.isfinite(v) and v >= 0.0 for v in values):
            raise InvalidProblemError(f"leader weights are {values}; none may be negative")
        if self.best + self.central > 1.0 or self.best_pull + self.central_pull > 1.0:
            raise InvalidProblemError(
                f"leader weights are {values}; the first two sum to at most 1, as do the others"
            )

    def scaled(self, factor: float) -> LeaderWeights:
        """All four times the factor."""
        return LeaderWeights(
            best=factor * self.best,
            central=factor * self.central,
            best_pull=factor * self.best_pull,
            central_pull=factor * self.central_pull,
        )


#: The weights of the published adjacent-leader update.
PUBLISHED = LeaderWeights()


@dataclass(frozen=True, kw_only=True, eq=False)
class Leaders:
    """Whom every worker follows in a round: ``(n,)`` indices; a worker may be its own leader."""

    best: IntArray
    central: IntArray

    __repr__ = short_repr

    def matrices(self) -> tuple[FloatArray, FloatArray]:
        """``B`` and ``D``, ``(n, n)``: row ``i`` is 1 at the leader of ``i``."""
        return _followed(self.best), _followed(self.central)


def leaders_of(
    graph: Graph, losses: npt.ArrayLike, *, links: npt.ArrayLike | None = None
) -> Leaders:
    """The leaders among a worker and its neighbours; ties go to the worker, then to the first.

    Args:
        graph: who can be a neighbour.
        losses: ``(n,)``, of the workers now.
        links: ``(m,)``, which rows of ``graph.edges`` are used in this round; all if left out.
            Degrees count used links, as in the published code.

    Raises:
        InvalidProblemError: losses that are not ``n`` numbers.
    """
    loss = np.asarray(losses, dtype=np.float64)
    if loss.shape != (graph.n_nodes,) or np.isnan(loss).any():
        raise InvalidProblemError(f"losses have shape {loss.shape}; give one for each node, no NaN")
    used = graph.edges if links is None else graph.edges[np.asarray(links, dtype=bool)]
    degree = np.bincount(used.ravel(), minlength=graph.n_nodes).astype(np.float64)
    near = np.zeros((graph.n_nodes, graph.n_nodes), dtype=bool)
    near[used[:, 0], used[:, 1]] = near[used[:, 1], used[:, 0]] = True
    return Leaders(best=_least(near, loss), central=_least(near, -degree))


def _least(near: BoolArray, value: FloatArray) -> IntArray:
    """The neighbour with the least value, if below one's own."""
    table = np.where(near, value[None, :], np.inf)
    choice = np.argmin(table, axis=1)
    better = table[np.arange(len(value)), choice] < value
    return np.where(better, choice, np.arange(len(value))).astype(np.int64)


def _followed(choice: IntArray) -> FloatArray:
    matrix = np.zeros((len(choice), len(choice)))
    matrix[np.arange(len(choice)), choice] = 1.0
    return matrix


def leader_matrix(
    mixing: npt.ArrayLike,
    chosen: Leaders,
    weights: LeaderWeights = PUBLISHED,
    *,
    update: str = "paper",
    step: float = 0.0,
) -> FloatArray:
    """``(n, n)``, what a round does to the models but for the gradients; its rows sum to 1.

    Args:
        mixing: ``(n, n)``, the round's ``W``.
        chosen: the leaders.
        weights: the constants.
        update: "paper" pulls before mixing, scaled by the step: ``P (I − ηλ_N (I − B) − ηλ_τ (I −
            D))``; the step's gradients pass through ``P`` alone. "code" pulls after mixing,
            unscaled, towards the leaders' models before mixing: ``(1 − λ_N − λ_τ) P + λ_N B + λ_τ
            D``; so do its gradients.
        step: ``η``, for "paper".

    Raises:
        InvalidProblemError: an unknown update, a shape that does not fit, a negative step.

    Source: He, Wang, Choromanska (AL-DSGD, 2024) and its public code.
    """
    w = np.asarray(mixing, dtype=np.float64)
    b, d = chosen.matrices()
    if w.shape != b.shape:
        raise InvalidProblemError(f"the mixing matrix has shape {w.shape}, not {b.shape}")
    require_choice(update, "update", UPDATES)
    p: FloatArray = (1.0 - weights.best - weights.central) * w
    p = p + weights.best * b + weights.central * d
    if update == "code":
        left = 1.0 - weights.best_pull - weights.central_pull
        pulled: FloatArray = left * p + weights.best_pull * b + weights.central_pull * d
        return pulled
    if not (math.isfinite(step) and step >= 0.0):
        raise InvalidProblemError(f"the step is {step!r}; it must be at least 0")
    near, far = step * weights.best_pull, step * weights.central_pull
    before: FloatArray = p @ ((1.0 - near - far) * np.eye(len(w)) + near * b + far * d)
    return before


def pull_matrix(chosen: Leaders, weights: LeaderWeights = PUBLISHED) -> FloatArray:
    """``(n, n)``: ``λ_N (I − B) + λ_τ (I − D)``; "paper" takes ``η`` times what it gives off."""
    b, d = chosen.matrices()
    own = (weights.best_pull + weights.central_pull) * np.eye(len(b))
    return np.asarray(own - weights.best_pull * b - weights.central_pull * d)


def leader_round(
    models: npt.ArrayLike,
    gradients: npt.ArrayLike,
    mixing: npt.ArrayLike,
    chosen: Leaders,
    weights: LeaderWeights = PUBLISHED,
    *,
    step: float,
    update: str = "paper",
) -> FloatArray:
    """One round: models ``(n, dim)`` and gradients ``(n, dim)`` to the next models.

    Raises:
        InvalidProblemError: as ``leader_matrix``.
    """
    x, g = np.asarray(models, dtype=np.float64), np.asarray(gradients, dtype=np.float64)
    whole = leader_matrix(mixing, chosen, weights, update=update, step=step)
    plain = LeaderWeights(
        best=weights.best, central=weights.central, best_pull=0.0, central_pull=0.0
    )
    through = whole if update == "code" else leader_matrix(mixing, chosen, plain)
    after: FloatArray = whole @ x - step * (through @ g)
    return after


def stationary_weights(matrices: Sequence[Any] | npt.ArrayLike) -> FloatArray:
    """``(n,)``, how much every worker's model counts in the end: ``πᵀ P = πᵀ``, ``Σ π = 1``.

    Args:
        matrices: one row-stochastic ``(n, n)``, or several, of which the mean is taken.
    """
    stack = np.asarray(matrices, dtype=np.float64)
    mean = stack.mean(axis=0) if stack.ndim == 3 else stack
    n = len(mean)
    system = np.vstack([mean.T - np.eye(n), np.ones((1, n))])
    found: FloatArray = np.linalg.lstsq(system, np.append(np.zeros(n), 1.0), rcond=None)[0]
    return found
