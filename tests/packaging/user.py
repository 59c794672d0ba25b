"""A user's file: it must pass mypy --strict against the installed package."""

from typing import assert_type

import numpy as np

import roundlot as rl
from roundlot.fleet import load_setup
from roundlot.simulate import Updates


def probabilities(scores: list[list[float]], budget: float) -> float:
    """The variance of the optimum."""
    problem = rl.Problem(scores, budget=budget)
    solution = assert_type(rl.solve(problem), rl.Solution)
    gap: float = solution.certificate.gap
    return float(np.sum(solution.variance)) + gap


def rows(path: str) -> int:
    """Clients of a setup."""
    fleet: rl.Fleet = load_setup(path).fleet
    return fleet.n_clients


def norms(updates: Updates) -> float:
    """Their largest."""
    return float(updates.norms.max())
