"""Systematic draws: one random start, then a point every 1 along the processors' probabilities.

In a given order every outcome can be walked through. Cell ``(v, s)`` is drawn while the start ``U``
lies on an arc of the circle of length ``p_vs``. As ``U`` goes round, the error of a model changes
only where an arc begins or ends: ``2 V`` times.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise, permutations
from math import factorial
from typing import Any, ClassVar, Literal, Self, get_args

import numpy as np
import numpy.typing as npt

from roundlot.simulate.designs.base import Guarantees, Outcome
from roundlot.simulate.designs.grid import ONE, Counts, OnGrid
from roundlot.simulate.designs.rays import Rays
from roundlot.simulate.philox import BITS, STREAM_ORDER, STREAM_START, Picks, Words, key_words, word
from roundlot.simulate.updates import Updates
from roundlot.solvers.kernels.compiling import compiled
from roundlot.theory import AssumptionError, InvalidProblemError
from roundlot.theory.arrays import FloatArray
from roundlot.theory.kinds import as_annotated
from roundlot.theory.moments.fourth_moment import SquaredErrorMoments
from roundlot.theory.names import require_choice
from roundlot.theory.positions import by_position, fields_by_position

Order = Literal["random", "given"]

_MOST_LISTED = 7  # processors whose 5,040 orders are all walked through
_MOST_BETWEEN = 14  # processors: 4,096 sets may lie between two of them
# A position modulo 2^62 is what is left under this mask.
_TURN = np.int64((1 << BITS) - 1)
_HALF = np.int64((1 << 31) - 1)


@fields_by_position()
@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Systematic(OnGrid):
    """Cells laid end to end, row by row; a cell is drawn if a point ``U + j`` falls in it.

    Attributes:
        order: "random", every round shuffles the processors; "given", they stay as they are, so
            that neighbours seldom come together (a stratification by whatever sorted them).

    Source: Madow (1949); Hartley and Rao (1962) for the random order.
    """

    name: ClassVar[str] = "systematic"
    guarantees: ClassVar[Guarantees] = Guarantees(
        fixed_total=True,
        fixed_models=False,
        negative_association="none in general: a pair may be drawn together too often, or never",
        joint_inclusion="exact in a given order; in random order by summing over the processors "
        f"in between, up to {_MOST_BETWEEN} processors",
        joint_known=True,
    )
    order: Order = "random"

    @classmethod
    @by_position()
    def of(cls, probabilities: Any, order: Order = "random") -> Self:
        """The design with these inclusion probabilities ``(V, S)``; see ``design``.

        Raises:
            InvalidProblemError: an unknown order.
        """
        require_choice(order, "order", get_args(Order))
        return replace(super().of(probabilities), order=order)

    def outcomes(self) -> dict[Outcome, Fraction]:
        """Every row of picks with its exact probability; at most 7 processors in random order."""
        if self.order == "random" and self.n_processors > _MOST_LISTED:
            raise InvalidProblemError(
                f"{self.n_processors} processors have too many orders to list; "
                f"give at most {_MOST_LISTED}"
            )
        rows = range(self.n_processors)
        orders = list(permutations(rows)) if self.order == "random" else [tuple(rows)]
        law: dict[Outcome, Fraction] = {}
        for order in orders:
            for picks, length in _arcs(self.counts, order):
                share = Fraction(length, ONE * len(orders))
                law[picks] = law.get(picks, Fraction(0)) + share
        return law

    def _joint(self, model: int, other: int) -> FloatArray:
        if self.order == "given":
            return _joint_in_order(self.counts, model, other)
        if self.n_processors > _MOST_BETWEEN:
            raise AssumptionError(self._unknown("joint inclusion probabilities"))
        return _joint_in_any_order(self.counts, model, other)

    @as_annotated
    def squared_error_moments(self, updates: Updates) -> SquaredErrorMoments:
        """Exact ``E Y`` and ``Var Y / (E Y)²`` in a given order: all starts are walked through."""
        if self.order != "given":
            raise AssumptionError(self._unknown("second moments of the squared error"))
        rays = Rays.of(self, updates)
        law = StartLaw.of(self.counts, rays)
        return rays.moments(law.mean, law.square)

    def _silence(self, client: npt.NDArray[np.intp]) -> FloatArray | None:
        return start_silence(self.counts, client) if self.order == "given" else None

    def _fill(self, out: Picks, start: int, seed: int) -> None:
        shuffled = self.order == "random"
        draw_systematic(self.counts, self.totals, shuffled, start, *key_words(seed), out)


@fields_by_position()
@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class OrderedSystematic(Systematic):
    """`Systematic` with the processors as they stand: sort them by what makes them alike.

    One random number decides a round, so that the law of the squared error is known exactly for
    any number of processors.
    """

    name: ClassVar[str] = "ordered systematic"
    guarantees: ClassVar[Guarantees] = replace(
        Systematic.guarantees,
        negative_association="none: which neighbours come together is fixed, pairs apart may "
        "always come together",
        joint_inclusion="exact",
    )
    order: Order = "given"

    @classmethod
    @by_position()
    def of(cls, probabilities: Any, order: Order = "given") -> Self:
        """The design with these inclusion probabilities ``(V, S)``; see ``design``.

        Raises:
            InvalidProblemError: an order other than the given one.
        """
        if order != "given":
            raise InvalidProblemError(f"order is {order!r}; take 'systematic' for a random one")
        return super().of(probabilities, order)


def _arcs(counts: Counts, order: tuple[int, ...]) -> list[tuple[Outcome, int]]:
    """Picks for every start ``U``, with the number of starts that give them."""
    edges = {0, ONE}
    position = 0
    cells = []
    for who in order:
        for model, count in enumerate(map(int, counts[who])):
            cells.append((who, model, position, count))
            position = (position + count) % ONE
            edges.add(position)
    marks = sorted(edges)
    found = []
    for first, last in pairwise(marks):
        picks = [-1] * len(counts)
        for who, model, begin, count in cells:
            if (first - begin) % ONE < count:
                picks[who] = model
        found.append((tuple(picks), last - first))
    return found


def _shared(ahead: Counts, one: Counts, other: Counts) -> FloatArray:
    """Length, in turns, that two arcs of a circle share; the second begins ``ahead`` later."""
    late = np.maximum(np.minimum(one - ahead, other), 0)
    # The second may also reach round to the first's beginning.
    early = np.maximum(np.minimum(other - (ONE - ahead), one), 0)
    return np.asarray((late.astype(np.float64) + early) / ONE)


def _joint_in_order(counts: Counts, model: int, other: int) -> FloatArray:
    ends = np.zeros(len(counts) + 1, dtype=np.int64)
    for who, total in enumerate(counts.sum(axis=1)):
        ends[who + 1] = (int(ends[who]) + int(total)) % ONE
    first, second = (
        (ends[:-1] + counts[:, :s].sum(axis=1)) & np.int64(ONE - 1) for s in (model, other)
    )
    ahead = (second[None, :] - first[:, None]) & np.int64(ONE - 1)
    return _shared(ahead, counts[:, [model]], counts[None, :, other])


def _joint_in_any_order(counts: Counts, model: int, other: int) -> FloatArray:
    """Sum over which processors lie between the two: ``|B|! (V − 1 − |B|)! / V!`` for a set ``B``.

    That is the share of the orders in which the first comes before the second with ``B`` between.
    """
    size = len(counts)
    joint = np.zeros((size, size))
    for who, whom in permutations(range(size), 2):
        between, chosen = _subset_sums(np.delete(counts.sum(axis=1), [who, whom]))
        share = np.array([factorial(b) * factorial(size - 1 - b) for b in range(size - 1)])
        weight = (share / factorial(size))[chosen]
        joint[who, whom] += weight @ _met(counts, who, model, whom, other, between)
        joint[who, whom] += weight @ _met(counts, whom, other, who, model, between)
    return joint


def _met(
    counts: Counts, who: int, model: int, whom: int, other: int, between: Counts
) -> FloatArray:
    ahead = int(counts[who, model:].sum()) + int(counts[whom, :other].sum())
    distance = (between + np.int64(ahead % ONE)) & np.int64(ONE - 1)
    return _shared(distance, counts[who, model], counts[whom, other])


def _subset_sums(totals: Counts) -> tuple[Counts, Counts]:
    """Sums modulo ``2^62`` over all subsets, and the subsets' sizes."""
    sums, sizes = np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
    for total in totals:
        sums = np.concatenate([sums, (sums + total) & np.int64(ONE - 1)])
        sizes = np.concatenate([sizes, sizes + 1])
    return sums, sizes


@compiled
def shuffle(order: npt.NDArray[np.int64], number: int, key0: int, key1: int) -> None:
    """Permute ``order`` (Fisher and Yates), at most ``2^31`` entries, for one round.

    A place is ``⌊word · n / 2^62⌋``: no permutation's probability is off by more than a factor
    ``1 ± n² 2^-62``.
    """
    for last in range(order.size - 1, 0, -1):
        value = word(number, last, STREAM_ORDER, key0, key1)
        size = np.int64(last + 1)
        place = ((value >> 31) * size + (((value & _HALF) * size) >> 31)) >> 31
        order[last], order[place] = order[place], order[last]


@compiled
def draw_systematic(
    counts: Words, totals: Words, shuffled: bool, start: int, key0: int, key1: int, out: Picks
) -> None:
    """Write picks ``(rounds, V)``: the cell in which one of the points ``U + j 2^62`` falls.

    Only positions modulo ``2^62`` matter: a row is at most that long, so it holds one point at
    most, at ``(U − its beginning) mod 2^62``.
    """
    n_rounds, n_processors = out.shape
    order = np.arange(n_processors)
    for row in range(n_rounds):
        number = start + row
        if shuffled:
            for place in range(n_processors):
                order[place] = place
            shuffle(order, number, key0, key1)
        ahead = word(number, 0, STREAM_START, key0, key1)
        for place in range(n_processors):
            who = order[place]
            pick = -1
            if ahead < totals[who]:
                left, pick = ahead, 0
                while left >= counts[who, pick]:
                    left -= counts[who, pick]
                    pick += 1
            out[row, who] = pick
            ahead = (ahead - totals[who]) & _TURN


@dataclass(frozen=True, kw_only=True, eq=False)
class StartLaw:
    """Every squared error that can happen.

    Attributes:
        values: ``(K,)``, ``Y`` in units of the rays.
        chances: ``(K,)``, how likely each is; they sum to 1.
    """

    values: FloatArray
    chances: FloatArray

    @classmethod
    @by_position()
    def of(cls, counts: Counts, rays: Rays) -> StartLaw:
        """The law of ``Y`` for cells laid end to end, ``counts`` (V, S) in units of ``2^-62``."""
        begins = arc_begins(counts)
        models = [
            _walk(begins[:, s], counts[:, s], rays.steps[s], rays.full(s))
            for s in range(counts.shape[1])
        ]
        marks = np.unique(np.concatenate([edges for edges, _ in models]))
        total = sum(values[np.searchsorted(edges, marks, "right") - 1] for edges, values in models)
        lengths = np.diff(np.append(marks, np.int64(ONE)))
        return cls(values=np.asarray(total), chances=lengths / ONE)

    @property
    def mean(self) -> float:
        """``E Y``."""
        return float(self.chances @ self.values)

    @property
    def square(self) -> float:
        """``E Y²``."""
        return float(self.chances @ self.values**2)


def arc_begins(counts: Counts) -> Counts:
    """``(V, S)``, where each cell begins on the circle of ``2^62`` places."""
    flat = counts.reshape(-1)
    # Sums modulo 2^64 keep what is needed modulo 2^62.
    ends = np.cumsum(flat.view(np.uint64), dtype=np.uint64)
    return ((ends - flat.view(np.uint64)).view(np.int64) & _TURN).reshape(counts.shape)


def _walk(
    begins: Counts, lengths: Counts, steps: FloatArray, full: FloatArray
) -> tuple[Counts, FloatArray]:
    """Starts from which ``‖Δ − U‖²`` of a model is what: the edges, the first at 0, and values."""
    active = np.flatnonzero(lengths > 0)
    begin = begins[active]
    end = (begin + lengths[active]) & _TURN
    whole = lengths[active] == ONE
    at_zero = whole | (end < begin) & (end > 0) | (begin == 0)
    error = steps[active[at_zero]].sum(axis=0) - full
    rows, moving = active[~whole], ~whole
    edges = np.concatenate([begin[moving], end[moving]])
    signs = np.concatenate([np.ones(rows.size), -np.ones(rows.size)])
    # What begins or ends at 0 is in the first error already.
    later = np.flatnonzero(edges > 0)
    order = later[np.argsort(edges[later], kind="stable")]
    path = np.cumsum(signs[order, None] * steps[np.concatenate([rows, rows])[order]], axis=0)
    values = np.concatenate([[error], error + path])
    squares = np.einsum("ij,ij->i", values, values)
    marks = np.concatenate([[0], edges[order]])
    last = np.append(marks[1:] != marks[:-1], True)
    return marks[last], squares[last]


def start_silence(counts: Counts, client: npt.NDArray[np.intp]) -> FloatArray:
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
