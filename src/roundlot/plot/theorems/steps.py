"""Pictures of steps and rates: exact moments on quadratics ``F = Σ λ_i x_i²/2`` with noise."""

from __future__ import annotations

import numpy as np

from roundlot.plot.theorems.instance import FloatArray, Picture, beside

L, MU, NOISE = 4.0, 0.5, 2.0
CURVES, START = np.array([0.5, 1.0, 2.5, 4.0]), np.array([2.0, -1.0, 0.5, 1.0])
INSTANCE = "a quadratic in four dimensions, curvatures 0.5 to 4, exact moments"
SHARED = {"smoothness": L, "strong_convexity": MU, "variance": NOISE}
T = np.arange(60.0)


def _after(step: float) -> FloatArray:
    """Second moments of the coordinates after one step; the noise is spread evenly."""
    return np.asarray((1 - step * CURVES) ** 2 * START**2 + step**2 * NOISE / 4)


def _squares(steps: FloatArray, curves: FloatArray = CURVES) -> FloatArray:
    """``E‖x_t‖²`` along a sequence of steps."""
    moments, found = START**2, []
    for step in steps:
        found.append(moments.sum())
        moments = (1 - step * curves) ** 2 * moments + step**2 * NOISE / 4
    return np.array(found)


def cocoercivity() -> Picture:
    points = np.random.default_rng(2).normal(size=(30, 4))
    slopes = points * CURVES
    products = np.sum(slopes * points, axis=1)
    truth = np.sum(slopes**2, axis=1) + L * MU * np.sum(points**2, axis=1)
    order = np.argsort(products)
    numbers = {"smoothness": L, "strong_convexity": MU}
    return beside("cocoercivity", "inner_product", products[order], truth[order], numbers, INSTANCE)


def one_step() -> Picture:
    grid = np.linspace(0.02, 2 / (L + MU), 20)
    truth = [_after(step).sum() for step in grid]
    numbers = {**SHARED, "squared_distance": START @ START}
    return beside("one_step", "step", grid, truth, numbers, INSTANCE)


def constant_step() -> Picture:
    numbers = {**SHARED, "step": 0.2, "initial": START @ START}
    truth = _squares(np.full(60, 0.2))
    return beside("constant_step", "round", T, truth, numbers, INSTANCE, logarithmic=True)


def best_steps() -> Picture:
    noisy = np.linspace(6.0, 40.0, 20)
    steps = MU * (START @ START) / (MU**2 * (START @ START) + noisy)
    truth = [
        np.sum((1 - g * CURVES) ** 2 * START**2) + g**2 * n
        for g, n in zip(steps, noisy, strict=True)
    ]
    numbers = {"smoothness": L, "strong_convexity": MU, "squared_distance": START @ START}
    return beside("best_steps", "variance", noisy, truth, numbers, INSTANCE)


def _decreasing() -> tuple[dict[str, float], FloatArray]:
    scale, offset = 2 / MU, 2 / MU * (L + MU) / 2
    constant = max(offset * (START @ START), scale**2 * NOISE / (scale * MU - 1))
    numbers = {"scale": scale, "offset": offset, "constant": constant, "initial": START @ START}
    return numbers, scale / (T + offset)


def decreasing_steps() -> Picture:
    numbers, steps = _decreasing()
    truth = _squares(steps)
    return beside(
        "decreasing_steps", "round", T, truth, {**SHARED, **numbers}, INSTANCE, logarithmic=True
    )


def one_over_t() -> Picture:
    numbers, steps = _decreasing()
    truth = [numbers["initial"]]
    for step in steps[:-1]:
        truth.append((1 - MU * step) * truth[-1] + step**2 * NOISE)
    numbers = {**numbers, "strong_convexity": MU, "noise": NOISE}
    return beside(
        "one_over_t", "round", T, truth, numbers, "the recursion as an equality", logarithmic=True
    )


def convex_step() -> Picture:
    grid = np.linspace(0.01, 1 / L, 20)
    value = np.sum(CURVES * START**2) / 2
    numbers = {
        "smoothness": L,
        "variance": NOISE,
        "squared_distance": START @ START,
        "value": value,
    }
    truth = [_after(step).sum() for step in grid]
    return beside("convex_step", "step", grid, truth, numbers, INSTANCE)


def _value_after(step: float) -> float:
    return float(np.sum(CURVES * _after(step)) / 2)


def nonconvex_descent() -> Picture:
    grid = np.linspace(0.01, 0.5, 20)
    numbers = {
        "smoothness": L,
        "variance": NOISE,
        "value": np.sum(CURVES * START**2) / 2,
        "squared_gradient": np.sum((CURVES * START) ** 2),
    }
    truth = [_value_after(step) for step in grid]
    return beside("nonconvex_descent", "step", grid, truth, numbers, INSTANCE)


def gradient_dominated() -> Picture:
    grid = np.linspace(0.01, 0.5, 20)
    numbers = {**SHARED, "value": np.sum(CURVES * START**2) / 2}
    truth = [_value_after(step) for step in grid]
    return beside("gradient_dominated", "step", grid, truth, numbers, INSTANCE)
