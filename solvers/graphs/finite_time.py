"""Graphs in turn after whose rounds every worker holds the mean of all, exactly, for any number.

``n = Σ a_l b^{p_l}`` in base ``b = degree + 1``, ``p_1 > p_2 > …``, splits the workers into blocks.
A block of ``a b^p`` averages itself in ``p`` rounds of groups of ``b`` and one of ``a``. When all
blocks have, the workers of the later blocks each take a partner in the first, with the weight that
gives them the mean of all, and both sides go on: the first block averages itself again, the others
repeat this. With one partner a round that takes ``log2 n`` rounds for a power of two and at most
``2 log2 n + 1``.

Source: Takezawa et al., Beyond Exponential Graph (2023), in whose Simple Base-(k+1) Graph blocks
meet in the same way; Ying et al., Exponential Graph is Provably Efficient (2021).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations, zip_longest

import numpy as np

from roundlot.theory.arrays import FloatArray, IntArray, read_only
from roundlot.theory.errors import InvalidProblemError

Link = tuple[int, int, float]
Rounds = list[list[Link]]


@dataclass(frozen=True, kw_only=True, eq=False)
class WeightedRound:
    """One round: its links ``(m, 2)`` of workers and the weight of each, ``(m,)``; read-only."""

    nodes: int
    links: IntArray = field(repr=False)
    weights: FloatArray = field(repr=False)

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
    blocks = _blocks(list(range(nodes)), degree + 1)
    inside = _together([_averaged(block, degree + 1) for block in blocks])
    rounds = [*inside, *_merged(blocks, degree + 1)]
    return tuple(_round(nodes, links) for links in rounds if links)


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


def _blocks(workers: list[int], base: int) -> list[list[int]]:
    """The digits of their number in the base, largest power first."""
    power = 1
    while power * base <= len(workers):
        power *= base
    blocks, start = [], 0
    while start < len(workers):
        size = (len(workers) - start) // power * power
        if size:
            blocks.append(workers[start : start + size])
        start, power = start + size, max(1, power // base)
    return blocks


def _averaged(block: list[int], base: int) -> Rounds:
    """Rounds of groups in which the ``a b^p`` workers of a block come to its mean."""
    rounds: Rounds = []
    stride = 1
    while stride < len(block):
        size = min(base, len(block) // stride)
        groups = [
            [block[low + high + stride * digit] for digit in range(size)]
            for high in range(0, len(block), stride * size)
            for low in range(stride)
        ]
        rounds.append([(a, b, 1.0 / size) for group in groups for a, b in combinations(group, 2)])
        stride *= size
    return rounds


def _merged(blocks: list[list[int]], base: int) -> Rounds:
    """Rounds from blocks of equal workers to all: later blocks meet the first, then both go on."""
    if len(blocks) < 2:
        return []
    first, rest = blocks[0], [worker for block in blocks[1:] for worker in block]
    weight = len(first) / (len(first) + len(rest))
    meeting = [(a, b, weight) for a, b in zip(first, rest, strict=False)]
    return [meeting, *_together([_averaged(first, base), _merged(blocks[1:], base)])]


def _together(parts: list[Rounds]) -> Rounds:
    """Rounds of different workers at the same time."""
    return [[link for one in same for link in one] for same in zip_longest(*parts, fillvalue=[])]


def _round(nodes: int, links: list[Link]) -> WeightedRound:
    ends = np.array([(a, b) for a, b, _ in links], dtype=np.int64)
    weights = np.array([weight for *_, weight in links])
    return WeightedRound(nodes=nodes, links=read_only(ends), weights=read_only(weights))
