"""Who does what of a round's work, where several processes share it."""

from __future__ import annotations

import heapq
from itertools import pairwise

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]


def deal(work: IntArray, hands: int) -> list[IntArray]:
    """For each of ``hands``, the places in ``work`` that it does, ascending.

    The largest piece first, each to whoever has least so far: nobody works longer than 4/3 of the
    shortest possible time (Graham, SIAM J. Appl. Math. 1969). The first hand gets a piece if there
    is one.

    Args:
        work: ``(k,)``, how long each piece takes, in any unit.
        hands: at least 1.
    """
    loads = [(0, hand) for hand in range(hands)]
    owner = np.empty(len(work), dtype=np.int64)
    for place in np.argsort(-work, kind="stable"):
        load, hand = heapq.heappop(loads)
        owner[place] = hand
        heapq.heappush(loads, (load + int(work[place]), hand))
    return [np.flatnonzero(owner == hand) for hand in range(hands)]


def runs(n: int, block: int, hands: int) -> list[slice]:
    """For each of ``hands``, a run of whole blocks of ``n`` rows; the first ones get the larger.

    Blocks start where they do for one hand alone: what is computed block by block has the same
    bits whoever computes it.
    """
    blocks = -(-n // block)
    ends = [0]
    for hand in range(hands):
        ends.append(ends[-1] + blocks // hands + (hand < blocks % hands))
    return [slice(a * block, min(b * block, n)) for a, b in pairwise(ends)]
