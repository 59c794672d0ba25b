"""Probabilities as integers ``k / 2^62``, so that what is drawn is exactly what is stated."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.simulate.philox import BITS
from roundlot.theory import InvalidProblemError

Counts = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

ONE = 1 << BITS
ROW_TOLERANCE = 1e-12
#: What a certain row may lack of 1, per model: an ulp of 1, the rounding of an entry.
CERTAIN = 1 << (BITS - 52)


def checked_probabilities(probabilities: Any) -> FloatArray:
    """A float64 copy ``(V, S)`` of a table of probabilities.

    Raises:
        InvalidProblemError: a wrong shape, a NaN, an entry outside ``[0, 1]``, a row whose sum is
            above ``1 + 1e-12``.
    """
    try:
        table = np.array(probabilities, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidProblemError(
            f"probabilities must be numbers, got {probabilities!r:.80}"
        ) from error
    if table.ndim != 2 or 0 in table.shape or table.shape[1] > np.iinfo(np.int16).max:
        raise InvalidProblemError(
            f"probabilities have shape {table.shape}; give a table of processors x models (V, S)"
        )
    _refuse_entries(table)
    sums = table.sum(axis=1)
    worst = int(np.argmax(sums))
    if sums[worst] > 1.0 + ROW_TOLERANCE:
        raise InvalidProblemError(
            f"probabilities of processor {worst} sum to {sums[worst]:.17g}; a processor trains one "
            "model a round: scale the row to at most 1"
        )
    return table


def _refuse_entries(table: FloatArray) -> None:
    bad = ~((table >= 0.0) & (table <= 1.0))
    if bad.any():
        row, column = (int(index) for index in np.argwhere(bad)[0])
        raise InvalidProblemError(
            f"probabilities[{row}, {column}] is {table[row, column]:.17g}; "
            "it must be at least 0 and at most 1"
        )


def grid_counts(probabilities: FloatArray) -> Counts:
    """Integers ``k`` ``(V, S)``, ``k <= 2^62 p`` but for certain rows; 1 for a tinier ``p > 0``.

    From ``2^-10`` up ``k / 2^62`` is ``p`` itself. A row that sums to 1 but for rounding, above or
    at most ``S`` ulp below, is certain: its largest entry takes up the difference, so that
    ``Σ_s k = 2^62`` exactly. Every other row sums to less.
    """
    counts = np.floor(np.ldexp(probabilities, BITS)).astype(np.int64)
    counts[(probabilities > 0.0) & (counts == 0)] = 1
    lack = ONE - counts.sum(axis=1)
    certain = np.flatnonzero((lack != 0) & (lack <= CERTAIN * counts.shape[1]))
    counts[certain, np.argmax(counts[certain], axis=1)] += lack[certain]
    return counts
