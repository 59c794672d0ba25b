"""Do random mixing matrices contract as predicted, and training stay below its rate?

A draw is held to what must be true of every draw (symmetric, rows and columns sum to 1); the law of
the draws by enumeration of every outcome, exactly; what was drawn by a test with stated error
rates. The statement tested is ``E WᵀW = `` its prediction, entry by entry in the predicted
eigenvectors, of which ``ρ = ‖E WᵀW − J‖`` is the first.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from roundlot.simulate import workers
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray
from roundlot.theory.cells import numbers_or_nan
from roundlot.theory.positions import by_position
from roundlot.verify.agreement.variance import check_assumed_mean
from roundlot.verify.tests.mean import GAUSSIAN_RATIO, check_mean, check_variance_at_most
from roundlot.verify.tests.verdict import FALSE_ALARM, MISS, Verdict, combine, share

if TYPE_CHECKING:
    from roundlot.simulate.workers import Matcha, WorkerHistory
    from roundlot.simulate.workers.consensus import MixingLaw
    from roundlot.simulate.workers.exact_moments import WorkerMoments

DISCREPANCY = 0.02
TRAJECTORY_DISCREPANCY = 0.5  # a bound on training is loose: half of it is worth telling
ROUNDING = 1e-12  # of an entry of a mixing matrix, relative
MOST_EXACT = 12  # matchings, whose 4,096 outcomes are listed in fractions
_CHUNK = 4096  # matrices turned into eigenvectors' coordinates at a time


@by_position()
def check_mixing_draws(
    matrices: npt.ArrayLike, *, nonnegative: bool = False, claim: str = "every draw mixes"
) -> Verdict:
    """Verdict on each of ``(R, n, n)``: symmetric, rows and columns sum to 1.

    Args:
        matrices: ``(R, n, n)``, what was drawn.
        nonnegative: whether entries below 0 are refused, too; MATCHA's best weight gives some.
        claim: for the verdict.

    Raises:
        InvalidProblemError: no matrices.
    """
    stack = _stack(matrices)
    worst = max(
        float(np.abs(stack - stack.transpose(0, 2, 1)).max()),
        float(np.abs(stack.sum(axis=1) - 1.0).max()),
        float(np.abs(stack.sum(axis=2) - 1.0).max()),
        max(0.0, -float(stack.min())) if nonnegative else 0.0,
    )
    return _exact(claim, worst, 0.0, worst <= ROUNDING * len(stack[0]), len(stack))


def check_mixing_enumeration(method: Matcha, *, claim: str = "E WᵀW by its formula") -> Verdict:
    """Verdict on ``E WᵀW = I − 2L̄ + L̄² + 2 Σ p(1 − p) α² L`` over all outcomes, in fractions.

    ``L̄ = Σ p α L``; ``α`` is one number, or one for every matching.

    Raises:
        InvalidProblemError: more matchings than can be enumerated.
    """
    p = [Fraction(float(x)) for x in method.p]
    if len(p) > MOST_EXACT:
        raise InvalidProblemError(
            f"{len(p)} matchings have 2^{len(p)} outcomes; at most {MOST_EXACT} are enumerated"
        )
    weights = [Fraction(float(x)) for x in method.weights]
    plain = method.links.laplacians.astype(np.int64).astype(object)
    laplacians = [w * L for w, L in zip(weights, plain, strict=True)]
    identity = np.eye(method.links.n_workers, dtype=np.int64).astype(object)
    total: Any = identity * Fraction(0)
    for on in product((0, 1), repeat=len(p)):
        chance = math.prod(
            (q if used else 1 - q for q, used in zip(p, on, strict=True)), start=Fraction(1)
        )
        if chance:
            used_links = sum(
                (L for L, used in zip(laplacians, on, strict=True) if used), identity * 0
            )
            W = identity - used_links
            total = total + chance * (W @ W)
    mean = sum((q * L for q, L in zip(p, laplacians, strict=True)), identity * Fraction(0))
    noise = [q * (1 - q) * w for q, w in zip(p, weights, strict=True)]
    spread = sum((q * L for q, L in zip(noise, laplacians, strict=True)), identity * 0)
    formula = identity - 2 * mean + mean @ mean + 2 * spread
    worst = float(max(abs(x) for x in (total - formula).ravel()))
    return _exact(claim, worst, 0.0, worst == 0.0, 2 ** len(p))


@by_position()
def check_contraction(
    matrices: npt.ArrayLike,
    law: MixingLaw,
    *,
    discrepancy: float = DISCREPANCY,
    false_alarm: float = FALSE_ALARM,
    miss: float = MISS,
    claim: str = "mixing contracts as predicted",
) -> Verdict:
    """Verdict on ``E WᵀW`` being what the law says, from draws ``(R, n, n)`` that are independent.

    Every entry of ``E WᵀW`` in the predicted eigenvectors is a mean of ``‖W u‖²`` for some unit
    vector ``u``; each is tested as ``‖W u‖² + ρ`` against ``uᵀ E[WᵀW] u + ρ``, so that
    discrepancies are in units of about ``ρ``. Second moments are those of the law, enumerated, or
    bounded through the largest ``‖W‖²``. Matrices without randomness are compared exactly.

    Args:
        matrices: ``(R, n, n)``, as drawn, by `drawn_matrices` or by somebody else.
        law: what is claimed of them.
        discrepancy: relative error of an entry that a supporting verdict must rule out.
        false_alarm, miss: of all entries together; of each.
        claim: for the verdict.

    Raises:
        InvalidProblemError: no matrices, or of another number of workers.
    """
    stack = _stack(matrices)
    if stack.shape[1] != law.n_workers:
        raise InvalidProblemError(
            f"matrices are of {stack.shape[1]} workers and the law of {law.n_workers}"
        )
    if not law.rates.size:
        worst = float(np.abs(stack - law.mean).max())
        exact = worst <= ROUNDING * law.n_workers
        return _exact(claim, law.rho + worst, law.rho, exact, len(stack))
    vectors = _test_vectors(law.directions[1])
    expected = np.einsum("ik,ij,jk->k", vectors, law.second, vectors)
    seconds, values = _second_moments(law, vectors, expected), _squared_lengths(stack, vectors)
    each = share(false_alarm, len(expected))
    verdicts = [
        _entry(row, mean, second, law.rho, f"{claim}, entry {k}", discrepancy, each, miss)
        for k, (row, mean, second) in enumerate(zip(values, expected, seconds, strict=True))
    ]
    joined = combine(claim, verdicts)
    if joined.outcome != "supported":
        return joined
    # Nothing stands out, so show what is claimed.
    return replace(
        joined,
        estimate=workers.empirical_rho(stack),
        expected=law.rho,
        detail=f"shown: ρ; {len(verdicts)} entries of E WᵀW checked",
    )


def check_worker_moments(
    histories: Sequence[WorkerHistory],
    moments: WorkerMoments,
    *,
    discrepancy: float = TRAJECTORY_DISCREPANCY,
    second_moment_bound: float = GAUSSIAN_RATIO,
    false_alarm: float = 1e-6,
    miss: float = MISS,
    claim: str = "spread of the workers as propagated",
) -> Verdict:
    """Verdict on runs with different seeds: mean over rounds of consensus over its expectation.

    One number a run, of mean 1 by the exact moments; that its second moment is at most
    ``second_moment_bound`` is assumed, so that the verdict is "refuted" or inconclusive.

    Raises:
        InvalidProblemError: no runs, runs of another length, seeds that repeat, runs that do not
            start at one point.
    """
    seeds = [run.seed for run in histories]
    if not seeds or len(set(seeds)) < len(seeds):
        raise InvalidProblemError(f"seeds are {seeds}; give runs with different seeds")
    starts = {float(run.objective[0]) for run in histories if run.evaluated[0] == 0}
    if len(starts) > 1:
        raise InvalidProblemError(
            f"runs start at different points, F from {min(starts):g} to {max(starts):g}, and "
            "moments at one; train with restart=False"
        )
    rows = np.array([run.consensus for run in histories])
    expected = moments.consensus[1:]
    if rows.shape[1] != expected.size:
        raise InvalidProblemError(
            f"runs have {rows.shape[1]} rounds and the moments {expected.size}; give as many"
        )
    return check_assumed_mean(
        (rows / expected).mean(axis=1),
        1.0,
        second_moment_bound,
        discrepancy=discrepancy,
        false_alarm=false_alarm,
        miss=miss,
        claim=claim,
    )


def check_gradient_bound(
    measured: WorkerMoments | Sequence[WorkerHistory],
    bound: float,
    *,
    planned_ratio: float | None = None,
    false_alarm: float = 1e-6,
    miss: float = MISS,
    claim: str = "mean squared gradient at most its rate",
) -> Verdict:
    """Verdict on ``(1/T) Σ E‖∇F(x̄_k)‖²`` being at most ``bound``.

    Exact for moments that were propagated. For runs (measured, different seeds) by a one-sided test
    that assumes nothing to refuse; to support it takes many seeds and a stated ``planned_ratio``,
    as in `check_variance_at_most`.

    Raises:
        InvalidProblemError: a bound that is not above 0, runs that were not measured.
    """
    if not (math.isfinite(bound) and bound > 0.0):
        raise InvalidProblemError(f"bound is {bound}; give a finite number above 0")
    mean = getattr(measured, "mean_gradient", None)
    if mean is not None:
        return _exact(claim, float(mean), bound, float(mean) <= bound, len(measured.gradient) - 1)  # type: ignore[union-attr]
    rows = np.array([run.gradient for run in measured])  # type: ignore[union-attr]
    if not rows.size or np.isnan(rows).any():
        raise InvalidProblemError("these runs were not measured; train with measure=True")
    return check_variance_at_most(
        rows.mean(axis=1),
        bound,
        planned_ratio=planned_ratio,
        discrepancy=TRAJECTORY_DISCREPANCY,
        false_alarm=false_alarm,
        miss=miss,
        claim=claim,
    )


def _test_vectors(directions: FloatArray) -> FloatArray:
    """``(n, K)`` unit vectors whose quadratic forms are all entries of a matrix off the ones."""
    count = directions.shape[1]
    pairs = [
        (directions[:, k] + directions[:, j]) / math.sqrt(2.0)
        for k in range(count)
        for j in range(k + 1, count)
    ]
    return np.column_stack([directions, *pairs])


def _squared_lengths(stack: FloatArray, vectors: FloatArray) -> FloatArray:
    """``(K, R)``, ``‖W u‖²``."""
    parts = [
        np.square(stack[at : at + _CHUNK] @ vectors).sum(axis=1)
        for at in range(0, len(stack), _CHUNK)
    ]
    return np.concatenate(parts).T


def _second_moments(law: MixingLaw, vectors: FloatArray, expected: FloatArray) -> FloatArray:
    """``(K,)``, ``E ‖W u‖⁴``: enumerated, or at most that."""
    if law.rates.size <= MOST_EXACT:
        return np.asarray(
            sum(p * np.square(np.square(W @ vectors).sum(axis=0)) for p, W in law.outcomes())
        )
    sizes = np.abs(np.linalg.eigvalsh(law.steps)).max(axis=1)
    most = np.maximum(law.rates, 1.0 - law.rates)
    top = float(np.linalg.norm(law.mean, 2) + most @ sizes) ** 2
    return np.asarray(top * expected)


def _entry(
    row: FloatArray,
    mean: float,
    second: float,
    shift: float,
    claim: str,
    discrepancy: float,
    false_alarm: float,
    miss: float,
) -> Verdict:
    spread = second - mean**2
    whole = mean + shift
    if spread <= ROUNDING:
        worst = float(np.abs(row - mean).max())
        return _exact(claim, mean + worst, mean, worst <= 1e-9, row.size)
    return check_mean(
        row + shift,
        whole,
        1.0 + spread / whole**2,
        claim=claim,
        discrepancy=discrepancy,
        false_alarm=false_alarm,
        miss=miss,
    )


def _exact(claim: str, found: float, expected: float, holds: bool, count: int) -> Verdict:
    return Verdict.exact(claim, not holds, estimate=found, expected=expected, rounds=count)


def _stack(matrices: npt.ArrayLike) -> FloatArray:
    stack = numbers_or_nan(matrices, "matrices")
    if stack.ndim != 3 or stack.shape[1] != stack.shape[2] or not stack.size:
        raise InvalidProblemError(f"matrices have shape {stack.shape}; give (R, n, n), R >= 1")
    return stack
