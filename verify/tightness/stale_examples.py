"""Examples of stale updates over rounds: three quadratics, every outcome of every draw."""

from __future__ import annotations

from functools import cache

import numpy as np

from roundlot.verify.tightness.example import Example, bound_of, example
from roundlot.verify.tightness.linear_rounds import (
    Array,
    Quadratics,
    squared_gradients,
    with_memory,
)

CLIENTS = Quadratics(
    curves=np.array([1.0, 0.6, 0.3]),
    centres=np.array([3.0, 0.0, -1.0]),
    weights=np.array([0.5, 0.3, 0.2]),
    chances=np.array([0.9, 0.6, 0.5]),
    noise=0.01,
)
CALM = Quadratics(**{**vars(CLIENTS), "noise": 0.0})
START, ROUNDS, LATEST_STEP, STALE_STEP = 6.0, 40, 0.18, 0.17
P = float(CLIENTS.chances.min())
R = float(np.sqrt(np.max(CLIENTS.weights * (1 / CLIENTS.chances - 1))))


def memory_at_start() -> float:
    """The staleness of an empty memory."""
    return float(CLIENTS.weights @ CLIENTS.gradients(START) ** 2)


def latest_numbers() -> dict[str, float]:
    """What theorem latest_updates is given, but the rounds."""
    return {
        "client_smoothness": CLIENTS.smoothness,
        "step": LATEST_STEP,
        "probability": P,
        "staleness": memory_at_start(),
        "value": CLIENTS.value(START),
    }


def stale_numbers() -> dict[str, float]:
    """What theorem stale_updates is given, but the rounds."""
    return {
        **latest_numbers(),
        "step": STALE_STEP,
        "memory_root": R,
        "memory_noise": CLIENTS.noise,
        "batch_noise": CLIENTS.noise * float(np.sum(CLIENTS.weights**2 / CLIENTS.chances)),
    }


@cache
def gradients(latest: bool, rounds: int = ROUNDS) -> tuple[float, ...]:
    """``E‖∇F(x_t)‖²`` from an empty memory, before each round."""
    clients, step = (CALM, LATEST_STEP) if latest else (CLIENTS, STALE_STEP)
    start = np.array([START, 0.0, 0.0, 0.0, 1.0])
    found = squared_gradients(clients, with_memory(clients, step, latest=latest), start, rounds)
    return tuple(found)


def mean_gradient(latest: bool) -> float:
    """Their mean."""
    return float(np.mean(gradients(latest)))


def one_round(latest: bool, held: Array | None = None) -> tuple[float, float, float, float]:
    """``E F(x⁺) − F*``, ``E H⁺``, ``E(x⁺ − x)²``, ``E g²`` of a round from the memory ``held``."""
    step, value, memory, moved = LATEST_STEP, 0.0, 0.0, 0.0
    slopes, held = CALM.gradients(START), np.zeros(3) if held is None else held
    for chance, d in CALM.draws():
        fresh = np.where(d > 0, slopes, held)
        if latest:
            g = float(CALM.weights @ fresh)
        else:
            g = float(CALM.weights @ held + (CALM.weights * d / CALM.chances) @ (slopes - held))
        x = START - step * g
        value += chance * CALM.value(x)
        memory += chance * float(CALM.weights @ (fresh - CALM.gradients(x)) ** 2)
        moved += chance * (x - START) ** 2
    return value, memory, moved, moved / step**2


def _round_numbers() -> dict[str, float]:
    return {
        "client_smoothness": CALM.smoothness,
        "probability": P,
        "staleness": memory_at_start(),
    }


def _sum_bound(theorem: str, decrease: float) -> float:
    """The bound on ``c S(T)`` and what is beside it, as a bound on the mean."""
    numbers = latest_numbers() if theorem.startswith("latest") else stale_numbers()
    return bound_of(theorem, **numbers, rounds=ROUNDS)() / (decrease * ROUNDS)


def _sum_case(theorem: str, latest: bool, step: float) -> Example:
    return Example(
        theorem=theorem,
        bound=lambda: _sum_bound(theorem, step / 2),
        quadratic=lambda: mean_gradient(latest),
        setting="S(T) alone; as the next row",
    )


_SAID = "L = 1, p = ½, empty memory, 40 rounds"
STALE_ROUND_EXAMPLES: tuple[Example, ...] = (
    example(
        "memory_round",
        {**_round_numbers(), "memory_noise": 0.0, "squared_distance": one_round(True)[2]},
        lambda: one_round(True)[1],
        setting="L = 1, p = ½, one round",
    ),
    example(
        "latest_round",
        {
            **_round_numbers(),
            "step": LATEST_STEP,
            "value": CALM.value(START),
            "squared_gradient": float(CALM.weights @ CALM.gradients(START)) ** 2,
            "squared_step": one_round(True)[3],
        },
        lambda: one_round(True)[0],
        setting="L = 1, p = ½, one round",
    ),
    _sum_case("latest_updates_sum", True, LATEST_STEP),
    example(
        "latest_updates",
        {**latest_numbers(), "rounds": ROUNDS},
        lambda: mean_gradient(True),
        setting=_SAID,
    ),
    _sum_case("stale_updates_sum", False, STALE_STEP),
    example(
        "stale_updates",
        {**stale_numbers(), "rounds": ROUNDS},
        lambda: mean_gradient(False),
        setting=f"{_SAID}, noise 0.01",
    ),
)
