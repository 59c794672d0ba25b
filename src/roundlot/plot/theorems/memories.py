"""Pictures of stale updates over rounds: three quadratics, every draw enumerated."""

from __future__ import annotations

import numpy as np

from roundlot.plot.theorems.instance import Picture, beside
from roundlot.theory.theorems import named
from roundlot.verify.tightness import stale_examples as stale

ENUMERATED = "three clients with quadratics, an empty memory, every outcome of every draw"
ROUNDS = np.arange(1.0, 61.0)


def memory_round() -> Picture:
    """From memories more and more stale."""
    return _one_round("memory_round", 1, {"memory_noise": 0.0})


def latest_round() -> Picture:
    gradient = float(stale.CALM.weights @ stale.CALM.gradients(stale.START))
    numbers = {"step": stale.LATEST_STEP, "squared_gradient": gradient**2}
    return _one_round("latest_round", 0, {**numbers, "value": stale.CALM.value(stale.START)})


def _one_round(theorem: str, part: int, numbers: dict[str, float]) -> Picture:
    memories = np.linspace(-1.0, 1.0, 17)
    rows = [stale.one_round(True, held=m * stale.CALM.gradients(stale.START)) for m in memories]
    slopes = float(stale.CALM.weights @ stale.CALM.gradients(stale.START) ** 2)
    known = {p.name for p in named(theorem).domain.numbers}
    told = {
        "client_smoothness": stale.CALM.smoothness,
        "probability": stale.P,
        "squared_distance": np.array([row[2] for row in rows]),
        "squared_step": np.array([row[3] for row in rows]),
        **numbers,
    }
    return beside(
        theorem,
        "staleness",
        (1 - memories) ** 2 * slopes,
        [row[part] for row in rows],
        {name: value for name, value in told.items() if name in known},
        "three clients with quadratics, one round of latest updates, every draw enumerated",
    )


def latest_updates_sum() -> Picture:
    return _summed("latest_updates_sum", latest=True)


def latest_updates() -> Picture:
    return _mean("latest_updates", latest=True)


def stale_updates_sum() -> Picture:
    return _summed("stale_updates_sum", latest=False)


def stale_updates() -> Picture:
    return _mean("stale_updates", latest=False)


def _summed(theorem: str, *, latest: bool) -> Picture:
    """``c S(T)`` alone, which is below the sum with the value and the memory."""
    numbers = stale.latest_numbers() if latest else stale.stale_numbers()
    truth = numbers["step"] / 2 * np.cumsum(stale.gradients(latest, len(ROUNDS)))
    instance = f"{ENUMERATED}; the dots are c S(T) alone"
    return beside(theorem, "rounds", ROUNDS, truth, numbers, instance)


def _mean(theorem: str, *, latest: bool) -> Picture:
    numbers = stale.latest_numbers() if latest else stale.stale_numbers()
    truth = np.cumsum(stale.gradients(latest, len(ROUNDS))) / ROUNDS
    return beside(theorem, "rounds", ROUNDS, truth, numbers, ENUMERATED, logarithmic=True)
