"""Method "exact": the optimum to the last ulps, feasible without any.

By water-filling, or by dual Newton where limits couple processors.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from roundlot.solvers.coupled.newton import Dual, best_prices
from roundlot.solvers.coupled.program import TOP, Program, program
from roundlot.solvers.proof.feasibility import check_feasible
from roundlot.solvers.proof.lowering import fit_total, lowered
from roundlot.solvers.proof.prices import Multipliers, Prices
from roundlot.solvers.water.boxes import box_multipliers, box_probabilities, boxes
from roundlot.solvers.water.scaling import is_base, working_scores
from roundlot.solvers.water.waterfill import Waterline, waterfill
from roundlot.theory import Problem
from roundlot.theory.arrays import FloatArray
from roundlot.theory.certificates.claim import no_prices


def exact(
    problem: Problem, start: Multipliers | Prices | None = None
) -> tuple[FloatArray, Multipliers | Prices]:
    """Optimal probabilities ``(V, S)`` and the multipliers that prove it.

    ``start``, prices of a similar problem, saves passes where limits couple processors.
    """
    check_feasible(problem)
    if not problem.is_plain:
        return coupled(problem, start if isinstance(start, Prices) else None)
    if is_base(problem):
        line = _waterline(problem)
        return line.probabilities(), line.multipliers
    box = boxes(problem)
    multipliers = box_multipliers(box)
    probabilities = box_probabilities(box, multipliers)
    capped = multipliers.rows > multipliers.level
    return fit_total(probabilities, box.floor, problem.budget, capped), multipliers


def best_multipliers(problem: Problem) -> Multipliers | Prices:
    """The optimal multipliers alone: nothing of size V x S is written in the base program."""
    if not problem.is_plain:
        return exact(problem)[1]
    check_feasible(problem)
    return _waterline(problem).multipliers if is_base(problem) else box_multipliers(boxes(problem))


def _waterline(problem: Problem) -> Waterline:
    scores, unit = working_scores(problem)
    line = waterfill(scores, problem.budget, problem.processor_cap)
    return replace(line, exponent=line.exponent + unit)


def coupled(problem: Problem, start: Prices | None = None) -> tuple[FloatArray, Prices]:
    """Optimal probabilities ``(V, S)`` and prices of a feasible problem with any limits.

    Args:
        problem: with clients' caps, groups, models' budgets or cost rows, or none of them.
        start: prices of a similar problem; what does not fit this one is not used.

    Raises:
        ConvergenceError: the dual could not be maximised; no other probabilities are returned.
    """
    ready = program(problem)
    if not ready.tables.scores.any():
        return problem.bounds[0].copy(), no_prices(problem)
    dual = Dual(program=ready)
    eta = best_prices(dual, _start(dual, start))
    p = dual.write(eta)
    prices = _prices(problem, dual, eta)
    return lowered(problem, ready.in_problem_order(p)), prices


def _start(dual: Dual, start: Prices | None) -> FloatArray | None:
    """``η`` of earlier prices, in the unit of this program."""
    ready = dual.program
    if start is None or not ready.active.any():
        return None
    if start.costs.shape != ready.cost_exponents.shape:
        return None
    costs = np.ldexp(start.costs, ready.cost_exponents)
    given = np.concatenate(([start.budget], start.models, costs))
    if given.shape != ready.limits.shape:
        return None
    moved = np.ldexp(given, 2 * (start.exponent - ready.exponent))[ready.active]
    eta = moved * ready.limits[ready.active]
    if not (np.isfinite(eta).all() and eta.any()):
        return None
    if start.processors.shape == dual.paid.own.shape and not ready.has_tree:
        own = start.processors if ready.order is None else start.processors[ready.order]
        dual.paid.own[:] = np.ldexp(own, 2 * (start.exponent - ready.exponent))
    return np.asarray(eta)


def _prices(problem: Problem, dual: Dual, eta: FloatArray) -> Prices:
    """From what rows pay in all to what each limit adds, from the root of the tree down."""
    ready = dual.program
    y = dual.prices(eta)
    levels = [np.zeros(caps.size) for _, _, caps in problem.levels]
    budget, above = float(y[0]), np.zeros(ready.n_processors)
    for m in reversed(range(ready.tables.node_caps.size)):
        (first, last), (depth, label) = ready.tables.nodes[m], ready.node_labels[m]
        extra = max(0.0, float(dual.paid.nodes[m] - above[first]))
        above[first:last] += extra
        if depth < 0:
            budget = extra
        else:
            levels[depth][label] = extra
    processors = ready.in_problem_order(np.maximum(0.0, dual.paid.own - above))
    models = ready.n_models
    shift = _shift(ready, y)
    return Prices(
        budget=float(np.ldexp(budget, -2 * shift)),
        processors=np.ldexp(processors, -2 * shift),
        levels=tuple(np.ldexp(level, -2 * shift) for level in levels),
        models=np.ldexp(y[1 : 1 + models], -2 * shift),
        costs=np.ldexp(y[1 + models :], -2 * shift - ready.cost_exponents),
        exponent=ready.exponent + shift,
    )


def _shift(ready: Program, y: FloatArray) -> int:
    """Half the power of two to take out of prices, so that none per unit of cost overflows."""
    costs = y[1 + ready.n_models :]
    tops = np.frexp(costs)[1] - ready.cost_exponents
    return max(TOP, int(tops[costs > 0.0].max(initial=0)) // 2 - TOP)
