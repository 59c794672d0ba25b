"""Examples of clients that come in turns: three quadratics, a client a round."""

from __future__ import annotations

from functools import cache

import numpy as np

from roundlot.verify.tightness.example import Example, bound_of
from roundlot.verify.tightness.linear_rounds import Array, Quadratics

CLIENTS = Quadratics(
    curves=np.array([1.0, 0.7, 0.5]),
    centres=np.array([1.0, 0.0, -1.0]),
    weights=np.array([0.34, 0.33, 0.33]),
    chances=np.ones(3),
)
STEP, START, WINDOWS, LENGTH = 0.1, 8.0, 20, 3


def window(x: float) -> Array:
    """The points of a window that begins at ``x``, and where it ends, ``(P + 1,)``."""
    found = [x]
    for k in range(LENGTH):
        found.append(found[-1] - STEP * float(CLIENTS.gradients(found[-1])[k]))
    return np.array(found)


@cache
def beginnings(windows: int) -> tuple[float, ...]:
    """Where windows begin."""
    found = [START]
    for _ in range(windows - 1):
        found.append(float(window(found[-1])[-1]))
    return tuple(found)


def gradient(x: float) -> float:
    """``∇F(x)``."""
    return float(CLIENTS.weights @ CLIENTS.gradients(x))


def window_numbers(*points: float) -> dict[str, float]:
    """What the theorems are given of windows that begin at these points."""
    bias = [CLIENTS.gradients(x) - gradient(x) for x in points]
    return {
        "client_smoothness": CLIENTS.smoothness,
        "step": STEP,
        "window": float(LENGTH),
        "round_bias": max(float(np.mean(b**2)) for b in bias),
        "window_bias": max(float(np.mean(b)) ** 2 for b in bias),
    }


def point_numbers(x: float) -> dict[str, float]:
    """Those of one window, with the gradient at its beginning."""
    return {**window_numbers(x), "squared_gradient": gradient(x) ** 2}


def deviation(x: float) -> float:
    """``(1/P) Σ_k (x_k − x)²``."""
    return float(np.mean((window(x)[:-1] - x) ** 2))


def value_after(x: float) -> float:
    """``F`` at the window's end, less ``F*``."""
    return CLIENTS.value(float(window(x)[-1]))


def mean_gradient(windows: int = WINDOWS) -> float:
    """The mean of ``‖∇F‖²`` where windows begin."""
    return float(np.mean([gradient(x) ** 2 for x in beginnings(windows)]))


def rate_numbers(windows: int = WINDOWS) -> dict[str, float]:
    """What the rate is given, but the windows."""
    return {**window_numbers(*beginnings(windows)), "value": CLIENTS.value(START)}


_SAID = "three clients in turns of shares 0.34, 0.33, 0.33"
WINDOW_EXAMPLES: tuple[Example, ...] = (
    Example(
        theorem="window_deviation",
        bound=lambda: bound_of("window_deviation", **point_numbers(START))(),
        quadratic=lambda: deviation(START),
        setting=f"{_SAID}, one window",
    ),
    Example(
        theorem="window_descent",
        bound=lambda: bound_of(
            "window_descent", **point_numbers(START), value=CLIENTS.value(START)
        )(),
        quadratic=lambda: value_after(START),
        setting=f"{_SAID}, one window",
    ),
    Example(
        theorem="windows_sum",
        bound=lambda: (
            bound_of("windows_sum", **rate_numbers(), windows=float(WINDOWS))()
            / (STEP * LENGTH / 4 * WINDOWS)
        ),
        quadratic=mean_gradient,
        setting="S(T) alone; as the next row",
    ),
    Example(
        theorem="windows",
        bound=lambda: bound_of("windows", **rate_numbers(), windows=float(WINDOWS))(),
        quadratic=mean_gradient,
        setting=f"{_SAID}, {WINDOWS} windows",
    ),
)
