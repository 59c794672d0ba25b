"""A history made up: rounds of uniform draws of norms that do not move."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from roundlot.solvers.approximations.filling import fill
from roundlot.solvers.approximations.information import Observed
from roundlot.solvers.approximations.limits import limits
from roundlot.theory import InvalidProblemError, Problem
from roundlot.theory.random_streams import REHEARSAL

FloatArray = npt.NDArray[np.float64]
MOST_NUMBERS = 250_000_000  # of 8 bytes


def rehearse(problem: Problem, *, rounds: int = 50, seed: int = 0) -> tuple[Observed, ...]:
    """What a server would have seen after uniform rounds, had the norms been these all along.

    It shows what rules with a memory can reach at best: norms that move make theirs worse.

    Args:
        problem: its scores are the norms, its limits hold in every round.
        rounds: ``>= 0``.
        seed: of the draws.

    Raises:
        InvalidProblemError: a negative number of rounds, or more than fit in memory.
        InfeasibleError: limits that nothing satisfies.
    """
    if rounds < 0:
        raise InvalidProblemError(f"rounds is {rounds}; give at least 0")
    most = max(1, MOST_NUMBERS // problem.scores.size)
    if rounds > most:
        raise InvalidProblemError(
            f"a history of {rounds} rounds does not fit in memory; give at most {most} rounds of "
            f"{problem.scores.size} scores"
        )
    random = REHEARSAL.generator(seed)
    p = fill(problem.available.astype(np.float64), limits(problem))
    return tuple(
        Observed(probabilities=p, norms=np.where(drawn(p, chance), problem.scores, np.nan))
        for chance in random.random((rounds, problem.n_processors))
    )


def drawn(probabilities: FloatArray, chance: FloatArray) -> npt.NDArray[np.bool_]:
    """``(V, S)``, who draws what: one model at most by a number in ``[0, 1)`` each."""
    edges = np.cumsum(probabilities, axis=1)
    below = edges - probabilities
    return np.asarray((below <= chance[:, None]) & (chance[:, None] < edges))
