"""Groups of rows in groups of groups, and what they pay."""

from __future__ import annotations

from typing import NamedTuple

from roundlot.theory.arrays import FloatArray, IntArray

FREE, FILLED = 1, 2  # a group that meets a limit by a price; by entries without a score


class Nest(NamedTuple):
    """Levels of groups, the finest first; every row is in one group of each.

    ``levels (L + 1,)`` where each level's groups begin among all ``M``; ``starts``, ``stops (M,)``
    their rows; ``children (M,)`` the first group below, or row; ``parents (M,)``, −1 at the top;
    ``caps`` and ``floors (M,)`` beside the floors of entries, infinite and 0 where there is none.
    """

    levels: IntArray
    starts: IntArray
    stops: IntArray
    children: IntArray
    parents: IntArray
    caps: FloatArray
    floors: FloatArray


class Asked(NamedTuple):
    """What groups and rows pay: pairs ``(r, t)``, shares ``θ`` and who set them.

    ``group (M, 3)`` and ``row (V, 3)`` are ``(r, t, θ)``; ``governor`` of each is a group, the row
    itself (``OWN``) or nobody (``SLACK``); ``kind (M,)`` says how a group meets its own limit, 0 if
    it need not; ``sums (M,)`` what it would come to for nothing, ``totals (V,)`` what a row does.
    """

    group: FloatArray
    row: FloatArray
    governor: IntArray
    row_governor: IntArray
    kind: IntArray
    sums: FloatArray
    totals: FloatArray
