"""Exact moments of the Horvitz-Thompson estimator, given the updates.

Notation: ``u_vs = (d / B) G`` is the weighted update of processor ``v`` for model ``s``,
``a_vs = ‖u_vs‖`` its score, ``p_vs`` the probability that ``v`` trains ``s`` in a round, and
``Δ_s = Σ_{v drew s} u_vs / p_vs`` the estimator of the full step ``U_s = Σ_v u_vs``.

Two designs are covered. In the *independent* design the processors draw independently, each at
most one model. In the *turns* design a phase is drawn uniformly among the ``S`` models, the whole
round belongs to that model, and processors join it independently with ``q_vs = S p_vs``.

A pair with a positive score (or weight) and ``p = 0`` counts as infinite variance: the estimator
cannot recover it at any price. Nothing here overflows before the result itself does.

Source: Horvitz and Thompson (1952); Chen, Horváth, Richtárik (TMLR 2022), one model; Zhang et al.
(arXiv 2504.05138), several models and the aggregate weight.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.cells import array_of, real_numbers
from roundlot.theory.errors import InvalidProblemError, in_one_line

_ROUNDING = 1e-12


def model_objective(scores: npt.ArrayLike, probabilities: npt.ArrayLike) -> FloatArray:
    """``(S,)``, ``Σ_v a² / p``: the second moments that the sampling program minimises.

    Args:
        scores: ``(V, S)``, ``a >= 0``.
        probabilities: ``(V, S)``, ``p`` in ``[0, 1]``.

    Raises:
        InvalidProblemError: shapes that differ, a NaN, a negative entry, a probability above 1.
    """
    a, p = _pair(scores, probabilities)
    return _sums_of_squares(_ratio(a, np.sqrt(p)))


def model_variance(scores: npt.ArrayLike, probabilities: npt.ArrayLike) -> FloatArray:
    """``(S,)``, ``Var(Δ_s) = Σ_v a² (1/p − 1)``, independent processors.

    Arguments and errors as `model_objective`. Infinite where ``p = 0 < a``; 0 where both are 0.
    """
    a, p = _pair(scores, probabilities)
    with np.errstate(under="ignore"):
        return _sums_of_squares(_ratio(a, np.sqrt(p)) * np.sqrt(1.0 - p))


def participation_variance(weights: npt.ArrayLike, probabilities: npt.ArrayLike) -> FloatArray:
    """``(S,)``, ``Var(H_s) = Σ_v w² (1/p − 1)`` of the aggregate weight ``H_s = Σ_{v drew s} w/p``.

    Args:
        weights: ``(V, S)``, aggregation weights ``w = d / B >= 0``; 0 where nothing is held.
        probabilities: ``(V, S)``, ``p`` in ``[0, 1]``.

    Raises:
        InvalidProblemError: as `model_objective`.
    """
    return model_variance(weights, probabilities)


def cross_model_covariance(updates_s: npt.ArrayLike, updates_t: npt.ArrayLike) -> FloatArray:
    """``(dim_s, dim_t)``, ``Cov(Δ_s, Δ_t) = −Σ_v u_vs u_vtᵀ`` for two models, ``s != t``.

    A processor cannot train both, whatever the probabilities: the covariance does not depend on
    them. For one space (``dim_s = dim_t``) the trace is ``−Σ_v ⟨u_vs, u_vt⟩``.

    Args:
        updates_s: ``(V, dim_s)``, weighted updates of one model, a row per processor.
        updates_t: ``(V, dim_t)``, those of the other.

    Raises:
        InvalidProblemError: tables with different numbers of rows.
    """
    one, other = _numbers(updates_s, "updates_s"), _numbers(updates_t, "updates_t")
    if one.ndim != 2 or other.ndim != 2 or len(one) != len(other):
        raise InvalidProblemError(
            f"updates have shapes {one.shape} and {other.shape}; give (V, dim) with the same V"
        )
    return np.asarray(-(one.T @ other), dtype=np.float64)


def expected_draws(probabilities: npt.ArrayLike) -> float:
    """``Σ p``: the draws expected in a round, whatever the design; ``p`` of ``(V, S)`` or ``(V,)``.

    Raises:
        InvalidProblemError: a NaN, a negative entry, a probability above 1.
    """
    return float(np.sum(_probabilities(probabilities)))


def client_numbers(client: npt.ArrayLike) -> IntArray:
    """Labels of clients as numbers from 0, in the order of the labels; of the same shape.

    Raises:
        InvalidProblemError: masked entries, a tensor that is no array, labels of unlike kinds.
    """
    labels = array_of(client, "client")
    try:
        index = np.unique(labels, return_inverse=True)[1]
    except TypeError as error:
        raise InvalidProblemError(
            f"client is {in_one_line(client)}; give one label per processor, all numbers or texts"
        ) from error
    return np.asarray(index, dtype=np.int64).reshape(labels.shape)


def expected_uploads(probabilities: npt.ArrayLike, client: npt.ArrayLike) -> float:
    """Distinct (client, model) messages expected in a round, independent processors.

    Several processors of a client that draw one model train it once and send it once:
    ``Σ_{i,s} 1 − Π_b (1 − p_(i,b),s)``.

    Args:
        probabilities: ``(V, S)``, ``p`` in ``[0, 1]``.
        client: ``(V,)``, the label of the client that each processor belongs to.

    Raises:
        InvalidProblemError: a wrong shape, a NaN, a probability outside ``[0, 1]``.
    """
    p = _probabilities(probabilities)
    index = client_numbers(client)
    if index.shape != p.shape[:1]:
        raise InvalidProblemError(f"client has shape {index.shape}; give {p.shape[:1]}")
    with np.errstate(divide="ignore"):
        silent = np.log1p(-p)
    messages = [-np.expm1(np.bincount(index, weights=column)) for column in silent.T]
    return float(np.sum(messages))


def turns_model_variance(
    scores: npt.ArrayLike, probabilities: npt.ArrayLike, step_norms: npt.ArrayLike
) -> FloatArray:
    """``(S,)``, ``Var(Δ_s) = (S−1) ‖U_s‖² + S Σ_v a² (1/q − 1)`` when models take turns.

    ``Δ_s = 1{phase = s} · S · Σ_{v joins} u / q`` and the phase is uniform, so
    ``E‖Δ_s‖² = S (‖U_s‖² + Σ_v a² (1/q − 1))``, less ``‖U_s‖²``. With ``step_norms = 0`` it is a
    lower bound for any updates with these scores.

    Args:
        scores: ``(V, S)``, ``a >= 0``.
        probabilities: ``(V, S)``, ``p = q / S`` in ``[0, 1/S]``, ``q`` given the turn.
        step_norms: ``(S,)``, ``‖U_s‖ >= 0``, norms of the full steps.

    Raises:
        InvalidProblemError: as `model_objective`; a probability above ``1 / S``.
    """
    a, p = _pair(scores, probabilities)
    n_models = p.shape[1]
    full = _numbers(step_norms, "step_norms")
    if full.shape != (n_models,) or not np.all(full >= 0.0):
        raise InvalidProblemError(f"step_norms must be {n_models} numbers >= 0, got {full!r:.80}")
    with np.errstate(over="ignore", under="ignore"):
        alone = (n_models - 1) * np.square(full)
        return np.asarray(alone + n_models * model_variance(a, given_turn(p)))


def turns_participation_variance(
    weights: npt.ArrayLike, probabilities: npt.ArrayLike
) -> FloatArray:
    """``(S,)``, ``Var(H_s) = (S−1) (Σ_v w)² + S Σ_v w² (1/q − 1)`` when models take turns.

    Arguments as `participation_variance`, errors as `turns_model_variance`.
    """
    w, p = _pair(weights, probabilities)
    return turns_model_variance(w, p, _column_sums(w))


def turns_expected_uploads(probabilities: npt.ArrayLike, client: npt.ArrayLike) -> float:
    """Distinct (client, model) messages expected in a round when models take turns.

    Arguments as `expected_uploads`, errors as `turns_model_variance`.
    """
    p = _probabilities(probabilities)
    return expected_uploads(given_turn(p), client) / int(p.shape[1])


def given_turn(probabilities: npt.ArrayLike) -> FloatArray:
    """``(V, S)``, ``q = S p``: the probability of each pair in its model's turn.

    Raises:
        InvalidProblemError: a ``p`` above ``1 / S`` by more than rounding.
    """
    p = _probabilities(probabilities)
    q = p.shape[1] * p
    if np.any(q > 1.0 + _ROUNDING):
        raise InvalidProblemError(
            f"a probability is {p.max():g}; with {p.shape[1]} models taking turns give at most "
            f"1/{p.shape[1]}"
        )
    return np.asarray(np.minimum(q, 1.0))


def _ratio(numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    with np.errstate(over="ignore", under="ignore", divide="ignore"):
        return np.divide(
            numerator, denominator, out=np.zeros_like(numerator), where=numerator > 0.0
        )


def _sums_of_squares(table: FloatArray) -> FloatArray:
    with np.errstate(over="ignore", under="ignore"):
        return _column_sums(np.square(table))


def _column_sums(table: FloatArray) -> FloatArray:
    # Rows of a contiguous array are summed pairwise, columns are not.
    with np.errstate(over="ignore"):
        return np.asarray(np.ascontiguousarray(table.T).sum(axis=1))


def _pair(scores: npt.ArrayLike, probabilities: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    a, p = _numbers(scores, "scores"), _probabilities(probabilities)
    if a.shape != p.shape:
        raise InvalidProblemError(f"scores have shape {a.shape}, probabilities {p.shape}")
    if not np.all(a >= 0.0):
        raise InvalidProblemError("scores and weights must be >= 0 and not NaN in every entry")
    return a, p


def _probabilities(probabilities: npt.ArrayLike) -> FloatArray:
    p = _numbers(probabilities, "probabilities")
    if p.ndim != 2 or not np.all((p >= 0.0) & (p <= 1.0)):
        raise InvalidProblemError("probabilities must be a table (V, S) with every entry in [0, 1]")
    return p


def _numbers(values: npt.ArrayLike, name: str) -> FloatArray:
    return real_numbers(values, name)


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

    Arguments as `joint_variance`: updates ``(V, dim)``, probabilities ``(V,)``, joint ones
    ``(V, V)``. A design whose count varies is refused, for the formula does not hold there.

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
