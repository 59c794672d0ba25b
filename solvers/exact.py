"""Method "exact": the optimum by water-filling, to the last ulps and feasible without any."""

from __future__ import annotations

from dataclasses import replace

from roundlot.solvers.coupled.solution import coupled
from roundlot.solvers.proof.feasibility import check_feasible
from roundlot.solvers.proof.lowering import fit_total
from roundlot.solvers.proof.prices import Multipliers, Prices
from roundlot.solvers.water.boxes import box_multipliers, box_probabilities, boxes
from roundlot.solvers.water.scaling import is_base, working_scores
from roundlot.solvers.water.waterfill import Waterline, waterfill
from roundlot.theory import Problem
from roundlot.theory.arrays import FloatArray


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
