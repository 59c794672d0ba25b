"""The proved rate of decentralised training for a graph and its budget."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from roundlot.theory.errors import AssumptionError

ORDERS = {
    "step then mix": "decentralised",
    "mix then step": "decentralised_mix_first",
    "published": "decentralised_published",
}


@dataclass(frozen=True, kw_only=True)
class MixingRate:
    """What a design of links guarantees.

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
    if not contraction < 1.0:
        raise AssumptionError(
            f"ρ is {contraction:.6g}; it must be below 1: the links that are used do not bring the "
            "workers together"
        )
    r = math.sqrt(contraction)
    short = 4.0 if order == "mix then step" else 4.0 * r
    return min(1.0, (1.0 - r) / short if short > 0.0 else 1.0) / smoothness


def mixing_rate(
    design: Any,
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
        design: a ``LinkDesign``, or ``ρ`` itself, with ``workers``.
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
    if order not in ORDERS:
        raise AssumptionError(f"no order is called {order!r}; choose from {', '.join(ORDERS)}")
    rho = float(design) if workers is not None else float(design.contraction.upper)
    n = workers if workers is not None else design.decomposition.graph.n_nodes
    if not smoothness > 0.0:
        raise AssumptionError(f"smoothness is {smoothness:g}; it must be above 0")
    most = largest_step(rho, smoothness, order=order)
    if not 0.0 < step <= most * (1.0 + 1e-12):
        raise AssumptionError(
            f"the step is {step:g}; the rate is proved for steps above 0 and at most {most:.6g}, "
            f"where ηL <= min(1, (1 − √ρ)/(4√ρ)), ρ = {rho:.5f}, L = {smoothness:g}"
        )
    from roundlot.theory.theorems import named

    theorem = named(ORDERS[order])
    numbers: dict[str, Any] = {
        "smoothness": smoothness,
        "contraction": max(math.sqrt(rho), 1e-12),
        "step": step,
        "variance": variance,
        "dissimilarity": dissimilarity,
        "workers": n,
        "value": value,
        "rounds": rounds,
    }
    bound = float(theorem.evaluate(**numbers))
    start = (8.0 if order == "published" else 2.0) * value / (step * rounds)
    return MixingRate(
        bound=bound,
        floor=max(0.0, bound - start),
        contraction=rho,
        largest_step=most,
        theorem=theorem.name,
        step=step,
        rounds=rounds,
    )
