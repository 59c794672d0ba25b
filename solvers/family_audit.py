"""A second opinion on certificates of the family: NumPy, correctly rounded sums, another formula.

For any numbers ``z``, ``a²/p >= 2 a z − z² p``, so with ``κ = Aᵀ y``

    ``min a²/p + κ (p − l) >= 2 a z − z² l + min(0, (κ − z²)(u − l))``,

polynomial, tight at ``z = a / p*``, and without a root that would have to be bounded. Operations
are widened outward as in :mod:`roundlot.solvers.audit`; nothing of the solver is used.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import chain

import numpy as np

from roundlot.solvers.audit import CHUNK, NEAR, NEGLIGIBLE, down, up
from roundlot.solvers.family_bound import Priced
from roundlot.solvers.prices import Prices
from roundlot.theory import Problem
from roundlot.theory.limits import IntArray
from roundlot.theory.problem import FloatArray

SPLITTER = 134217729.0
UNDERFLOW = 2.0**-1000
STEEP = 2.0**500


def family_infeasibilities(problem: Problem, design: FloatArray) -> Iterator[str]:
    """Sums over clients, groups, models and costs that exceed their limits, by however little."""
    rows = design.sum(axis=1)
    for name, label, caps in problem.levels:
        sums = np.bincount(label, weights=rows, minlength=caps.size)
        order = np.argsort(label, kind="stable")
        first = np.searchsorted(label[order], np.arange(caps.size + 1))
        for g in np.flatnonzero(~(sums <= caps * (1.0 - NEAR))):
            members = order[first[g] : first[g + 1]]
            over = math.fsum([*design[members].ravel().tolist(), -float(caps[g])])
            if not over <= 0.0:
                yield f"{name} {g} is {over:.3g} above its cap {caps[g]:g}"
    if problem.model_budgets is not None:
        for s, budget in enumerate(problem.model_budgets.tolist()):
            over = math.fsum([*design[:, s].tolist(), -budget])
            if not over <= 0.0:
                yield f"model {s} is {over:.3g} above its budget {budget:g}"
    if problem.costs is not None and problem.cost_budgets is not None:
        for k, (cost, budget) in enumerate(zip(problem.costs, problem.cost_budgets, strict=True)):
            over = -cost_rest(cost, design, float(budget))
            if not over <= 0.0:
                yield f"cost row {k} is {over:.3g} above its budget {budget:g}"


def cost_rest(cost: FloatArray, design: FloatArray, budget: float) -> float:
    """``budget − Σ cost p`` with its exact sign: halves of 26 bits have exact products."""
    taken = float(np.sum(cost / max(budget, 1e-300) * design)) if budget > 0.0 else math.inf
    if taken <= 1.0 - NEAR:
        return budget * (1.0 - taken)
    power = int(np.frexp(budget if budget > 0.0 else float(cost.max()) or 1.0)[1])
    with np.errstate(over="ignore"):
        scaled = np.minimum(np.ldexp(cost, -power), 1e290)
    halves, others = _halves(scaled.ravel()), _halves(design.ravel())
    parts = ((-x * y).tolist() for x in halves for y in others)
    rest = math.fsum(chain([math.ldexp(budget, -power)], chain.from_iterable(parts)))
    if np.any((scaled > 0.0) & (design > 0.0) & (scaled * design < UNDERFLOW)):
        rest -= UNDERFLOW
    return math.ldexp(rest, power) if abs(rest) < 1.0 else rest * 2.0**power


def _halves(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    shadow = SPLITTER * values
    high = shadow - (shadow - values)
    return high, values - high


def price_complaints(problem: Problem, prices: Prices) -> tuple[str, ...]:
    """Prices that are missing, negative, NaN or infinite."""
    from roundlot.solvers.certificate import checked_prices
    from roundlot.theory import InvalidProblemError

    try:
        checked_prices(problem, prices)
    except InvalidProblemError as error:
        return (str(error),)
    return ()


def family_proved_bound(problem: Problem, scaled: Priced) -> float:
    """The Lagrangian bound, every operation rounded outward, in units of ``4**exponent``."""
    floor, ceiling = problem.bounds
    weighted = not np.all(problem.model_weights == 1.0)
    scale = scaled.scale * (1.0 - 2.0**-51 if weighted else 1.0)
    parts = []
    for start in range(0, problem.n_processors, CHUNK):
        rows = slice(start, start + CHUNK)
        kappa = _kappa(problem, scaled, rows)
        minima = _minima(scaled.scores[rows] * scale, floor[rows], ceiling[rows], kappa)
        parts.append(float(down(np.float64(math.fsum(minima.ravel().tolist())))))
    taken = chain.from_iterable(map(np.ravel, _spent(problem, scaled, floor)))
    total = math.fsum(chain(parts, (-float(cost) for cost in taken)))
    return max(0.0, float(down(np.float64(total))) - NEGLIGIBLE)


def _kappa(problem: Problem, scaled: Priced, rows: slice) -> FloatArray:
    """Below ``κ`` of some rows."""
    prices = scaled.prices
    own = down(prices.budget + prices.processors[rows])
    for (_, label, _), level in zip(problem.levels, prices.levels, strict=True):
        own = down(own + level[label[rows]])
    kappa: FloatArray = down(own[:, None] + prices.models)
    for rate, cost in zip(prices.costs, scaled.costs, strict=True):
        kappa = down(kappa + down(rate * cost[rows]))
    return kappa


def _minima(a: FloatArray, floor: FloatArray, ceiling: FloatArray, kappa: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        root = np.sqrt(kappa) * (1.0 - 2.0**-51)  # so that z² <= κ: no tilt inside the box
        best = np.clip(np.where(root > 0.0, a / root, ceiling), floor, ceiling)
        z = np.where((best > floor) & (best < ceiling), root, a / best)
        z = np.where(z < STEEP, z, root)  # any z is valid; a square must not overflow
        square = up(z * z)
        tilt = np.minimum(0.0, down(down(kappa - square) * up(ceiling - floor)))
        value = down(down(down(2.0 * (a * z)) - up(square * floor)) + tilt)
    return np.where(a > 0.0, value, 0.0)


def _spent(problem: Problem, scaled: Priced, floor: FloatArray) -> Iterator[FloatArray]:
    """Above ``y (b − A l)`` of every limit; sums of floors are correctly rounded."""
    prices = scaled.prices
    yield _times(prices.budget, _rest(problem.budget, floor))
    rows = np.arange(problem.n_processors)
    yield _by_label(prices.processors, problem.processor_cap, rows, floor)
    for (_, label, caps), level in zip(problem.levels, prices.levels, strict=True):
        yield _by_label(level, caps, label, floor)
    if problem.model_budgets is not None:
        columns = np.arange(problem.n_models)
        yield _by_label(prices.models, problem.model_budgets, columns, floor.T)
    rests = [
        cost_rest(cost, floor, float(budget)) + float(budget) * 2.0**-50 * bool(floor.any())
        for cost, budget in zip(scaled.costs, scaled.cost_budgets, strict=True)
    ]
    yield _times(prices.costs, np.array(rests))


def _by_label(
    prices: FloatArray, caps: FloatArray, label: IntArray, floor: FloatArray
) -> FloatArray:
    room = caps.copy()
    held = floor.any(axis=1)
    order = np.argsort(label, kind="stable")
    first = np.searchsorted(label[order], np.arange(caps.size + 1))
    for g in np.unique(label[held & (prices[label] > 0.0)]):
        room[g] = _rest(float(caps[g]), floor[order[first[g] : first[g + 1]]])
    return _times(prices, room)


def _rest(limit: float, floor: FloatArray) -> float:
    taken = floor[floor > 0.0]
    return float(up(np.float64(math.fsum([limit, *(-taken).tolist()]))))


def _times(prices: FloatArray | float, room: FloatArray | float) -> FloatArray:
    return np.asarray(up(np.maximum(0.0, up(prices * np.maximum(0.0, up(np.asarray(room)))))))
