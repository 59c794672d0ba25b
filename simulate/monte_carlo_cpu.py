"""Rounds on the CPU: gather the directions that were drawn, nothing else."""

from __future__ import annotations

import numpy as np

from roundlot.simulate.chunks import Work
from roundlot.simulate.designs import Design
from roundlot.simulate.message_loops import gather_messages, square_errors, step_errors
from roundlot.simulate.reduction import Prepared
from roundlot.simulate.tally import Tally
from roundlot.simulate.updates import Updates


def cpu_bytes(design: Design, prepared: Prepared, tally: Tally) -> int:
    """Working memory of a round: its picks, its messages, and errors that are to be multiplied."""
    errors = 8 * sum(target.size for target in prepared.targets) if tally.products.size else 0
    return 2 * design.n_processors + int(48 * design.expected_draws) + errors + 64


def on_cpu(
    design: Design, updates: Updates, prepared: Prepared, tally: Tally, *, seed: int, start: int
) -> Work:
    """The work of a chunk ``first, last``: draw, merge, add up, into ``tally``."""

    def work(first: int, last: int) -> None:
        picks = design.draw(last - first, seed=seed, start=start + first)
        counts = np.zeros(design.probabilities.shape, dtype=np.int64)
        edges, sender, weight = gather_messages(
            picks,
            updates.client,
            prepared.factors,
            updates.n_clients,
            counts,
            tally.draws[first:last],
            tally.aggregate_weight[first:last],
        )
        tally.add_counts(counts)
        tally.uploads[first:last] = np.diff(edges[:: design.n_models])
        pairs = list(enumerate(zip(prepared.directions, prepared.targets, strict=True)))
        for model, (table, target) in pairs:
            out = tally.model_squared_error[first:last]
            square_errors(edges, sender, weight, table, target, model, out)
        if tally.products.size:
            errors = np.empty((last - first, len(pairs), prepared.targets[0].size))
            for model, (table, target) in pairs:
                step_errors(edges, sender, weight, table, target, model, errors)
            tally.products[first:last] = [error @ error.T for error in errors]

    return work
