"""Variance, participation, uploads and label of a method, whichever design it draws with.

Notation as in `roundlot.theory.moments`. In the *blocks* design blocks of clients go round the
models (`roundlot.theory.moments.blocks`). In the *clusters* design every processor belongs to one
cluster, a cluster draws at most one pair, clusters draw independently:
``Var(Δ_s) = Σ_v a²/p − Σ_k ‖Σ_{v in k} u_vs‖²``. In the *multinomial* design ``n`` draws are made
with replacement, each of pair ``(v, s)`` with chance ``p_vs / n``:
``Var(Δ_s) = Σ_v a²/p − ‖U_s‖²/n``. Both follow from ``Cov = E − mean meanᵀ`` of one draw.

A draw that weighs ``1/p`` is unbiased if everything that counts has ``p > 0`` and the design can
draw with these ``p`` at all: no set that yields one pair at most may have probabilities that sum
to more than 1.

Source: sampling theory (Hansen and Hurwitz 1943; stratified sampling with one draw a stratum).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from roundlot.solvers.rules.data_size import trials
from roundlot.solvers.rules.information import row_norms
from roundlot.solvers.rules.rule import DesignName
from roundlot.theory import Problem, moments
from roundlot.theory.arrays import FloatArray, IntArray

Sureness = Literal["exact", "at least", "at most"]
# Sums of chances exceed 1 by rounding: below this nobody is asked for more than one draw.
_ROUNDING = 1e-12
#: The label of probabilities that no design draws where a processor may have several models.
PAIRS = (
    "of independent draws of pairs, for which there is no design; give each pair a row of its own"
)
# A share of the score that rounds to 0 is still never drawn: it is shown as this.
_LEAST = 1e-300


@dataclass(frozen=True, kw_only=True, eq=False)
class Figures:
    """What a method costs and loses, in the units of its `RowInputs`."""

    variance: float
    variance_is: Sureness
    participation: float | None
    uploads: float


@dataclass(frozen=True, kw_only=True, eq=False)
class RowInputs:
    """What the moments of a design are computed from.

    Attributes:
        scores: ``(V, S)``, ``√λ a``.
        weights: ``(V, S)``, 0 where not available; None if not known.
        step_norms: ``(S,)``, ``√λ ‖U_s‖``; None if not known.
        updates: ``S`` tables ``(V, dim_s)``, ``u``; None if not known.
        unit: ``(S,)``, what ``a`` and ``‖u‖`` are multiplied by in the other fields.
        client: ``(V,)``, numbered from 0.
    """

    scores: FloatArray
    weights: FloatArray | None
    step_norms: FloatArray | None
    updates: tuple[FloatArray, ...] | None
    client: IntArray
    unit: FloatArray

    @property
    def together(self) -> IntArray:
        """``(V,)``, everybody in one group."""
        return np.zeros(len(self.scores), dtype=np.int64)


def figures(
    case: RowInputs, design: DesignName, p: FloatArray, cluster: IntArray | None
) -> Figures:
    """The figures of probabilities ``(V, S)`` under an unbiased design.

    Raises:
        KeyError: a design that has no formulas here.
    """
    return _FIGURES[design](case, p, case.together if cluster is None else cluster)


def step_label(
    problem: Problem,
    p: FloatArray,
    design: DesignName = "independent",
    cluster: IntArray | None = None,
) -> str:
    """ "unbiased", with "caps on average" where one draw can ask a processor for two models;
    `PAIRS`, where a processor's cap lets it have several; or "biased: " and why.
    Of probabilities ``(V, S)``, expected draws for "multinomial"."""
    counts = (problem.scores > 0.0) & problem.available & (problem.model_weights > 0.0)
    missed = counts & (p <= 0.0)
    if missed.any():
        scores = problem.weighted_scores / (float(problem.weighted_scores.max()) or 1.0)
        lost = max(float(scores[missed].sum() / (scores.sum() or 1.0)), _LEAST)
        return f"biased: {lost:.2g} of the score is never drawn"
    if design == "independent" and _draws_pairs(problem, p):
        return PAIRS
    most = _most(p, design, cluster)
    if most > 1.0 + _ROUNDING:
        return f"biased: {most:.4g} draws are asked of what yields one at most"
    if design == "multinomial" and trials(p) > 1 and ((p > 0.0).sum(axis=1) > 1).any():
        return "unbiased, caps on average"
    return "unbiased"


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


def _independent(case: RowInputs, p: FloatArray, _: IntArray) -> Figures:
    return Figures(
        variance=float(moments.model_variance(case.scores, p).sum()),
        variance_is="exact",
        participation=_total(case.weights, lambda w: moments.participation_variance(w, p)),
        uploads=moments.expected_uploads(p, case.client),
    )


def _turns(case: RowInputs, p: FloatArray, _: IntArray) -> Figures:
    exact = case.step_norms is not None or p.shape[1] == 1
    steps = np.zeros(p.shape[1]) if case.step_norms is None else case.step_norms
    return Figures(
        variance=float(moments.turns_model_variance(case.scores, p, steps).sum()),
        variance_is="exact" if exact else "at least",
        participation=_total(case.weights, lambda w: moments.turns_participation_variance(w, p)),
        uploads=moments.turns_expected_uploads(p, case.client),
    )


def _blocks(case: RowInputs, p: FloatArray, block: IntArray) -> Figures:
    known = case.updates is not None
    exact, steps, sums = known or p.shape[1] == 1, np.zeros(p.shape[1]), np.zeros_like(p[:1])
    if case.updates is not None:
        sums, _ = _cluster_steps(case, block)
        whole, _ = _cluster_steps(case, case.together)
        steps = whole[0]
    return Figures(
        variance=float(moments.blocks_model_variance(case.scores, p, sums, steps).sum()),
        variance_is="exact" if exact else "at least",
        participation=_total(
            case.weights,
            lambda w: moments.blocks_model_variance(w, p, group_sums(w, block), w.sum(axis=0)),
        ),
        uploads=moments.turns_expected_uploads(p, case.client),
    )


def _clusters(case: RowInputs, p: FloatArray, cluster: IntArray) -> Figures:
    steps, sure = _cluster_steps(case, cluster)
    return Figures(
        variance=float(clusters_model_variance(case.scores, p, steps).sum()),
        variance_is=sure,
        participation=_total(
            case.weights,
            lambda w: clusters_model_variance(w, p, group_sums(w, cluster)),
        ),
        uploads=clusters_expected_uploads(p, case.client, cluster),
    )


def _multinomial(case: RowInputs, p: FloatArray, _: IntArray) -> Figures:
    draws, least = trials(p), least_step(case.scores, case.together)[0]
    alone = bool(np.array_equal(least, case.scores.sum(axis=0)))
    steps = least if case.step_norms is None else case.step_norms
    return Figures(
        variance=float(multinomial_model_variance(case.scores, p, steps, draws).sum()),
        variance_is="at most" if case.step_norms is None and not alone else "exact",
        participation=_total(
            case.weights,
            lambda w: multinomial_model_variance(w, p, w.sum(axis=0), draws),
        ),
        uploads=multinomial_expected_uploads(p, case.client, draws),
    )


_FIGURES: dict[str, Callable[[RowInputs, FloatArray, IntArray], Figures]] = {
    "independent": _independent,
    "turns": _turns,
    "blocks": _blocks,
    "clusters": _clusters,
    "multinomial": _multinomial,
}


def _total(weights: FloatArray | None, formula: Callable[[FloatArray], FloatArray]) -> float | None:
    return None if weights is None else float(formula(weights).sum())


def _cluster_steps(case: RowInputs, cluster: IntArray) -> tuple[FloatArray, Sureness]:
    """``(K, S)``, norms of the clusters' steps, or the least that they can be."""
    if case.updates is not None:
        sums = [_summed(table, cluster) for table in case.updates]
        norms = [row_norms(table) for table in sums]
        return np.column_stack(norms) * case.unit, "exact"
    least = least_step(case.scores, cluster)
    if np.array_equal(least, group_sums(case.scores, cluster)):
        return least, "exact"
    if case.step_norms is not None:
        # Σ_k ‖U_k‖² >= ‖U‖²/K: spread evenly where that is the better bound.
        even = np.broadcast_to(case.step_norms / len(least), least.shape)
        better = np.square(even).sum(axis=0) > np.square(least).sum(axis=0)
        least = np.where(better, even, least)
    return least, "at most"


def _summed(table: FloatArray, group: IntArray) -> FloatArray:
    sums = np.zeros((int(group.max(initial=0)) + 1, table.shape[1]))
    np.add.at(sums, group, table)
    return sums


def _draws_pairs(problem: Problem, p: FloatArray) -> bool:
    """Whether some rows sum to more than 1, as their caps allow, and each pair has a chance."""
    rows = p.sum(axis=1)
    more = rows > 1.0 + _ROUNDING
    caps = np.broadcast_to(problem.processor_cap, rows.shape) * (1.0 + _ROUNDING)
    return bool(more.any() and p.max() <= 1.0 and np.all(rows[more] <= caps[more]))


def _most(p: FloatArray, design: DesignName, cluster: IntArray | None) -> float:
    """The largest sum of chances that exclude each other."""
    if design in ("turns", "blocks"):
        return float(p.shape[1] * p.max())
    if design == "multinomial":
        return float(p.sum() / trials(p))
    rows = p.sum(axis=1)
    if design == "clusters":
        together = np.zeros(len(p), dtype=np.int64) if cluster is None else cluster
        return float(np.bincount(together, weights=rows).max())
    return float(rows.max())
