"""Exact variance of dependent rounding: what every move adds, over all pools and owners.

The step expected at the end is a martingale: a move changes it by ``± Σ sign u/p`` of the owners
of the rows on the cycle. Its variance needs inner products of pairs of owners only, and a
newcomer's with the owners at hand is that with their mean. Everything below is weighted by the
chance of its pool.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from roundlot.simulate.designs.grid import ONE, Counts
from roundlot.simulate.designs.rays import Rays
from roundlot.simulate.designs.rounding_pool import cycle, path
from roundlot.theory import AssumptionError
from roundlot.theory.arrays import FloatArray, IntArray

_FREE, _TAKEN = -1, 0
#: More pools than this at once are not followed.
MOST_POOLS = 1000


@dataclass(frozen=True, kw_only=True, eq=False)
class Step:
    """One processor comes, or the end.

    Attributes:
        entry: ``(K,)``, the row at which it enters each of the ``K`` pools; empty at the end.
        moved: ``(n,)``, the pool from which each move is made.
        signs: ``(n, W, S)``, 1 where the move goes up, −1 where down, for rows and models.
        variance: ``(n,)``, the chance to come to the move, given the pool, times the variance of
            what is moved.
        source, target: ``(P,)``, ways from a pool to a later one.
        chance: ``(P,)``, given the first pool.
        rows: ``(P, W)``, the first pool's row that is at each row of the second, −1 if none.
        pools: how many there are afterwards.
    """

    entry: IntArray
    moved: IntArray
    signs: FloatArray
    variance: FloatArray
    source: IntArray
    target: IntArray
    chance: FloatArray
    rows: IntArray
    pools: int


def list_steps(counts: Counts) -> tuple[Step, ...]:
    """The program: a step for every processor of ``counts`` (V, S) in order, and one for the end.

    Raises:
        AssumptionError: more than ``MOST_POOLS`` pools at once.
    """
    width = counts.shape[1] + 1
    pools = [np.zeros((width, width), dtype=np.int64)]
    steps = []
    for row in counts:
        listing, entry = _Listing(width), []
        for number, pool in enumerate(pools):
            new = int(np.flatnonzero(~pool.any(axis=1))[0])
            pool[new, :-1], pool[new, -1] = row, ONE - int(row.sum())
            entry.append(new)
            listing.settle(pool, number, 1.0, new)
        steps.append(listing.step(entry))
        pools = listing.pools()
        if len(pools) > MOST_POOLS:
            raise AssumptionError(
                f"rounding meets more than {MOST_POOLS} pools; take fewer models, or simulate"
            )
    last = _Listing(width)
    for number, pool in enumerate(pools):
        last.settle(pool, number, 1.0, _FREE)
    return (*steps, last.step([]))


class _Listing:
    """Moves until none is left, by the compiled search that draws."""

    def __init__(self, width: int) -> None:
        self.found: dict[bytes, int] = {}
        self.width = width
        self.moves: list[tuple[int, FloatArray, float]] = []
        self.ways: dict[tuple[int, int, tuple[int, ...]], float] = {}
        self._rows, self._columns = (np.empty(2 * width, dtype=np.int64) for _ in range(2))
        self._marks = np.empty((5, width), dtype=np.int64)

    def settle(self, pool: IntArray, source: int, chance: float, new: int) -> None:
        """Cycles through row ``new``, or paths, broken in every way."""
        pool[(pool == ONE).any(axis=1)] = 0
        signs = self._next(pool, new)
        if signs is None:
            self._arrive(pool, source, chance)
            return
        rising, falling = pool[signs > 0], pool[signs < 0]
        up = min(ONE - int(rising.max()), int(falling.min(initial=ONE)))
        down = min(int(rising.min()), ONE - int(falling.max(initial=0)))
        variance = chance * (up / ONE) * (down / ONE)
        self.moves.append((source, signs[:, :-1].astype(np.float64), variance))
        for change, share in ((up, down / (up + down)), (-down, up / (up + down))):
            self.settle(pool + change * signs, source, chance * share, new)

    def _arrive(self, pool: IntArray, source: int, chance: float) -> None:
        # Which row a cycle takes goes by columns: where the rows stand does not matter.
        order = np.lexsort(pool.T)[::-1]
        sorted_pool = pool[order]
        target = self.found.setdefault(sorted_pool.tobytes(), len(self.found))
        rows = tuple(np.where(sorted_pool.any(axis=1), order, _FREE).tolist())
        way = (source, target, rows)
        self.ways[way] = self.ways.get(way, 0.0) + chance

    def pools(self) -> list[IntArray]:
        """The pools that were found, in order."""
        shape = (self.width, self.width)
        return [np.frombuffer(key, dtype=np.int64).reshape(shape).copy() for key in self.found]

    def step(self, entry: list[int]) -> Step:
        """What was listed."""
        n_models = self.width - 1
        signs = [signs for _, signs, _ in self.moves]
        ways = list(self.ways)
        return Step(
            entry=np.array(entry, dtype=np.int64),
            moved=np.array([source for source, _, _ in self.moves], dtype=np.int64),
            signs=np.array(signs).reshape(-1, self.width, n_models),
            variance=np.array([variance for _, _, variance in self.moves]),
            source=np.array([source for source, _, _ in ways], dtype=np.int64),
            target=np.array([target for _, target, _ in ways], dtype=np.int64),
            chance=np.array(list(self.ways.values())),
            rows=np.array([rows for _, _, rows in ways], dtype=np.int64),
            pools=len(self.found),
        )

    def _next(self, pool: IntArray, new: int) -> IntArray | None:
        owner = np.where(pool.any(axis=1), _TAKEN, _FREE)
        rows, columns = self._rows, self._columns
        if new == _FREE:
            length = path(pool, owner, rows, columns)
        elif owner[new] == _FREE:
            return None
        else:
            length = cycle(pool, owner, new, self._marks, rows, columns)
        if length == 0:
            return None
        signs = np.zeros_like(pool)
        signs[rows[:length], columns[:length]] = 1 - 2 * (np.arange(length) % 2)
        return signs


def rounding_variance(steps: tuple[Step, ...], rays: Rays) -> FloatArray:
    """``(S,)``, ``E‖Δ_s − U_s‖²`` in units of the rays."""
    n_models, width = len(rays.steps), len(rays.steps) + 1
    starts = [block.start for block in rays.blocks]
    chance, mean = np.ones(1), np.zeros((1, width, rays.width))
    product = np.zeros((1, width, width, n_models))
    variance = np.zeros(n_models)
    for who, step in enumerate(steps):
        if step.entry.size:
            pool, row = np.arange(step.entry.size), step.entry
            own = np.concatenate([table[who] for table in rays.steps])
            mean[pool, row] = chance[:, None] * own
            along = np.add.reduceat(mean * own, starts, axis=2)
            product[pool, row], product[pool, :, row] = along, along
        signs, weight = step.signs, step.variance
        variance += np.einsum(
            "n,nis,njs,nijs->s", weight, signs, signs, product[step.moved], optimize=True
        )
        chance = _gathered(step, chance)
        mean = _gathered(step, mean, 1)
        product = _gathered(step, product, 2)
    return variance


def rounding_covariance(steps: tuple[Step, ...], size: int) -> FloatArray:
    """``(V, S, V, S)``, covariances of the draws of all pairs; ``V³ S²`` steps and more."""
    width = steps[0].signs.shape[1]
    chance, alone = np.ones(1), np.zeros((1, width, size))
    pairs = np.zeros((1, width, width, size, size))
    covariance = np.zeros((size, width - 1, size, width - 1))
    for who, step in enumerate(steps):
        if step.entry.size:
            pool, row = np.arange(step.entry.size), step.entry
            alone[pool, row, who] = chance
            pairs[pool, row, :, who, :] = alone
            pairs[pool, :, row, :, who] = alone
        weighted = step.variance[:, None, None] * step.signs
        for number in np.unique(step.moved):
            of = step.moved == number
            both = np.einsum("nis,njt->isjt", weighted[of], step.signs[of])
            covariance += np.einsum("isjt,ijvw->vswt", both, pairs[number], optimize=True)
        chance = _gathered(step, chance)
        alone = _gathered(step, alone, 1)
        pairs = _gathered(step, pairs, 2)
    return covariance


def _gathered(step: Step, table: FloatArray, axes: int = 0) -> FloatArray:
    """Of the pools afterwards; ``axes`` of the table after the first are rows of the pool."""
    taken, empty = step.rows, step.rows < 0
    found = table[step.source]
    way = np.arange(step.source.size)
    if axes == 1:
        found = found[way[:, None], taken]
        found[empty] = 0.0
    if axes == 2:
        found = found[way[:, None, None], taken[:, :, None], taken[:, None, :]]
        found[empty[:, :, None] | empty[:, None, :]] = 0.0
    found *= step.chance.reshape(-1, *(1,) * (found.ndim - 1))
    out = np.zeros((step.pools, *found.shape[1:]))
    np.add.at(out, step.target, found)
    return out
