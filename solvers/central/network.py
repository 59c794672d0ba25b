"""Limits of sums as a network: what is drawn flows from the budget down a tree, then to models.

An arc is a sum, with its cap and its floor, or a pair. In whole units of a power of two that
divides every limit arcs carry whole numbers: whether limits can be met together, and what they
leave to move, is a matter of paths, with nothing rounded. Cost rows are no part of it.

Source: Ahuja, Magnanti, Orlin, Network Flows (1993), ch. 6.7 and 7.5.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

import numpy as np

from roundlot.solvers.central.rows import Rows
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray

DIGITS = 53
LARGEST = 50_000  # pairs: numbers of any size take some microseconds each

#: A whole number an arc; None of a bound where there is none.
Bounds = list[int | None]


@dataclass(frozen=True, kw_only=True, eq=False)
class Network:
    """A circulation: node ``v`` is row ``v``, then come groups, the root, models, and the end.

    Arcs are those of the tree level by level, each from the node above it, of the root from the
    end; then those of models, to the end; then those of pairs, from their row to their model.

    Attributes:
        tails, heads: ``(E,)``, nodes.
        low, high: of each arc, in units of ``2**exponent``; None where there is none.
        levels: how many nodes each level of the tree has; the last is the root.
        models: how many there are.
        pairs: ``(P,)``, flat places of pairs that may move.
        exponent: of the unit.
    """

    tails: list[int] = field(repr=False)
    heads: list[int] = field(repr=False)
    low: Bounds = field(repr=False)
    high: Bounds = field(repr=False)
    levels: tuple[int, ...]
    models: int
    pairs: IntArray = field(repr=False)
    exponent: int

    @property
    def nodes(self) -> int:
        """How many there are; the last is the end."""
        return sum(self.levels) + self.models + 1

    @property
    def sums(self) -> int:
        """How many arcs are sums: they come first, each at the place of the node below it."""
        return self.nodes - 1

    @cached_property
    def touching(self) -> list[list[int]]:
        """Per node its arcs, those that lead into it as ``~arc``."""
        found: list[list[int]] = [[] for _ in range(self.nodes)]
        for arc, (i, j) in enumerate(zip(self.tails, self.heads, strict=True)):
            found[i].append(arc)
            found[j].append(~arc)
        return found

    def up(self, flow: list[int], arc: int) -> int | None:
        """By how much an arc may carry more; None: by any."""
        most = self.high[arc]
        return None if most is None else most - flow[arc]

    def down(self, flow: list[int], arc: int) -> int | None:
        """By how much it may carry less."""
        least = self.low[arc]
        return None if least is None else flow[arc] - least

    def value(self, units: int) -> float:
        """A number of units as the nearest float."""
        one = Fraction(2) ** self.exponent
        return float(units * one)


def network(
    rows: Rows, exactly: Rows, base: FloatArray, most: FloatArray, digits: FloatArray | None = None
) -> Network | None:
    """Of limits of sums; None of too many pairs.

    Args:
        rows: the limits, which of them there are.
        exactly: the same as they were given, with nothing taken off.
        base, most: ``(V, S)``, bounds of pairs.
        digits: further numbers that are to be whole.
    """
    if base.size > LARGEST:
        return None
    levels = tuple(cap.size for cap in rows.caps[:-1])
    models = base.shape[1]
    capped = np.concatenate([np.isfinite(cap) for cap in rows.caps[:-1]])
    floored = np.concatenate([low > 0.0 for low in rows.lows[:-1]])
    caps, lows = np.concatenate(exactly.caps[:-1]), np.concatenate(exactly.lows[:-1])
    of_models = _of_models(rows, exactly, models)
    capped, floored = np.append(capped, of_models[0]), np.append(floored, of_models[1])
    caps, lows = np.append(caps, of_models[2]), np.append(lows, of_models[3])
    more = np.zeros(0) if digits is None else digits
    exponent = _unit((base, most, caps[capped], lows[floored], more))
    pairs = np.flatnonzero(most > 0.0)
    starts = np.cumsum((0, *levels))
    tails: list[int] = []
    for level, parent in enumerate(rows.parents):
        tails += (starts[level + 1] + parent).tolist()
    end = int(starts[-1]) + models
    owners, columns = np.divmod(pairs, models)
    low: Bounds = [None] * end
    high: Bounds = [None] * end
    for bounds, some, values in ((high, capped, caps), (low, floored, lows)):
        places = np.flatnonzero(some)
        for at, units in zip(places.tolist(), whole(values[places], exponent), strict=True):
            bounds[at] = units
    return Network(
        tails=[*tails, end, *range(end - models, end), *owners.tolist()],
        heads=[*range(end - models), *[end] * models, *(starts[-1] + columns).tolist()],
        low=[*low, *whole(base.ravel()[pairs], exponent)],
        high=[*high, *whole(most.ravel()[pairs], exponent)],
        levels=levels,
        models=models,
        pairs=pairs,
        exponent=exponent,
    )


def _of_models(
    rows: Rows, exactly: Rows, models: int
) -> tuple[BoolArray, BoolArray, FloatArray, FloatArray]:
    """``(S,)`` each: which models have a budget, which a floor, and these."""
    capped, floored = np.zeros(models, dtype=np.bool_), np.zeros(models, dtype=np.bool_)
    caps, lows = np.zeros(models), np.zeros(models)
    for given, there in ((rows, True), (exactly, False)):
        for model, cap, low in zip(given.model, given.caps[-1], given.lows[-1], strict=True):
            if model < 0:
                continue
            if there:
                capped[model], floored[model] = np.isfinite(cap), low > 0.0
            else:
                caps[model], lows[model] = cap, low
    return capped, floored, caps, lows


def _unit(tables: tuple[FloatArray, ...]) -> int:
    """The exponent of a power of two that divides all numbers."""
    values = np.concatenate([table.ravel() for table in tables])
    fractions, exponents = np.frexp(values[values > 0.0])
    digits = np.ldexp(fractions, DIGITS).astype(np.int64)
    spare = np.frexp((digits & -digits).astype(np.float64))[1] - 1
    return int((exponents + spare - DIGITS).min(initial=0))


def whole(values: FloatArray, exponent: int) -> list[int]:
    """Numbers ``>= 0`` in units of ``2**exponent``, rounded down."""
    fractions, exponents = np.frexp(values)
    digits = np.ldexp(fractions, DIGITS).astype(np.int64).tolist()
    shifts = (exponents - DIGITS - exponent).tolist()
    return [n << k if k >= 0 else n >> -k for n, k in zip(digits, shifts, strict=True)]


def carried(net: Network, pairs: list[int]) -> list[int]:
    """What every arc carries, from what pairs do."""
    flow = [0] * net.sums + pairs
    first = net.sums
    for arc, units in enumerate(pairs, start=first):
        flow[net.tails[arc]] += units
        flow[net.heads[arc]] += units
    for node in range(sum(net.levels[:-1])):
        flow[net.tails[node]] += flow[node]
    return flow


def balanced(net: Network, flow: list[int], steps: list[int] | None = None) -> bool:
    """Moves what arcs carry, in place, until all are within their bounds; whether they are.

    Args:
        net: the network.
        flow: as `carried` has it.
        steps: of each arc, powers of two: it moves by multiples of that; 1 if not given.
    """
    excess = [0] * net.nodes
    for arc, units in enumerate(flow):
        least, most = net.low[arc], net.high[arc]
        now = units if least is None else max(units, least)
        now = now if most is None else min(now, most)
        if now != units:  # what an arc takes more its tail lacks, and its head has over
            flow[arc] = now
            excess[net.heads[arc]] += now - units
            excess[net.tails[arc]] -= now - units
    for grain in [1] if steps is None else sorted(set(steps), reverse=True):
        while _moved(net, flow, excess, grain, steps):
            pass
    return not any(excess)


def reached(net: Network, flow: list[int]) -> list[bool]:
    """``(N,)``, where what is over could go, of a flow that cannot be balanced."""
    excess = [0] * net.nodes
    for arc, units in enumerate(flow):
        excess[net.heads[arc]] += units
        excess[net.tails[arc]] -= units
    sources = [node for node, units in enumerate(excess) if units > 0]
    return [layer >= 0 for layer in _layers(net, flow, sources, 1, None)]


def _moved(
    net: Network, flow: list[int], excess: list[int], grain: int, steps: list[int] | None
) -> bool:
    """Moves what is over along shortest paths, until these are blocked; whether any moved."""
    sources = [node for node, units in enumerate(excess) if units >= grain]
    layer = _layers(net, flow, sources, grain, steps)
    if not any(units <= -grain and layer[node] >= 0 for node, units in enumerate(excess)):
        return False
    tried = [0] * net.nodes
    some = False
    for source in sources:
        while excess[source] >= grain:
            path = _path(net, flow, excess, source, layer, tried, grain, steps)
            if path is None:
                break
            some = True
            target = _ends(net, path[-1])[1]
            rooms = [_room(net, flow, arc) for arc in path]
            most = min(excess[source], -excess[target], *(x for x in rooms if x is not None))
            most -= most % grain
            for arc in path:
                flow[arc if arc >= 0 else ~arc] += most if arc >= 0 else -most
            excess[source] -= most
            excess[target] += most
    return some


def _ends(net: Network, arc: int) -> tuple[int, int]:
    """From where to where a step along an arc goes, or, as ``~arc``, back along it."""
    return (net.tails[arc], net.heads[arc]) if arc >= 0 else (net.heads[~arc], net.tails[~arc])


def _room(net: Network, flow: list[int], arc: int) -> int | None:
    return net.up(flow, arc) if arc >= 0 else net.down(flow, ~arc)


def _is_open(net: Network, flow: list[int], arc: int, grain: int, steps: list[int] | None) -> bool:
    if steps is not None and steps[arc if arc >= 0 else ~arc] > grain:
        return False
    room = _room(net, flow, arc)
    return room is None or room >= grain


def _layers(
    net: Network, flow: list[int], sources: list[int], grain: int, steps: list[int] | None
) -> list[int]:
    """How many arcs each node is from the nearest source; −1 of those out of reach."""
    layer = [-1] * net.nodes
    for node in sources:
        layer[node] = 0
    queue = list(sources)
    for node in queue:
        for arc in net.touching[node]:
            other = _ends(net, arc)[1]
            if layer[other] < 0 and _is_open(net, flow, arc, grain, steps):
                layer[other] = layer[node] + 1
                queue.append(other)
    return layer


def _path(
    net: Network,
    flow: list[int],
    excess: list[int],
    source: int,
    layer: list[int],
    tried: list[int],
    grain: int,
    steps: list[int] | None,
) -> list[int] | None:
    """From a source, layer by layer, to a node that lacks something; None if all are blocked."""
    path: list[int] = []
    node = source
    while True:
        if excess[node] <= -grain:
            return path
        arcs = net.touching[node]
        while tried[node] < len(arcs):
            arc = arcs[tried[node]]
            other = _ends(net, arc)[1]
            if layer[other] == layer[node] + 1 and _is_open(net, flow, arc, grain, steps):
                path.append(arc)
                node = other
                break
            tried[node] += 1
        else:
            if not path:
                return None
            node = _ends(net, path.pop())[0]
            tried[node] += 1
