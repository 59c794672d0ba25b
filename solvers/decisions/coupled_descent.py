"""Seconds made fewer where limits couple processors: steps of the general solver.

At the current probabilities the length of a round has a slope in every one of them. Probabilities
of least variance whose length, by these slopes, is a given one are a sum program with one more cost
row, whatever the limits are. The best point on the way there is the next.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np

from roundlot.solvers.decisions.round_length import length_slopes
from roundlot.solvers.objectives.total import solve_sum
from roundlot.solvers.water.scaling import changed
from roundlot.theory import ConvergenceError, InfeasibleError, Problem, RoundlotWarning
from roundlot.theory.arrays import FloatArray

# Lengths to aim at, of the current one, and how far to go towards each.
AIMS = (1.0, 0.7, 0.95, 1.05, 1.4)
SHARES = (1.0, 0.4, 0.1)
STEPS = 25
STILL = 1e-5

Seconds = Callable[[FloatArray], float]


def coupled_descent(
    problem: Problem, start: FloatArray, times: FloatArray, server: FloatArray, seconds: Seconds
) -> FloatArray:
    """Probabilities ``(V, S)`` from which no such step lowers the seconds.

    Args:
        problem: with any limits.
        start: ``(V, S)``, probabilities within them.
        times: ``(V, S)``, of every pair.
        server: ``(V, S)``, what a draw adds to the round wherever it ends.
        seconds: of probabilities.
    """
    here, fewest = start, seconds(start)
    for _ in range(STEPS):
        before = fewest
        slopes = np.where(problem.available, length_slopes(times, here) + server, 0.0)
        for aim in AIMS:
            ahead = _aimed(problem, slopes, aim * float((slopes * here).sum()))
            if ahead is None:
                continue
            for share in SHARES:
                p = here + share * (ahead - here)
                found = seconds(p)
                if found < fewest:
                    here, fewest = p, found
                    break
            if fewest < before * (1.0 - 1e-3):
                break
        if not fewest < before * (1.0 - STILL):
            break
    return here


def _aimed(problem: Problem, slopes: FloatArray, length: float) -> FloatArray | None:
    if not length > 0.0:
        return None
    none = np.zeros((0, *problem.scores.shape)), np.zeros(0)
    costs = none[0] if problem.costs is None else problem.costs
    budgets = none[1] if problem.cost_budgets is None else problem.cost_budgets
    try:
        return least_variance(
            changed(
                problem,
                costs=np.concatenate((costs, slopes[None])),
                cost_budgets=np.append(budgets, length),
            )
        )
    except (InfeasibleError, ConvergenceError):
        return None


def least_variance(problem: Problem) -> FloatArray:
    """Probabilities ``(V, S)`` of the sum program; a slack budget is no news here.

    Raises:
        InfeasibleError: none satisfy the limits.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RoundlotWarning)
        return solve_sum(problem).probabilities
