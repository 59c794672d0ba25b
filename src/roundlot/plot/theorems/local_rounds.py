"""Pictures of FedAvg without convexity: three quadratics, every draw enumerated."""

from __future__ import annotations

import numpy as np

from roundlot.plot.theorems.instance import FloatArray, Picture, beside
from roundlot.verify.tightness import fair_examples as fair
from roundlot.verify.tightness import fedavg_examples as fedavg

ENUMERATED = "three clients with quadratics, K = 5, every outcome of every draw"
ROUNDS, PLACES = np.arange(1.0, 61.0), np.linspace(-5.0, 5.0, 21)
STRAIGHT = {"step": 0.1}


def squared_sum() -> Picture:
    """Half of each update is common, half its own."""
    squares = np.arange(1.0, 21.0)
    truth = 0.5 * squares + 0.5
    return beside(
        "squared_sum", "gradient_squares", squares, truth, {}, "half of each update is common"
    )


def local_path() -> Picture:
    return _path("local_path", 0.5, {"variance": 0.5})


def exact_path() -> Picture:
    return _path("exact_path", 0.0, {})


def _path(theorem: str, noise: float, numbers: dict[str, float]) -> Picture:
    counts = np.arange(1.0, 13.0)
    truth = [fedavg.straight(int(n), noise) for n in counts]
    told = {**STRAIGHT, **numbers, "gradient_squares": counts}
    return beside(theorem, "updates", counts, truth, told, "gradients that are all 1, η = 0.1")


def local_deviation() -> Picture:
    counts = np.arange(1.0, 6.0)
    places = np.repeat([-3.0, 2.0, 5.0], 5)
    rows = [
        fedavg.deviation_numbers(x, int(k)) for x, k in zip(places, np.tile(counts, 3), strict=True)
    ]
    told: dict[str, FloatArray] = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    truth = [fedavg.deviation(x, int(k)) for x, k in zip(places, told["local_steps"], strict=True)]
    return beside(
        "local_deviation",
        "local_steps",
        told.pop("local_steps"),
        truth,
        told,
        "three clients with quadratics, from x = −3, 2, 5",
    )


def fedavg_round() -> Picture:
    return _round("fedavg_round")


def fedavg_weights_round() -> Picture:
    return _round("fedavg_weights_round")


def _round(theorem: str) -> Picture:
    rows = [fedavg.round_numbers(theorem, x) for x in PLACES]
    told = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    truth = [fedavg.value_after(x) for x in PLACES]
    return beside(
        theorem, "value", told.pop("value"), truth, told, f"{ENUMERATED}, one round from many x"
    )


def fedavg_sum() -> Picture:
    return _summed("fedavg", 0.1)


def fedavg_weights_sum() -> Picture:
    return _summed("fedavg_weights", 0.05)


def _summed(theorem: str, decrease: float) -> Picture:
    """``c S(T)`` alone, which is below the sum with the value."""
    truth = decrease * np.cumsum(fedavg.gradients(len(ROUNDS)))
    instance = f"{ENUMERATED}; the dots are c S(T) alone"
    return beside(f"{theorem}_sum", "rounds", ROUNDS, truth, _numbers(theorem), instance)


def rate() -> Picture:
    return _mean("fedavg")


def weights_rate() -> Picture:
    return _mean("fedavg_weights")


def _mean(theorem: str) -> Picture:
    truth = np.cumsum(fedavg.gradients(len(ROUNDS))) / ROUNDS
    return beside(theorem, "rounds", ROUNDS, truth, _numbers(theorem), ENUMERATED, logarithmic=True)


def _numbers(theorem: str) -> dict[str, float]:
    return {
        **fedavg.numbers(theorem, len(ROUNDS)),
        "value": fedavg.CLIENTS.value(fedavg.START),
    }


def fair_draw() -> Picture:
    """The share of a model beside two others whose losses are as far ahead as they may be."""
    ratios = np.linspace(0.0, 4.0, 21)
    truth = [fair.weight_variance(ratio) for ratio in ratios]
    return beside("fair_draw", "loss_ratio", ratios, truth, fair.DRAW, "three models, α = 2")


def fair_rounds() -> Picture:
    truth = np.cumsum(fair.gradients(len(ROUNDS))) / ROUNDS
    told = fair.numbers(len(ROUNDS))
    instance = "three clients with quadratics, K = 5, two models of equal loss, every draw"
    return beside("fair_rounds", "rounds", ROUNDS, truth, told, instance, logarithmic=True)
