"""The error of one sampled step in three named parts: mini-batches, the surrogate, participation.

With ``c_v = w_v² (1/p_v − 1)``, local gradients ``g_i`` and the full gradient ``∇F = Σ w g``, the
sampling variance ``Σ c ‖g‖²`` of a model splits exactly into

- participation, ``Σ c ⟨∇F, g⟩``: what the random total weight ``H`` does along the common
  direction, ``Var H ‖∇F‖²`` when all clients agree;
- the surrogate, ``Σ c ⟨g − ∇F, g⟩``: what drawing some clients' objective instead of all does, 0
  when they agree.

A mini-batch gradient of variance ``σ_i²`` adds ``E[c_i²] σ_i²`` with the client's whole weight
``c_i``, since a client that is drawn several times for one model trains once.

Source: the three-part view of Zhang et al. (arXiv 2504.05138).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roundlot.theory.arrays import FloatArray
from roundlot.theory.errors import InfeasibleError, InvalidProblemError
from roundlot.theory.text import plural, short_repr

PARTS = ("mini-batch noise", "surrogate", "participation")


@dataclass(frozen=True, kw_only=True, eq=False)
class VarianceParts:
    """Each model's parts of ``E‖Δ_s − ∇F_s‖²``, all ``(S,)``, and two variances behind them.

    ``weight_variance`` is ``Var H`` of ``H = Σ P``, ``objective_variance`` is ``Var R`` of the
    sampled excess ``R = Σ P (f_i − f_i*)``; NaN where the excess is not known. ``surrogate`` and
    ``participation`` can be negative where clients point against each other; their sum cannot.
    """

    noise: FloatArray
    surrogate: FloatArray
    participation: FloatArray
    weight_variance: FloatArray
    objective_variance: FloatArray

    __repr__ = short_repr

    @property
    def total(self) -> float:
        """The variance of the step, all models together."""
        return float((self.noise + self.surrogate + self.participation).sum())

    @property
    def shares(self) -> dict[str, float]:
        """Each part's share of the total; all 0 where nothing is random."""
        sums = [float(part.sum()) for part in (self.noise, self.surrogate, self.participation)]
        return {name: value / (self.total or 1.0) for name, value in zip(PARTS, sums, strict=True)}

    @property
    def dominant(self) -> str:
        """The name of the largest part; "none" where nothing is random."""
        return max(self.shares, key=self.shares.__getitem__) if self.total > 0.0 else "none"


def variance_parts(
    weights: npt.ArrayLike,
    probabilities: npt.ArrayLike,
    client: npt.ArrayLike,
    gradients: Sequence[npt.ArrayLike],
    gradient_variances: npt.ArrayLike = 0.0,
    *,
    excess: npt.ArrayLike = math.nan,
) -> VarianceParts:
    """The three parts for independent processors.

    Args:
        weights: ``(V, S)``, ``d / B``; 0 where nothing is held.
        probabilities: ``(V, S)``, ``p``.
        client: ``(V,)``, the client of every processor.
        gradients: per model ``(N, dim_s)``, local gradients.
        gradient_variances: ``(N, S)`` or one number, ``σ²`` of a client's mini-batch gradient.
        excess: ``(N, S)``, ``f_i − f_i*``, a local objective above its least value.

    Raises:
        InvalidProblemError: shapes that do not fit, or a negative variance.
        InfeasibleError: ``p = 0`` where the weight is not: the step is biased.
    """
    w, p = np.asarray(weights, dtype=np.float64), np.asarray(probabilities, dtype=np.float64)
    owner = np.asarray(client)
    if w.ndim != 2 or w.shape != p.shape or owner.shape != w.shape[:1]:
        raise InvalidProblemError("weights and probabilities must be (V, S), client (V,)")
    if len(gradients) != w.shape[1]:
        raise InvalidProblemError(
            f"gradients are for {len(gradients)} {plural(len(gradients), 'model')}, not "
            f"{w.shape[1]}"
        )
    if np.any((w != 0.0) & (p <= 0.0)):
        raise InfeasibleError("a processor with weight is never drawn; give it p > 0")
    n = len(np.asarray(gradients[0]))
    spread = w**2 * (1.0 / np.where(w != 0.0, p, 1.0) - 1.0)
    second = _by_client(spread, owner, n) + _by_client(w, owner, n) ** 2
    sigma = np.broadcast_to(np.asarray(gradient_variances, dtype=np.float64), second.shape)
    if not np.all(sigma >= 0.0):
        raise InvalidProblemError("gradient_variances must be at least 0")
    split = [_split(w[:, s], spread[:, s], owner, g) for s, g in enumerate(gradients)]
    return VarianceParts(
        noise=(second * sigma).sum(axis=0),
        surrogate=np.array([own for own, _ in split]),
        participation=np.array([common for _, common in split]),
        weight_variance=spread.sum(axis=0),
        objective_variance=np.sum(
            _by_client(spread, owner, n) * np.asarray(excess, dtype=np.float64) ** 2, axis=0
        ),
    )


def _split(
    w: FloatArray, spread: FloatArray, owner: npt.NDArray[np.int64], gradient: npt.ArrayLike
) -> tuple[float, float]:
    g = np.asarray(gradient, dtype=np.float64)[owner]
    along = g @ (w @ g)
    common = float(spread @ along)
    return float(spread @ (g**2).sum(axis=1)) - common, common


def _by_client(table: FloatArray, owner: npt.NDArray[np.int64], n: int) -> FloatArray:
    found = np.zeros((n, table.shape[1]))
    np.add.at(found, owner, table)
    return found
