"""Whole numbers of draws under limits on models as well as on processors and groups: a flow.

Draws flow from the total through groups and processors to pairs, and on through models back to the
total. The cost of a pair, ``a²/n``, is convex, so a flow is the cheapest if and only if no cycle of
what could be changed by one draw lowers the cost. Draws are added by the best of such cycles, in
floats; what floats leave is found and removed in fractions.

Source: Ahuja, Magnanti and Orlin, Network Flows (1993), theorem 9.1 and chapter 14.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from roundlot.theory import InfeasibleError
from roundlot.theory.arrays import FloatArray, IntArray

CLEAR = 1e-12  # relative: a float cycle that gains less is left to fractions


@dataclass(frozen=True, kw_only=True, eq=False)
class Network:
    """The limits of an integer allocation.

    Attributes:
        draws: most of all.
        row_caps: ``(V,)``; pair_caps, least: ``(V, S)``; model_caps: ``(S,)``.
        groups: ``(V,)``, the group of every processor; group_caps: ``(G,)``.
    """

    draws: int
    row_caps: IntArray = field(repr=False)
    pair_caps: IntArray = field(repr=False)
    least: IntArray = field(repr=False)
    model_caps: IntArray = field(repr=False)
    groups: IntArray = field(repr=False)
    group_caps: IntArray = field(repr=False)

    def group_sums(self, counts: IntArray) -> IntArray:
        """``(G,)``."""
        sums = np.bincount(self.groups, counts.sum(axis=1), self.group_caps.size)
        return np.asarray(sums, dtype=np.int64)

    def exceeded(self, counts: IntArray) -> list[str]:
        """Models and groups that are above their caps, in words."""
        found = []
        for name, sums, caps in (
            ("model", counts.sum(axis=0), self.model_caps),
            ("group", self.group_sums(counts), self.group_caps),
        ):
            found += [
                f"{name} {at} has {sums[at]} draws, above {caps[at]}"
                for at in np.flatnonzero(sums > caps).tolist()
            ]
        return found

    def require_least(self) -> None:
        """Refuses caps that the least draws do not fit.

        Raises:
            InfeasibleError: naming the first, and the cap that would do.
        """
        for name, sums, caps in (
            ("model", self.least.sum(axis=0), self.model_caps),
            ("group", self.group_sums(self.least), self.group_caps),
        ):
            for at in np.flatnonzero(sums > caps).tolist():
                raise InfeasibleError(
                    f"{name} {at} needs {sums[at]} draws for its pairs and has at most {caps[at]}; "
                    f"raise its cap to {sums[at]}"
                )

    def relaxed(self, unit: float) -> dict[str, Any]:
        """Keywords of a `Problem` in which a draw is ``1 / unit``."""
        return {
            "model_budgets": np.minimum(self.model_caps, self.draws) / unit,
            "groups": self.groups,
            "group_caps": np.maximum(np.minimum(self.group_caps, self.draws), 1) / unit,
        }


@dataclass(frozen=True, kw_only=True, eq=False)
class Arcs:
    """What could be changed by one draw: arcs between the total, groups, processors and models.

    Attributes:
        tails, heads: ``(E,)`` nodes.
        pairs: ``(E,)``, the flat pair that an arc is of, or −1.
        steps: ``(E,)``, by what its draws change.
        nodes: how many there are.
    """

    tails: IntArray
    heads: IntArray
    pairs: IntArray
    steps: IntArray
    nodes: int


def least_cost_flow(scores: FloatArray, network: Network) -> IntArray:
    """``(V, S)`` whole numbers of draws of least ``Σ a²/n``, exactly."""
    counts = _greedy(scores, network)
    for exact in (False, True):
        while True:
            cycle = improving_cycle(scores, counts, network, exact=exact)
            if cycle is None:
                break
            flat = counts.reshape(-1)
            for pair, step in cycle:
                flat[pair] += step
    counts.flags.writeable = False
    return counts


def improving_cycle(
    scores: FloatArray, counts: IntArray, network: Network, *, exact: bool
) -> list[tuple[int, int]] | None:
    """Pairs and steps of a change that lowers ``Σ a²/n``; None where there is none.

    Without ``exact`` only gains are found that floats can tell.
    """
    arcs = _arcs(scores, counts, network)
    costs = _float_costs(scores, counts, arcs)
    unit = float(np.abs(costs).max(initial=0.0))
    if unit == 0.0:
        return None
    if not exact:
        return _cycle(arcs, costs / unit, CLEAR)
    return _exact_cycle(arcs, _exact_costs(scores, counts, arcs))


def _greedy(scores: FloatArray, network: Network) -> IntArray:
    """The least draws, then the greatest gains that have room everywhere."""
    counts = network.least.copy()
    rows, groups = network.row_caps - counts.sum(axis=1), network.group_caps.copy()
    groups = groups - network.group_sums(counts)
    models, left = network.model_caps - counts.sum(axis=0), network.draws - int(counts.sum())

    def gain(v: int, s: int) -> float:
        return float(scores[v, s]) / math.sqrt(float(counts[v, s]) * float(counts[v, s] + 1))

    wanted = np.argwhere((scores > 0.0) & (counts < network.pair_caps)).tolist()
    heap = [(-gain(v, s), v, s) for v, s in wanted]
    heapq.heapify(heap)
    while left > 0 and heap:
        _, v, s = heapq.heappop(heap)
        g = network.groups[v]
        if min(rows[v], models[s], groups[g]) <= 0:
            continue
        counts[v, s] += 1
        rows[v], models[s], groups[g], left = rows[v] - 1, models[s] - 1, groups[g] - 1, left - 1
        if counts[v, s] < network.pair_caps[v, s]:
            heapq.heappush(heap, (-gain(v, s), v, s))
    return counts


def _arcs(scores: FloatArray, counts: IntArray, network: Network) -> Arcs:
    count, models = counts.shape
    start, end, size = 0, 1, network.group_caps.size
    group, row = 2 + np.arange(size), 2 + size + np.arange(count)
    model = 2 + size + count + np.arange(models)
    flat = np.arange(counts.size)
    v, s = np.divmod(flat, models)
    flow = counts.reshape(-1)
    wanted = scores.reshape(-1) > 0.0
    kinds = (
        (np.full(size, start), group, network.group_sums(counts), network.group_caps),
        (group[network.groups], row, counts.sum(axis=1), network.row_caps),
        (model, np.full(models, end), counts.sum(axis=0), network.model_caps),
        (np.array([end]), np.array([start]), counts.sum(keepdims=True)[0], network.draws),
    )
    tails, heads, pairs, steps = [], [], [], []

    def add(one: IntArray, other: IntArray, where: Any, pair: IntArray, step: int) -> None:
        tails.append(one[where])
        heads.append(other[where])
        pairs.append(pair[where])
        steps.append(np.full(int(np.sum(where)), step))

    for one, other, through, caps in kinds:
        none = np.full(one.size, -1)
        add(one, other, np.asarray(through < caps), none, 0)
        add(other, one, np.asarray(through > 0), none, 0)
    add(row[v], model[s], wanted & (flow < network.pair_caps.reshape(-1)), flat, 1)
    add(model[s], row[v], wanted & (flow > network.least.reshape(-1)), flat, -1)
    return Arcs(
        tails=np.concatenate(tails),
        heads=np.concatenate(heads),
        pairs=np.concatenate(pairs),
        steps=np.concatenate(steps),
        nodes=2 + size + count + models,
    )


def _float_costs(scores: FloatArray, counts: IntArray, arcs: Arcs) -> FloatArray:
    """What each arc changes of ``Σ a²/n``, in squared units of the largest score."""
    top = float(scores.max(initial=0.0)) or 1.0
    held = arcs.pairs >= 0
    a = np.where(held, scores.reshape(-1)[arcs.pairs] / top, 0.0)
    n = np.where(held, counts.reshape(-1)[arcs.pairs], 1).astype(np.float64)
    lower = np.minimum(n, n + arcs.steps)
    gain = a * a / np.maximum(lower * (lower + 1.0), 1.0)
    return np.asarray(-arcs.steps * gain)


def _exact_costs(scores: FloatArray, counts: IntArray, arcs: Arcs) -> list[Fraction]:
    found, flat, n = [], scores.reshape(-1), counts.reshape(-1)
    for pair, step in zip(arcs.pairs.tolist(), arcs.steps.tolist(), strict=True):
        if pair < 0:
            found.append(Fraction(0))
            continue
        lower = min(int(n[pair]), int(n[pair]) + step)
        found.append(-step * Fraction(float(flat[pair])) ** 2 / (lower * (lower + 1)))
    return found


def _cycle(arcs: Arcs, costs: FloatArray, clear: float) -> list[tuple[int, int]] | None:
    """A cycle of negative cost, by Bellman and Ford's relaxations of all arcs at once."""
    far, came = np.zeros(arcs.nodes), np.full(arcs.nodes, -1)
    for _ in range(arcs.nodes + 1):
        reach = far[arcs.tails] + costs
        order = np.lexsort((reach, arcs.heads))
        first = order[np.flatnonzero(np.diff(arcs.heads[order], prepend=-1))]
        better = first[reach[first] < far[arcs.heads[first]] - clear]
        if not better.size:
            return None
        far[arcs.heads[better]] = reach[better]
        came[arcs.heads[better]] = better
        found = _closed(arcs, came.tolist())
        if found is not None and sum(float(costs[arc]) for arc in found) < -clear:
            return _changes(arcs, found)
    return None


def _exact_cycle(arcs: Arcs, costs: list[Fraction]) -> list[tuple[int, int]] | None:
    """The same in fractions, one arc after the other."""
    far, came = [Fraction(0)] * arcs.nodes, [-1] * arcs.nodes
    ends = list(zip(arcs.tails.tolist(), arcs.heads.tolist(), costs, strict=True))
    for _ in range(arcs.nodes + 1):
        moved = False
        for arc, (tail, head, cost) in enumerate(ends):
            reach = far[tail] + cost
            if reach < far[head]:
                far[head], came[head], moved = reach, arc, True
        if not moved:
            return None
        found = _closed(arcs, came)
        if found is not None:
            return _changes(arcs, found)
    return None


def _closed(arcs: Arcs, came: list[int]) -> list[int] | None:
    """The arcs of a cycle among those that nodes were last reached by."""
    tails, state = arcs.tails, [0] * arcs.nodes
    for start in range(arcs.nodes):
        node, mark = start, start + 1
        while state[node] == 0 and came[node] >= 0:
            state[node] = mark
            node = int(tails[came[node]])
        if state[node] == mark and came[node] >= 0:
            cycle, at = [came[node]], int(tails[came[node]])
            while at != node:
                cycle.append(came[at])
                at = int(tails[came[at]])
            return cycle
    return None


def _changes(arcs: Arcs, cycle: list[int]) -> list[tuple[int, int]]:
    pairs = ((int(arcs.pairs[arc]), int(arcs.steps[arc])) for arc in cycle)
    return [(pair, step) for pair, step in pairs if pair >= 0]
