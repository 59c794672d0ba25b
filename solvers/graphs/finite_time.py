"""Graphs in turn after whose rounds every worker holds the mean of all, exactly, for any number.

With at most ``k`` partners a round, ``b = k + 1``. Three constructions; the shortest is taken:

- a number without prime factors above ``b`` splits into sizes of groups: one round of groups each
  (the hyper-hypercube);
- ``n = Σ a_l b^{p_l}``, ``p_1 > p_2 > …``, splits the workers into blocks, ``a_l`` parts of
  ``b^{p_l}`` each, which average themselves. Then the workers of the later blocks each take a
  partner in every part of the first, with the weights that give them the mean of all, and both
  sides go on: the parts of the first average themselves again, the others repeat this (the simple
  base-``b`` graph);
- ``n = s q``, ``s`` without prime factors above ``b``: ``s`` groups of ``q`` workers do so at the
  same time, then ``q`` groups of ``s``, one of each, do the first (the base-``b`` graph).

With one partner a round that takes ``log2 n`` rounds for a power of two and at most
``2 log2 n + 1``.

Source: Takezawa, Sato, Bao, Niwa, Yamada, Beyond Exponential Graph (2023); Ying et al., Exponential
Graph is Provably Efficient (2021).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from itertools import combinations, zip_longest

import numpy as np

from roundlot.theory.arrays import FloatArray, IntArray, read_only
from roundlot.theory.errors import InvalidProblemError

Link = tuple[int, int, Fraction]
Rounds = list[list[Link]]


@dataclass(frozen=True, kw_only=True, eq=False)
class WeightedRound:
    """One round: its links ``(m, 2)`` of workers and the weight of each, ``(m,)``; read-only.

    ``shares`` are the weights as rational numbers, of which the product of rounds is exact; weights
    are the nearest floats.
    """

    nodes: int
    links: IntArray = field(repr=False)
    shares: tuple[Fraction, ...] = field(repr=False)

    @property
    def weights(self) -> FloatArray:
        """``(m,)``, what a link moves of each end to the other."""
        return read_only(np.array([float(share) for share in self.shares]))

    @property
    def matrix(self) -> FloatArray:
        """``(n, n)``, symmetric, its rows sum to 1, no entry below 0."""
        matrix = np.eye(self.nodes)
        a, b = self.links.T
        matrix[a, b] = matrix[b, a] = self.weights
        np.subtract.at(matrix, (a, a), self.weights)
        np.subtract.at(matrix, (b, b), self.weights)
        return matrix


def exact_rounds(nodes: int, *, degree: int = 1) -> tuple[WeightedRound, ...]:
    """Rounds whose matrices multiply to the mean, ``W_T … W_1 = J``; nobody has more partners.

    Args:
        nodes: how many workers, at least 2.
        degree: most partners of a worker in a round, at least 1.

    Raises:
        InvalidProblemError: fewer workers than two, or no partner.
    """
    for name, value, least in (("nodes", nodes, 2), ("degree", degree, 1)):
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise InvalidProblemError(f"{name} is {value!r}; it is a whole number from {least}")
    found = min(_constructions(nodes, degree + 1), key=len)
    return tuple(_round(nodes, links) for links in found)


def one_peer_exponential(nodes: int) -> FloatArray:
    """``(T, n, n)``, ``T = ⌈log2 n⌉``: worker ``i`` sends half to ``i + 2^k``.

    Links go one way. The rows and columns of every matrix sum to 1; they multiply to the mean if
    and only if ``nodes`` is a power of two.

    Raises:
        InvalidProblemError: fewer workers than two.
    """
    if not isinstance(nodes, int) or isinstance(nodes, bool) or nodes < 2:
        raise InvalidProblemError(f"nodes is {nodes!r}; it is a whole number from 2")
    here = np.arange(nodes)
    rounds = (nodes - 1).bit_length()
    stack = np.zeros((rounds, nodes, nodes))
    for k in range(rounds):
        stack[k, here, here] += 0.5
        stack[k, (here + 2**k) % nodes, here] += 0.5
    return stack


def _constructions(nodes: int, base: int) -> Iterator[Rounds]:
    """All that are exact; of equal ones the first is taken."""
    for parts in _smooth_divisors(nodes, base):
        size = nodes // parts
        groups = [list(range(k * size, (k + 1) * size)) for k in range(parts)]
        inside = _together([_simple(group, base) for group in groups])
        sizes = _fewest_sizes(parts, base)
        across = [_averaged(list(range(k, nodes, size)), sizes) for k in range(size)]
        yield [links for links in (*inside, *_together(across)) if links]


def _smooth_divisors(nodes: int, base: int) -> list[int]:
    """Divisors without prime factors above the base, 1 first."""
    divisors = [1]
    rest, factor = nodes, 2
    while factor <= base and rest > 1:
        powers = [1]
        while rest % factor == 0:
            rest //= factor
            powers.append(powers[-1] * factor)
        divisors = [d * power for power in powers for d in divisors]
        factor += 1
    return divisors


@cache
def _fewest_sizes(number: int, base: int) -> tuple[int, ...]:
    """As few factors of at most the base as multiply to a number without larger prime factors."""
    if number == 1:
        return ()
    largest = [d for d in range(min(base, number), 1, -1) if number % d == 0]
    return min(((d, *_fewest_sizes(number // d, base)) for d in largest), key=len)


def _simple(workers: list[int], base: int) -> Rounds:
    """The simple base graph of some workers."""
    if max(_smooth_divisors(len(workers), base)) == len(workers):
        return _averaged(workers, _fewest_sizes(len(workers), base))
    blocks = _blocks(workers, base)
    inside = _together([_averaged(block, _fewest_sizes(len(block), base)) for block in blocks])
    return [*inside, *_merged(blocks, base)]


def _blocks(workers: list[int], base: int) -> list[list[int]]:
    """The digits of their number in the base, largest power first."""
    power = _power(len(workers), base)
    blocks, start = [], 0
    while start < len(workers):
        size = (len(workers) - start) // power * power
        if size:
            blocks.append(workers[start : start + size])
        start, power = start + size, max(1, power // base)
    return blocks


def _power(number: int, base: int) -> int:
    """The largest power of the base that is at most the number."""
    power = 1
    while power * base <= number:
        power *= base
    return power


def _averaged(block: list[int], sizes: tuple[int, ...]) -> Rounds:
    """Rounds of groups of these sizes, in which as many workers as they multiply to come to their
    mean."""
    rounds: Rounds = []
    stride = 1
    for size in sizes:
        groups = [
            [block[low + high + stride * digit] for digit in range(size)]
            for high in range(0, len(block), stride * size)
            for low in range(stride)
        ]
        share = Fraction(1, size)
        rounds.append([(a, b, share) for group in groups for a, b in combinations(group, 2)])
        stride *= size
    return rounds


def _merged(blocks: list[list[int]], base: int) -> Rounds:
    """Rounds from blocks of equal workers to all: later blocks meet the first, then both go on."""
    if len(blocks) < 2:
        return []
    first, rest = blocks[0], [worker for block in blocks[1:] for worker in block]
    size = _power(len(first), base)
    parts = [first[start : start + size] for start in range(0, len(first), size)]
    # A worker of the rest has this much of the first, so that the rest's mean is that of all; its
    # partners, one in each part, leave every part with the mean of all, too.
    share = Fraction(len(first), (len(first) + len(rest)) * len(parts))
    meeting = [(a, b, share) for part in parts for a, b in zip(part, rest, strict=False)]
    again = [_averaged(part, _fewest_sizes(size, base)) for part in parts]
    return [meeting, *_together([*again, _merged(blocks[1:], base)])]


def _together(parts: list[Rounds]) -> Rounds:
    """Rounds of different workers at the same time."""
    return [[link for one in same for link in one] for same in zip_longest(*parts, fillvalue=[])]


def _round(nodes: int, links: list[Link]) -> WeightedRound:
    ends = np.array([(a, b) for a, b, _ in links], dtype=np.int64)
    shares = tuple(share for *_, share in links)
    return WeightedRound(nodes=nodes, links=read_only(ends), shares=shares)
