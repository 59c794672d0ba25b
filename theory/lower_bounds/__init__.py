"""Bounds from above beside what an instance of their class attains.

A function or a fleet that meets every assumption of a theorem, and the exact value of what the
theorem bounds, for the same steps and rounds: the theorem cannot be improved below it. A rate needs
an entry in ``INSTANCES``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from roundlot.theory.errors import AssumptionError, ConvergenceError
from roundlot.theory.lower_bounds import local, memories, participation, rounds, steps, workers
from roundlot.theory.lower_bounds.record import Attained, LowerBound, Numbers
from roundlot.theory.proofs.theorem import Theorem
from roundlot.theory.theorems import named

_ROUNDING = 1e-6  # relative, of values and bounds in float64
#: What is attained, by the name of the rate.
INSTANCES: Mapping[str, Callable[[Numbers], Attained]] = MappingProxyType(
    {
        "constant_step": steps.constant_step,
        "one_over_t": steps.one_over_t,
        "decreasing_steps": steps.decreasing_steps,
        "growing_constant_step": steps.growing_constant_step,
        "growing_decreasing_steps": steps.growing_decreasing_steps,
        "nonconvex_rate_sum": steps.nonconvex_rate_sum,
        "nonconvex_rate": steps.nonconvex_rate,
        "path_rate_sum": steps.path_rate_sum,
        "path_rate": steps.path_rate,
        "participation_floor": participation.participation_floor,
        "participation_rate": participation.participation_rate,
        "selection_bias": participation.selection_bias,
        "local_steps": local.local_steps,
        "local_steps_value": local.local_steps_value,
        "local_path": local.local_path,
        "exact_path": local.exact_path,
        "fedavg_sum": rounds.fedavg_sum,
        "fedavg": rounds.fedavg,
        "fedavg_weights_sum": rounds.fedavg_weights_sum,
        "fedavg_weights": rounds.fedavg_weights,
        "fair_rounds": rounds.fair_rounds,
        "windows_sum": rounds.windows_sum,
        "windows": rounds.windows,
        "latest_updates_sum": memories.latest_updates_sum,
        "latest_updates": memories.latest_updates,
        "stale_updates_sum": memories.stale_updates_sum,
        "stale_updates": memories.stale_updates,
        "scaffold_sum": memories.scaffold_sum,
        "scaffold": memories.scaffold,
        "consensus_potential": workers.potential,
        "consensus_mix_first_potential": workers.mix_first_potential,
        "decentralised": workers.decentralised,
        "decentralised_mix_first": workers.mix_first,
        "decentralised_published": workers.decentralised,
        "leaders_sum": workers.mix_first_potential,
        "leaders": workers.mix_first,
    }
)


def has_lower_bound(theorem: Theorem) -> bool:
    """Whether an instance is known whatever the numbers are."""
    return theorem.name in INSTANCES or _attained_anywhere(theorem)


def no_lower_bound(theorem: Theorem) -> str:
    """Why there is none, in one line."""
    if theorem.claim.lower:
        return f"{theorem.name} is itself a bound from below, for the function of its setting"
    return (
        f"no lower bound is known for {theorem.name}, whatever its numbers: it bounds one step or "
        "one draw, and what it attains is in the table of tightness, for one setting"
    )


def lower_bound(theorem: str | Theorem, **numbers: Any) -> LowerBound:
    """What a function or fleet of the theorem's class attains, beside its bound.

    Raises:
        AssumptionError: numbers outside the range in which the bound is proved; or a theorem
            without an instance for all numbers, saying why.
        ConvergenceError: numbers of which float64 loses too many digits.
        KeyError: no theorem of that name.

    Source: the instances are written out in `roundlot.theory.lower_bounds`; no part of a theorem
    is used to evaluate them.
    """
    found = named(theorem) if isinstance(theorem, str) else theorem
    if not has_lower_bound(found):
        raise AssumptionError(no_lower_bound(found))
    numbers = found.domain.plain(numbers)
    several = [name for name, value in numbers.items() if np.ndim(value)]
    if several:
        raise AssumptionError(f"{several[0]} is several numbers; a lower bound takes one of each")
    upper = float(found.evaluate(**numbers))
    if upper < 0.0:
        raise AssumptionError(
            f"{found.name}: the bound is {upper:.4g}, and what it bounds is at least 0: nothing "
            "has these numbers"
        )
    attained = _attained(found, numbers, upper)
    value = float(attained.value)
    if not value <= upper * (1.0 + _ROUNDING):
        raise ConvergenceError(
            f"{found.name}: float64 loses too many digits of these numbers for a lower bound; "
            "give numbers that differ by fewer orders of magnitude"
        )
    return LowerBound(
        theorem=found.name,
        value=min(value, upper),
        upper=upper,
        attained_by=attained.by,
        scope=attained.scope,
    )


def _attained(theorem: Theorem, numbers: Mapping[str, Any], upper: float) -> Attained:
    if theorem.name in INSTANCES:
        plain = {name: float(value) for name, value in numbers.items()}
        try:
            return INSTANCES[theorem.name](plain)
        except (OverflowError, ZeroDivisionError):  # beyond float64
            return Attained(value=math.nan, by="")
    assert theorem.witness is not None
    return Attained(value=upper, by=theorem.witness.text)


def _attained_anywhere(theorem: Theorem) -> bool:
    """Whether the proof's own instance attains the bound for all numbers: none of them is fixed."""
    if theorem.witness is None or theorem.claim.lower:
        return False
    fixed = {parameter.symbol for parameter in theorem.domain.parameters}
    return not fixed & set(theorem.witness.values)


__all__ = ["INSTANCES", "LowerBound", "has_lower_bound", "lower_bound", "no_lower_bound"]
