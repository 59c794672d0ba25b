"""Examples of the gain over uniform probabilities: a few scores, the optimum from the solver."""

from __future__ import annotations

from functools import partial

import numpy as np
import numpy.typing as npt

from roundlot.solvers import solve
from roundlot.theory import Problem
from roundlot.verify.tightness.example import Example, example

Array = npt.NDArray[np.float64]
SCORES, BUDGET = np.array([3.0, 1.0, 0.5, 0.5]), 0.8
FEW = np.array([6.0, 1.0, 0.5, 0.5])  # the first is drawn in every round with this budget
LARGE_BUDGET = 2.0


def uniform_cost(scores: Array, budget: float) -> float:
    """``Σ a²/p`` of equal probabilities."""
    return float(np.sum(scores**2 / (budget / len(scores))))


def least_cost(scores: Array, budget: float) -> float:
    """``Σ a²/p`` of the solver's probabilities."""
    p = solve(Problem(scores[:, None], budget=budget)).probabilities[:, 0]
    return float(np.sum(scores**2 / p))


def variation(scores: Array) -> float:
    """The squared coefficient of variation."""
    return float(np.var(scores) / np.mean(scores) ** 2)


def numbers(scores: Array, budget: float) -> dict[str, float]:
    """What theorem uniform_cost is given."""
    return {"variation": variation(scores), "least_cost": float(scores.sum()) ** 2 / budget}


_EXTREME = np.array([1.0] * 4 + [4.0])  # one in five: the mean is 2 · 1 · 4/(1 + 4)

GAIN_EXAMPLES: tuple[Example, ...] = (
    example(
        "uniform_cost",
        {"variation": variation(SCORES), "least_cost": least_cost(SCORES, BUDGET)},
        partial(uniform_cost, SCORES, BUDGET),
        setting="scores 3, 1, ½, ½, budget 0.8: the optimum is the solver's",
    ),
    example(
        "saving_at_most",
        {**numbers(FEW, LARGE_BUDGET), "cost": least_cost(FEW, LARGE_BUDGET)},
        partial(uniform_cost, FEW, LARGE_BUDGET),
        setting="scores 6, 1, ½, ½, budget 2: one client at its cap",
    ),
    example(
        "greatest_gain",
        {"least_score": 1.0, "greatest_score": 4.0},
        partial(variation, _EXTREME),
        setting="four scores 1 and one 4",
    ),
)
