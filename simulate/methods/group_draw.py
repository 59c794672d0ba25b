"""A round's draw when every client's model is settled by its group."""

from __future__ import annotations

from typing import Literal

import numpy as np

from roundlot.simulate.training.lot import Lot
from roundlot.simulate.training.round import Round
from roundlot.solvers import solve
from roundlot.solvers.rules import gather
from roundlot.solvers.rules.uniform import RandomModel
from roundlot.theory.arrays import BoolArray, FloatArray, IntArray

Within = Literal["uniform", "data size", "loss"]
_FLOOR = 0.01


def conditional(round_: Round, model: IntArray, within: Within) -> FloatArray:
    """``(V, S)``: probabilities of the draw given the groups, above 0 for all who may be drawn.

    Args:
        round_: who is there, with which budget.
        model: ``(N,)``, the model of each client's group; −1 for none.
        within: see `roundlot.simulate.methods.group_sampling.GroupSampling`.
    """
    clients, models = round_.present.shape
    mine = round_.present & (model[:, None] == np.arange(models))
    client = round_.federation.client
    able = mine[client]
    if not able.any():
        return np.zeros(able.shape)
    if within == "uniform":
        problem = round_.problem(round_.weights * able, available=able)
        return RandomModel().propose(problem, gather(problem))
    sizes = np.ones((clients, models)) if within == "data size" else _losses(round_, mine)
    problem = round_.problem(round_.weights * np.where(mine, sizes, 0.0)[client], available=able)
    return solve(problem).probabilities


def group_means(round_: Round, lot: Lot, model: int, group: IntArray) -> FloatArray:
    """``(N,)``: a plain mean over those drawn of each group, groups by the data of those drawn."""
    drawn = lot.clients(model)
    weights = np.zeros(len(group))
    for label in np.unique(group[drawn]):
        some = drawn[group[drawn] == label]
        weights[some] = round_.data_weights[some, model].sum() / some.size
    return np.asarray(weights / max(weights.sum(), np.finfo(np.float64).tiny))


def _losses(round_: Round, mine: BoolArray) -> FloatArray:
    """``(N, S)``, at least a hundredth of the mean: nobody is left out."""
    models = range(mine.shape[1])
    losses = np.stack([round_.some_losses(s, np.flatnonzero(mine[:, s])) for s in models], axis=1)
    means = losses.sum(axis=0) / np.maximum(mine.sum(axis=0), 1)
    least = np.maximum(_FLOOR * means, np.finfo(np.float64).tiny)
    return np.asarray(np.maximum(losses, least))
