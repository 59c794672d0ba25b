"""Limits that can be met one by one and not together: found by a linear program, proved exactly.

What that cannot tell from rounding a flow in whole numbers can: where it stops short, limits around
the nodes it reaches ask for more than others there allow.

For any ``y, w >= 0`` and ``κ = Aᵀ y − Bᵀ w``, probabilities within the limits have
``0 <= yᵀ b − wᵀ f − Σ κ p``; where the least of ``Σ κ p`` over ``[l, u]`` makes that negative there
are none (Farkas). Any prices prove it in fractions, whatever found them.
"""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np

from roundlot.solvers.central.network import Network, balanced, carried, reached, whole
from roundlot.solvers.central.program import Program, program
from roundlot.solvers.central.rows import Values
from roundlot.theory import InfeasibleError, Problem
from roundlot.theory.arrays import BoolArray
from roundlot.theory.certificates.claim import Prices
from roundlot.theory.problem import Limit, Structure
from roundlot.theory.text import rounded_up

NOTHING = 1e-9  # prices below that share of the largest take no part
ROOM = 1e-4  # relative: by so much advice is on the safe side; solvers find nothing in no room
LEAST = 2.0**-50  # relative: by so much floats can give way
NAMED = 6  # so many limits are named


def require_met(problem: Problem) -> None:
    """Refuses limits that cannot be met together; says nothing where that is not proved.

    Raises:
        InfeasibleError: naming them, and by how much they would all have to give way.
    """
    ready = program(problem, beside=False)
    for search in (_least_violation, _least_cut):
        found = search(ready)
        if found is not None:
            share, caps, floors = found
            prices = ready.prices(caps, floors)
            if share > 0.0 and _proof(ready, prices) > 0:
                raise InfeasibleError(_said(ready, prices, share))


def _said(ready: Program, prices: Prices, share: float) -> str:
    named = [
        _named(limit, row)
        for pairs in (prices.by_floor(ready.problem), prices.by_limit(ready.problem))
        for limit, values in pairs
        for row in np.flatnonzero(values > NOTHING * _top(prices)).tolist()
    ]
    more = f" and {len(named) - NAMED} more" if len(named) > NAMED else ""
    return (
        f"these limits cannot be met together: {', '.join(named[:NAMED])}{more}; they could if "
        f"each of them gave way by {rounded_up(100.0 * share * (1.0 + ROOM), 3):g} %"
    )


def _named(limit: Limit, row: int) -> str:
    """ "the floor 0.1 of client 'ann'", or "the budget 12"."""
    name = f"the {limit.word} {float(limit.bound[row]):g}"
    return name if limit.structure is Structure.TOTAL else f"{name} of {limit.title(row)}"


def _top(prices: Prices) -> float:
    parts = [prices.processors, prices.models, prices.costs, *prices.levels, *prices.floors]
    return max(prices.budget, *(float(part.max(initial=0.0)) for part in parts))


def _least_violation(ready: Program) -> tuple[float, Values, Values] | None:
    """By which share all limits of sums would have to give way, and the prices that say so."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_array, hstack, vstack

    floor, ceiling = ready.problem.bounds
    rows, bounds = ready.rows, list(zip(floor.ravel(), ceiling.ravel(), strict=True))
    count, models = floor.shape
    owner, parts = np.arange(count), []
    for level in range(rows.depth):
        owner = owner if level == 0 else rows.parents[level - 1][owner]
        size = rows.caps[level].size
        member = np.repeat(owner, models)
        data = (np.ones(member.size), (member, np.arange(member.size)))
        parts.append(csr_array(data, shape=(size, member.size)))
    dense = [np.broadcast_to(w, floor.shape).ravel() for w in rows.weights]
    parts.append(csr_array(np.array(dense).reshape(len(dense), count * models)))
    sums = vstack(parts, format="csr")
    caps, lows = np.concatenate(rows.caps), np.concatenate(rows.lows)
    capped, floored = np.isfinite(caps), lows > 0.0
    above = hstack([sums[capped], csr_array(-caps[capped][:, None])])
    under = hstack([-sums[floored], csr_array(-lows[floored][:, None])])
    cost = np.zeros(count * models + 1)
    cost[-1] = 1.0
    right = np.concatenate((caps[capped], -lows[floored]))
    answer = linprog(
        cost, A_ub=vstack([above, under]), b_ub=right, bounds=[*bounds, (0.0, None)], method="highs"
    )
    if answer.status != 0:
        return None
    y, w = np.zeros(caps.size), np.zeros(lows.size)
    y[capped] = -answer.ineqlin.marginals[: int(capped.sum())]
    w[floored] = -answer.ineqlin.marginals[int(capped.sum()) :]
    ends = np.cumsum([cap.size for cap in rows.caps])[:-1]
    split = [tuple(np.split(np.maximum(x, 0.0), ends)) for x in (y, w)]
    return float(answer.fun), split[0], split[1]


def _least_cut(ready: Program) -> tuple[float, Values, Values] | None:
    """The same where limits lack less than a linear program sees; cost rows are no part of it."""
    net = ready.network()
    if net is None:
        return None
    flow = carried(net, whole(ready.problem.bounds[0].ravel()[net.pairs], net.exponent))
    if balanced(net, flow):
        return None
    inner, tails, heads = reached(net, flow), net.tails[: net.sums], net.heads[: net.sums]
    caps = np.array([inner[i] and not inner[j] for i, j in zip(tails, heads, strict=True)])
    floors = np.array([inner[j] and not inner[i] for i, j in zip(tails, heads, strict=True)])
    share = LEAST
    while share < 1.0 and not balanced(_looser(net, share), flow.copy()):
        share *= 2.0
    model, place = ready.rows.model, sum(net.levels)

    def of_rows(values: BoolArray) -> Values:
        dense = np.where(model >= 0, values[place + np.maximum(model, 0)], False)
        ends = np.cumsum(net.levels)[:-1]
        return (*np.split(values[:place].astype(float), ends), dense.astype(float))

    return share, of_rows(caps), of_rows(floors)


def _looser(net: Network, share: float) -> Network:
    """With all limits on sums further apart by a relative share."""
    part = Fraction(share)
    high = [h if h is None else math.ceil(h * (1 + part)) for h in net.high[: net.sums]]
    low = [x if x is None else math.floor(x * (1 - part)) for x in net.low[: net.sums]]
    return replace(net, high=[*high, *net.high[net.sums :]], low=[*low, *net.low[net.sums :]])


def _proof(ready: Program, prices: Prices) -> Fraction:
    """``wᵀ f − yᵀ b + Σ min κ p``, exactly: above 0 nothing is feasible."""
    problem = ready.problem
    floor, ceiling = problem.bounds
    kappa = [[Fraction(0)] * problem.n_models for _ in range(problem.n_processors)]
    total = Fraction(0)
    both = ((1, prices.by_limit(problem)), (-1, prices.by_floor(problem)))
    for sign, pairs in both:
        for limit, values in pairs:
            for row in np.flatnonzero(values).tolist():
                price = sign * Fraction(float(values[row]))
                total -= price * Fraction(float(limit.bound[row]))
                places = zip(*(x.tolist() for x in limit.entries(row)), strict=True)
                for v, s, weight in places:
                    kappa[v][s] += price * Fraction(weight)
    for v, line in enumerate(kappa):
        for s, paid in enumerate(line):
            bound = floor[v, s] if paid > 0 else ceiling[v, s]
            total += paid * Fraction(float(bound))
    return total
