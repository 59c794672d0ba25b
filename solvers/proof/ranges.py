"""Objective and variance where float64 does not hold them, as of scores near 1e200 or 1e-200.

Probabilities, prices and proofs know no scale: they are those of scores in another unit. What has
one is said in decimals, or in units of ``4**unit``.
"""

from __future__ import annotations

import math

import numpy as np

from roundlot.solvers.proof.scales import holds, may_leave_range
from roundlot.solvers.water.scaling import exponent_of, working_scores
from roundlot.theory import Problem
from roundlot.theory.arrays import BoolArray, FloatArray
from roundlot.theory.moments.estimator import model_objective, model_variance
from roundlot.theory.text import in_decimals


def variance_in(problem: Problem, probabilities: FloatArray, unit: int) -> float:
    """``Σ λ Var`` in units of ``4**unit``."""
    varies = probabilities < 1.0
    return math.fsum(model_variance(_moved(problem, varies, unit), probabilities).tolist())


def variance_decimals(problem: Problem, probabilities: FloatArray) -> str:
    """``Σ λ Var`` in six digits, whatever its size."""
    varies = (probabilities < 1.0) & (problem.scores > 0.0)
    if not varies.any():
        return "0"
    unit = _top(problem, varies)
    return in_decimals(variance_in(problem, probabilities, unit), unit)


def variances_decimals(problem: Problem, probabilities: FloatArray) -> tuple[str, ...]:
    """Each model's variance, without its weight, in six digits, whatever its size."""
    some = (probabilities < 1.0) & (problem.scores > 0.0)
    unit = exponent_of(float(np.max(problem.scores, where=some, initial=0.0)))
    near = np.ldexp(np.where(some, problem.scores, 0.0), -unit)
    return tuple(in_decimals(x, unit) for x in model_variance(near, probabilities).tolist())


def objective_decimals(problem: Problem, probabilities: FloatArray) -> str:
    """``Σ λ a²/p`` in six digits, whatever its size."""
    drawn = problem.scores > 0.0
    unit = _top(problem, drawn)
    moved = model_objective(_moved(problem, drawn, unit), probabilities)
    return in_decimals(math.fsum(moved.tolist()), unit)


def range_notes(
    problem: Problem, probabilities: FloatArray, objective: tuple[float, int] | None = None
) -> tuple[str, ...]:
    """The numbers that float64 does not hold, in decimals.

    Args:
        problem: what was asked.
        probabilities: ``(V, S)``, the answer.
        objective: its objective over a power of four, and that power; ``Σ λ a²/p`` if not given.
    """
    if not may_leave_range(problem):
        return ()
    value = (
        objective_decimals(problem, probabilities) if objective is None else in_decimals(*objective)
    )
    shown = (value, variance_decimals(problem, probabilities))
    if all(text == "0" or (float(text) > 0.0 and holds(float(text))) for text in shown):
        return ()
    return (
        f"the objective is {shown[0]} and the variance {shown[1]}, and float64 ends at 1.8e308 and "
        "2.2e-308: as numbers they show as inf or next to 0, objective_text and variance_text hold "
        "them; probabilities and certificate do not depend on that",
    )


def _top(problem: Problem, some: BoolArray) -> int:
    scores, unit = working_scores(problem)
    return exponent_of(float(np.max(scores, where=some, initial=0.0))) + unit


def _moved(problem: Problem, some: BoolArray, unit: int) -> FloatArray:
    """``√λ a`` of some entries over ``2**unit``, 0 of others."""
    scores, own = working_scores(problem)
    with np.errstate(over="ignore", under="ignore"):
        moved: FloatArray = np.ldexp(np.where(some, scores, 0.0), own - unit)
    return moved
