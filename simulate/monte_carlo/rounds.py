"""Rounds of a solution: drawn by a design of its probabilities, with the updates or without."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from roundlot.simulate.designs import design as make_design
from roundlot.simulate.monte_carlo.realised import Realised
from roundlot.simulate.monte_carlo.simulation import simulate
from roundlot.simulate.updates import Updates
from roundlot.solvers import Solution
from roundlot.theory import InvalidProblemError
from roundlot.theory.choices import SamplingDesign
from roundlot.theory.positions import by_position
from roundlot.theory.problem import Problem
from roundlot.theory.random_streams import SOLUTION_DIRECTIONS

# Numbers in a direction nobody gave: two of them are all but orthogonal on average.
_DIMENSION = 16


@by_position()
def simulate_rounds(
    solution: Solution,
    updates: Updates | None = None,
    *,
    rounds: int,
    design: SamplingDesign = "independent",
    seed: int = 0,
    device: str = "auto",
) -> Realised:
    """What ``rounds`` rounds give: squared errors, draws, uploads, how often everybody was drawn.

    Args:
        solution: the probabilities, and the scores.
        updates: what processors would send. Without them each sends a vector of random direction
            whose norm is its score: draws, and the squared error of independent draws on average,
            do not depend on the directions; that of other designs does.
        rounds: how many, at least 1.
        design: how a round is drawn.
        seed: of the draws, and of the directions.
        device: "cpu", "cuda", ...; "auto" takes a GPU if there is one.

    Raises:
        InvalidProblemError: no solution, an unknown design, updates of another fleet, fewer rounds
            than 1; InfeasibleError: probabilities that the design cannot have.
    """
    require_solution(solution)
    if updates is not None and not isinstance(updates, Updates):
        raise InvalidProblemError(
            f"updates is a {type(updates).__name__}; give roundlot.simulate.Updates, or nothing"
        )
    known = random_updates(solution.problem, seed=seed) if updates is None else updates
    drawn = make_design(solution, design)
    found = simulate(drawn, known, rounds=rounds, seed=seed, device=device)
    return replace(found, names=solution.problem.names)


def random_updates(problem: Problem, *, seed: int = 0) -> Updates:
    """Updates of random directions whose norms are the scores of a problem."""
    random = SOLUTION_DIRECTIONS.generator(seed, problem.n_processors, problem.n_models)
    shape = (problem.n_models, problem.n_processors, _DIMENSION)
    directions = random.normal(size=shape)
    directions /= np.linalg.norm(directions, axis=2, keepdims=True)
    rows = np.arange(problem.n_processors) if problem.client is None else problem.client
    if problem.client is not None:
        directions = directions[:, : int(rows.max()) + 1]
    return Updates(directions=list(directions), client=rows, weights=problem.scores)


def require_solution(solution: object) -> None:
    """Refuses what is no answer of a solver.

    Raises:
        InvalidProblemError: it has no problem and no probabilities.
    """
    if not (hasattr(solution, "problem") and hasattr(solution, "probabilities")):
        raise InvalidProblemError(
            f"give a solution, as of roundlot.solve, not {type(solution).__name__}; a design and "
            "updates go to roundlot.simulate.simulate"
        )
