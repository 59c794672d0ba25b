"""Pictures of steps whose variance grows with the excess value, and of the fewest rounds."""

from __future__ import annotations

import numpy as np

from roundlot.plot.theorems.instance import FloatArray, Picture, beside
from roundlot.plot.theorems.steps import CURVES, INSTANCE, MU, NOISE, START, L, T

SLOW, FAST = 1.5, 6.0  # growth of the variance, below and above L − μ
SQUARES = float(START @ START)
SHARED = {"strong_convexity": MU, "noise": NOISE}
# Four clients f_i(x) = h_i/2 (x − c_i)² on a line, drawn independently.
WEIGHTS, CHANCES = np.array([0.1, 0.2, 0.3, 0.4]), np.array([0.5, 0.2, 0.6, 0.3])
CENTRES = np.array([1.0, -2.0, 0.5, 1.5])
LOADS = WEIGHTS**2 * (1 / CHANCES - 1)


def gradient_gap() -> Picture:
    moves = np.linspace(0.1, 3.0, 20)
    return beside(
        "gradient_gap",
        "divergence",
        L * np.log(np.cosh(moves)),
        0.2 * (L * np.tanh(moves)) ** 2,
        {"client_smoothness": L, "weight": 0.3, "load": 0.2, "slope": 0.2 * L / 0.3},
        "f(x) = L log cosh x",
    )


def expected_smoothness() -> Picture:
    height = float(WEIGHTS @ CURVES)
    best = float(WEIGHTS @ (CURVES * CENTRES)) / height
    points = best + np.linspace(0.05, 4.0, 20)
    variance = ((CURVES * (points[:, None] - CENTRES)) ** 2) @ LOADS
    numbers = {
        "slope": float(np.max(LOADS * CURVES / WEIGHTS)),
        "smoothness": height,
        "common": 0.0,
        "share": 0.5,
        "noise": float(LOADS @ (CURVES * (best - CENTRES)) ** 2),
    }
    return beside(
        "expected_smoothness",
        "value",
        height / 2 * (points - best) ** 2,
        variance,
        numbers,
        "four clients on a line, drawn independently; exact variance",
    )


def _moments(steps: FloatArray, growth: float) -> FloatArray:
    """``E‖x_t‖²`` on the quadratic; the noise is spread evenly over its coordinates."""
    moments, found = START**2, []
    for step in steps:
        found.append(moments.sum())
        noise = growth * (CURVES @ moments) + NOISE
        moments = (1 - step * CURVES) ** 2 * moments + step**2 * noise / len(CURVES)
    return np.array(found)


def _step(theorem: str, growth: float, longest: float) -> Picture:
    grid = np.linspace(0.02, longest, 20)
    truth = [_moments(np.full(2, step), growth)[1] for step in grid]
    numbers = {**SHARED, "smoothness": L, "expected_smoothness": growth}
    return beside(theorem, "step", grid, truth, {**numbers, "squared_distance": SQUARES}, INSTANCE)


def growing_step() -> Picture:
    return _step("growing_step", SLOW, 2 / (L + MU + SLOW))


def steep_step() -> Picture:
    return _step("steep_step", FAST, 1 / (MU + FAST))


def constant_step() -> Picture:
    numbers = {**SHARED, "step": 0.15, "initial": SQUARES, "expected_smoothness": SLOW}
    truth = _moments(np.full(len(T), 0.15), SLOW)
    return beside("growing_constant_step", "round", T, truth, numbers, INSTANCE, logarithmic=True)


def best_steps() -> Picture:
    grid = np.linspace(0.5, 8.0, 20)
    noise = NOISE + MU * SLOW * grid
    step = MU * grid / (MU**2 * grid + noise)
    truth = (1 - step * MU) ** 2 * grid + step**2 * noise
    numbers = {**SHARED, "expected_smoothness": SLOW, "highest": grid}
    return beside(
        "growing_best_steps", "squared_distance", grid, truth, numbers, "the quadratic μ/2 ‖x‖²"
    )


def decreasing_steps() -> Picture:
    scale = 2 / MU
    offset = scale * (L + MU + SLOW) / 2
    constant = max(offset * SQUARES, scale**2 * NOISE / (scale * MU - 1))
    numbers = {
        **SHARED,
        "expected_smoothness": SLOW,
        "scale": scale,
        "offset": offset,
        "constant": constant,
        "initial": SQUARES,
    }
    truth = _moments(scale / (T + offset), SLOW)
    return beside(
        "growing_decreasing_steps", "round", T, truth, numbers, INSTANCE, logarithmic=True
    )


def quadratic_step() -> Picture:
    grid = np.linspace(-0.5, 3.0, 20)
    away, noise = 1.5, np.sqrt(NOISE)
    both = [(away - grid * (MU * away + sign * noise)) ** 2 for sign in (-1, 1)]
    numbers = {"strong_convexity": MU, "variance": NOISE, "squared_distance": away**2}
    return beside(
        "quadratic_step", "step", grid, np.mean(both, axis=0), numbers, "noise of two values"
    )


def lower_rounds() -> Picture:
    numbers = {"strong_convexity": MU, "variance": NOISE, "initial": SQUARES}
    truth = [SQUARES]
    for _ in T[1:]:
        step = 1.5 * MU * truth[-1] / (MU**2 * truth[-1] + NOISE)
        truth.append((1 - step * MU) ** 2 * truth[-1] + step**2 * NOISE)
    return beside(
        "lower_rounds",
        "round",
        T,
        truth,
        numbers,
        "μ/2 ‖x‖² with steps half as long again as the best",
        logarithmic=True,
    )
