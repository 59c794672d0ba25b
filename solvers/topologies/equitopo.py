"""EquiTopo: graphs of random offsets on a circle, whose ``ρ`` does not grow with the workers.

Worker ``i`` hears worker ``i + u`` (modulo ``n``) for an offset ``u``. Of random offsets that are
always used, of the order of ``ln n`` are enough for a ``ρ``; one random partner a round leaves half
of the squared distance, whatever ``n``.

All matrices are circulant, or are so on average, so that a Fourier transform of one column has the
eigenvalues: ``n log n`` operations and no ``n × n`` matrix.

Source: Song, Li, Jin, Shi, Yan, Yin, Yuan, Communication-Efficient Topologies for Decentralized
Learning with O(1) Consensus Rate (NeurIPS 2022): D-EquiStatic, U-EquiStatic, OD-EquiDyn,
OU-EquiDyn.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import gcd

import numpy as np

from roundlot.solvers.graphs.finite_time import WeightedRound
from roundlot.theory.arrays import FloatArray, IntArray, read_only
from roundlot.theory.errors import InvalidProblemError
from roundlot.theory.kinds import is_whole
from roundlot.theory.random_streams import EQUITOPO_OFFSETS, EQUITOPO_ROUNDS


@dataclass(frozen=True, kw_only=True)
class EquiStatic:
    """A fixed graph of offsets: ``W = (1/K) Σ_u [(1 − 1/n) P^u + I/n]``, doubly stochastic.

    ``P^u`` takes the parameters of worker ``i + u`` to worker ``i``. With ``both_ways`` every
    offset is used in both directions, half of its weight each: ``W`` is symmetric.

    Attributes:
        nodes: ``n``.
        offsets: ``K`` numbers from 1 to ``n − 1``, ascending; one drawn twice counts twice.
        both_ways: whether links go both ways.
    """

    nodes: int
    offsets: tuple[int, ...]
    both_ways: bool = False

    def __post_init__(self) -> None:
        _require_nodes(self.nodes)
        if not self.offsets:
            raise InvalidProblemError("there are no offsets; give at least one")
        for offset in self.offsets:
            if not is_whole(offset) or not 1 <= offset < self.nodes:
                raise InvalidProblemError(
                    f"an offset is {offset!r}; it is a whole number from 1 to {self.nodes - 1}"
                )

    @property
    def row(self) -> FloatArray:
        """``(n,)``, row 0 of ``W``: what worker 0 takes of every worker."""
        share = (1.0 - 1.0 / self.nodes) / len(self.offsets)
        row = np.zeros(self.nodes)
        np.add.at(row, np.array(self.offsets), share)
        if self.both_ways:
            row = 0.5 * (row + np.roll(row[::-1], 1))
        row[0] += 1.0 / self.nodes
        return row

    @property
    def matrix(self) -> FloatArray:
        """``(n, n)``, rows and columns sum to 1."""
        here = np.arange(self.nodes)
        matrix: FloatArray = self.row[(here - here[:, None]) % self.nodes]
        return matrix

    @property
    def contraction(self) -> float:
        """``ρ = ‖W − J‖²``, from all eigenvalues, up to rounding."""
        values = np.fft.fft(self.row)
        return float(np.max(np.abs(values[1:]), initial=0.0) ** 2)

    @property
    def partners(self) -> int:
        """How many workers every worker hears in a round."""
        return int(np.count_nonzero(self.row[1:]))

    @property
    def rounds(self) -> tuple[WeightedRound, ...]:
        """The one round of a graph whose links go both ways.

        Raises:
            InvalidProblemError: links go one way.
        """
        if not self.both_ways:
            raise InvalidProblemError(
                "links of one way are no symmetric round; give both_ways=True"
            )
        n, row = self.nodes, self.row
        links = [
            (a, b) for d in np.flatnonzero(row[1:]) + 1 for a, b in _circle(n, int(d)) if a < b
        ]
        table = np.unique(np.array(links, dtype=np.int64), axis=0)
        shares = tuple(Fraction(float(row[b - a])) for a, b in table.tolist())
        return (WeightedRound(nodes=n, links=read_only(table), shares=shares),)


def equi_static(nodes: int, degree: int, *, both_ways: bool = False, seed: int = 0) -> EquiStatic:
    """Offsets drawn uniformly and independently, as in the source (D-EquiStatic, U-EquiStatic).

    ``degree`` of order ``ln(n)/ρ`` is enough for a ``ρ`` with high probability; `EquiStatic` has
    the ``ρ`` of the offsets that were drawn.

    Args:
        nodes: how many workers, at least 2.
        degree: how many offsets.
        both_ways: whether links go both ways (U-EquiStatic), so that nobody has more than
            ``2 degree`` partners.
        seed: of the offsets.

    Raises:
        InvalidProblemError: fewer workers than two, or no offset.
    """
    _require_nodes(nodes)
    if not is_whole(degree) or degree < 1:
        raise InvalidProblemError(f"degree is {degree!r}; it is a whole number from 1")
    drawn = EQUITOPO_OFFSETS.generator(seed).integers(1, nodes, size=degree)
    return EquiStatic(nodes=nodes, offsets=tuple(sorted(drawn.tolist())), both_ways=both_ways)


@dataclass(frozen=True, kw_only=True)
class EquiDynamic:
    """One random partner a round: a new offset every round, the same for all workers.

    Directed (OD-EquiDyn), ``W = (1 − η) I + η [(1 − 1/n) P^u + I/n]``: worker ``i`` hears
    ``i + u``. Both ways (OU-EquiDyn), the circles of ``u`` are cut into pairs ``{i, i + u}`` from a
    random start on each, and both of a pair move ``η (1 − 1/n)`` to each other; of an odd circle
    one worker is left over.

    Attributes:
        nodes: ``n``.
        both_ways: whether links go both ways.
        weight: ``η``, in (0, 1).
    """

    nodes: int
    both_ways: bool = True
    weight: float = 0.5

    def __post_init__(self) -> None:
        _require_nodes(self.nodes)
        if not 0.0 < self.weight < 1.0:
            raise InvalidProblemError(f"weight is {self.weight!r}; it is a number in (0, 1)")

    @property
    def share(self) -> float:
        """What a link moves: ``η (1 − 1/n)``."""
        return self.weight * (1.0 - 1.0 / self.nodes)

    @property
    def contraction(self) -> float:
        """``ρ = ‖E WᵀW − J‖``: what a round leaves of the squared distance, on average.

        Directed, ``(1 − θ)² + θ² − 2 θ (1 − θ)/(n − 1)`` with ``θ`` the share, for every vector;
        both ways, the largest of ``1 − 2 θ (1 − θ) λ`` over the eigenvalues ``λ`` of the mean
        Laplacian, up to rounding. Half a share leaves about a half for every ``n``.
        """
        theta = self.share
        if not self.both_ways:
            return (1 - theta) ** 2 + theta**2 - 2 * theta * (1 - theta) / (self.nodes - 1)
        chances = self.chances
        values = chances.sum() - np.fft.fft(chances).real
        return float(1.0 - 2.0 * theta * (1.0 - theta) * values[1:].min())

    @property
    def chances(self) -> FloatArray:
        """``(n,)``, how often a worker is linked with the one at every distance, both ways."""
        n = self.nodes
        chances = np.zeros(n)
        for u in range(1, n):
            length = n // gcd(n, u)  # of its circles
            often = (length // 2) / length
            chances[u] += often / (n - 1)
            chances[n - u] += often / (n - 1)
        return chances

    def offsets(self, rounds: int, *, seed: int = 0, start: int = 0) -> IntArray:
        """``(rounds,)``, the offset of rounds ``start, start + 1, …``; each of its own draw."""
        drawn = [
            int(self._random(seed, k).integers(1, self.nodes)) for k in range(start, start + rounds)
        ]
        return np.array(drawn, dtype=np.int64)

    def matrices(self, rounds: int, *, seed: int = 0, start: int = 0) -> FloatArray:
        """``(rounds, n, n)``, ``W`` of the rounds ``start, start + 1, …``."""
        n, theta = self.nodes, self.share
        if self.both_ways:
            made = [one.matrix for one in self.rounds(rounds, seed=seed, start=start)]
            return np.array(made).reshape(rounds, n, n)
        stack = np.zeros((rounds, n, n))
        here = np.arange(n)
        for one, u in zip(stack, self.offsets(rounds, seed=seed, start=start), strict=True):
            one[here, here] = 1.0 - theta
            one[here, (here + u) % n] += theta
        return stack

    def rounds(self, rounds: int, *, seed: int = 0, start: int = 0) -> tuple[WeightedRound, ...]:
        """The links of some rounds, both ways.

        Raises:
            InvalidProblemError: links go one way.
        """
        if not self.both_ways:
            raise InvalidProblemError(
                "links of one way are no symmetric round; give both_ways=True"
            )
        return tuple(self._round(seed, k) for k in range(start, start + rounds))

    def _round(self, seed: int, round_: int) -> WeightedRound:
        random = self._random(seed, round_)
        u = int(random.integers(1, self.nodes))
        links = [pair for circle in _circles(self.nodes, u) for pair in _pairs(circle, random)]
        shares = (Fraction(self.share),) * len(links)
        table = np.array(links, dtype=np.int64).reshape(-1, 2)
        return WeightedRound(nodes=self.nodes, links=read_only(table), shares=shares)

    def _random(self, seed: int, round_: int) -> np.random.Generator:
        return EQUITOPO_ROUNDS.generator(seed, round_)


def _circles(nodes: int, offset: int) -> Iterator[list[int]]:
    """Workers in the order in which an offset leads, for each of its ``gcd(n, u)`` circles."""
    length = nodes // gcd(nodes, offset)
    for first in range(gcd(nodes, offset)):
        yield [(first + k * offset) % nodes for k in range(length)]


def _pairs(circle: list[int], random: np.random.Generator) -> Iterator[tuple[int, int]]:
    """Neighbours on a circle, two and two from a random start."""
    start = int(random.integers(len(circle)))
    turned = circle[start:] + circle[:start]
    yield from ((a, b) for a, b in zip(turned[::2], turned[1::2], strict=False))


def _circle(nodes: int, offset: int) -> Iterator[tuple[int, int]]:
    yield from ((a, (a + offset) % nodes) for a in range(nodes))


def _require_nodes(nodes: object) -> None:
    if not isinstance(nodes, int) or isinstance(nodes, bool) or nodes < 2:
        raise InvalidProblemError(f"nodes is {nodes!r}; it is a whole number from 2")
