"""Exact moments of the designs whose draws depend on each other, beyond turns.

Notation as in `roundlot.theory.moments`. In the *clusters* design every processor belongs to one
cluster, a cluster draws at most one pair, clusters draw independently:
``Var(Δ_s) = Σ_v a²/p − Σ_k ‖Σ_{v in k} u_vs‖²``. In the *multinomial* design ``n`` draws are made
with replacement, each of pair ``(v, s)`` with chance ``p_vs / n``:
``Var(Δ_s) = Σ_v a²/p − ‖U_s‖²/n``. Both follow from ``Cov = E − mean meanᵀ`` of one draw.

Source: sampling theory (Hansen and Hurwitz 1943; stratified sampling with one draw a stratum).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from roundlot.theory import moments

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def group_sums(table: FloatArray, group: IntArray) -> FloatArray:
    """``(K, S)``, a table ``(V, S)`` summed over each group ``(V,)``."""
    count = int(group.max(initial=0)) + 1
    columns = [np.bincount(group, weights=column, minlength=count) for column in table.T]
    return np.column_stack(columns)


def least_step(scores: FloatArray, group: IntArray) -> FloatArray:
    """``(K, S)``, the least that ``‖Σ_{v in k} u‖`` can be: the largest norm less the rest.

    It is the value itself for a group of one.
    """
    top = np.zeros((int(group.max(initial=0)) + 1, scores.shape[1]))
    np.maximum.at(top, group, scores)
    return np.maximum(2.0 * top - group_sums(scores, group), 0.0)


def clusters_model_variance(
    scores: FloatArray, probabilities: FloatArray, steps: FloatArray
) -> FloatArray:
    """``(S,)``, the variance when each cluster draws at most one pair.

    Args:
        scores: ``(V, S)``, ``a >= 0``.
        probabilities: ``(V, S)``, at most 1 in sum over a cluster.
        steps: ``(K, S)``, ``‖Σ_{v in k} u‖``; with less than that it is an upper bound.

    Raises:
        InvalidProblemError: as `roundlot.theory.moments.model_objective`.
    """
    whole = moments.model_objective(scores, probabilities)
    return np.asarray(np.maximum(whole - np.square(steps).sum(axis=0), 0.0))


def clusters_expected_uploads(
    probabilities: FloatArray, client: IntArray, cluster: IntArray
) -> float:
    """Distinct (client, model) messages of a round when each cluster draws at most one pair."""
    pairs = np.stack([client, cluster], axis=1)
    cells, cell = np.unique(pairs, axis=0, return_inverse=True)
    chance = np.minimum(group_sums(probabilities, cell.reshape(-1)), 1.0)
    return moments.expected_uploads(chance, cells[:, 0])


def multinomial_model_variance(
    scores: FloatArray, probabilities: FloatArray, step_norms: FloatArray, trials: int
) -> FloatArray:
    """``(S,)``, the variance of ``n`` draws with replacement.

    Args:
        scores: ``(V, S)``, ``a >= 0``.
        probabilities: ``(V, S)``, expected draws of each pair; ``Σ p <= n``.
        step_norms: ``(S,)``, ``‖U_s‖``; with less than that it is an upper bound.
        trials: ``n``.

    Raises:
        InvalidProblemError: as `roundlot.theory.moments.model_objective`.
    """
    whole = moments.model_objective(scores, probabilities)
    return np.maximum(whole - np.square(step_norms) / trials, 0.0)


def multinomial_expected_uploads(probabilities: FloatArray, client: IntArray, trials: int) -> float:
    """Distinct (client, model) messages of a round of ``n`` draws with replacement."""
    chance = np.minimum(group_sums(probabilities, client) / trials, 1.0)
    with np.errstate(divide="ignore"):
        return float(-np.expm1(trials * np.log1p(-chance)).sum())
