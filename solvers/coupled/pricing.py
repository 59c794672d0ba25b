"""From what rows of a program pay to a price of every limit of its problem."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from roundlot.solvers import kernels
from roundlot.solvers.coupled.program import TOP, Program
from roundlot.solvers.water.scaling import times_power
from roundlot.theory import Problem
from roundlot.theory.arrays import FloatArray, IndexArray, IntArray
from roundlot.theory.certificates.claim import Prices
from roundlot.theory.problem import Limit, Structure

# Prices up to ``2**(2 TOP + FAR)`` are told apart from those that solve the program.
FAR = 1000
# Above the rounding of a power of two times ``FAR``.
ENOUGH = 1.0 + 1e-9


def read_prices(problem: Problem, ready: Program, y: FloatArray, paid: kernels.Paid) -> Prices:
    """From what rows pay in all to what each limit adds, from the root of the tree down.

    Args:
        problem: what was solved.
        ready: its program.
        y: ``(1 + S + K,)``, prices of the budget, the models and the cost rows.
        paid: what rows and nodes pay on top.
    """
    levels = [np.zeros(caps.size) for _, _, caps in problem.levels]
    budget, above = float(y[0]), np.zeros(ready.n_processors)
    depths, labels = ready.node_labels.T
    for depth in (-1, *reversed(range(len(levels)))):
        at = np.flatnonzero(depths == depth)
        if not at.size:
            continue
        extra = _added(ready.tables.nodes[at], paid.nodes[at], above)
        if depth < 0:
            budget = float(extra[0])
        else:
            levels[depth][labels[at]] = extra
    own = ready.in_problem_order(np.maximum(0.0, paid.own - above))
    prices, _ = assembled(problem, ready, budget, own, levels, y)
    return prices if ready.own_ceilings is None else with_own(problem, ready, prices)


def assembled(
    problem: Problem,
    ready: Program,
    budget: float,
    own: FloatArray,
    levels: list[FloatArray],
    y: FloatArray,
) -> tuple[Prices, int]:
    """Prices of every limit in one unit, and what power of two was taken out of their roots.

    Args:
        problem: what was solved.
        ready: its program, in whose unit the others are.
        budget: its price.
        own: ``(V,)``, of processors' caps, in the problem's order.
        levels: of clients and groups.
        y: ``(1 + S + K,)``, of the models and the cost rows.
    """
    models = ready.n_models
    fixed = _fixed(problem, ready)
    shift = _shift(ready, y, fixed)

    def moved(values: FloatArray, which: int, powers: IntArray | None = None) -> FloatArray:
        by = -2 * shift
        out = times_power(values, by) if powers is None else np.ldexp(values, by - powers)
        rows, logarithms = fixed[which]
        out[rows] = np.exp2(logarithms - 2.0 * shift) * ENOUGH
        return np.asarray(out)

    index = {limit.structure: i for i, limit in enumerate(problem.sum_limits())}
    nothing = len(fixed) - 1
    prices = Prices(
        budget=float(moved(np.array([budget]), 0)[0]),
        processors=moved(own, 1),
        levels=tuple(moved(level, 2 + i) for i, level in enumerate(levels)),
        models=moved(y[1 : 1 + models], index.get(Structure.MODELS, nothing)),
        costs=moved(y[1 + models :], index.get(Structure.WEIGHTED, nothing), ready.cost_exponents),
        exponent=ready.exponent + shift,
    )
    return prices, shift


def _added(nodes: IntArray, prices: FloatArray, above: FloatArray) -> FloatArray:
    """What the nodes of one level add to what their rows pay ``above`` them, and adds it there."""
    first, sizes = nodes[:, 0], nodes[:, 1] - nodes[:, 0]
    extra = np.maximum(0.0, prices - above[first])
    rows = np.arange(int(sizes.sum())) + np.repeat(first - (np.cumsum(sizes) - sizes), sizes)
    above[rows] += np.repeat(extra, sizes)
    return np.asarray(extra)


def with_own(problem: Problem, ready: Program, prices: Prices) -> Prices:
    """With what caps that are ceilings add to all others, at which entries are below them."""
    assert ready.own_ceilings is not None
    kappa = np.zeros((1, 1))
    for limit, values in prices.by_limit(problem):
        kappa = limit.plus_prices(kappa, values)
    for limit, values in prices.by_floor(problem) if prices.floors else ():
        kappa = limit.plus_prices(kappa, -values)
    shift = prices.exponent - ready.exponent
    roots = np.ldexp(ready.tables.scores[:, 0] / ready.own_ceilings, -shift)
    wanted = ready.in_problem_order(roots * roots)
    return replace(prices, processors=np.maximum(0.0, wanted - kappa[:, 0]))


Fixed = tuple[IndexArray, FloatArray]


def _fixed(problem: Problem, ready: Program) -> list[Fixed]:
    """Of every limit the rows with nothing left, and the base-2 logarithms of prices that fix them.

    At the least price at which all are at their floors there is next to nothing that it is paid
    for. A last entry stands for limits that the problem does not have.
    """
    nobody = np.zeros(0, dtype=np.int64), np.zeros(0)
    if not any(spent.any() for spent in ready.spent):
        return [nobody] * (len(ready.spent) + 1)
    scores, floor = ready.in_problem_order(ready.tables.scores), problem.bounds[0]
    found: list[Fixed] = []
    for limit, spent in zip(problem.sum_limits(), ready.spent, strict=True):
        own = limit.structure is Structure.PROCESSORS and ready.own_ceilings is not None
        rows = np.zeros(0, dtype=np.int64) if own else np.flatnonzero(spent)
        logarithms = [_logarithm(limit, row, scores, floor) for row in rows.tolist()]
        found.append((rows, np.array(logarithms)))
    return [*found, nobody]


def _logarithm(limit: Limit, row: int, scores: FloatArray, floor: FloatArray) -> float:
    """Of the least price at which all that counts in a row is at its floor."""
    v, s, counts = limit.entries(row)
    some = scores[v, s] > 0.0
    if not some.any():
        return -np.inf
    a, low, each = scores[v, s][some], floor[v, s][some], counts[some]
    found = 2.0 * (np.log2(a) - np.log2(low)) - np.log2(each)
    return min(float(found.max()), 2.0 * TOP + FAR)


def _shift(ready: Program, y: FloatArray, fixed: list[Fixed]) -> int:
    """Half the power of two to take out of prices, so that none per unit of cost overflows."""
    costs = y[1 + ready.n_models :]
    tops = np.frexp(costs)[1] - ready.cost_exponents
    top = max([float(tops[costs > 0.0].max(initial=0)), *(x.max(initial=0.0) for _, x in fixed)])
    return max(TOP, int(top) // 2 - TOP)
