"""What the theorem path_rate promises of a run that was made, and what the run did.

Nothing is assumed of the objective but what was measured on the steps: how much each bends the
value (``ℓ``), and how far it is from a step of size ``γ`` along the gradient (``ε``), whatever the
method was. So the promise is for this run, and for no other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from roundlot.theory.errors import AssumptionError, InvalidProblemError
from roundlot.theory.estimates.path import ROUNDING, PathRecord, segment_smoothness
from roundlot.theory.theorems import named

_FLAT = 1e-12  # relative to γ: the ℓ of a run whose steps bend the value downwards


@dataclass(frozen=True, kw_only=True)
class PathPromise:
    """The bound of theorem path_rate on ``(1/T) Σ ‖∇F(x_t)‖²`` beside the mean itself.

    Attributes:
        step: ``γ``.
        step_smoothness: the largest ``ℓ`` of the steps.
        squared_error: the largest ``‖ξ‖²`` of the steps.
        value: ``F(x_0) − F_inf``, from the least value of the run.
        rounds: ``T``.
        bound: what the theorem gives for these.
        mean_squared_gradient: what the run did.
    """

    step: float
    step_smoothness: float
    squared_error: float
    value: float
    rounds: int
    bound: float
    mean_squared_gradient: float

    @property
    def is_kept(self) -> bool:
        """Whether the mean is at most the bound, to rounding, as it is proved to be."""
        return self.mean_squared_gradient <= self.bound * (1.0 + ROUNDING)


def path_promise(record: PathRecord, *, step: float) -> PathPromise:
    """The promise for a run all of whose rounds were measured.

    Args:
        record: with a point for every round, the first and the last among them.
        step: ``γ``, at most ``1/ℓ``; for steps of another kind the one that fits them best.

    Raises:
        InvalidProblemError: rounds that were left out, fewer than two points, a step of 0 or less.
        AssumptionError: a step above ``1/ℓ`` of this run.
    """
    _require_every_round(record)
    if not 0.0 < step < np.inf:
        raise InvalidProblemError(f"step is {step:g}; it must be finite and above 0")
    bends = segment_smoothness(record)
    ell = max([one.high for one in bends], default=0.0)
    ell = max(ell, _FLAT / step)
    if step * ell > 1.0 + 1e-12:
        raise AssumptionError(
            f"step is {step:g}, but one of the run has ℓ = {ell:.6g}: path_rate "
            f"needs at most 1/ℓ = {1.0 / ell:.6g}"
        )
    gradients = record.full_gradients[:-1]
    errors = np.sum((-np.diff(record.points, axis=0) / step - gradients) ** 2, axis=1)
    numbers = {
        "step_smoothness": ell,
        "step": step,
        "squared_error": float(errors.max()),
        "value": _fallen(record),
        "rounds": len(gradients),
    }
    return PathPromise(
        step=step,
        step_smoothness=ell,
        squared_error=numbers["squared_error"],
        value=numbers["value"],
        rounds=len(gradients),
        bound=float(named("path_rate").evaluate(**numbers)),
        mean_squared_gradient=float(np.mean(np.sum(gradients**2, axis=1))),
    )


def _fallen(record: PathRecord) -> float:
    """``F(x_0) − F_inf``, with room for the rounding of both values."""
    first, least = float(record.values[0]), float(record.values.min())
    return first - least + ROUNDING * (abs(first) + abs(least))


def _require_every_round(record: PathRecord) -> None:
    if len(record.points) < 2:
        raise InvalidProblemError("one point makes no step; measure every round of a run")
    apart = np.diff(record.rounds)
    if np.any(apart != 1):
        first = int(np.flatnonzero(apart != 1)[0])
        raise InvalidProblemError(
            f"after round {record.rounds[first]} round {record.rounds[first + 1]} was measured; "
            "the promise needs every round (points: one more than the rounds)"
        )
