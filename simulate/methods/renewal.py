"""Tables of rows, one a client, that a round renews in place once nothing can fail any more.

A table of everybody's last update is the largest thing a server keeps: it is never copied whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

import numpy as np
from torch import Tensor

from roundlot.theory.arrays import IntArray


@final
class Renewal:
    """New rows of ``S`` tables ``(N, P_s)``; the old ones stay known until the round is over."""

    def __init__(self, tables: Sequence[Tensor]) -> None:
        self._tables = tuple(tables)
        self._blocks: list[list[tuple[IntArray, Tensor]]] = [[] for _ in self._tables]
        self._written = False

    def add(self, model: int, clients: IntArray, rows: Tensor) -> None:
        """Note the new rows ``(k, P_s)`` of clients in rising order, each once a round."""
        self._blocks[model].append((clients, rows))

    def write(self) -> None:
        """Put the noted rows in place, and keep the old ones in their stead."""
        for table, blocks in zip(self._tables, self._blocks, strict=True):
            for at, (clients, rows) in enumerate(blocks):
                old = table[clients]
                table[clients] = rows
                blocks[at] = (clients, old)
        self._written = True

    def before(self, model: int, clients: IntArray) -> Tensor:
        """``(k, P_s)``: these clients' rows as the round found them."""
        rows = self._tables[model][clients]
        if self._written:
            for renewed, old in self._blocks[model]:
                place = np.searchsorted(renewed, clients).clip(max=renewed.size - 1)
                found = np.flatnonzero(renewed[place] == clients)
                rows[found] = old[place[found]]
        return rows
