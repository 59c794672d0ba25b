"""The best probabilities that float64 has, where it has none near the optimum, and the proof of it.

A pair that is all but always drawn may need a probability between two floats, or nearer to 1 than
any: what others of its processor get is then decided by a last bit. The search branches on such
pairs, at most the float below or at least the one above: both are problems as any other. The least
of their bounds holds for all float64 has; see `roundlot.solvers.joint.beyond`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property

import numpy as np

from roundlot.solvers.joint.beyond import (
    HIGH,
    Exact,
    Pair,
    Priced,
    Table,
    as_fractions,
    within_reach,
)
from roundlot.solvers.proof.prices import Multipliers, Prices
from roundlot.solvers.water.scaling import changed, exponent_of
from roundlot.theory import ConvergenceError, InfeasibleError, InvalidProblemError, Problem
from roundlot.theory.arrays import FloatArray
from roundlot.theory.certificates.arithmetic import nearest
from roundlot.theory.certificates.claim import prices_of_roots

NODES = 24  # problems that are solved; each takes as long as the first
NEAR = Fraction(1, 10**9)
CLOSE = Fraction(1, 10**10)  # a node that is proved to it has nothing more to give
Found = tuple[FloatArray, Prices | Multipliers, FloatArray]
Solve = Callable[[Problem], Found]  # prices in units of the scores


@dataclass(frozen=True, kw_only=True, eq=False)
class Closest:
    """What float64 has, and what it has not.

    Attributes:
        problem: what was asked.
        best: ``(V, S)``, the probabilities of least norm that were found.
        value: their norm.
        least: no probabilities of float64 have less.
        reached: the norm of ``table``.
        table: ``(V, S)``, probabilities in fractions that no floats can be.
        found: all that was found.
    """

    problem: Problem = field(repr=False)
    best: FloatArray = field(repr=False)
    value: Fraction
    least: Fraction
    reached: Fraction
    table: Table = field(repr=False)
    found: list[Found] = field(repr=False)

    @property
    def missed(self) -> bool:
        """Whether no probabilities of float64 are near those of the table."""
        return self.least > self.reached * (1 + NEAR)

    def pair(self) -> Pair | None:
        """Whose probability is farthest off, beside what it should leave to others."""
        off = {
            (v, s): abs(p - Fraction(float(self.best[v, s]))) / (1 - p)
            for v, line in enumerate(self.table)
            for s, p in enumerate(line)
            if HIGH < p < 1 and self.best[v, s] > HIGH
        }
        return max(off, key=lambda pair: off[pair], default=None)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Node:
    """A problem in narrower boxes, and what solves it."""

    exact: Exact
    found: Found
    value: Fraction
    priced: Priced

    sharp: bool = False

    @cached_property
    def least(self) -> Fraction:
        """What no probabilities of float64 in these boxes are below."""
        return self.priced.bound()

    def sharpened(self) -> _Node:
        """With better prices, and with the floats below the fractions that are best."""
        priced = self.priced.improved(self.found[0])
        p = np.array([[nearest(x, up=False) for x in line] for line in self.table])
        value = self.exact.value(p, priced.order)
        if not (value < self.value and self.exact.kept(as_fractions(p))):
            return replace(self, priced=priced, sharp=True)
        found = p, *self.found[1:]
        return replace(self, found=found, value=value, priced=priced, sharp=True)

    @cached_property
    def table(self) -> Table:
        """``(V, S)``, the best fractions in these boxes."""
        return within_reach(self.exact, self.found[0], self.priced.order)[1]

    @classmethod
    def of(cls, problem: Problem, order: float, solve: Solve) -> _Node:
        exact = Exact.of(problem)
        problem = changed(problem, ceiling=exact.most())
        found = solve(problem)
        p, prices, weights = found
        return cls(
            exact=Exact.of(problem),
            found=found,
            value=exact.value(p, order),
            priced=Priced.of(
                exact, problem.bounds[1], weights, _in_plain_units(problem, prices), order
            ),
        )

    def in_floats(self) -> Found:
        """What was found, with the prices that were bettered."""
        prices, weights = self.priced.in_floats()
        unit = exponent_of(float(self.exact.problem.scores.max()))
        return self.found[0], replace(prices, exponent=prices.exponent - unit), weights

    def halves(self) -> tuple[Problem, Problem] | None:
        """With one pair at most the float below what it should have, at least the one above."""
        problem, p = self.exact.problem, self.found[0]
        floor, ceiling = problem.bounds
        best, farthest = None, Fraction(0)
        for v, s in np.argwhere(p > HIGH):
            wanted = self.table[v][s]
            low = nearest(wanted, up=False)
            high = math.nextafter(low, 2.0)
            off = min(wanted - Fraction(low), Fraction(high) - wanted)
            if wanted < 1 and floor[v, s] <= low and high <= ceiling[v, s]:
                share = off / (1 - wanted)
                if share > farthest:
                    best, farthest = (int(v), int(s), low, high), share
        if best is None:
            return None
        v, s, low, high = best
        below, above = ceiling.copy(), floor.copy()
        below[v, s], above[v, s] = low, high
        return changed(problem, ceiling=below), changed(problem, floor=above)


def closest(problem: Problem, order: float, solve: Solve) -> Closest:
    """The search, for few pairs and without floors of sums.

    Args:
        problem: that has probabilities.
        order: of the norm.
        solve: gives probabilities of least norm, prices in units of the scores, and weights.
    """
    nodes, exact = [_Node.of(problem, order, solve)], Exact.of(problem)
    reached, table = within_reach(exact, nodes[0].found[0], order)
    leaves, whole = list(nodes), set[int]()
    while len(nodes) < NODES and not _least(leaves) > reached * (1 + NEAR):
        best = min(node.value for node in nodes)
        loose = [
            node for node in leaves if id(node) not in whole and node.least * (1 + CLOSE) < best
        ]
        if not loose:
            break
        node = min(loose, key=lambda node: node.least)
        made = [node.sharpened()] if not node.sharp else _parts(node, order, solve)
        if not made:
            whole.add(id(node))
            continue
        nodes += made
        leaves.remove(node)
        leaves += made
    best_node = min(nodes, key=lambda node: node.value)
    if best_node is not nodes[0]:
        other = within_reach(exact, best_node.found[0], order)
        reached, table = min((reached, table), other, key=lambda pair: pair[0])
    return Closest(
        problem=problem,
        best=best_node.found[0],
        value=best_node.value,
        least=_least(leaves),
        reached=reached,
        table=table,
        found=[node.in_floats() for node in nodes],
    )


def _least(leaves: list[_Node]) -> Fraction:
    return min(node.least for node in leaves)


def _parts(node: _Node, order: float, solve: Solve) -> list[_Node]:
    """The halves of a node that can be met; one of them at least."""
    made = []
    try:
        for half in node.halves() or ():
            with suppress(InfeasibleError):
                made.append(_Node.of(half, order, solve))
    except (ConvergenceError, InvalidProblemError):
        return []
    return made


def _in_plain_units(problem: Problem, prices: Prices | Multipliers) -> Prices:
    if isinstance(prices, Multipliers):
        prices = prices_of_roots(
            problem, level=prices.level, rows=prices.rows, exponent=prices.exponent
        )
    unit = exponent_of(float(problem.scores.max()))
    return replace(prices, exponent=prices.exponent + unit)
