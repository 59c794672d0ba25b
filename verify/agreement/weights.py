"""Unbiasedness for every possible update: the aggregation weights themselves.

``H_s = Σ_{v drew s} w_vs / p_vs`` is the total weight that model ``s`` receives in a round, 1 under
full participation. It is the estimator on constant updates: its mean and variance tell a lost
``1/p``, a wrong weight or a wrong design whatever the gradients look like.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.simulate.designs import Design
from roundlot.simulate.updates import Updates
from roundlot.theory import AssumptionError, InvalidProblemError
from roundlot.theory.arrays import FloatArray
from roundlot.theory.cells import numbers_or_nan
from roundlot.theory.moments.fourth_moment import SquaredErrorMoments, squared_error_moments
from roundlot.theory.positions import by_position
from roundlot.verify.agreement.designs import EXACT, IN_PHASES, name_of, rule_of
from roundlot.verify.agreement.variance import check_assumed_mean
from roundlot.verify.tests.e_process import TOLERANCE
from roundlot.verify.tests.mean import DISCREPANCY, GAUSSIAN_RATIO, check_mean
from roundlot.verify.tests.verdict import FALSE_ALARM, MISS, Verdict, combine, share

_ASSUMED = "(assumed)"


@by_position()
def check_aggregate_weight(
    realised: Any,
    weights: npt.ArrayLike,
    probabilities: npt.ArrayLike,
    *,
    design: str | Design = "independent",
    discrepancy: float = DISCREPANCY,
    false_alarm: float = FALSE_ALARM,
    miss: float = MISS,
    cycle: int = 1,
    tolerance: float = TOLERANCE,
) -> Verdict:
    """Verdict on ``E H_s = Σ_v w_vs`` for every model ``s``; the models share ``false_alarm``.

    The sum is 1 under full participation with shares of the data; weights that sum to something
    else are held to that. ``Var H_s`` is known exactly, so both directions are tested, each by the
    product that is valid for it.

    Args:
        realised: ``(R, S)`` aggregate weights, or a record with an ``aggregate_weight``.
        weights: ``(V, S)``, ``w = d/B``.
        probabilities: ``(V, S)``.
        design: a design, or a name in ``DESIGNS``. Where ``Var H`` is not known (`systematic` in
            random order, on more than a few processors) that of independent draws is assumed as a
            bound, and nothing is supported; `rounding` of very many models keeps it (negative
            correlation within a model).
        discrepancy, false_alarm, miss, cycle, tolerance: as in `check_mean`.

    Raises:
        InvalidProblemError: shapes that do not agree, a probability of 0 where the weight is not,
            a model whose weights are all 0.
    """
    seen, w, p = _tables(realised, weights, probabilities)
    whole = w.sum(axis=0)
    if not (whole > 0.0).all():
        raise InvalidProblemError(
            f"weights of model {int(np.argmin(whole))} are all 0: nothing can be held to them"
        )
    each = share(false_alarm, w.shape[1])
    variances, note = weight_variance_bounds(w, p, design=design, cycle=cycle)
    ratios = 1.0 + variances / whole**2
    check = check_assumed_mean if note.endswith(_ASSUMED) else partial(check_mean, cycle=cycle)
    verdicts = [
        check(
            seen[:, s],
            float(whole[s]),
            float(ratios[s]),
            claim=f"mean weight of model {s}",
            discrepancy=discrepancy,
            false_alarm=each,
            miss=miss,
            tolerance=tolerance,
        )
        for s in range(w.shape[1])
    ]
    one = np.allclose(whole, 1.0, rtol=0.0, atol=1e-9)
    told = "1" if one else ", ".join(f"{x:.6g}" for x in whole)
    verdict = combine(f"aggregate weights have mean {told}", verdicts)
    return replace(verdict, detail=verdict.detail + note)


@by_position()
def check_participation_variance(
    realised: Any,
    weights: npt.ArrayLike,
    probabilities: npt.ArrayLike,
    *,
    design: str | Design = "independent",
    second_moment_bound: float = GAUSSIAN_RATIO,
    discrepancy: float = DISCREPANCY,
    false_alarm: float = FALSE_ALARM,
    miss: float = MISS,
    cycle: int = 1,
    tolerance: float = TOLERANCE,
) -> Verdict:
    """Verdict on ``Σ_s Var H_s``: the mean of ``Σ_s (H_s − Σ w)²`` against its exact prediction.

    Arguments as `check_aggregate_weight`; ``Σ w`` is what the columns of ``weights`` sum to.
    ``second_moment_bound`` is assumed of ``κ`` where the design does not know it.

    Args:
        weights, probabilities: ``(V, S)``.

    Raises:
        InvalidProblemError: as `check_aggregate_weight`.
        AssumptionError: a design whose ``Var H`` is not known.
    """
    seen, w, p = _tables(realised, weights, probabilities)
    _check_cycle(cycle, design, w.shape[1])
    errors = np.sum((seen - w.sum(axis=0)) ** 2, axis=1)
    rates = {"discrepancy": discrepancy, "false_alarm": false_alarm, "miss": miss}
    claim = "participation variance"
    try:
        moments = _weight_moments(w, p, design)
    except AssumptionError:
        mean = float(weight_variances(w, p, design=design).sum())
        return check_assumed_mean(errors, mean, second_moment_bound, claim=claim, **rates)
    ratio = moments.second_moment_ratio if cycle == 1 else moments.cycle_second_moment_ratio
    return check_mean(
        errors, moments.mean, ratio, claim=claim, cycle=cycle, tolerance=tolerance, **rates
    )


def _weight_moments(
    weights: FloatArray, probabilities: FloatArray, design: str | Design
) -> SquaredErrorMoments:
    """Moments of ``Σ_s (H_s − Σ w)²``: the squared error of updates that are all 1."""
    units = [np.ones((len(weights), 1))] * weights.shape[1]
    rows, name = np.arange(len(weights)), name_of(design)
    if name in EXACT:
        return squared_error_moments(
            units, probabilities, client=rows, weights=weights, design=name
        )
    updates = Updates(directions=units, client=rows, weights=weights)
    return rule_of(design, probabilities).squared_error_moments(updates)


def weight_variances(
    weights: FloatArray,
    probabilities: FloatArray,
    *,
    design: str | Design = "independent",
    cycle: int = 1,
) -> FloatArray:
    """``(S,)``, ``Var H_s`` of a round, or of its mean over one cycle of turns.

    Independent: ``Σ_v w²(1/p − 1)``. Turns, with ``q = S p``: ``S Σ_v w²(1/q − 1)``, plus
    ``(S − 1)(Σ_v w)²`` if the turn is random; over a cycle ``Σ_v w²(1/q − 1)``. Other designs: from
    their joint inclusion probabilities.

    Raises:
        InvalidProblemError: a probability of 0 where the weight is not, an unknown design.
        AssumptionError: joint inclusion probabilities that are not known.
    """
    if ((probabilities == 0.0) & (weights > 0.0)).any():
        raise InvalidProblemError(
            "a probability is 0 where the weight is not: the aggregate is biased; set a floor"
        )
    n_models = weights.shape[1]
    _check_cycle(cycle, design, n_models)
    if name_of(design) not in EXACT and cycle == 1:
        return rule_of(design, probabilities).aggregate_weight_variance(weights)
    turns = n_models if name_of(design) in IN_PHASES else 1
    q = np.minimum(probabilities * turns, 1.0)
    alone = np.sum(weights**2 * (1.0 - q) / np.where(q > 0.0, q, 1.0), axis=0)
    if cycle > 1:
        return np.asarray(alone, dtype=np.float64)
    return np.asarray(turns * alone + (turns - 1) * weights.sum(axis=0) ** 2, dtype=np.float64)


def weight_variance_bounds(
    weights: FloatArray, probabilities: FloatArray, *, design: str | Design, cycle: int = 1
) -> tuple[FloatArray, str]:
    """``Var H_s`` (S,) or, where it is not known, that of independent draws; and a note on it."""
    try:
        return weight_variances(weights, probabilities, design=design, cycle=cycle), ""
    except AssumptionError:
        bound = weight_variances(weights, probabilities)
    kept = _ASSUMED if name_of(design) == "systematic" else "(negative correlation)"
    return bound, f"; Var H at most that of independent draws {kept}"


def _check_cycle(cycle: int, design: str | Design, n_models: int) -> None:
    name_of(design)
    if cycle != 1 and (name_of(design) not in IN_PHASES or cycle != n_models):
        raise InvalidProblemError(
            f"cycle is {cycle}; give 1, or the number of models ({n_models}) for turns or blocks in"
            " a cycle"
        )


def _tables(
    realised: Any, weights: npt.ArrayLike, probabilities: npt.ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    seen = numbers_or_nan(getattr(realised, "aggregate_weight", realised), "realised")
    w = numbers_or_nan(weights, "weights")
    p = numbers_or_nan(probabilities, "probabilities")
    if w.ndim != 2 or p.shape != w.shape or seen.ndim != 2 or seen.shape[1] != w.shape[1]:
        raise InvalidProblemError(
            f"realised {seen.shape}, weights {w.shape} and probabilities {p.shape} "
            "must be (R, S), (V, S) and (V, S)"
        )
    if not np.all((p >= 0.0) & (p <= 1.0) & (w >= 0.0)):
        raise InvalidProblemError("probabilities must lie in 0..1 and weights be at least 0")
    return seen, w, p
