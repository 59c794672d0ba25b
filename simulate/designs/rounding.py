"""Bipartite dependent rounding: every model's count is fixed, in one pass over the processors.

The exact variance is what every move adds, over all pools and owners.

The step expected at the end is a martingale: a move changes it by ``± Σ sign u/p`` of the owners
of the rows on the cycle. Its variance needs inner products of pairs of owners only, and a
newcomer's with the owners at hand is that with their mean. Everything below is weighted by the
chance of its pool.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from roundlot.simulate.designs.base import Guarantees, Outcome
from roundlot.simulate.designs.branches import Decisions, Path, every_branch
from roundlot.simulate.designs.grid import (
    ONE,
    Counts,
    OnGrid,
    checked_probabilities,
    grid_counts,
    snap_models,
)
from roundlot.simulate.designs.rays import Rays
from roundlot.simulate.designs.rounding_pool import Decider, cycle, draw_rounding, path, round_once
from roundlot.simulate.philox import Picks, key_words
from roundlot.simulate.updates import Updates
from roundlot.theory import AssumptionError
from roundlot.theory.arrays import FloatArray, IntArray, read_only
from roundlot.theory.kinds import as_annotated
from roundlot.theory.positions import by_position, fields_by_position

_MOST_PAIRED = 50  # processors; covariances of all pairs take V³ S² steps for each pool


_FREE, _TAKEN = -1, 0
#: More pools than this at once are not followed.
MOST_POOLS = 1000


@fields_by_position()
@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Rounding(OnGrid):
    """Probability moves round cycles of processors and models until all of it is 0 or 1.

    Every model's count is its ``Σ_v p`` rounded down or up, the total likewise, and a processor
    whose probabilities sum to 1 always draws. A column within 1e-9 of an integer is that integer.

    Source: Gandhi, Khuller, Parthasarathy and Srinivasan, Dependent rounding and its applications
    to approximation algorithms (J. ACM 2006).
    """

    name: ClassVar[str] = "rounding"
    guarantees: ClassVar[Guarantees] = Guarantees(
        fixed_total=True,
        fixed_models=True,
        negative_association="within one model and within one processor: all drawn, or none drawn, "
        "is at most as likely as if independent (Gandhi et al. 2006); not across models",
        joint_inclusion="exact, by a walk over the pools that may be met: up to "
        f"{_MOST_PAIRED} processors; variances for any number",
        joint_known=True,
    )

    @classmethod
    @by_position()
    def of(cls, probabilities: Any) -> Self:
        """The design with these inclusion probabilities ``(V, S)``; see ``design``."""
        counts = grid_counts(checked_probabilities(probabilities))
        snap_models(counts)
        return cls.from_counts(counts)

    def outcomes(self) -> dict[Outcome, Fraction]:
        """Every row of picks with its exact probability, by the compiled code that draws."""
        return every_branch(self._run)

    def _run(self, path: Path) -> tuple[Outcome, Decisions]:
        trace = np.zeros((self.counts.size + len(self.counts), 2), dtype=np.int64)
        picks = np.empty(self.n_processors, dtype=np.int16)
        script = np.array(path, dtype=np.int64)
        steps = round_once(self.counts, Decider(0, 0, 0, script, trace), picks)
        decisions: Decisions = []
        for step, (part, whole) in enumerate(trace[:steps].tolist()):
            answer = path[step] if step < len(path) else True
            share = Fraction(part, whole)
            decisions.append((answer, share if answer else 1 - share))
        return tuple(picks.tolist()), decisions

    @as_annotated
    def model_variance(self, updates: Updates) -> FloatArray:
        """``(S,)``, exact ``E‖Δ_s − Σ_v u_vs‖²``, by a walk over the pools that may be met.

        Raises:
            AssumptionError: so many models that there are too many pools.
            InvalidProblemError: a probability of 0 where the update is not 0.
        """
        rays = Rays.of(self, updates)
        return rounding_variance(self._steps, rays) * rays.scale**2

    @by_position()
    def aggregate_weight_variance(self, weights: npt.ArrayLike) -> FloatArray:
        """``(S,)``, exact ``Var H_s`` of one round for weights ``(V, S)``."""
        rays = Rays.of_weights(self, weights)
        return rounding_variance(self._steps, rays) * rays.scale**2

    def _joint(self, model: int, other: int) -> FloatArray:
        if self.n_processors > _MOST_PAIRED:
            raise AssumptionError(self._unknown("joint inclusion probabilities"))
        p = self.probabilities
        joint = self._covariance[:, model, :, other] + np.outer(p[:, model], p[:, other])
        return np.maximum(joint, 0.0)

    @cached_property
    def _steps(self) -> tuple[Step, ...]:
        return list_steps(self.counts)

    @cached_property
    def _covariance(self) -> FloatArray:
        return read_only(rounding_covariance(self._steps, self.n_processors))

    @property
    def fixed_counts(self) -> tuple[bool, ...]:
        """Which models' counts are integers, so that every round draws the same number."""
        return tuple(sum(map(int, column)) % ONE == 0 for column in self.counts.T)

    def _fill(self, out: Picks, start: int, seed: int) -> None:
        draw_rounding(self.counts, start, *key_words(seed), out)


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
