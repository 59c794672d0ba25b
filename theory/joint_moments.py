"""Exact variance of the Horvitz-Thompson estimator from joint inclusion probabilities.

For one model, ``p_v`` is the probability that processor ``v`` trains it, ``π_vw`` that ``v`` and
``w`` both do (``π_vv = p_v``), and ``Δ = Σ_{v drew} u_v / p_v``. Then

    ``E ‖Δ − Σ_v u_v‖² = Σ_vw (π_vw / (p_v p_w) − 1) ⟨u_v, u_w⟩``

for every design, and, where the number of draws never varies,

    ``½ Σ_{v≠w} (p_v p_w − π_vw) ‖u_v/p_v − u_w/p_w‖²``,

the same number from terms that do not cancel. A pair with ``u ≠ 0`` and ``p = 0`` counts as
infinite variance; with ``u = 0`` it counts as nothing.

Source: Horvitz and Thompson (1952); Yates and Grundy (1953); Sen (1953).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from roundlot.theory.arrays import FloatArray
from roundlot.theory.errors import InvalidProblemError


def joint_variance(
    updates: npt.ArrayLike, probabilities: npt.ArrayLike, joint: npt.ArrayLike
) -> float:
    """``E ‖Δ − Σ u‖²``, any design.

    Args:
        updates: ``(V, dim)``, weighted updates ``u_v`` of one model; ``(V,)`` weights give the
            variance of the aggregate weight.
        probabilities: ``(V,)``, ``p``.
        joint: ``(V, V)``, ``π``, with ``p`` on the diagonal.

    Raises:
        InvalidProblemError: shapes that do not agree, a NaN, a probability outside ``[0, 1]``.
    """
    scaled, p, pi = _checked(updates, probabilities, joint)
    if not np.all(np.isfinite(scaled)):
        return float("inf")
    # Σ (π − p p') <u/p, u'/p'>: what the designs fix cancels in π − p p', entry by entry.
    return float(np.sum((pi - np.outer(p, p)) * (scaled @ scaled.T)))


def joint_covariance(
    updates_s: npt.ArrayLike,
    probabilities_s: npt.ArrayLike,
    updates_t: npt.ArrayLike,
    probabilities_t: npt.ArrayLike,
    joint: npt.ArrayLike,
) -> float:
    """``E ⟨Δ_s − U_s, Δ_t − U_t⟩ = Σ_vw (π_vs,wt / (p_vs p_wt) − 1) ⟨u_vs, u_wt⟩``, any design.

    Args:
        updates_s, updates_t: ``(V, dim)``, weighted updates of two models of one dimension.
        probabilities_s, probabilities_t: ``(V,)``, ``p`` of the two models.
        joint: ``(V, V)``, the probability that ``v`` draws ``s`` and ``w`` draws ``t``.

    Raises:
        InvalidProblemError: as `joint_variance`; an update with probability 0.
    """
    one, p, pi = _checked(updates_s, probabilities_s, joint)
    other, q, _ = _checked(updates_t, probabilities_t, joint)
    if not (np.all(np.isfinite(one)) and np.all(np.isfinite(other))):
        raise InvalidProblemError("an update has probability 0: the covariance is not finite")
    if one.shape[1] != other.shape[1]:
        raise InvalidProblemError(
            f"models have dimensions {one.shape[1]} and {other.shape[1]}; products need one"
        )
    return float(np.sum((pi - np.outer(p, q)) * (one @ other.T)))


def yates_grundy_variance(
    updates: npt.ArrayLike, probabilities: npt.ArrayLike, joint: npt.ArrayLike
) -> float:
    """``E ‖Δ − Σ u‖²`` where the model's number of draws is the same in every round.

    Arguments and errors as `joint_variance`; refuses ``π`` of a design whose count varies, for
    which the formula does not hold.

    Raises:
        InvalidProblemError: as `joint_variance`; ``Σ_w π_vw ≠ n p_v`` with ``n = Σ p`` for some
            ``v``, by more than 1e-9.
    """
    scaled, p, pi = _checked(updates, probabilities, joint)
    if not np.all(np.isfinite(scaled)):
        return float("inf")
    miss = float(np.max(np.abs(pi.sum(axis=1) - p.sum() * p), initial=0.0))
    if miss > 1e-9:
        raise InvalidProblemError(
            f"joint probabilities are {miss:.3g} off those of a fixed count; use joint_variance"
        )
    gaps = np.square(scaled).sum(axis=1)
    squares = gaps[:, None] + gaps[None, :] - 2.0 * (scaled @ scaled.T)
    return float(0.5 * np.sum((np.outer(p, p) - pi) * np.maximum(squares, 0.0)))


def _checked(
    updates: npt.ArrayLike, probabilities: npt.ArrayLike, joint: npt.ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """``u / p`` (V, dim), ``p`` and ``π``; ``inf`` where ``p = 0`` and ``u ≠ 0``."""
    try:
        u, p, pi = (np.asarray(x, dtype=np.float64) for x in (updates, probabilities, joint))
    except (TypeError, ValueError) as error:
        raise InvalidProblemError("updates and probabilities must be numbers") from error
    u = u[:, None] if u.ndim == 1 else u
    if p.ndim != 1 or u.shape[:1] != p.shape or u.ndim != 2 or pi.shape != (p.size, p.size):
        raise InvalidProblemError(
            f"updates {u.shape}, probabilities {p.shape} and joint {pi.shape} do not agree; "
            "give (V, dim), (V,) and (V, V)"
        )
    for name, table in (("probabilities", p), ("joint", pi)):
        if not np.all((table >= 0.0) & (table <= 1.0 + 1e-12)):
            raise InvalidProblemError(f"{name} must lie between 0 and 1, without NaN")
    if not np.all(np.isfinite(u)):
        raise InvalidProblemError("updates must be finite; drop the client or lower the rate")
    lost = (p == 0.0) & np.any(u != 0.0, axis=1)
    scaled = np.divide(u, p[:, None], out=np.zeros_like(u), where=p[:, None] > 0.0)
    scaled[lost] = np.inf
    return scaled, p, pi
