"""Whole numbers of draws: the exact integer allocation, beside the fractional one.

Pair ``(v, s)`` is drawn ``n_vs`` times, and the mean of its draws has the variance ``a²/n``. Least
``Σ λ a²/n`` over whole ``n`` with ``Σ n <= m``, ``Σ_s n_vs <= c_v``, ``n <= u``, and ``n >= 1``
where ``a > 0`` (a pair that is never drawn biases the estimator; of two draws its variance can be
estimated). Sums over models and over groups of processors may be limited as well: see `flow`.

A further draw of a pair gains ``a²/(n (n+1))``, less each time, and the limits are nested (a pair
in its processor, a processor in the total): for a separable convex objective on such a family
greedy choice is exact (Federgruen and Groenevelt 1986). Most choices are made at once by a
threshold on the gains, the last few one by one in exact arithmetic.
"""

from __future__ import annotations

import heapq
import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property, partial
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.solvers.decisions.flow import Network, improving_cycle, least_cost_flow
from roundlot.solvers.objectives.total import solve_sum
from roundlot.solvers.water.scaling import exponent_of, shifted
from roundlot.theory import InfeasibleError, InvalidProblemError, Problem, RoundlotWarning
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.cells import real_numbers
from roundlot.theory.positions import by_position
from roundlot.theory.problem import checks

BISECTIONS = 80  # of a level between 2**-620 and 2**4: to the last bits of its exponent
UNLIMITED = 2**40  # counts that high are exact in float64, squared too
CLEAR = 1e-14  # gains that differ by less, relatively, are compared as fractions


@dataclass(frozen=True, kw_only=True, eq=False)
class IntegerAllocation:
    """The best whole numbers of draws, and the fractional relaxation they came from.

    Attributes:
        scores: ``(V, S)``, with the roots of the model weights.
        counts: ``(V, S)`` whole numbers.
        draws: ``m``.
        row_caps: ``(V,)``, most draws of a processor.
        pair_caps: ``(V, S)``, most draws of a pair.
        least: ``(V, S)``, least draws of a pair.
        network: sums over models or groups that are limited too; None where none are.
    """

    scores: FloatArray = field(repr=False)
    counts: IntArray = field(repr=False)
    draws: int
    row_caps: IntArray = field(repr=False)
    pair_caps: IntArray = field(repr=False)
    least: IntArray = field(repr=False)
    network: Network | None = field(default=None, repr=False)

    @cached_property
    def objective(self) -> float:
        """``Σ λ a²/n``."""
        wanted = self.counts > 0
        a, n = self.scores[wanted], self.counts[wanted]
        return math.fsum((a / n * a).tolist())

    @cached_property
    def fractional(self) -> FloatArray:
        """``(V, S)``, the best counts if they need not be whole; 0 where the score is."""
        wanted = self.scores > 0.0
        if not wanted.any():
            return np.zeros(self.scores.shape)
        most = np.where(wanted, np.minimum(self.pair_caps, self.draws), 0)
        usable = int(np.minimum(most.sum(axis=1), self.row_caps).sum())
        unit = 2.0 ** math.ceil(math.log2(max(2, int(most.max()))))
        relaxed = Problem(
            self.scores,
            budget=min(self.draws, usable) / unit,
            available=wanted,
            allow_unreachable=True,
            processor_cap=np.maximum(self.row_caps, 1) / unit,
            floor=np.where(wanted, self.least, 0) / unit,
            ceiling=np.maximum(most, 1) / unit,
            **({} if self.network is None else self.network.relaxed(unit)),
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RoundlotWarning)  # of caps that cannot bind
            return np.asarray(solve_sum(relaxed).probabilities * unit)

    @cached_property
    def fractional_objective(self) -> float:
        """``Σ λ a²/n`` of the fractional counts, below every whole allocation."""
        wanted = self.scores > 0.0
        a, n = self.scores[wanted], self.fractional[wanted]
        return math.fsum((a / n * a).tolist())

    def verify(self) -> bool:
        """Whether no allocation is better, in exact arithmetic, and every limit holds."""
        return not self.complaints()

    def complaints(self) -> tuple[str, ...]:
        """What is wrong, in words; empty for an optimal allocation.

        On nested limits an allocation that no exchange of a single draw improves is optimal.
        """
        found = []
        if self.counts.sum() > self.draws:
            found.append(f"{int(self.counts.sum())} draws are above {self.draws}")
        if np.any(self.counts.sum(axis=1) > self.row_caps):
            found.append("a processor is above its cap")
        if np.any((self.counts > self.pair_caps) | (self.counts < self.least)):
            found.append("a pair is above its cap, or never drawn in spite of a positive score")
        if self.network is not None:
            found += self.network.exceeded(self.counts)
        if found:
            return tuple(found)
        if self.network is not None:
            cycle = improving_cycle(self.scores, self.counts, self.network, exact=True)
            return () if cycle is None else ("a better exchange exists",)
        exchange = improving_exchange(
            self.scores, self.counts, self.row_caps, self.pair_caps, self.draws, self.least
        )
        return () if exchange is None else (f"a better exchange exists: {exchange}",)


@by_position()
def allocate(
    scores: npt.ArrayLike,
    draws: int,
    *,
    row_caps: npt.ArrayLike | None = None,
    pair_caps: npt.ArrayLike | None = None,
    model_weights: npt.ArrayLike | None = None,
    least: npt.ArrayLike = 1,
    model_caps: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
    group_caps: npt.ArrayLike | None = None,
) -> IntegerAllocation:
    """The whole numbers of draws of least ``Σ λ a²/n``, exactly.

    Args:
        scores: ``(V, S)``, standard deviations or norms ``a >= 0``.
        draws: ``m``, at most so many draws in all.
        row_caps: scalar or ``(V,)`` whole numbers, the most draws of a processor; none by default.
        pair_caps: scalar or ``(V, S)`` whole numbers, the most draws of a pair; none by default.
        model_weights: ``(S,)``, ``λ > 0``.
        least: scalar or ``(V, S)`` whole numbers from 1, the least draws of a pair with a positive
            score: 2, and its variance can be estimated from the draws.
        model_caps: scalar or ``(S,)`` whole numbers, the most draws of a model; none by default.
        groups: ``(V,)`` labels from 0, the group of every processor; with ``group_caps``.
        group_caps: scalar or ``(G,)`` whole numbers, the most draws of a group.

    With ``model_caps`` or ``group_caps`` the answer is a flow of least cost, draw by draw: for some
    thousands of draws.

    Raises:
        InvalidProblemError: a malformed table or limit.
        InfeasibleError: a pair with a positive score cannot be drawn once.

    Source: Federgruen and Groenevelt (1986); Neyman (1934) for the fractional one; Ahuja, Magnanti
    and Orlin, Network Flows (1993), chapter 14, for flows of convex cost.
    """
    given = Problem(scores, budget=1.0, model_weights=model_weights, allow_unreachable=True)
    table = given.weighted_scores
    m = int(_whole(draws, "draws", ()))
    rows = _whole(UNLIMITED if row_caps is None else row_caps, "row_caps", table.shape[:1])
    pairs = _whole(UNLIMITED if pair_caps is None else pair_caps, "pair_caps", table.shape)
    few = np.where(table > 0.0, _whole(least, "least", table.shape), 0)
    if np.any((few < 1) & (table > 0.0)):
        raise InvalidProblemError("least must be at least 1: what is never drawn biases the mean")
    _check(table, m, rows, pairs, few)
    if model_caps is not None or groups is not None or group_caps is not None:
        models = _whole(
            UNLIMITED if model_caps is None else model_caps, "model_caps", table.shape[1:]
        )
        labels, caps = _grouped(groups, group_caps, len(table))
        network = Network(
            draws=m,
            row_caps=rows,
            pair_caps=pairs,
            least=few,
            model_caps=models,
            groups=labels,
            group_caps=caps,
        )
        network.require_least()
        flow = least_cost_flow(table, network)
        return IntegerAllocation(
            scores=table,
            counts=flow,
            draws=m,
            row_caps=rows,
            pair_caps=pairs,
            least=few,
            network=network,
        )
    counts = _threshold(shifted(table, -exponent_of(float(table.max()))), m, rows, pairs, few)
    _greedy(table, counts, m, rows, pairs)
    counts.flags.writeable = False
    return IntegerAllocation(
        scores=table, counts=counts, draws=m, row_caps=rows, pair_caps=pairs, least=few
    )


def _grouped(groups: npt.ArrayLike | None, caps: npt.ArrayLike | None, size: int) -> Any:
    """Labels and caps of groups; one group without a cap where there are none."""
    if (groups is None) != (caps is None):
        raise InvalidProblemError("give groups and group_caps together")
    if groups is None or caps is None:
        return np.zeros(size, dtype=np.int64), np.array([UNLIMITED])
    labels = checks.labels(groups, "groups", size)
    return labels, _whole(caps, "group_caps", (int(labels.max()) + 1,))


def _whole(values: npt.ArrayLike, name: str, shape: tuple[int, ...]) -> IntArray:
    array = real_numbers(values, name)
    if array.shape not in ((), shape):
        one = "one number" if shape == () else f"a scalar or {shape}"
        raise InvalidProblemError(f"{name} must be whole numbers, {one}; got shape {array.shape}")
    bad = ~np.isfinite(array) | (array < 0.0) | (array != np.floor(array))
    if bad.any():
        where = tuple(int(i) for i in np.argwhere(bad)[0]) if array.ndim else ()
        raise InvalidProblemError(
            f"{checks.place(name, where)} is {array[where]:g}; give a whole number of at least 0"
        )
    return np.broadcast_to(np.minimum(array, UNLIMITED).astype(np.int64), shape).copy()


def _check(
    scores: FloatArray, draws: int, rows: IntArray, pairs: IntArray, least: IntArray
) -> None:
    wanted = scores > 0.0
    barred = wanted & (pairs < least)
    if barred.any():
        v, s = (int(i) for i in np.argwhere(barred)[0])
        most, few = int(pairs[v, s]), int(least[v, s])
        raise InfeasibleError(
            f"pair_caps[{v}, {s}] is {most} for a positive score; allow "
            f"{few} {'draw' if few == 1 else 'draws'}"
            + (", or the mean is biased" if few == 1 else "")
        )
    needed, one = (
        least.sum(axis=1),
        "each needs one" if np.all(least <= 1) else "each has its least",
    )
    if np.any(needed > rows):
        v = int(np.argmax(needed > rows))
        raise InfeasibleError(
            f"processor {v} has {int(wanted[v].sum())} positive scores and at most {rows[v]} "
            f"draws; {one}: raise its cap to {needed[v]}"
        )
    if needed.sum() > draws:
        raise InfeasibleError(
            f"{int(wanted.sum())} pairs have a positive score and there are {draws} draws; "
            f"{one}: give {needed.sum()} draws"
        )


def _threshold(
    scores: FloatArray, draws: int, rows: IntArray, pairs: IntArray, least: IntArray
) -> IntArray:
    """Counts that the optimum has at least: all gains clearly above the threshold, none below.

    A processor whose gains above it exceed its cap has a threshold of its own.
    """
    level = np.full(
        len(scores), _level(lambda x: _filled(scores, x, rows, pairs, least).sum(), draws)
    )
    over = _counts(scores, level, pairs, least).sum(axis=1) > rows
    for v in np.flatnonzero(over):
        one = slice(v, v + 1)
        own = _level(partial(_used, scores[one], pairs[one], least[one]), int(rows[v]))
        level[v] = max(level[v], own)
    counts = _counts(scores, level * (1.0 + 1e-9), pairs, least)
    return np.where(scores > 0.0, np.maximum(counts - 1, least), 0)


def _used(scores: FloatArray, pairs: IntArray, least: IntArray, level: float) -> int:
    return int(_counts(scores, np.full(len(scores), level), pairs, least).sum())


def _filled(
    scores: FloatArray, level: float, rows: IntArray, pairs: IntArray, least: IntArray
) -> IntArray:
    counts = _counts(scores, np.full(len(scores), level), pairs, least)
    return np.asarray(np.minimum(counts.sum(axis=1), rows))


def _counts(scores: FloatArray, level: FloatArray, pairs: IntArray, least: IntArray) -> IntArray:
    """The ``n`` whose last gain ``a²/((n−1) n)`` is about the level ``x``."""
    with np.errstate(divide="ignore", over="ignore"):
        ratio = (scores / np.sqrt(level)[:, None]) ** 2
    free = np.floor(0.5 + np.sqrt(0.25 + np.minimum(ratio, 1e24)))
    wanted = np.minimum(np.maximum(free, least), pairs).astype(np.int64)
    return np.where(scores > 0.0, wanted, 0)


def _level(used: Callable[[float], int], most: int) -> float:
    """A level at which at most ``most`` draws are used, nearly the least; 0 if all fit."""
    low, high = -620.0, 4.0  # exponents: from gains too small to matter to above all gains
    if used(2.0**low) <= most:
        return float(2.0**low)
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if used(2.0**middle) <= most else (middle, high)
    return float(2.0**high)


def _greedy(
    scores: FloatArray, counts: IntArray, draws: int, rows: IntArray, pairs: IntArray
) -> None:
    """Adds the greatest gains, compared exactly, until no draw or no room is left; in place."""
    left, room = draws - int(counts.sum()), rows - counts.sum(axis=1)
    open_ = (scores > 0.0) & (counts < pairs) & (room > 0)[:, None]
    heap = [Gain(scores[v, s], int(counts[v, s]), (int(v), int(s))) for v, s in np.argwhere(open_)]
    heapq.heapify(heap)
    while left > 0 and heap:
        best = heapq.heappop(heap)
        v, s = best.place
        if room[v] == 0:
            continue
        counts[v, s] += 1
        room[v] -= 1
        left -= 1
        if counts[v, s] < pairs[v, s]:
            heapq.heappush(heap, Gain(best.score, best.count + 1, best.place))


class Gain:
    """``a²/(n (n+1))``, what draw ``n + 1`` of a pair gains; the greatest comes first in a heap.

    Floats decide where they differ clearly, and fractions where they do not; ties go to the first
    place in the table.
    """

    __slots__ = ("count", "place", "rough", "score")

    def __init__(self, score: float, count: int, place: tuple[int, int]) -> None:
        self.score = float(score)
        self.count = count
        self.place = place
        # the root of the gain neither overflows nor underflows where the score does not
        self.rough = self.score / math.sqrt(float(count) * float(count + 1))

    @property
    def exact(self) -> Fraction:
        """The gain as a fraction."""
        return Fraction(self.score) ** 2 / (self.count * (self.count + 1))

    def __lt__(self, other: Gain) -> bool:
        if abs(self.rough - other.rough) > CLEAR * max(self.rough, other.rough):
            return self.rough > other.rough
        one, two = self.exact, other.exact
        return one > two if one != two else self.place < other.place

    def exceeds(self, other: Gain) -> bool:
        """Whether this gain is greater, in exact arithmetic."""
        if abs(self.rough - other.rough) > CLEAR * max(self.rough, other.rough):
            return self.rough > other.rough
        return self.exact > other.exact


def improving_exchange(
    scores: FloatArray,
    counts: IntArray,
    row_caps: IntArray,
    pair_caps: IntArray,
    draws: int,
    least: IntArray | None = None,
) -> str | None:
    """A draw that could be added or moved with gain, in words; None where there is none.

    Raising is possible below a pair's cap; moving within a processor always; moving between
    processors, or adding, only into one below its cap.
    """
    few = np.ones(counts.shape, dtype=np.int64) if least is None else least
    up: list[Gain | None] = []
    down: list[Gain | None] = []
    for v in range(len(scores)):
        raised = np.flatnonzero((scores[v] > 0.0) & (counts[v] < pair_caps[v]))
        lowered = np.flatnonzero((scores[v] > 0.0) & (counts[v] > few[v]))
        gains = [Gain(scores[v, s], int(counts[v, s]), (v, int(s))) for s in raised]
        losses = [Gain(scores[v, s], int(counts[v, s]) - 1, (v, int(s))) for s in lowered]
        up.append(min(gains, default=None))
        down.append(max(losses, default=None))
        best, worst = up[-1], down[-1]
        if best is not None and worst is not None and best.exceeds(worst):
            return f"from {worst.place} to {best.place}"
    room = row_caps > counts.sum(axis=1)
    best = min((g for g, r in zip(up, room, strict=True) if g is not None and r), default=None)
    worst = max((g for g in down if g is not None), default=None)
    if best is None:
        return None
    if counts.sum() < draws:
        return f"one more at {best.place}"
    if worst is not None and best.exceeds(worst):
        return f"from {worst.place} to {best.place}"
    return None
