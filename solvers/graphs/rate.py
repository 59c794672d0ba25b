"""The proved rate of decentralised training for a graph and its budget."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from roundlot import theory
from roundlot.theory.errors import AssumptionError
from roundlot.theory.names import require_choice
from roundlot.theory.text import rounded_down

#: What a round does first, and the theorem on it; "published" is the rate as printed.
ORDERS = {
    "step then mix": "decentralised",
    "mix then step": "decentralised_mix_first",
    "published": "decentralised_published",
}
#: The same in the words of training with workers.
_WORDS = {"step first": "step then mix", "mix first": "mix then step"}


@dataclass(frozen=True, kw_only=True)
class MixingRate:
    """What a schedule of links guarantees.

    Attributes:
        bound: on ``(1/T) Σ E‖∇F(x̄_k)‖²`` after ``rounds``.
        floor: what is left of it with ever more rounds, at this step.
        contraction: the upper end of ``ρ``, with which it was evaluated.
        largest_step: the largest step that the theorem admits.
        theorem: its name.
        step, rounds: as given.
    """

    bound: float
    floor: float
    contraction: float
    largest_step: float
    theorem: str
    step: float
    rounds: int


def largest_step(contraction: float, smoothness: float, *, order: str = "step then mix") -> float:
    """The largest ``η`` with ``ηL <= min(1, (1 − √ρ)/(4√ρ))``; mixing first without the ``√ρ``.

    Raises:
        AssumptionError: ``ρ`` is 1 or more.
    """
    order = _checked_order(order)
    if not contraction < 1.0:
        raise AssumptionError(
            f"ρ is {contraction:.6g}; it must be below 1: the links that are used do not bring the "
            "workers together"
        )
    r = math.sqrt(max(contraction, 0.0))
    short = 4.0 if order == "mix then step" else 4.0 * r
    return min(1.0, (1.0 - r) / short if short > 0.0 else 1.0) / smoothness


def gradient_bound(
    contraction: float,
    *,
    smoothness: float,
    step: float,
    rounds: int,
    value: float,
    variance: float,
    dissimilarity: float,
    workers: int,
    order: str = "step then mix",
) -> float:
    """The bound on ``(1/T) Σ E‖∇F(x̄_k)‖²`` of the theorem of this order, one local step a round.

    Args:
        contraction: ``ρ = ‖E WᵀW − J‖``, below 1.
        smoothness: ``L`` of every worker's objective.
        step: ``η``.
        rounds: ``T``.
        value: ``F(x̄_0) − F_inf``.
        variance: ``σ²``, at most that of a gradient at any worker.
        dissimilarity: ``ζ²``, mean of ``‖∇F_i − ∇F‖²`` at most.
        workers: ``n``.
        order: "step then mix" or "step first" (MATCHA), "mix then step" or "mix first" (D-PSGD), or
            "published", MATCHA's own, larger constants.

    Raises:
        AssumptionError: a step size outside the theorem's range, ``ρ = 1``; names the condition.
        InvalidProblemError: a number that is none.

    Source: theorems decentralised, decentralised_mix_first, decentralised_published.
    """
    name = ORDERS[_checked_order(order)]
    (theorem,) = (theorem for theorem in theory.CATALOGUE if theorem.name == name)
    return float(
        theorem.evaluate(
            smoothness=smoothness,
            contraction=math.sqrt(max(contraction, 0.0)),
            step=step,
            variance=variance,
            dissimilarity=dissimilarity,
            workers=workers,
            value=value,
            rounds=rounds,
        )
    )


def mixing_rate(
    schedule: Any,
    *,
    smoothness: float,
    step: float,
    rounds: int,
    value: float,
    variance: float = 0.0,
    dissimilarity: float = 0.0,
    workers: int | None = None,
    order: str = "step then mix",
) -> MixingRate:
    """The bound on the mean squared gradient after ``rounds`` of decentralised training.

    Args:
        schedule: a ``LinkSchedule``, or ``ρ`` itself, with ``workers``.
        smoothness: ``L`` of every worker's objective.
        step: ``η``.
        rounds: ``T``.
        value: ``F(x̄_0) − F_inf``.
        variance: ``σ²`` of a worker's gradient.
        dissimilarity: ``ζ²``, mean ``‖∇F_i − ∇F‖²`` at most.
        workers: ``n``.
        order: "step then mix" (MATCHA), "mix then step" (D-PSGD), or "published", the rate as
            printed, which is larger.

    Raises:
        AssumptionError: ``ηL`` outside the range of the theorem, naming the largest step; ``ρ`` not
            below 1; a number that is negative.

    Source: theorems decentralised, decentralised_mix_first, decentralised_published.
    """
    order = _checked_order(order)
    rho = float(schedule) if workers is not None else float(schedule.contraction.upper)
    n = workers if workers is not None else schedule.decomposition.graph.n_nodes
    if not smoothness > 0.0:
        raise AssumptionError(f"smoothness is {smoothness:g}; it must be above 0")
    most = largest_step(rho, smoothness, order=order)
    if not 0.0 < step <= most * (1.0 + 1e-12):
        raise AssumptionError(
            f"the step is {step:g}; the rate is proved for steps above 0 and at most "
            f"{rounded_down(most, 6):g}, where ηL <= min(1, (1 − √ρ)/(4√ρ)), ρ = {rho:.5f}, "
            f"L = {smoothness:g}"
        )
    bound = gradient_bound(
        rho,
        smoothness=smoothness,
        step=step,
        rounds=rounds,
        value=value,
        variance=variance,
        dissimilarity=dissimilarity,
        workers=n,
        order=order,
    )
    start = (8.0 if order == "published" else 2.0) * value / (step * rounds)
    return MixingRate(
        bound=bound,
        floor=max(0.0, bound - start),
        contraction=rho,
        largest_step=most,
        theorem=ORDERS[order],
        step=step,
        rounds=rounds,
    )


def _checked_order(order: str) -> str:
    named = _WORDS.get(order, order)
    require_choice(named, "order", ORDERS)
    return named
