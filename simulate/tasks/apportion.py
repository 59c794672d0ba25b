"""Whole numbers from fractions, and samples dealt out by a table of counts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from roundlot.theory import InvalidProblemError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def largest_remainder(shares: FloatArray, total: int, rng: np.random.Generator) -> IntArray:
    """``(n,)`` whole numbers proportional to ``shares``, summing to ``total``; ties by lot."""
    exact = shares * (total / shares.sum())
    counts: IntArray = np.floor(exact).astype(np.int64)
    order = np.lexsort((rng.permutation(shares.size), counts - exact))
    counts[order[: total - int(counts.sum())]] += 1
    return counts


def deal(labels: IntArray, table: IntArray, rng: np.random.Generator) -> IntArray:
    """``(n,)`` owners: ``table[i, c]`` random samples of label ``c`` go to client ``i``.

    Each sample goes to one client at most; −1 for those that are left over.
    """
    owner = np.full(labels.size, -1, dtype=np.int64)
    clients = np.arange(len(table))
    for label in np.flatnonzero(table.any(axis=0)):
        takers = np.repeat(clients, table[:, label])
        owner[rng.permutation(np.flatnonzero(labels == label))[: takers.size]] = takers
    return owner


def nobody_empty(table: IntArray, allowed: npt.NDArray[np.bool_] | None = None) -> IntArray:
    """The table of counts with one sample moved to every client that had none.

    Each comes from the client that holds most among those with a label that the poor one may hold.

    Args:
        table: ``(N, C)`` samples of each label.
        allowed: ``(N, C)``, the labels that a client may hold; all by default.

    Raises:
        InvalidProblemError: nobody can spare a sample for a client; names it.
    """
    table, totals = table.copy(), table.sum(axis=1)
    for client in np.flatnonzero(totals == 0):
        mine = np.ones(table.shape[1], bool) if allowed is None else allowed[client]
        spare = np.where((table[:, mine] > 0).any(axis=1), totals, 0)
        donor = int(np.argmax(spare))
        if spare[donor] < 2:
            raise InvalidProblemError(
                f"client {client} of {len(table)} gets none of the {int(totals.sum())} samples; "
                "give more samples, fewer clients or more labels per client"
            )
        label = int(np.argmax(np.where(mine, table[donor], -1)))
        table[donor, label] -= 1
        table[client, label] += 1
        totals[[donor, client]] += [-1, 1]
    return table
