"""The same rounds in one process, as products of matrices: what real processes are held against."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from roundlot.simulate.workers.mixing_schedule import MixingSchedule
from roundlot.simulate.workers.real.lines import Step
from roundlot.solvers.graphs.graph import Graph
from roundlot.solvers.graphs.leaders import leader_matrix, leaders_of
from roundlot.theory.arrays import AnyArray, FloatArray


def product_of_rounds(
    schedule: MixingSchedule,
    start: npt.ArrayLike,
    *,
    rounds: int,
    step: Step | None = None,
    learning_rate: float = 0.0,
) -> FloatArray:
    """``(n, d)`` after the rounds that ``launch`` plays, in float64: ``X⁺ = W (X − ηG)``.

    Args:
        start: ``(n, d)``, a row for each worker.
        schedule, rounds, step, learning_rate: as of ``launch``.
    """
    here = np.array(start, dtype=np.float64)
    for number in range(rounds):
        stepped, losses = here, np.zeros(len(here))
        if step is not None:
            told = [step(rank, number, row.copy()) for rank, row in enumerate(here)]
            stepped = np.array([row for row, _ in told], dtype=np.float64)
            losses = np.array([loss for _, loss in told])
        W = schedule.matrix(number)
        if schedule.leaders is None:
            here = W @ stepped
            continue
        used = schedule.at(number).links.matchings
        edges = [used[j] for j in np.flatnonzero(schedule.used(number))]
        every = np.concatenate([*edges, np.empty((0, 2), np.int64)])
        chosen = leaders_of(Graph(nodes=schedule.nodes, edges=every), losses)
        update = schedule.update
        whole = leader_matrix(W, chosen, schedule.leaders, update=update, step=learning_rate)
        through = whole
        if update == "paper":  # the step itself is not pulled
            through = leader_matrix(W, chosen, schedule.leaders, update=update, step=0.0)
        here = whole @ here + through @ (stepped - here)
    return here


def squared_norm(rank: int, round_: int, parameters: AnyArray) -> tuple[AnyArray, float]:
    """A step that moves nothing; half the squared norm is the loss, so that leaders are near 0."""
    return parameters, float(0.5 * np.sum(np.square(parameters, dtype=np.float64)))
