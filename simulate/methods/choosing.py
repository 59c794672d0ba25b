"""From a round to probabilities: the rules of `roundlot.solvers` on who is there."""

from __future__ import annotations

import numpy as np

from roundlot.simulate.training.round import Round
from roundlot.solvers import solve
from roundlot.solvers.rules import Rule, gather
from roundlot.theory.arrays import FloatArray


def proposed(round_: Round, rule: Rule, *, losses: FloatArray | None = None) -> FloatArray:
    """``(V, S)`` by a cheap rule that needs data sizes and, perhaps, losses ``(N, S)``."""
    problem = round_.problem(round_.weights)
    client = round_.federation.client
    rows = None if losses is None else losses[client]
    return rule.propose(problem, gather(problem, client=client, losses=rows))


def best_for(
    round_: Round, sizes: FloatArray, *, floor: float = 0.0, objective: str = "sum"
) -> FloatArray:
    """``(V, S)``: the probabilities of least variance for updates of these sizes.

    Args:
        round_: who is there, with which weights and budget.
        sizes: ``(N, S)``, what stands for ``‖G‖``: norms, losses, residuals.
        floor: a size below this share of the model's mean counts as that share, so that nobody
            whose update is not known to be zero has probability 0.
        objective: of the solver: the models' "sum" of variances, or their "max".
    """
    present = round_.present
    means = sizes.sum(axis=0, where=present) / np.maximum(present.sum(axis=0), 1)
    held = np.where(present, np.maximum(sizes, floor * means), 0.0)
    scores = round_.weights * held[round_.federation.client]
    # Nothing is known of anybody's update: any probabilities do, so take those of equal updates.
    if not scores.any():
        scores = round_.weights
    return solve(round_.problem(scores), objective=objective).probabilities
