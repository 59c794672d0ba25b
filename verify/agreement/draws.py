"""Is every pair drawn as often, and are there as many draws and messages, as predicted?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.simulate.designs import Design
from roundlot.simulate.designs.phases import Phases
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray
from roundlot.theory.cells import array_of, numbers_or_nan
from roundlot.theory.kinds import as_annotated
from roundlot.theory.positions import by_position
from roundlot.verify.agreement.designs import IN_PHASES, name_of, rule_of
from roundlot.verify.tests.e_process import TOLERANCE
from roundlot.verify.tests.mean import DISCREPANCY, check_mean
from roundlot.verify.tests.verdict import (
    FALSE_ALARM,
    MISS,
    Verdict,
    check_discrepancy,
    check_rate,
    decide,
    share,
)

INCLUSION_DISCREPANCY = 0.02
# scipy.special.betainc is good to about 1e-13; a p-value is enlarged by far more than that.
_SLACK = 1.0 + 1e-9


@by_position()
def check_draws(
    realised: Any,
    probabilities: npt.ArrayLike,
    *,
    design: str | Design = "independent",
    discrepancy: float = DISCREPANCY,
    false_alarm: float = FALSE_ALARM,
    miss: float = MISS,
    tolerance: float = TOLERANCE,
) -> Verdict:
    """Verdict on ``E draws = Σ p``: an error common to all probabilities shows here first.

    Args:
        realised: ``(R,)`` draws per round, or a record with ``draws``.
        probabilities: ``(V, S)``, not all 0.
        design: a design, or a name in ``DESIGNS`` ("turns": a random turn each round).
        discrepancy, false_alarm, miss, tolerance: as in `check_mean`.

    Raises:
        InvalidProblemError: probabilities outside their range, an unknown design.
    """
    mean, spread = draw_moments(probabilities, design=design)
    return check_mean(
        getattr(realised, "draws", realised),
        mean,
        1.0 + spread,
        claim="draws per round",
        discrepancy=discrepancy,
        false_alarm=false_alarm,
        miss=miss,
        tolerance=tolerance,
    )


@by_position()
def check_uploads(
    realised: Any,
    probabilities: npt.ArrayLike,
    client: npt.ArrayLike,
    *,
    design: str | Design = "independent",
    discrepancy: float = DISCREPANCY,
    false_alarm: float = FALSE_ALARM,
    miss: float = MISS,
    tolerance: float = TOLERANCE,
) -> Verdict:
    """Verdict on the distinct (client, model) uploads per round, ``Σ_i,s 1 − Π_b (1 − p)``.

    Args:
        realised: ``(R,)`` uploads per round, or a record with ``uploads``.
        probabilities: ``(V, S)``, not all 0.
        client: ``(V,)``, the client of every processor.
        design, discrepancy, false_alarm, miss, tolerance: as in `check_draws`.

    Raises:
        InvalidProblemError: as in `check_draws`.
    """
    mean, spread = upload_moments(probabilities, client, design=design)
    return check_mean(
        getattr(realised, "uploads", realised),
        mean,
        1.0 + spread,
        claim="uploads per round",
        discrepancy=discrepancy,
        false_alarm=false_alarm,
        miss=miss,
        tolerance=tolerance,
    )


def draw_moments(
    probabilities: npt.ArrayLike, *, design: str | Design = "independent"
) -> tuple[float, float]:
    """``(E D, Var D / (E D)²)`` of the draws ``D`` in a round.

    Raises:
        InvalidProblemError: probabilities outside their range or all 0, an unknown design.
    """
    p = numbers_or_nan(probabilities, "probabilities")
    return upload_moments(p, np.arange(p.shape[0] if p.ndim else 0), design=design)


def upload_moments(
    probabilities: npt.ArrayLike, client: npt.ArrayLike, *, design: str | Design = "independent"
) -> tuple[float, float]:
    """``(E M, Var M / (E M)²)`` of the distinct (client, model) messages ``M`` in a round.

    Clients are independent. Within one, with ``r_s = Π_b (1 − p_bs)`` the chance that nobody draws
    ``s``, the messages of two models have covariance ``Π_b (1 − p_bs − p_bt) − r_s r_t``. With one
    processor per client messages are draws. Of designs that fix the total ``n`` (rounded up) only a
    bound is given: ``M <= n``, so ``Var M <= (n − E M) E M``.

    Raises:
        InvalidProblemError: as in `draw_moments`; a client list of the wrong length.
        AssumptionError: several processors of a client, whose joint draws are not known.
    """
    p = numbers_or_nan(probabilities, "probabilities")
    index = _owners(client)
    if p.ndim != 2 or index.shape != p.shape[:1]:
        raise InvalidProblemError(f"probabilities {p.shape} need one client per row")
    if not ((p >= 0.0) & (p <= 1.0)).all() or (p.sum(axis=1) > 1.0 + 1e-9).any():
        raise InvalidProblemError("probabilities must lie in 0..1 and sum to at most 1 in each row")
    if not p.any():
        raise InvalidProblemError("all probabilities are 0: nobody is ever drawn")
    name = name_of(design)
    if name == "independent":
        mean, variance = _independent(p, index)
    elif name in IN_PHASES:
        mean, variance = _in_phases(p, index, rule_of(design, p))
    else:
        mean, variance = _fixed_total(p, index, design)
    return mean, max(variance, 0.0) / mean**2


def _owners(client: npt.ArrayLike) -> npt.NDArray[np.intp]:
    """Numbers from 0 for clients that are named by anything that sorts."""
    try:
        return np.unique(array_of(client, "client"), return_inverse=True)[1].reshape(-1)
    except TypeError as error:
        raise InvalidProblemError("client must be numbers or names, not both") from error


def _independent(p: FloatArray, index: npt.NDArray[np.intp]) -> tuple[float, float]:
    n_models = p.shape[1]
    silent = np.stack([_silence(p[:, s], index) for s in range(n_models)], axis=1)
    variance = float(np.sum(silent * (1.0 - silent)))
    for s in range(n_models):
        for t in range(s):
            both = _silence(p[:, s] + p[:, t], index)
            variance += 2.0 * float(np.sum(both - silent[:, s] * silent[:, t]))
    return float(np.sum(1.0 - silent)), variance


def _fixed_total(
    p: FloatArray, index: npt.NDArray[np.intp], design: str | Design
) -> tuple[float, float]:
    rule = rule_of(design, p)
    mean, most = rule.expected_uploads(index), math.ceil(rule.expected_draws - 1e-9)
    spare = rule.expected_draws - math.floor(rule.expected_draws + 1e-9)
    if np.unique(index).size == index.size:
        return mean, max(spare, 0.0) * (1.0 - spare)
    return mean, max(most - mean, 0.0) * mean


def _in_phases(p: FloatArray, index: npt.NDArray[np.intp], rule: Design) -> tuple[float, float]:
    """Given the phase, the processors of a client in one block send their one model, or nothing."""
    assert isinstance(rule, Phases)
    n_models, pairs = p.shape[1], index * p.shape[1] + rule.block
    cells, cell = np.unique(pairs, return_inverse=True)
    chances = np.minimum(n_models * p, 1.0)
    silent = np.stack([_silence(chances[:, s], cell) for s in range(n_models)], axis=1)
    models = (cells[:, None] + np.arange(n_models)) % n_models
    silent = np.take_along_axis(silent, models, axis=1)
    means = np.sum(1.0 - silent, axis=0)
    within = np.sum(silent * (1.0 - silent), axis=0)
    return float(means.mean()), float(within.mean() + means.var())


def _silence(p: FloatArray, index: npt.NDArray[np.intp]) -> FloatArray:
    """``(N,)``, ``Π_b (1 − p_b)`` over the processors of each client."""
    quiet = np.ones(int(index.max()) + 1)
    np.multiply.at(quiet, index, np.maximum(1.0 - p, 0.0))
    return quiet


@by_position()
def check_inclusion(
    counts: npt.ArrayLike,
    rounds: int,
    probabilities: npt.ArrayLike,
    *,
    discrepancy: float = INCLUSION_DISCREPANCY,
    false_alarm: float = FALSE_ALARM,
    miss: float = MISS,
) -> Verdict:
    """Verdict on ``E counts_vs = rounds p_vs`` for all pairs at once, by exact binomial tails.

    Over rounds that are drawn independently and alike, a count is binomial whatever the design
    does within a round, and however the pairs depend on each other: Bonferroni over both tails of
    all pairs. ``detectable`` is absolute, ``|p' − p|`` in any single pair, and rigorous:
    Hoeffding's inequality bounds the exact tails, so
    ``√(log(2VS/δ)/(2R)) + √(log(1/miss)/(2R))`` is seen.

    Args:
        counts: ``(V, S)`` integers, rounds in which processor ``v`` trained model ``s``.
        rounds: ``R``.
        probabilities: ``(V, S)``.
        discrepancy: absolute error of one probability that a supporting verdict must rule out.
        false_alarm, miss: the two error rates.

    Raises:
        InvalidProblemError: shapes that do not agree, counts outside ``0..rounds``.
    """
    check_discrepancy(discrepancy)
    k, p = _tables(counts, rounds, probabilities)
    tails = binomial_tails(k, rounds, p)
    worst = np.unravel_index(int(np.argmin(tails)), tails.shape)
    smallest = float(tails[worst])
    each = share(false_alarm, 2 * tails.size)
    sees = detectable_inclusion(rounds, tails.size, false_alarm=false_alarm, miss=miss)
    place = ", ".join(str(int(index)) for index in worst)
    return Verdict(
        claim="inclusion probabilities",
        outcome=decide(refuted=smallest <= each, powered=sees <= discrepancy),
        estimate=float(k[worst]) / rounds,
        expected=float(p[worst]),
        detectable=sees,
        false_alarm=false_alarm,
        miss=miss,
        rounds=rounds,
        statistic=-math.log(smallest) if smallest > 0.0 else math.inf,
        threshold=-math.log(each),
        detail=(
            f"{tails.size:,} pairs; shown: the least likely, processor and model [{place}]; "
            "“would detect” is absolute"
        ),
    )


def binomial_tails(counts: FloatArray, rounds: int, probabilities: FloatArray) -> FloatArray:
    """``min(P(X <= k), P(X >= k))`` for ``X ~ Binomial(rounds, p)``, elementwise."""
    from scipy.special import betainc

    k, n, p = np.broadcast_arrays(counts, float(rounds), probabilities)
    at_least = np.where(k > 0, betainc(np.maximum(k, 1.0), n - k + 1.0, p), 1.0)
    at_most = np.where(k < n, betainc(np.maximum(n - k, 1.0), k + 1.0, 1.0 - p), 1.0)
    # 1 − p rounds: a p below 1e-16 would make "never drawn" certain, which it all but is.
    return np.asarray(np.minimum(np.minimum(at_least, at_most) * _SLACK, 1.0), dtype=np.float64)


@as_annotated
def detectable_inclusion(
    rounds: int, pairs: int, *, false_alarm: float = FALSE_ALARM, miss: float = MISS
) -> float:
    """Smallest absolute error of one of ``pairs`` probabilities that ``rounds`` see.

    Raises:
        InvalidProblemError: an error rate outside ``(0, 1)``, no rounds or pairs.
    """
    check_rate(miss, "miss")
    if rounds < 1:
        raise InvalidProblemError(f"rounds is {rounds}; give at least 1")
    return _roots(pairs, false_alarm, miss) / math.sqrt(2.0 * rounds)


@as_annotated
def rounds_needed_inclusion(
    discrepancy: float, pairs: int, *, false_alarm: float = FALSE_ALARM, miss: float = MISS
) -> int:
    """Rounds that see an absolute error ``discrepancy`` in any of ``pairs`` probabilities.

    Raises:
        InvalidProblemError: an error rate outside ``(0, 1)``, a discrepancy not above 0.
    """
    check_rate(miss, "miss")
    check_discrepancy(discrepancy)
    return math.ceil((_roots(pairs, false_alarm, miss) / discrepancy) ** 2 / 2.0)


def _roots(pairs: int, false_alarm: float, miss: float) -> float:
    return math.sqrt(-math.log(share(false_alarm, 2 * pairs))) + math.sqrt(-math.log(miss))


def _tables(
    counts: npt.ArrayLike, rounds: int, probabilities: npt.ArrayLike
) -> tuple[FloatArray, FloatArray]:
    k = numbers_or_nan(counts, "counts")
    p = numbers_or_nan(probabilities, "probabilities")
    if k.shape != p.shape or p.size == 0:
        raise InvalidProblemError(f"counts {k.shape} and probabilities {p.shape} must be alike")
    if rounds < 1 or not np.all((k >= 0.0) & (k <= rounds) & (k == np.floor(k))):
        raise InvalidProblemError(f"counts must be whole numbers in 0..{rounds}")
    if not np.all((p >= 0.0) & (p <= 1.0)):
        raise InvalidProblemError("probabilities must lie in 0..1")
    return k, p
