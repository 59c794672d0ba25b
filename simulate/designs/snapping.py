"""Counts on the grid whose sums are integers where they were meant to be.

Rounding leaves the sum of a million probabilities 1e-11 away from the budget. A design that fixes
counts would then once in 1e11 rounds draw one more or fewer; so a sum within ``NEARLY`` of an
integer is taken to be that integer, and the probabilities take up the difference in proportion.
"""

from __future__ import annotations

import numpy as np

from roundlot.simulate.designs.grid import ONE, Counts
from roundlot.simulate.philox import BITS

#: How far a sum of probabilities may be from an integer to be taken for it.
NEARLY = 1e-9
_HALF = BITS // 2


def exact_sum(counts: Counts) -> int:
    """The sum of the counts, which may be beyond 64 bits."""
    high = int((counts >> _HALF).sum())
    return (high << _HALF) + int((counts & ((1 << _HALF) - 1)).sum())


def snap_total(counts: Counts) -> None:
    """Move the counts ``(V, S)`` so that a total nearly an integer is one."""
    _snap(counts.reshape(-1), np.broadcast_to(_room(counts)[:, None], counts.shape).reshape(-1))


def snap_models(counts: Counts) -> None:
    """The same for the sum of every model's column."""
    for model in range(counts.shape[1]):
        column = np.ascontiguousarray(counts[:, model])
        _snap(column, _room(counts))
        counts[:, model] = column


def _room(counts: Counts) -> Counts:
    return np.asarray(ONE - counts.sum(axis=1), dtype=np.int64)


def _snap(entries: Counts, room: Counts) -> None:
    rest = exact_sum(entries) % ONE
    gap = -rest if rest <= ONE // 2 else ONE - rest
    if gap == 0 or abs(gap) > NEARLY * ONE:
        return
    # No row is filled and no entry emptied: where the gap itself would fit, its share does.
    open_to = np.flatnonzero((entries > 2 * abs(gap)) & (room > 2 * abs(gap)))
    if open_to.size:
        entries[open_to] += np.sign(gap) * _shares(entries[open_to], abs(gap))


def _shares(entries: Counts, gap: int) -> Counts:
    part = entries / entries.sum(dtype=np.float64)
    shares = np.floor(part * gap).astype(np.int64)
    missing = gap - int(shares.sum())
    # Rounding may have given too much; the largest entry settles what is left over either way.
    whole, extra = divmod(missing, entries.size)
    shares += whole
    shares[np.argsort(-entries, kind="stable")[:extra]] += 1
    return np.asarray(shares)
