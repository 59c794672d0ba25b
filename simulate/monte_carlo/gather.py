"""Rounds on the CPU: gather the directions that were drawn, nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.simulate.designs import Design
from roundlot.simulate.monte_carlo.chunks import Work
from roundlot.simulate.monte_carlo.preparation import Prepared
from roundlot.simulate.monte_carlo.realised import Tally
from roundlot.simulate.philox import Picks
from roundlot.simulate.updates import Updates
from roundlot.solvers.kernels.compiling import compiled
from roundlot.theory.arrays import FloatArray, IntArray


@compiled
def gather_messages(
    picks: Picks,
    client: IntArray,
    factors: FloatArray,
    n_clients: int,
    counts: IntArray,
    draws: IntArray,
    aggregate_weight: FloatArray,
) -> tuple[IntArray, IntArray, FloatArray]:
    """Merge the draws of each round into messages: one per client and model, weights added.

    Returns ``edges, sender, weight``: the messages of row ``r`` and model ``s`` are those from
    ``edges[r S + s]`` to ``edges[r S + s + 1]``. Adds to ``counts`` ``(V, S)``; writes ``draws``
    ``(rounds,)`` and ``aggregate_weight`` ``(rounds, S)``.
    """
    n_rounds, n_processors = picks.shape
    n_models = factors.shape[1]
    most = 0
    for row in range(n_rounds):
        total = 0
        for who in range(n_processors):
            total += picks[row, who] >= 0
        draws[row] = total
        most += total
    edges = np.zeros(n_rounds * n_models + 1, np.int64)
    sender, weight = np.empty(most, np.int64), np.empty(most, np.float64)
    sums = np.zeros((n_models, n_clients))
    met = np.full((n_models, n_clients), -1)
    listed = np.empty((n_models, n_clients), np.int64)
    lengths = np.empty(n_models, np.int64)
    written = 0
    for row in range(n_rounds):
        lengths[:] = 0
        aggregate_weight[row] = 0.0
        for who in range(n_processors):
            model = picks[row, who]
            if model >= 0:
                one = client[who]
                if met[model, one] != row:
                    met[model, one] = row
                    sums[model, one] = 0.0
                    listed[model, lengths[model]] = one
                    lengths[model] += 1
                sums[model, one] += factors[who, model]
                aggregate_weight[row, model] += factors[who, model]
                counts[who, model] += 1
        for model in range(n_models):
            for place in range(lengths[model]):
                sender[written] = listed[model, place]
                weight[written] = sums[model, listed[model, place]]
                written += 1
            edges[row * n_models + model + 1] = written
    return edges, sender[:written], weight[:written]


@compiled(sums="fused")
def _square(values: npt.NDArray[Any]) -> float:
    total = 0.0
    for place in range(values.size):
        value = np.float64(values[place])
        total += value * value
    return total


@compiled
def row_squares(table: npt.NDArray[Any]) -> FloatArray:
    """``(rounds,)``, the squared length of every row, added in float64."""
    out = np.empty(len(table))
    for row in range(len(table)):
        out[row] = _square(table[row])
    return out


@compiled
def square_errors(
    edges: IntArray,
    sender: IntArray,
    weight: FloatArray,
    directions: npt.NDArray[Any],
    target: FloatArray,
    model: int,
    out: FloatArray,
) -> None:
    """Write ``out[:, model] = ‖Σ weight · directions[sender] − target‖²``, added in float64.

    Four messages a pass: the running sum is read and written a quarter as often.
    """
    n_rounds, n_models = out.shape
    size = target.size
    error = np.empty(size)
    for row in range(n_rounds):
        place = edges[row * n_models + model]
        last = edges[row * n_models + model + 1]
        for k in range(size):
            error[k] = -target[k]
        while place + 4 <= last:
            w0, w1, w2, w3 = weight[place], weight[place + 1], weight[place + 2], weight[place + 3]
            g0, g1 = directions[sender[place]], directions[sender[place + 1]]
            g2, g3 = directions[sender[place + 2]], directions[sender[place + 3]]
            for k in range(size):
                error[k] += w0 * g0[k] + w1 * g1[k] + w2 * g2[k] + w3 * g3[k]
            place += 4
        while place < last:
            w0, g0 = weight[place], directions[sender[place]]
            for k in range(size):
                error[k] += w0 * g0[k]
            place += 1
        out[row, model] = _square(error)


@compiled
def step_errors(
    edges: IntArray,
    sender: IntArray,
    weight: FloatArray,
    directions: npt.NDArray[Any],
    target: FloatArray,
    model: int,
    out: npt.NDArray[np.float64],
) -> None:
    """Write ``out[:, model] = Σ weight · directions[sender] − target``, ``(rounds, S, dim)``."""
    n_rounds, n_models, size = out.shape
    for row in range(n_rounds):
        error = out[row, model]
        for k in range(size):
            error[k] = -target[k]
        for place in range(edges[row * n_models + model], edges[row * n_models + model + 1]):
            w, g = weight[place], directions[sender[place]]
            for k in range(size):
                error[k] += w * g[k]


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
