"""Method "exact": the optimum to the last ulps, feasible without any.

By water-filling, by dual Newton where limits couple processors, or along the central path where
sums have floors. Where variances have ceilings it is the joint dual that `solve` asks.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from roundlot.solvers import kernels
from roundlot.solvers.central.floors import GOOD, fitter, settled_alone, with_floors
from roundlot.solvers.central.nearly import within
from roundlot.solvers.central.proved import proved_gap, require_gap, require_proved
from roundlot.solvers.central.settling import fits
from roundlot.solvers.central.slack import (
    keeps_floors,
    unpriced,
    without_floors,
    without_free_levels,
)
from roundlot.solvers.coupled.nested import nested_optimum
from roundlot.solvers.coupled.newton import Dual, best_prices
from roundlot.solvers.coupled.pricing import read_prices
from roundlot.solvers.coupled.program import program
from roundlot.solvers.digits.answer import in_digits
from roundlot.solvers.digits.question import MOST_PAIRS, question
from roundlot.solvers.proof.feasibility import check_feasible
from roundlot.solvers.proof.lowering import fit_total, lowered
from roundlot.solvers.proof.prices import Multipliers, Prices
from roundlot.solvers.proof.reach import refuse_variance_ceilings
from roundlot.solvers.proof.sums import excesses, total_excess
from roundlot.solvers.water.boxes import NEAT_ENTRIES, box_multipliers, box_optimum, boxes
from roundlot.solvers.water.scaling import is_base, working_scores
from roundlot.solvers.water.waterfill import Waterline, waterfill
from roundlot.theory import ConvergenceError, InfeasibleError, Problem
from roundlot.theory.arrays import FloatArray
from roundlot.theory.certificates.claim import no_prices
from roundlot.theory.problem import Structure

ARRIVED = 1e-16  # of the objective: what a path in decimals may miss, where nobody judges it
BESIDE_CAPS = 1e-11  # of a budget: what it takes off the caps of processors may be lost likewise
HARDLY = 1e-9  # of a budget: what it takes off ceilings below it may be lost in a sum of pairs


def exact(
    problem: Problem, start: Multipliers | Prices | None = None
) -> tuple[FloatArray, Multipliers | Prices]:
    """Optimal probabilities ``(V, S)`` and the multipliers that prove it.

    ``start``, prices of a similar problem, saves passes where limits couple processors.
    """
    refuse_variance_ceilings(problem, "method 'exact' by itself")
    check_feasible(problem)
    if problem.sum_floors():
        return _with_sum_floors(problem)
    if not problem.is_plain:
        return coupled(problem, start if isinstance(start, Prices) else None)
    if is_base(problem):
        line = _waterline(problem)
        return line.probabilities(), line.multipliers
    box = boxes(problem)
    probabilities, multipliers = box_optimum(box)
    large = probabilities.size > NEAT_ENTRIES
    if large and total_excess(probabilities.reshape(-1), problem.budget) <= 0.0:
        return probabilities, multipliers
    held = (multipliers.rows > multipliers.level)[:, None] | (probabilities >= box.ceiling)
    return fit_total(probabilities, box.floor, problem.budget, held), multipliers


def _with_sum_floors(problem: Problem) -> tuple[FloatArray, Multipliers | Prices]:
    """Without the floors, if the optimum keeps them; by the dual, or along the central path."""
    nearly: tuple[FloatArray, Prices] | None = None
    try:
        p, prices = exact(without_free_levels(without_floors(problem)))
        start = unpriced(problem, prices)
        if keeps_floors(problem, p):
            if isinstance(prices, Multipliers) or proved_gap(problem, p, start) <= GOOD:
                return p, start
            nearly = p, start
        found = nested_optimum(problem, start)
        p = within(problem, found)
        if not fits(problem, p):
            p = settled_alone(problem, found.probabilities)
        if proved_gap(problem, p, found.prices) <= GOOD:
            return p, found.prices
        require_gap(problem, p, found.prices)
        nearly = p, found.prices
    except (ConvergenceError, InfeasibleError):
        pass
    try:
        central = with_floors(problem)  # it says what is wrong, with the floors
        require_proved(problem, *central)
    except ConvergenceError:
        if nearly is None:
            raise
        return nearly
    return min((central, *([nearly] if nearly else [])), key=lambda x: proved_gap(problem, *x))


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
    if start is None and _is_all_but_slack(problem):
        end = in_digits(question(problem, weights=problem.model_weights), fitter)
        if end is not None and end.miss <= ARRIVED:
            return end.probabilities, end.prices
    ready = program(problem)
    if not ready.tables.scores.any():
        return problem.bounds[0].copy(), no_prices(problem)
    dual = Dual(program=ready)
    eta = best_prices(dual, _start(dual, start))
    p = dual.write(eta)
    held = np.empty(p.shape, dtype=np.bool_)
    kernels.raise_to(p, ready.tables.scores, ready.tables.ceiling, ready.least, held)
    held[dual.paid.governor == kernels.OWN] = True
    prices = read_prices(problem, ready, dual.prices(eta), dual.paid)
    floor = ready.tables.floor if ready.order is None else None
    return lowered(problem, ready.in_problem_order(p), ready.in_problem_order(held), floor), prices


def _is_all_but_slack(problem: Problem) -> bool:
    """Whether a model's budget or a cost row takes less off the ceilings, or the budget off the
    caps, than sums in float64 tell.

    Newton's method sees it as slack; what it takes is all the variance there may be.
    """
    if problem.scores.size > MOST_PAIRS:
        return False
    for limit in problem.sum_limits():
        if limit.structure in (Structure.MODELS, Structure.WEIGHTED):
            over = excesses(limit, problem.bounds[1])
            if ((over > 0.0) & (over <= HARDLY * limit.bound)).any():
                return True
    most = np.minimum(problem.processor_cap, problem.bounds[1].sum(axis=1))
    over_caps = math.fsum([*most.tolist(), -problem.budget])
    return 0.0 < over_caps <= BESIDE_CAPS * problem.budget


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
