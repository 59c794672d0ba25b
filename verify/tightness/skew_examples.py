"""Examples of clients chosen by loss, and of partial participation over rounds."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import numpy as np
import numpy.typing as npt

from roundlot.verify.tightness.client_examples import (
    CENTRES,
    CURVES,
    DRAWN,
    ODDS,
    START,
    WEIGHTS,
    most_covariance,
)
from roundlot.verify.tightness.example import Example, L, bound_of, example
from roundlot.verify.tightness.linear_rounds import Array, Quadratics

CLIENTS = Quadratics(
    curves=np.array([1.0, 0.8, 0.6, 0.9]),
    centres=np.array([1.0, -1.0, 0.5, -0.3]),
    weights=np.full(4, 0.25),
    chances=np.ones(4),
)
STEP, FAR, CHOSEN, ROUNDS, SHORT_TIME = 0.3, 6.0, 2, 60, 200


def losses(w: float) -> Array:
    """``f_i(w)``; every ``f_i*`` is 0."""
    return np.asarray(CLIENTS.curves * (w - CLIENTS.centres) ** 2 / 2)


def next_point(w: float) -> float:
    """One step along the clients of greatest loss."""
    return float(w - STEP * np.mean(CLIENTS.gradients(w)[_chosen(w)]))


def chosen_loss(w: float) -> float:
    """Their mean loss."""
    return loss_at(w, w)


def loss_at(place: float, w: float) -> float:
    """The mean loss at ``place`` of the clients of greatest loss at ``w``."""
    return float(np.mean(losses(place)[_chosen(w)]))


def _chosen(w: float) -> npt.NDArray[np.intp]:
    return np.argsort(-losses(w), kind="stable")[:CHOSEN]


@cache
def path(rounds: int) -> tuple[float, ...]:
    """The points before every round and after the last."""
    found = [FAR]
    for _ in range(rounds):
        found.append(next_point(found[-1]))
    return tuple(found)


def heterogeneity() -> float:
    """``Γ``."""
    return float(CLIENTS.weights @ losses(CLIENTS.best))


def most_skew(points: Iterable[float]) -> float:
    """``ρ̃``: the greatest share at the optimum of those who are chosen at ``points``."""
    return max(loss_at(CLIENTS.best, w) for w in points) / heterogeneity()


def skew_numbers(rounds: int) -> dict[str, float]:
    """What both theorems are given."""
    shares = [chosen_loss(w) / float(CLIENTS.weights @ losses(w)) for w in path(rounds)]
    return {
        "client_smoothness": CLIENTS.smoothness,
        "strong_convexity": float(CLIENTS.curves.min()),
        "step": STEP,
        "heterogeneity": heterogeneity(),
        "least_skew": min(shares),
        "skew": most_skew(path(rounds)),
    }


MEAN_CURVE = float(WEIGHTS @ CURVES)
SCALE, OFFSET = 2 / MEAN_CURVE, 6.0


def _best() -> float:
    return float(WEIGHTS @ (CURVES * CENTRES)) / MEAN_CURVE


def rate_numbers() -> dict[str, float]:
    """What theorem participation_rate is given, but the round."""
    best, covariance = _best(), most_covariance()
    spread = float(WEIGHTS @ (CURVES * (best - CENTRES) ** 2 / 2))
    parts = 2 * L * (spread + covariance)
    initial = (START - best) ** 2
    return {
        "client_smoothness": L,
        "strong_convexity": MEAN_CURVE,
        "scale": SCALE,
        "offset": OFFSET,
        "initial": initial,
        "heterogeneity": spread,
        "covariance": covariance,
        "batch_noise": 0.0,
        "constant": float(np.ceil(max(OFFSET * initial, SCALE**2 * parts))),
    }


def rate_path(rounds: int) -> tuple[float, ...]:
    """``E‖w_t − w*‖²`` before every round, by the first two moments."""
    best = _best()
    mean, square, found = START - best, (START - best) ** 2, []
    for t in range(rounds):
        found.append(square)
        step = SCALE / (t + OFFSET)
        keep = 1 - step * (DRAWN @ CURVES)
        pull = step * (DRAWN @ (CURVES * (CENTRES - best)))
        square = float(ODDS @ (keep**2 * square + 2 * keep * pull * mean + pull**2))
        mean = float(ODDS @ (keep * mean + pull))
    return tuple(found)


SKEW_EXAMPLES: tuple[Example, ...] = (
    Example(
        theorem="participation_rate",
        bound=lambda: bound_of("participation_rate", **rate_numbers(), round=float(SHORT_TIME))(),
        quadratic=lambda: rate_path(SHORT_TIME + 1)[-1],
        setting=f"three clients, {SHORT_TIME} rounds, steps 2/(μ(t + 6))",
    ),
    example(
        "skewed_step",
        {**skew_numbers(0), "squared_distance": (FAR - CLIENTS.best) ** 2},
        lambda: (next_point(FAR) - CLIENTS.best) ** 2,
        setting="the 2 of 4 clients with the greatest losses, one round",
    ),
    example(
        "selection_bias",
        {**skew_numbers(ROUNDS), "initial": (FAR - CLIENTS.best) ** 2, "round": float(ROUNDS)},
        lambda: (path(ROUNDS)[-1] - CLIENTS.best) ** 2,
        setting=f"the 2 of 4 clients with the greatest losses, {ROUNDS} rounds",
    ),
)
