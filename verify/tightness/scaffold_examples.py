"""Examples of SCAFFOLD: three quadratics, corrected local steps, every outcome of every draw."""

from __future__ import annotations

import numpy as np

from roundlot.verify.tightness.example import Example, bound_of
from roundlot.verify.tightness.linear_rounds import (
    Array,
    Outcome,
    Quadratics,
    squared_gradients,
)

CLIENTS = Quadratics(
    curves=np.array([1.0, 0.6, 0.3]),
    centres=np.array([3.0, 0.0, -1.0]),
    weights=np.array([0.4, 0.3, 0.3]),
    chances=np.array([0.9, 0.8, 0.8]),
)
STEP, LOCAL_STEP, COUNT, START, ROUNDS = 0.2, 0.04, 5, 6.0, 40
LEAST_CHANCE = float(CLIENTS.chances.min())
LOAD = float(np.max(CLIENTS.weights * (1 / CLIENTS.chances - 1)))
EMPTY = np.array([START, 0.0, 0.0, 0.0, 1.0])


def _client(i: int, count: int) -> tuple[Array, Array]:
    """``w_k − x`` for every step, and the mean corrected gradient, on ``z = (x, h, 1)``."""
    n = len(CLIENTS.curves)
    first, slope = np.zeros(n + 2), np.zeros(n + 2)
    first[0] = 1.0
    slope[1:-1] = CLIENTS.weights
    slope[1 + i] -= 1.0
    slope[-1] = -CLIENTS.curves[i] * CLIENTS.centres[i]
    point, points, moves = first, [], []
    for _ in range(count):
        points.append(point - first)
        moves.append(CLIENTS.curves[i] * point + slope)
        point = point - LOCAL_STEP * moves[-1]
    return np.array(points), np.mean(moves, axis=0)


def moves(count: int = COUNT) -> Array:
    """``(N, N + 2)``: ``G_i`` of every client."""
    return np.array([_client(i, count)[1] for i in range(len(CLIENTS.curves))])


def deviation(z: Array, count: int) -> float:
    """The clients' mean squared distance to ``x`` on their way."""
    found = [np.mean((_client(i, count)[0] @ z) ** 2) for i in range(len(CLIENTS.curves))]
    return float(CLIENTS.weights @ np.array(found))


def draw_variance(z: Array) -> float:
    """``E‖Σ (P_i − d_i)G_i‖²``."""
    spread = CLIENTS.weights**2 * (1 / CLIENTS.chances - 1)
    return float(spread @ (moves() @ z) ** 2)


def outcomes() -> list[Outcome]:
    """One for each outcome of the draw."""
    n, found, every = len(CLIENTS.curves), [], moves()
    slope = np.zeros((n, n + 2))
    slope[:, 0], slope[:, -1] = CLIENTS.curves, -CLIENTS.curves * CLIENTS.centres
    for chance, d in CLIENTS.draws():
        matrix = np.eye(n + 2)
        matrix[0] -= STEP * (CLIENTS.weights * d / CLIENTS.chances) @ every
        matrix[1:-1] = d[:, None] * slope + (1 - d[:, None]) * matrix[1:-1]
        found.append(Outcome(chance=chance, matrix=matrix, noise=np.zeros((n + 2, n + 2))))
    return found


def staleness(z: Array) -> float:
    """``H``."""
    return float(CLIENTS.weights @ (z[1:-1] - CLIENTS.gradients(float(z[0]))) ** 2)


def gradient(x: float) -> float:
    """``∇F(x)``."""
    return float(CLIENTS.weights @ CLIENTS.gradients(x))


def value_after(z: Array) -> float:
    """``E F(x⁺) − F*``."""
    return sum(o.chance * CLIENTS.value(float((o.matrix @ z)[0])) for o in outcomes())


def local_numbers(z: Array, count: int = COUNT) -> dict[str, float]:
    """What the theorem on the clients' distance is given."""
    return {
        "client_smoothness": CLIENTS.smoothness,
        "local_step": LOCAL_STEP,
        "local_steps": float(count),
        "squared_gradient": gradient(float(z[0])) ** 2,
        "staleness": staleness(z),
    }


def draw_numbers(z: Array) -> dict[str, float]:
    """What the theorem on the draw is given."""
    return {**local_numbers(z), "weight_variance": LOAD}


def round_numbers(z: Array) -> dict[str, float]:
    """What the theorem on one round is given."""
    return {
        **draw_numbers(z),
        "step": STEP,
        "value": CLIENTS.value(float(z[0])),
        "squared_step": float(CLIENTS.weights @ (moves() @ z)) ** 2,
    }


def rate_numbers() -> dict[str, float]:
    """What the rate is given, but the rounds."""
    shared = ("client_smoothness", "local_step", "local_steps", "staleness", "weight_variance")
    found = round_numbers(EMPTY)
    return {
        **{name: found[name] for name in (*shared, "step", "value")},
        "probability": LEAST_CHANCE,
    }


def gradients(rounds: int = ROUNDS) -> Array:
    """``E‖∇F(x_t)‖²`` from an empty memory, before each round."""
    return squared_gradients(CLIENTS, outcomes(), EMPTY, rounds)


def _mean_gradient() -> float:
    return float(np.mean(gradients()))


_SAID = "L = 1, K = 5, p = 0.9, 0.8, 0.8, empty memory"
SCAFFOLD_EXAMPLES: tuple[Example, ...] = (
    Example(
        theorem="corrected_deviation",
        bound=lambda: bound_of("corrected_deviation", **local_numbers(EMPTY))(),
        quadratic=lambda: deviation(EMPTY, COUNT),
        setting=_SAID,
    ),
    Example(
        theorem="corrected_draw",
        bound=lambda: bound_of("corrected_draw", **draw_numbers(EMPTY))(),
        quadratic=lambda: draw_variance(EMPTY),
        setting=_SAID,
    ),
    Example(
        theorem="scaffold_round",
        bound=lambda: bound_of("scaffold_round", **round_numbers(EMPTY))(),
        quadratic=lambda: value_after(EMPTY),
        setting=f"{_SAID}, one round",
    ),
    Example(
        theorem="scaffold_sum",
        bound=lambda: (
            bound_of("scaffold_sum", **rate_numbers(), rounds=float(ROUNDS))() / (STEP / 4 * ROUNDS)
        ),
        quadratic=_mean_gradient,
        setting="S(T) alone; as the next row",
    ),
    Example(
        theorem="scaffold",
        bound=lambda: bound_of("scaffold", **rate_numbers(), rounds=float(ROUNDS))(),
        quadratic=_mean_gradient,
        setting=f"{_SAID}, {ROUNDS} rounds",
    ),
)
