"""Examples of FedAvg: three quadratics, local steps, every outcome of every draw."""

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

CLIENTS = Quadratics(
    curves=np.array([1.0, 0.6, 0.8]),
    centres=np.array([1.0, 0.0, -1.0]),
    weights=np.array([0.4, 0.3, 0.3]),
    chances=np.array([0.9, 0.8, 0.8]),
    noise=0.04,
)
ROUNDS_OF = LocalRounds(clients=CLIENTS, step=0.3, local_step=0.06, count=5)
START, ROUNDS = 5.0, 40
LOAD = float(np.max(CLIENTS.weights * (1 / CLIENTS.chances - 1)))
DRAWN, WEIGHED = "fedavg", "fedavg_weights"


@cache
def _moments(rounds: int) -> tuple[tuple[float, float], ...]:
    """``E x`` and ``E x²`` before every round and after the last."""
    moments = walk(ROUNDS_OF.outcomes(), np.array([START, 1.0]), rounds)
    return tuple((float(m[0, 1]), float(m[0, 0])) for m in moments)


def numbers(theorem: str, rounds: int = ROUNDS) -> dict[str, float]:
    """What a theorem on the rounds is given, but their number and the value."""
    path = _moments(rounds)[:-1]
    shared = {
        "client_smoothness": CLIENTS.smoothness,
        "local_step": ROUNDS_OF.local_step,
        "local_steps": float(ROUNDS_OF.count),
        "step": ROUNDS_OF.step,
        "dissimilarity": max(ROUNDS_OF.dissimilarity(*m) for m in path),
        "local_noise": CLIENTS.noise,
        "batch_noise": CLIENTS.noise * float(np.sum(CLIENTS.weights**2)),
    }
    if theorem.startswith(WEIGHED):
        return {**shared, "weight_variance": LOAD}
    return {**shared, "variance": max(ROUNDS_OF.draw_variance(*m) for m in path)}


def gradients(rounds: int = ROUNDS) -> Array:
    """``E‖∇F(x_t)‖²`` before each round."""
    return squared_gradients(CLIENTS, ROUNDS_OF.outcomes(), np.array([START, 1.0]), rounds)


def mean_gradient() -> float:
    """Their mean."""
    return float(np.mean(gradients()))


def value_after(x: float) -> float:
    """``E F(x⁺) − F*`` of one round from ``x``."""
    ((mean, square),) = [(m[0, 1], m[0, 0]) for m in _walked(x)[1:]]
    best = CLIENTS.best
    return float(CLIENTS.curvature / 2 * (square - 2 * mean * best + best**2))


def _walked(x: float) -> Array:
    return walk(ROUNDS_OF.outcomes(), np.array([x, 1.0]), 1)


def round_numbers(theorem: str, x: float) -> dict[str, float]:
    """What a theorem on one round from ``x`` is given."""
    given = numbers(theorem)
    given["dissimilarity"] = CLIENTS.dissimilarity(x)
    given["value"] = CLIENTS.value(x)
    given["squared_gradient"] = float(CLIENTS.weights @ CLIENTS.gradients(x)) ** 2
    if "variance" in given:
        given["variance"] = ROUNDS_OF.draw_variance(x, x * x)
    return given


def deviation_numbers(x: float, count: int) -> dict[str, float]:
    """What theorem local_deviation is given at ``x``."""
    shared = ("client_smoothness", "local_step", "local_noise")
    found = round_numbers(WEIGHED, x)
    return {
        **{name: found[name] for name in (*shared, "squared_gradient", "dissimilarity")},
        "local_steps": float(count),
    }


def deviation(x: float, count: int) -> float:
    """The clients' mean squared distance to ``x`` on their way."""
    rounds = LocalRounds(clients=CLIENTS, step=0.3, local_step=ROUNDS_OF.local_step, count=count)
    return rounds.spread(x, x * x)


def straight(count: int, noise: float) -> float:
    """``Σ_k E‖w_k − x‖²`` for gradients that are always 1, and noise."""
    k = np.arange(count)
    return float(np.sum(0.01 * (k**2 + noise * k)))


def _sum_case(theorem: str, decrease: float) -> Example:
    def bound() -> float:
        told = {**numbers(theorem), "value": CLIENTS.value(START), "rounds": float(ROUNDS)}
        return bound_of(f"{theorem}_sum", **told)() / (decrease * ROUNDS)

    return Example(
        theorem=f"{theorem}_sum",
        bound=bound,
        quadratic=mean_gradient,
        setting="S(T) alone; as the next row",
    )


def _rate_case(theorem: str) -> Example:
    return Example(
        theorem=theorem,
        bound=lambda: bound_of(
            theorem, **numbers(theorem), value=CLIENTS.value(START), rounds=float(ROUNDS)
        )(),
        quadratic=mean_gradient,
        setting="L = 1, K = 5, p = 0.9, 0.8, 0.8, 40 rounds",
    )


def _round_case(theorem: str) -> Example:
    return Example(
        theorem=theorem,
        bound=lambda: bound_of(theorem, **round_numbers(theorem, START))(),
        quadratic=lambda: value_after(START),
        setting="L = 1, K = 5, p = 0.9, 0.8, 0.8, one round",
    )


_STRAIGHT = {"step": 0.1, "updates": 5.0, "gradient_squares": 5.0}
FEDAVG_EXAMPLES: tuple[Example, ...] = (
    example(
        "squared_sum", {"gradient_squares": 12.0}, lambda: 3 * 4.0, setting="three equal updates"
    ),
    example(
        "local_path",
        {**_STRAIGHT, "variance": 0.5},
        lambda: straight(5, 0.5),
        setting="five equal gradients",
    ),
    example("exact_path", _STRAIGHT, lambda: straight(5, 0.0), setting="five equal gradients"),
    Example(
        theorem="local_deviation",
        bound=lambda: bound_of("local_deviation", **deviation_numbers(START, 5))(),
        quadratic=lambda: deviation(START, 5),
        setting="L = 1, K = 5, η = 0.06",
    ),
    _round_case("fedavg_round"),
    _sum_case(DRAWN, 0.1),
    _rate_case(DRAWN),
    _round_case("fedavg_weights_round"),
    _sum_case(WEIGHED, 0.05),
    _rate_case(WEIGHED),
)
