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

from roundlot.theory.arrays import FloatArray
from roundlot.theory.errors import InvalidProblemError

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
    """``Σ p``: the draws expected in a round, whatever the design.

    Raises:
        InvalidProblemError: a NaN, a negative entry, a probability above 1.
    """
    return float(np.sum(_probabilities(probabilities)))


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
    owner = np.asarray(client)
    if owner.shape != p.shape[:1]:
        raise InvalidProblemError(f"client has shape {owner.shape}; give {p.shape[:1]}")
    index = np.unique(owner, return_inverse=True)[1].reshape(-1)
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
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidProblemError(f"{name} must be numbers, got {values!r:.80}") from error
