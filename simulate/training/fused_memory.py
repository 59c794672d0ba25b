"""Memory for updates that is used again: a fresh page can cost more than what is computed in it."""

from __future__ import annotations

import sys

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

#: Updates beyond this many bytes are left to the system.
_MOST = 1 << 28
_KEPT = 2


class Memory:
    """Hands out tensors, and their memory again once nobody holds them or a view of them."""

    def __init__(self) -> None:
        self._pieces: list[npt.NDArray[np.float32]] = []

    def take(self, rows: int, columns: int) -> Tensor:
        """``(rows, columns)`` float32, not initialised."""
        size = rows * columns
        if 4 * size > _MOST:
            return torch.empty((rows, columns))
        for number in range(len(self._pieces)):
            # Two references: the list's and the call's own. A tensor made from it adds one.
            if self._pieces[number].size >= size and sys.getrefcount(self._pieces[number]) == 2:
                return self._tensor(self._pieces[number], rows, columns)
        piece = np.empty(size, np.float32)
        self._pieces = [piece, *self._pieces[: _KEPT - 1]]
        return self._tensor(piece, rows, columns)

    def _tensor(self, piece: npt.NDArray[np.float32], rows: int, columns: int) -> Tensor:
        return torch.from_numpy(piece[: rows * columns].reshape(rows, columns))
