"""Read a setup and everything it names, and say what is worth knowing before a run."""

from __future__ import annotations

import os

import numpy as np

from roundlot.fleet.fleet import Fleet
from roundlot.fleet.limits import require_feasible, usable_draws
from roundlot.fleet.setup import FleetSetup, read_setup

_NAMED = 5


def check(path: str | os.PathLike[str] | None = None) -> tuple[str, ...]:
    """Notes on the setup at ``path`` (the shipped one if None); none means nothing to remark.

    Raises:
        InvalidProblemError: something in the setup or its tables is wrong.
        InfeasibleError: the floors do not fit.
    """
    setup = read_setup(path)
    fleet = setup.fleet
    require_feasible(fleet, setup.limits)
    if setup.table_scores is not None:
        setup.problem(setup.table_scores)
    _ = setup.table_losses, setup.updates_path
    if setup.scores.source == "train":
        _ = setup.labels
    return tuple(
        note for note in (*_budget(setup), *_devices(fleet), *_labels(fleet), *_zeros(setup))
    )


def _budget(setup: FleetSetup) -> list[str]:
    usable = usable_draws(setup.fleet, setup.limits)
    if setup.budget <= usable:
        return []
    return [
        f"the budget, {setup.budget:g} draws per round, is above what the fleet can use, "
        f"{usable:g}: every processor is drawn as often as its cap allows"
    ]


def _devices(fleet: Fleet) -> list[str]:
    held = fleet.available.sum(axis=1)
    many = np.flatnonzero(fleet.processors > held)
    if not many.size:
        return []
    who = "1 client has" if many.size == 1 else f"{many.size} clients have"
    named = "; ".join(
        f"{fleet.clients[i]!r} has {fleet.processors[i]} and data for {held[i]}"
        for i in many[:_NAMED]
    )
    more = f"; and {many.size - _NAMED} more" if many.size > _NAMED else ""
    return [
        f"{who} more processors than models with data, so that one model can be drawn several "
        f"times in a round ({named}{more}): set their processors to the number of models they "
        "hold data for, or give them data for more"
    ]


def _labels(fleet: Fleet) -> list[str]:
    if fleet.label_model is None:
        return []
    none = [fleet.label_names[index] for index in np.flatnonzero(fleet.label_model < 0)]
    return [f"labels of no model are ignored: {', '.join(none[:8])}"] if none else []


def _zeros(setup: FleetSetup) -> list[str]:
    scores = setup.table_scores
    if scores is None or setup.limits.floor > 0:
        return []
    fleet = setup.fleet
    zero = int(((scores == 0) & fleet.expand(fleet.available)).sum())
    if not zero:
        return []
    return [
        f"{zero} available pairs have the score 0 and will never be drawn; if their updates are "
        "not 0 the estimate is biased: set problem.floor"
    ]
