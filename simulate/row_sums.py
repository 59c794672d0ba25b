"""Sums of columns that share a row, in one order: bit-identical in every run on a GPU."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import torch

IntArray = npt.NDArray[np.int64]


class RowSums:
    """``(rounds, n_rows)`` from ``(rounds, V)``: column ``v`` is added to row ``row[v]``.

    The first columns of all rows are added, then the second ones, and so on: no pass adds two
    numbers to one place, so nothing depends on which of a GPU's threads is the quicker, as it does
    with ``index_add_``. There are as many passes as the fullest row has columns.
    """

    def __init__(self, row: IntArray, n_rows: int, device: str) -> None:
        import torch

        self.n_rows = n_rows
        self._passes = [
            (torch.tensor(columns, device=device), torch.tensor(row[columns], device=device))
            for columns in _passes(row)
        ]

    def __call__(self, values: torch.Tensor) -> torch.Tensor:
        total = values.new_zeros((len(values), self.n_rows))
        for columns, rows in self._passes:
            total[:, rows] += values[:, columns]
        return total


def _passes(row: IntArray) -> list[IntArray]:
    """The columns that are the first, the second, ... of their rows."""
    order = np.argsort(row, kind="stable")
    starts = np.flatnonzero(np.diff(row[order], prepend=-1))
    sizes = np.diff(np.append(starts, len(row)))
    rank = np.arange(len(row)) - np.repeat(starts, sizes)
    return [order[rank == turn] for turn in range(int(sizes.max(initial=0)))]
