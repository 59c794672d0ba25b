"""Probabilities that are right up to rounding, brought within all sums along paths of the network.

What one sum has over another lacks: it is carried there by a few pairs, each by whole last digits
of its own, first by those that have coarse ones. Pairs at their bounds stay there if others can do
it, and none moves by more than a small part of itself while that is enough.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from roundlot.solvers.central.network import DIGITS, Network, balanced, carried, whole
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray

COARSE = 24  # digits of a pair that are enough: what it loses counts twice as many times
KEPT = 30  # so many are kept of a pair that moves; then fewer
FEWER = (12, 1)


def routes(net: Network, p: FloatArray) -> Iterator[FloatArray]:
    """``(V, S)`` that meet all limits but those of costs, if float64 holds them; the best first.

    Args:
        net: of the limits, in units in which ``p`` is whole.
        p: ``(V, S)``, within their bounds.
    """
    values = p.ravel()[net.pairs]
    now = whole(values, net.exponent)
    own = np.maximum(np.frexp(values)[1] - DIGITS - net.exponent, 0)
    for digits in _digits(net, own):
        small = digits - own > DIGITS - COARSE
        for few in (small, np.zeros_like(small)) if small.any() else (small,):
            for stays in (True, False):
                yield from _routed(net, now, own, digits, few, p, stays=stays, kept=KEPT)
    for kept in FEWER:
        yield from _routed(net, now, own, own, np.zeros_like(small), p, stays=False, kept=kept)


def _digits(net: Network, own: IntArray) -> Iterator[IntArray]:
    """Where pairs' last digits are: of all those of the largest; in each group; each its own."""
    yield np.full(own.size, own.max(initial=0))
    if len(net.levels) > 2:
        group = np.array(net.tails[: net.levels[0]])[net.pairs // net.models] - net.levels[0]
        largest = np.zeros(net.levels[1], dtype=np.int64)
        np.maximum.at(largest, group, own)
        yield largest[group]
    yield own


def _routed(
    net: Network,
    now: list[int],
    own: IntArray,
    digits: IntArray,
    small: BoolArray,
    p: FloatArray,
    *,
    stays: bool,
    kept: int,
) -> Iterator[FloatArray]:
    """By whole last digits of pairs.

    Args:
        net: the network.
        now: ``(P,)``, what pairs come to, in units.
        own: ``(P,)``, where the last digit of each is.
        digits: ``(P,)``, where it is rounded to.
        small: ``(P,)``, which would lose too much by that, and stay as they are.
        p: ``(V, S)``, the same as floats.
        stays: whether pairs at their bounds stay there.
        kept: how many digits of each are.
    """
    last = np.where(small, own, digits).tolist()
    steps = [1 << k for k in last]
    ranges, moved = [], []
    for arc, (units, step, few) in enumerate(
        zip(now, steps, small.tolist(), strict=True), start=net.sums
    ):
        least, most = net.low[arc] or 0, net.high[arc] or 0
        if few or least == most or (stays and units in (least, most)):
            moved.append(units)
            ranges.append((units, units))
            continue
        least, most = max(-(-least // step) * step, step), most // step * step
        near = min(max((units + step // 2) // step * step, least), most)
        way = (near >> kept) // step * step
        moved.append(near if least <= most else units)
        ranges.append(
            (max(least, near - way), min(most, near + way)) if least <= most else (units, units)
        )
    start = carried(net, moved)
    sums = _sums(net, start, ranges, steps)
    tried = replace(
        net,
        low=[least for least, _ in (*sums, *ranges)],
        high=[most for _, most in (*sums, *ranges)],
    )
    if balanced(tried, start, [1] * net.sums + steps):
        found = p.copy()
        found.ravel()[net.pairs] = [net.value(units) for units in start[net.sums :]]
        yield found


def _sums(
    net: Network, flow: list[int], ranges: list[tuple[int, int]], steps: list[int]
) -> list[tuple[int | None, int | None]]:
    """Bounds of sums that they can come to, by steps of the finest pair that moves in each."""
    finest = [0] * net.sums
    for arc, ((least, most), step) in enumerate(zip(ranges, steps, strict=True), start=net.sums):
        if least < most:
            for node in (net.tails[arc], net.heads[arc]):
                finest[node] = min(finest[node] or step, step)
    for node in range(sum(net.levels[:-1])):
        above = net.tails[node]
        finest[above] = min(finest[above] or finest[node], finest[node] or finest[above])
    found: list[tuple[int | None, int | None]] = []
    for now, first, last, step in zip(flow, net.low, net.high, finest, strict=False):
        low = first if first is None or not step else now - (now - first) // step * step
        high = last if last is None or not step else now + (last - now) // step * step
        fits = low is None or high is None or low <= high
        found.append((low, high) if fits else (first, last))
    return found
