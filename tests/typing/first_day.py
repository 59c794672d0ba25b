"""A user's script, by the main names: mypy --strict and Pyright must find nothing to say about it.

`make check` runs both from this folder, through the environment that make built.
"""

from typing import assert_type

import numpy as np
from numpy.typing import NDArray

import roundlot as rl
from roundlot.fleet import FleetSetup, load_setup
from roundlot.simulate import Design, Realised, Updates, simulate
from roundlot.solvers import Comparison


def probabilities(scores: list[list[float]], budget: float) -> NDArray[np.float64]:
    """The optimum, with its proof."""
    problem = rl.Problem(scores, budget=budget)
    solution = rl.solve(problem)
    assert_type(solution, rl.Solution)
    assert_type(solution.variance, float)
    assert_type(solution.certificate, rl.Certificate)
    assert_type(solution.certificate.gap, float)
    assert_type(solution.certificate.verify(), bool)
    return solution.probabilities


def losses(problem: rl.Problem) -> dict[str, float]:
    """What each cheap rule loses."""
    table = rl.compare(problem)
    assert_type(table, Comparison)
    return {row.name: row.ratio for row in table.rows}


def drawn(solution: rl.Solution) -> int:
    """Draws of five rounds."""
    sampler = rl.design(solution, "pivotal")
    assert_type(sampler, Design)
    picks = sampler.draw(rounds=5, seed=0)
    return int(np.count_nonzero(picks >= 0))


def named(scores: dict[str, list[float]]) -> rl.Comparison:
    """A problem by names, and the words for its objective."""
    problem = rl.Problem(list(scores.values()), budget=1, client=list(scores))
    assert_type(rl.solve(problem, method="exact", objective="max"), rl.Solution)
    return rl.compare(problem)


def answers(solution: rl.Solution) -> tuple[bool, float]:
    """Whether draws do what the solution says, and the budget for half its variance."""
    draws = rl.simulate_rounds(solution, rounds=50, design="pivotal")
    assert_type(draws, Realised)
    assert_type(rl.verify_solution(solution, rounds=500), rl.Verification)
    try:
        least = rl.least_budget(solution.problem, variance_ceiling=solution.variance / 2)
    except (rl.InfeasibleError, rl.ConvergenceError):
        return False, 0.0
    return True, least.budget


def realised(sampler: Design, updates: Updates) -> Realised:
    """Two hundred rounds."""
    return simulate(sampler, updates, rounds=200, seed=0)


def clients(path: str) -> int:
    """Clients of a setup."""
    setup = load_setup(path)
    assert_type(setup, FleetSetup)
    assert_type(setup.fleet, rl.Fleet)
    return setup.fleet.n_clients


def largest(updates: Updates) -> float:
    """Their largest norm."""
    return float(updates.norms.max())
