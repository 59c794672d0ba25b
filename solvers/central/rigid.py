"""What is the same in all probabilities within the limits, decided exactly; the rest has an inside.

Of a flow within all bounds an arc can change if it is on a cycle of arcs with room: both its ends
are in one strongly connected part, and it is no bridge there. All other arcs carry the same in
every such flow. Pairs among them are left out; of the others each part has as many equations as
arcs lead out of it, and one of them follows from the rest.

Prices of what is left hold within each part. All prices in a part may be moved together, and by
how much is what arcs between parts ask: an arc that could carry more costs something, one that
could carry less is worth something. As these have no cycles, the least such moves are longest
paths.

Source: Ahuja, Magnanti, Orlin, Network Flows (1993), ch. 9.3 (reduced costs).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from roundlot.solvers.central.network import Network, balanced, carried, whole
from roundlot.solvers.central.program import Program
from roundlot.solvers.central.rows import Rows, Values
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray

LOST = 43  # binary digits of a sum: room below the last of them is lost in rounding
EVERY = 4096  # more than the digits of any sum
MOST = 1e250  # of a price


@dataclass(frozen=True, kw_only=True, eq=False)
class Rigid:
    """Limits of which those that cannot move are left out.

    Attributes:
        net: their network; flow: one within them.
        fixed: ``(E,)``, which arcs carry the same in all flows.
        up, down: ``(E,)``, which have room to carry more, or less.
        part: ``(N,)``, of each node the part it is in.
        rows: what is left, with equations.
        floor, ceiling: ``(V, S)``, of what comes beside the base; equal where a pair is fixed.
        drawn: ``(V, S)``, probabilities of pairs that are fixed; NaN of others.
    """

    net: Network = field(repr=False)
    flow: list[int] = field(repr=False)
    fixed: BoolArray = field(repr=False)
    up: BoolArray = field(repr=False)
    down: BoolArray = field(repr=False)
    part: IntArray = field(repr=False)
    rows: Rows = field(repr=False)
    floor: FloatArray = field(repr=False)
    ceiling: FloatArray = field(repr=False)
    drawn: FloatArray = field(repr=False)

    @property
    def still(self) -> BoolArray:
        """``(V, S)``, which pairs cannot move."""
        return np.isfinite(self.drawn)


def rigid(ready: Program, near: FloatArray, *, lost: int = LOST) -> Rigid | None:
    """What cannot move; None if the problem is too large, or limits cannot be met.

    Args:
        ready: the program.
        near: ``(V, S)``, probabilities to start from.
        lost: binary digits of a sum that has less room than the last of them, and so none.
    """
    net = ready.network()
    if net is None:
        return None
    base, most = ready.problem.bounds
    near = np.clip(np.where(np.isfinite(near), near, base), base, most)
    flow = carried(net, whole(near.ravel()[net.pairs], net.exponent))
    if not balanced(net, flow):
        return None
    up, down = _with_room(net, flow, lost)
    fixed, part = _parts(net, up, down)
    rows, drawn = _rows(ready, net, flow, fixed, part)
    still = np.isfinite(drawn)
    beside = np.where(still, np.maximum(np.where(still, drawn, 0.0) - base, 0.0), 0.0)
    return Rigid(
        net=net,
        flow=flow,
        fixed=fixed,
        up=up,
        down=down,
        part=part,
        rows=rows,
        floor=beside,
        ceiling=np.where(still, beside, ready.ceiling),
        drawn=drawn,
    )


def _with_room(net: Network, flow: list[int], lost: int) -> tuple[BoolArray, BoolArray]:
    up, down = [], []
    for arc, units in enumerate(flow):
        least = units >> lost if arc < net.sums else 0
        more, less = net.up(flow, arc), net.down(flow, arc)
        up.append(more is None or more > least)
        down.append(less is None or less > least)
    return np.array(up), np.array(down)


def _parts(net: Network, up: BoolArray, down: BoolArray) -> tuple[BoolArray, IntArray]:
    """Which arcs are fixed, and the part of each node."""
    tails, heads = np.array(net.tails), np.array(net.heads)
    strong = _labels(
        net.nodes,
        np.concatenate((tails[up], heads[down])),
        np.concatenate((heads[up], tails[down])),
        "strong",
    )
    inner = (up | down) & (strong[tails] == strong[heads])
    inner[_bridges(net, inner)] = False
    return ~inner, _labels(net.nodes, tails[inner], heads[inner], "weak")


def _labels(nodes: int, tails: IntArray, heads: IntArray, connection: str) -> IntArray:
    graph = coo_array((np.ones(tails.size), (tails, heads)), shape=(nodes, nodes)).tocsr()
    found = connected_components(graph, directed=True, connection=connection)[1]
    return np.asarray(found, dtype=np.int64)


def _bridges(net: Network, inner: BoolArray) -> list[int]:
    """Arcs without which their ends were not connected. Source: Tarjan (1974)."""
    order = [-1] * net.nodes
    lowest = [0] * net.nodes
    some = inner.tolist()
    found, count = [], 0
    for root in range(net.nodes):
        if order[root] >= 0:
            continue
        order[root] = lowest[root] = count
        count += 1
        stack = [(root, -1, iter(net.touching[root]))]
        while stack:
            node, came, arcs = stack[-1]
            for step in arcs:
                arc = step if step >= 0 else ~step
                if arc == came or not some[arc]:
                    continue
                other = net.heads[arc] if step >= 0 else net.tails[arc]
                if order[other] >= 0:
                    lowest[node] = min(lowest[node], order[other])
                    continue
                order[other] = lowest[other] = count
                count += 1
                stack.append((other, arc, iter(net.touching[other])))
                break
            else:
                stack.pop()
                if stack:
                    above = stack[-1][0]
                    lowest[above] = min(lowest[above], lowest[node])
                    if lowest[node] > order[above]:
                        found.append(came)
    return found


def _rows(
    ready: Program, net: Network, flow: list[int], fixed: BoolArray, part: IntArray
) -> tuple[Rows, FloatArray]:
    """What is left of the limits, and what pairs that are fixed come to."""
    base, pairs = ready.problem.bounds[0], net.pairs
    still = fixed[net.sums :]
    drawn = np.where(ready.ceiling > 0.0, np.nan, base)
    values = np.array([net.value(units) for units in flow[net.sums :]])
    drawn.ravel()[pairs[still]] = values[still]
    moves = np.bincount(part) > 1  # a part of one node has no arcs
    equal = fixed[: net.sums] & moves[part[: net.sums]]
    equal[_implied(ready, net, equal, part)] = False
    dropped = fixed[: net.sums] & ~equal
    least = carried(net, [x or 0 for x in net.low[net.sums :]])
    beside = np.array([net.value(flow[arc] - least[arc]) for arc in range(net.sums)])
    caps, lows, first = [], [], 0
    for cap, low in zip(ready.rows.caps[:-1], ready.rows.lows[:-1], strict=True):
        here = slice(first, first + cap.size)
        value = beside[here]
        caps.append(np.where(equal[here], value, np.where(dropped[here], np.inf, cap)))
        lows.append(np.where(equal[here], value, np.where(dropped[here], 0.0, low)))
        first += cap.size
    model = ready.rows.model
    place = first + np.maximum(model, 0)
    value = beside[place]
    same, out = (model >= 0) & equal[place], (model >= 0) & dropped[place]
    caps.append(np.where(same, value, np.where(out, np.inf, ready.rows.caps[-1])))
    lows.append(np.where(same, value, np.where(out, 0.0, ready.rows.lows[-1])))
    return replace(ready.rows, caps=tuple(caps), lows=tuple(lows)), drawn


def _implied(ready: Program, net: Network, equal: BoolArray, part: IntArray) -> list[int]:
    """One equation of each part but that of the end: that of a model without a limit, if any."""
    limited = set(ready.rows.model.tolist())
    first = net.sums - net.models
    found: dict[int, tuple[int, int]] = {}
    for arc in np.flatnonzero(equal).tolist():
        at, model = int(part[arc]), arc - first
        if at != part[-1]:
            rank = 0 if model < 0 else 1 if model in limited else 2
            found[at] = max(found.get(at, (-1, -1)), (rank, arc))
    return [arc for _, arc in found.values()]


def priced_parts(
    given: Rigid,
    ready: Program,
    prices: Values,
    moments: FloatArray,
    cost: FloatArray | float = 0.0,
) -> tuple[Values, Values]:
    """Prices of the caps and of the floors from ``ν`` of every row that is left: both ``>= 0``.

    Args:
        given: the limits.
        ready: the program.
        prices: ``ν``.
        moments: ``(V, S)``, ``a²``.
        cost: ``(V, S)``, what the objective has times ``p``.
    """
    net, rows = given.net, given.rows
    phi = _potentials(rows, net, prices)
    shift = _shifts(given, ready, phi, prices, moments, cost)
    phi = phi + shift[given.part] - shift[given.part[-1]]
    nu = phi[np.array(net.heads[: net.sums])] - phi[np.array(net.tails[: net.sums])]
    nu = np.where(given.up[: net.sums] & (nu > 0.0) & given.fixed[: net.sums], 0.0, nu)
    nu = np.where(given.down[: net.sums] & (nu < 0.0) & given.fixed[: net.sums], 0.0, nu)
    found, first = [], 0
    for values in prices[:-1]:
        here = slice(first, first + values.size)
        found.append(np.where(given.fixed[here], nu[here], values))
        first += values.size
    model = rows.model
    place = first + np.maximum(model, 0)
    same = (model >= 0) & given.fixed[place]
    found.append(np.where(same, nu[place], prices[-1]))
    return tuple(np.maximum(x, 0.0) for x in found), tuple(np.maximum(-x, 0.0) for x in found)


def _potentials(rows: Rows, net: Network, prices: Values) -> FloatArray:
    """``(N,)``: an arc's price is that of its head less that of its tail."""
    levels: list[FloatArray] = [np.asarray(prices[rows.depth - 1])]
    for level in range(rows.depth - 2, -1, -1):
        levels.insert(0, prices[level] + levels[0][rows.parents[level]])
    models = np.zeros(net.models)
    of_model = rows.model >= 0
    models[rows.model[of_model]] = -prices[-1][of_model]
    return np.concatenate((*levels, models, np.zeros(1)))


def _shifts(
    given: Rigid,
    ready: Program,
    phi: FloatArray,
    prices: Values,
    moments: FloatArray,
    cost: FloatArray | float,
) -> FloatArray:
    """By how much the potentials of each part are moved: the least that arcs between parts ask."""
    net = given.net
    tails, heads = np.array(net.tails), np.array(net.heads)
    nu = phi[heads] - phi[tails]
    asked = np.zeros(nu.size)
    costs = np.zeros(ready.base.shape) + cost
    for price, weight, model in zip(
        prices[-1].tolist(), given.rows.weights, given.rows.model.tolist(), strict=True
    ):
        if model < 0:
            costs = costs + price * weight
    q = np.where(np.isfinite(given.drawn), given.drawn, 0.0).ravel()[net.pairs]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        steep = np.where(q > 0.0, moments.ravel()[net.pairs] / q / q, 0.0)
    asked[net.sums :] = np.minimum(steep, MOST) - costs.ravel()[net.pairs]
    # an arc of a pair goes from its row to its model: what it pays is minus its price
    over = nu + asked
    part, some = given.part, given.fixed & (given.part[tails] != given.part[heads])
    up, down = np.flatnonzero(some & given.up), np.flatnonzero(some & given.down)
    above = np.concatenate((part[tails[up]], part[heads[down]]))
    below = np.concatenate((part[heads[up]], part[tails[down]]))
    least = np.concatenate((over[up], -over[down]))
    shift = np.zeros(int(part.max()) + 1)
    for _ in range(shift.size + 1):
        moved = shift.copy()
        np.maximum.at(moved, above, shift[below] + least)
        if (moved <= shift + 1e-15 * np.abs(moved)).all():
            break
        shift = moved
    return shift
