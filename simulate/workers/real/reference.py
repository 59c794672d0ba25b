"""The same rounds in one process, as products of matrices: what real processes are held against."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from roundlot.simulate.workers.mixing_schedule import MixingSchedule
from roundlot.simulate.workers.real.lines import Step
from roundlot.solvers.graphs.graph import Graph
from roundlot.solvers.graphs.leaders import leader_matrix, leaders_of, pull_matrix
from roundlot.theory.arrays import AnyArray


def product_of_rounds(
    schedule: MixingSchedule,
    start: npt.ArrayLike,
    *,
    rounds: int,
    step: Step | None = None,
    learning_rate: float = 0.0,
) -> AnyArray:
    """``(n, d)`` after the rounds that ``launch`` plays: ``X⁺ = W (X − ηG)``.

    Products are of float64; what a round leads to is rounded to the type of the start.

    Args:
        start: ``(n, d)``, a row for each worker; float32 or float64.
        schedule, rounds, step, learning_rate: as of ``launch``.
    """
    given = np.asarray(start)
    kind = np.float32 if given.dtype == np.float32 else np.float64
    here = np.array(given, dtype=np.float64)
    for number in range(rounds):
        stepped, losses = here, np.zeros(len(here))
        if step is not None:
            told = [step(rank, number, row.astype(kind)) for rank, row in enumerate(here)]
            stepped = np.array([row for row, _ in told], dtype=kind).astype(np.float64)
            losses = np.array([loss for _, loss in told])
        W = schedule.matrix(number)
        if schedule.leaders is None:
            here = (W @ stepped).astype(kind).astype(np.float64)
            continue
        used = schedule.at(number).links.matchings
        edges = [used[j] for j in np.flatnonzero(schedule.used(number))]
        every = np.concatenate([*edges, np.empty((0, 2), np.int64)])
        chosen = leaders_of(Graph(nodes=schedule.nodes, edges=every), losses)
        update = schedule.update
        whole = leader_matrix(W, chosen, schedule.leaders, update=update, step=0.0)
        if update == "paper":  # what is mixed is rounded on its way to the others
            pull = pull_matrix(chosen, schedule.leaders) @ here
            stepped = (stepped - learning_rate * pull).astype(kind).astype(np.float64)
        here = (whole @ stepped).astype(kind).astype(np.float64)
    return here.astype(kind)


def squared_norm(rank: int, round_: int, parameters: AnyArray) -> tuple[AnyArray, float]:
    """A step that moves nothing; half the squared norm is the loss, so that leaders are near 0."""
    return parameters, float(0.5 * np.sum(np.square(parameters, dtype=np.float64)))
