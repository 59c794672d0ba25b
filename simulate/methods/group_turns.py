"""How a cycle of group sampling begins, and who joins which group."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from torch import Tensor

from roundlot.simulate.methods.chance import generator
from roundlot.simulate.methods.group_cycle import Cycle
from roundlot.simulate.methods.grouping import Grouping, at_random, by_losses, nearest, standard
from roundlot.simulate.training.round import Round
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.random_streams import ARRIVING, GROUPING


def joined(joins: tuple[int, ...] | None, round_: Round) -> IntArray:
    """The models that have joined."""
    rounds = np.zeros(len(round_.parameters)) if joins is None else np.array(joins)
    return np.asarray(np.flatnonzero(rounds <= round_.index))


def is_over(cycle: Cycle, index: int) -> bool:
    """Whether every slot has met every group, or there are none yet."""
    return index >= cycle.start + cycle.n_groups


def begun(
    cycle: Cycle,
    round_: Round,
    models: IntArray,
    *,
    by: str,
    count: int | None,
    most: int | None,
    every: int | None,
) -> Cycle:
    """The next cycle: groups anew if it is time, slots for models and copies of the worst."""
    due = every is not None and round_.index >= cycle.grouped + every
    new = not cycle.n_groups or due or models.size > cycle.n_groups
    losses = None
    if new:
        losses = _losses(round_, models)
        cycle = _grouped(cycle, round_, models, losses, by=by, count=count, most=most)
    n_groups = len(cycle.centroids)
    slots = models
    if n_groups > models.size:
        losses = _losses(round_, models) if losses is None else losses
        slots = np.append(models, _copies(round_, models, losses, n_groups - models.size))
    return replace(
        cycle,
        slots=np.asarray(slots, dtype=np.int64),
        start=round_.index,
        seen=tuple(np.zeros_like(row) for row in cycle.seen),
    )


def settled(cycle: Cycle, round_: Round, *, by: str) -> Cycle:
    """Those present without a group get one: the nearest, or a random one of random groups."""
    lost = np.flatnonzero(round_.present.any(axis=1) & (cycle.group < 0))
    if not lost.size:
        return cycle
    if by == "random":
        found = generator(round_, ARRIVING).integers(cycle.n_groups, size=lost.size)
    else:
        losses = _losses(round_, cycle.anchors, cycle.anchor_parameters, lost)
        found = nearest(standard(losses, cycle.centre, cycle.spread), cycle.centroids)
    group = cycle.group.copy()
    group[lost] = found
    return replace(cycle, group=group)


def _grouped(
    cycle: Cycle,
    round_: Round,
    models: IntArray,
    losses: FloatArray,
    *,
    by: str,
    count: int | None,
    most: int | None,
) -> Cycle:
    """Everybody present in groups; the models become the anchors."""
    there = np.flatnonzero(~np.isnan(losses).all(axis=1))
    seed = int(generator(round_, GROUPING).integers(2**31))
    made: Grouping
    if by == "random":
        made = at_random(losses[there], count=count or models.size, seed=seed)
    else:
        least, top = count or models.size, count or most or 2 * models.size
        made = by_losses(losses[there], least=least, most=top, seed=seed)
    group = np.full_like(cycle.group, -1)
    group[there] = made.labels
    return replace(
        cycle,
        group=group,
        grouped=round_.index,
        centroids=made.centroids,
        centre=made.centre,
        spread=made.spread,
        silhouette=made.silhouette,
        anchors=models,
        anchor_parameters=tuple(row.clone() for row in round_.parameters),
    )


def _losses(
    round_: Round,
    models: IntArray,
    parameters: tuple[Tensor, ...] | None = None,
    clients: IntArray | None = None,
) -> FloatArray:
    """``(N, A)`` losses of those present, or of some of them; NaN elsewhere."""
    out = np.full((len(round_.present), models.size), np.nan)
    for column, model in enumerate(models):
        some = np.flatnonzero(round_.present[:, model])
        if clients is not None:
            some = np.intersect1d(some, clients)
        at = None if parameters is None else parameters[model]
        out[some, column] = round_.some_losses(int(model), some, parameters=at)[some]
    return out if clients is None else out[clients]


def _copies(round_: Round, models: IntArray, losses: FloatArray, spare: int) -> IntArray:
    """The models of largest mean loss by data, the worst first, over again if need be."""
    means = (round_.data_weights[:, models] * np.nan_to_num(losses)).sum(axis=0)
    worst = models[np.argsort(-means, kind="stable")]
    return np.asarray(np.resize(worst, spare))
