"""How long a round takes: the expected time of the slowest processor that was drawn."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from roundlot.theory.arrays import FloatArray
from roundlot.theory.errors import InvalidProblemError

_ROUNDING = 1e-12


def expected_round_length(times: npt.ArrayLike, probabilities: npt.ArrayLike) -> float:
    """Exact ``E max`` of the times of what independent processors draw; 0 when nobody draws.

    ``P(max <= t) = Π_v (1 − Σ_{s: t_vs > t} p_vs)``, and ``E max`` sums its complement over the
    sorted times. No sampling, ``O(VS log VS)``.

    Args:
        times: ``(V, S)`` seconds, at least 0; read only where ``p > 0``.
        probabilities: ``(V, S)``, ``p`` in ``[0, 1]``, rows summing to at most 1.

    Raises:
        InvalidProblemError: shapes that differ, a negative or missing time where ``p > 0``, or
            probabilities out of range.
    """
    t, p = np.asarray(times, dtype=np.float64), np.asarray(probabilities, dtype=np.float64)
    _validate(t, p)
    order = np.argsort(np.where(p > 0.0, -t, 0.0), axis=1)
    time = np.take_along_axis(np.where(p > 0.0, t, 0.0), order, axis=1)
    fall = _log_falls(np.take_along_axis(p, order, axis=1))
    slowest_first = np.argsort(-time, axis=None, kind="stable")
    time, nobody = time.ravel()[slowest_first], np.cumsum(fall.ravel()[slowest_first])
    # with the k slowest entries ruled out, nobody takes longer than the next one
    lengths = time - np.append(time[1:], 0.0)
    return float(np.sum(lengths * -np.expm1(nobody)))


def _log_falls(chances: FloatArray) -> FloatArray:
    """How much each entry of a row lowers ``log P(none of the entries so far)``."""
    drawn = np.cumsum(chances, axis=1)
    certain = drawn > 1.0 - _ROUNDING
    after = np.where(certain, -np.inf, np.log1p(-np.where(certain, 0.0, drawn)))
    before = np.column_stack([np.zeros(len(after)), after[:, :-1]])
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(np.isfinite(before), after - before, 0.0))


def _validate(t: FloatArray, p: FloatArray) -> None:
    if t.ndim != 2 or t.shape != p.shape:
        raise InvalidProblemError(f"times are {t.shape}, probabilities {p.shape}; give (V, S) each")
    if not np.all(p >= 0.0) or np.any(p.sum(axis=1) > 1.0 + 1e-9):
        raise InvalidProblemError("probabilities must be at least 0, their rows sum to at most 1")
    drawn = t[p > 0.0]
    if not np.all(np.isfinite(drawn)) or np.any(drawn < 0.0):
        raise InvalidProblemError(
            "times must be finite and at least 0 wherever the probability is above 0"
        )
