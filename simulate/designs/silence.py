"""Chances that no processor of a client draws a model, for designs with dependent draws.

``E Π_v (1 − r_v 1{v drawn})`` over the processors of a client, ``r = p_vs / P_v`` the chance that
``v`` picks ``s`` once it is drawn. From them follow the distinct messages of a round.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from roundlot.simulate.designs.grid import ONE, Counts
from roundlot.simulate.designs.pivotal_moments import Fight, fights
from roundlot.simulate.designs.sizes import Coins
from roundlot.simulate.designs.start_law import arc_begins

FloatArray = npt.NDArray[np.float64]
Labels = npt.NDArray[np.intp]


def pivotal_silence(counts: Counts, client: Labels) -> FloatArray:
    """``(N, S)`` by recursion over the fights, for the carrier's client and for all others."""
    totals = counts.sum(axis=1)
    quiet = 1.0 - counts / np.maximum(totals, 1)[:, None]
    outside = np.ones((int(client.max()) + 1, counts.shape[1]))
    carrying = np.zeros(counts.shape)
    held = 0
    for who, total in enumerate(map(int, totals)):
        if total:
            ends = fights(held, total)
            outside, carrying = _fought(outside, carrying, quiet, client, who, ends, held, total)
            held = (held + total) % ONE
    drawn = np.zeros_like(outside)
    np.add.at(drawn, client, carrying * (1.0 - held / ONE * (1.0 - quiet)))
    return np.asarray(outside + drawn)


def _fought(
    outside: FloatArray,
    carrying: FloatArray,
    quiet: FloatArray,
    client: Labels,
    who: int,
    ends: tuple[Fight, ...],
    held: int,
    total: int,
) -> tuple[FloatArray, FloatArray]:
    """``carrying[v]`` is of ``v``'s own client while ``v`` carries, ``outside`` if another does."""
    owner, decided = client[who], held + total >= ONE
    new_outside, new_carrying = np.zeros_like(outside), np.zeros_like(carrying)
    for fight in ends:
        old_drawn = decided and fight.moved > 0.0
        newcomer = decided and not old_drawn
        gone = carrying * quiet if old_drawn else carrying
        kept = fight.carrier == "old"
        near = outside if kept else outside + _by_client(gone, client, len(outside))
        share = fight.chance * near
        moved = fight.chance * gone if kept else np.zeros_like(carrying)
        if newcomer:
            share[owner] *= quiet[who]
            moved[client == owner] *= quiet[who]
        if fight.carrier == "new":
            moved[who] = share[owner]
            share[owner] = 0.0
        new_outside += share
        new_carrying += moved
    return new_outside, new_carrying


def _by_client(table: FloatArray, client: Labels, number: int) -> FloatArray:
    columns = [np.bincount(client, weights=column, minlength=number) for column in table.T]
    return np.stack(columns, axis=1)


def start_silence(counts: Counts, client: Labels) -> FloatArray:
    """``(N, S)`` for cells laid end to end: what the arcs of a client leave of the circle."""
    begins = arc_begins(counts)
    free = np.ones((int(client.max()) + 1, counts.shape[1]))
    for owner in np.unique(client):
        rows = np.flatnonzero(client == owner)
        for model in range(counts.shape[1]):
            covered = _union(begins[rows, model].tolist(), counts[rows, model].tolist())
            free[owner, model] = (ONE - covered) / ONE
    return free


def _union(begins: list[int], lengths: list[int]) -> int:
    pieces = []
    for begin, length in zip(begins, lengths, strict=True):
        pieces.append((begin, min(begin + length, ONE)))
        pieces.append((0, max(begin + length - ONE, 0)))
    covered = reached = 0
    for begin, end in sorted(pieces):
        covered += max(end - max(begin, reached), 0)
        reached = max(reached, end)
    return covered


def size_silence(coins: Coins, quiet: FloatArray, client: Labels, number: int) -> FloatArray:
    """``(N, S)`` for coins conditioned on their number.

    ``quiet`` (units, S) is ``1 − r``, ``client`` (units,) the unit's client, −1 for a phantom.
    """
    whole, free = coins.total(), np.ones((number, quiet.shape[1]))
    for owner in np.unique(client[client >= 0]):
        for model in range(quiet.shape[1]):
            thinned = np.where(client == owner, coins.p * quiet[:, model], coins.p)
            some = Coins(p=thinned, q=coins.q, size=coins.size, sampford=coins.sampford)
            free[owner, model] = some.total() / whole
    return free
