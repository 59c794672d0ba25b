"""Whether a setup's limits fit its fleet, before any score is known."""

from __future__ import annotations

import numpy as np

from roundlot.fleet.fleet import Fleet
from roundlot.fleet.sections import Limits
from roundlot.theory import InfeasibleError


def require_feasible(fleet: Fleet, limits: Limits) -> None:
    """Refuse floors that do not fit below the ceiling, the processors' cap or the budget.

    Raises:
        InfeasibleError: says which limit, by how much, and the floor that would fit.
    """
    floor = limits.floor
    if floor > limits.ceiling:
        raise InfeasibleError(
            f"problem.floor {floor:g} is above problem.ceiling {limits.ceiling:g}; lower the floor"
        )
    models = fleet.available.sum(axis=1)
    most = int(models.max())
    if floor * most > limits.processor_cap:
        name = fleet.clients[int(np.argmax(models))]
        raise InfeasibleError(
            f"problem.floor {floor:g} on {most} models takes {floor * most:g} of a processor of "
            f"client {name!r}, above its cap {limits.processor_cap:g}; "
            f"a floor of at most {limits.processor_cap / most:.6g} fits"
        )
    pairs = int(models @ fleet.processors)
    budget = limits.total(fleet.n_processors)
    if floor * pairs > budget:
        raise InfeasibleError(
            f"problem.floor {floor:g} on {pairs} available pairs takes {floor * pairs:g} draws, "
            f"above the budget {budget:g}; a floor of at most {budget / pairs:.6g} "
            f"or a budget of at least {floor * pairs:g} fits"
        )


def usable_draws(fleet: Fleet, limits: Limits) -> float:
    """The most draws per round that caps, ceilings and availability can use."""
    models = fleet.available.sum(axis=1)
    return float(np.minimum(limits.processor_cap, limits.ceiling * models) @ fleet.processors)
