"""The spectral gap of a mixing matrix, and how far a row-stochastic one moves the mean.

What theorems decentralised and column_drift are evaluated with.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from roundlot.theory.arrays import FloatArray
from roundlot.theory.cells import numbers_or_nan
from roundlot.theory.errors import AssumptionError, InvalidProblemError
from roundlot.theory.positions import by_position

TOLERANCE = 1e-9  # on the entries' sums: what rounding leaves of rows that sum to 1


@by_position()
def spectral_gap(mixing: npt.ArrayLike) -> float:
    """``1 − ρ``, ``ρ = ‖WᵀW − J‖``, of a symmetric matrix ``(n, n)`` whose rows sum to 1.

    Entries may be negative: the theorems use that mixing keeps the mean and what ``ρ`` is.

    Raises:
        InvalidProblemError: not square, or not finite.
        AssumptionError: not symmetric, rows that do not sum to 1, or ``ρ >= 1`` (not connected,
            or weights too large: no number of rounds brings the workers together).

    Source: Lian et al. (NeurIPS 2017), assumption 1; theorem consensus.
    """
    W = _square(mixing)
    _require_sums(W)
    _require_symmetric(W)
    return _gap(W.T @ W)


@by_position()
def mean_spectral_gap(matrices: npt.ArrayLike, chances: npt.ArrayLike) -> float:
    """``1 − ρ``, ``ρ = ‖E WᵀW − J‖``, when ``W`` is drawn from ``(k, n, n)`` with ``chances (k,)``.

    Raises:
        InvalidProblemError: chances that are not probabilities or do not fit the matrices.
        AssumptionError: as spectral_gap, for any of the matrices.

    Source: Wang et al. (MATCHA, 2019).
    """
    stack = numbers_or_nan(matrices, "matrices")
    p = numbers_or_nan(chances, "chances")
    if stack.ndim != 3 or p.shape != stack.shape[:1] or p.size == 0:
        raise InvalidProblemError(
            f"matrices {stack.shape} and chances {p.shape} do not fit: give (k, n, n) and (k,)"
        )
    if not (np.all(p >= 0) and abs(p.sum() - 1.0) <= TOLERANCE):
        raise InvalidProblemError(
            f"chances sum to {p.sum():g}; probabilities sum to 1, none below 0"
        )
    for W in stack:
        _require_sums(_square(W))
        _require_symmetric(W)
    return _gap(np.einsum("k,kji,kjl->il", p, stack, stack))


@by_position()
def column_drift(mixing: npt.ArrayLike) -> float:
    """``‖δ‖²``, ``δ = Pᵀ1/n − 1/n``, of a row-stochastic matrix ``(n, n)``: 0 if doubly stochastic.

    Raises:
        InvalidProblemError: not square, or not finite.
        AssumptionError: negative entries, or rows that do not sum to 1.

    Source: theorem column_drift.
    """
    P = _square(mixing)
    _require_nonnegative(P)
    _require_sums(P)
    return float(np.sum((P.mean(axis=0) - 1.0 / len(P)) ** 2))


def _square(mixing: npt.ArrayLike) -> FloatArray:
    W = numbers_or_nan(mixing, "mixing")
    if W.ndim != 2 or W.shape[0] != W.shape[1] or W.size == 0:
        raise InvalidProblemError(f"mixing matrix has shape {W.shape}; it must be square")
    if not np.isfinite(W).all():
        raise InvalidProblemError("mixing matrix has entries that are not finite")
    return W


def _require_symmetric(W: FloatArray) -> None:
    worst = np.unravel_index(int(np.argmax(np.abs(W - W.T))), W.shape)
    if abs(W - W.T)[worst] > TOLERANCE:
        i, j = (int(k) for k in worst)
        raise AssumptionError(
            f"mixing matrix is not symmetric: W[{i}, {j}] = {W[i, j]:g}, W[{j}, {i}] = {W[j, i]:g}"
        )


def _require_nonnegative(W: FloatArray) -> None:
    if W.min() < -TOLERANCE:
        raise AssumptionError(f"mixing matrix has the entry {W.min():g}; none may be negative")


def _require_sums(W: FloatArray) -> None:
    sums = W.sum(axis=1)
    worst = int(np.argmax(np.abs(sums - 1.0)))
    if abs(sums[worst] - 1.0) > TOLERANCE:
        raise AssumptionError(
            f"mixing matrix is not stochastic: row {worst} sums to {sums[worst]:g}, not 1"
        )


def _gap(square: FloatArray) -> float:
    rho = float(np.linalg.eigvalsh(square - 1.0 / len(square))[-1])
    if rho >= 1.0 - TOLERANCE:
        raise AssumptionError(
            f"ρ is {rho:.6g}; it must be below 1: link all workers, mix with less"
        )
    return 1.0 - max(rho, 0.0)
