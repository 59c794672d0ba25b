"""An example of several models that share clients: FedAvg with the chances of an α-fair draw."""

from __future__ import annotations

from functools import cache

import numpy as np

from roundlot.verify.tightness.example import Example, bound_of, example
from roundlot.verify.tightness.linear_rounds import (
    Array,
    LocalRounds,
    Quadratics,
    squared_gradients,
    walk,
)

IDLE, OTHERS, RATIO = 0.25, 1.0, 1.0  # active with chance 0.8; one other model, of equal loss
CHANCE = 1 / (1 + IDLE) / (1 + OTHERS * RATIO)
CLIENTS = Quadratics(
    curves=np.array([1.0, 0.6, 0.8]),
    centres=np.array([1.0, 0.0, -1.0]),
    weights=np.array([0.4, 0.3, 0.3]),
    chances=np.full(3, CHANCE),
    noise=0.04,
)
ROUNDS_OF = LocalRounds(clients=CLIENTS, step=0.09, local_step=0.06, count=5)
START, ROUNDS = 5.0, 40
DRAW = {"largest_weight": 0.4, "idle_odds": IDLE, "other_models": 2.0}


def weight_variance(ratio: float) -> float:
    """The greatest ``d_i(1/(qP_s) − 1)`` of a model of loss 1, two others with loss ``ratio``."""
    share = 1.0 / np.sum(np.array([1.0, ratio, ratio]))
    return float(np.max(CLIENTS.weights * ((1 + IDLE) / share - 1)))


@cache
def numbers(rounds: int = ROUNDS) -> dict[str, float]:
    """What the theorem is given, but the rounds."""
    moments = walk(ROUNDS_OF.outcomes(), np.array([START, 1.0]), rounds)[:-1]
    return {
        "client_smoothness": CLIENTS.smoothness,
        "local_step": ROUNDS_OF.local_step,
        "local_steps": float(ROUNDS_OF.count),
        "step": ROUNDS_OF.step,
        "dissimilarity": max(ROUNDS_OF.dissimilarity(m[0, 1], m[0, 0]) for m in moments),
        "local_noise": CLIENTS.noise,
        "batch_noise": CLIENTS.noise * float(np.sum(CLIENTS.weights**2)),
        "value": CLIENTS.value(START),
        "largest_weight": float(CLIENTS.weights.max()),
        "idle_odds": IDLE,
        "other_models": OTHERS,
        "loss_ratio": RATIO,
    }


def gradients(rounds: int = ROUNDS) -> Array:
    """``E‖∇F_s(x_t)‖²`` before each round."""
    return squared_gradients(CLIENTS, ROUNDS_OF.outcomes(), np.array([START, 1.0]), rounds)


FAIR_EXAMPLES: tuple[Example, ...] = (
    example(
        "fair_draw",
        {**DRAW, "loss_ratio": 3.0},
        lambda: weight_variance(3.0),
        setting="three models, the others with three times the loss, α = 2",
    ),
    Example(
        theorem="fair_rounds",
        bound=lambda: bound_of("fair_rounds", **numbers(), rounds=float(ROUNDS))(),
        quadratic=lambda: float(np.mean(gradients())),
        setting="L = 1, K = 5, q = 0.8, two models of equal loss, 40 rounds",
    ),
)
