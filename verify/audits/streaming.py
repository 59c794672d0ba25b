"""Consecutive rounds in one list, and what every check of an audit offers while they come in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.verify.audits.draws import Draw
from roundlot.verify.tests.verdict import Verdict


@dataclass(frozen=True, kw_only=True, eq=False)
class Batch:
    """Consecutive rounds ``start, ..., start + rounds − 1``, all that was drawn in one list.

    Attributes:
        turn: ``(M,)``, 0-based round within the batch of every draw, ascending.
        pair: ``(M,)``, flat pair ``v S + s``; distinct within a round.
        weight: ``(M,)`` aggregation weights, or None if the sampler gives none.
        aggregate: for every model ``(rounds, dim_s)``, or None.
        draws: ``(rounds,)``, draws with repeats.
    """

    start: int
    rounds: int
    turn: IntArray
    pair: IntArray
    weight: FloatArray | None
    aggregate: tuple[FloatArray, ...] | None
    draws: IntArray


def batch_of(
    drawn: Sequence[Draw], repeats: Sequence[int], start: int, *, weighted: bool = False
) -> Batch:
    """Rounds as they were drawn; ``repeats`` counts what was merged in each.

    ``weighted`` says that draws have weights, also where every round of these is empty.
    """
    sizes = np.array([draw.pairs.size for draw in drawn], dtype=np.int64)
    turn = np.repeat(np.arange(len(drawn)), sizes)
    pair = np.concatenate([draw.pairs for draw in drawn] or [np.empty(0, dtype=np.int64)])
    none = np.empty(0)
    weight = np.concatenate([none, *map(_weights_or_none, drawn)]) if weighted else None
    steps = [draw.aggregate for draw in drawn if draw.aggregate is not None]
    aggregate = tuple(np.stack(rows) for rows in zip(*steps, strict=True)) if steps else None
    draws = sizes + np.array(repeats[: len(drawn)], dtype=np.int64)
    return Batch(
        start=start,
        rounds=len(drawn),
        turn=turn,
        pair=pair,
        weight=weight,
        aggregate=aggregate,
        draws=draws,
    )


def _weights_or_none(draw: Draw) -> FloatArray:
    return np.zeros(draw.pairs.size) if draw.weights is None else draw.weights


def batch_of_choices(choices: npt.NDArray[np.integer], n_models: int, start: int) -> Batch:
    """Rounds as designs draw them, ``(rounds, V)``, −1 for idle."""
    turn, processor = np.nonzero(choices >= 0)
    return Batch(
        start=start,
        rounds=len(choices),
        turn=turn.astype(np.int64),
        pair=processor * n_models + choices[turn, processor].astype(np.int64),
        weight=None,
        aggregate=None,
        draws=np.count_nonzero(choices >= 0, axis=1).astype(np.int64),
    )


def blank(start: int, rounds: int) -> Batch:
    """Rounds whose draws are not listed: the variance is simulated by the design itself."""
    none = np.empty(0, dtype=np.int64)
    return Batch(
        start=start,
        rounds=rounds,
        turn=none,
        pair=none,
        weight=None,
        aggregate=None,
        draws=np.zeros(rounds, dtype=np.int64),
    )


def cut(batch: Batch, rounds: int) -> Batch:
    """The first ``rounds`` of a batch; the batch itself if it has no more."""
    if batch.rounds <= rounds:
        return batch
    keep = batch.turn < rounds
    return Batch(
        start=batch.start,
        rounds=rounds,
        turn=batch.turn[keep],
        pair=batch.pair[keep],
        weight=None if batch.weight is None else batch.weight[keep],
        aggregate=None if batch.aggregate is None else tuple(a[:rounds] for a in batch.aggregate),
        draws=batch.draws[:rounds],
    )


def joined(batches: Sequence[Batch], weighted: bool) -> Batch:
    """Batches of which all but the last are empty rounds, as one."""
    last = batches[-1]
    before = sum(one.rounds for one in batches[:-1])
    steps = last.aggregate
    return Batch(
        start=batches[0].start,
        rounds=before + last.rounds,
        turn=last.turn + before,
        pair=last.pair,
        weight=last.weight if weighted else None,
        aggregate=steps,
        draws=np.concatenate([one.draws for one in batches]),
    )


class StreamingCheck(ABC):
    """A claim under test while rounds come in.

    Attributes:
        rate, miss: error rates of this check, its pairs together.
        discrepancy: relative error that a supporting verdict must rule out.
        rounds: rounds seen.
    """

    needs_draws = True

    def __init__(self, *, rate: float, miss: float, discrepancy: float) -> None:
        self.rate, self.miss, self.discrepancy = rate, miss, discrepancy
        self.rounds = 0

    @abstractmethod
    def update(self, batch: Batch) -> None:
        """Enter more rounds."""

    @abstractmethod
    def needed(self) -> float:
        """Rounds after which the claim is supported if it is not refuted."""

    @abstractmethod
    def verdict(self) -> Verdict:
        """What can be said now."""

    @property
    @abstractmethod
    def refuted(self) -> bool:
        """Whether the claim has been refused."""
