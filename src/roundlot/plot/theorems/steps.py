"""Pictures of one model's steps: with a variance that is bounded, and with one that grows."""

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


SLOW, FAST = 1.5, 6.0  # growth of the variance, below and above L − μ
SQUARES = float(START @ START)
GROWING = {"strong_convexity": MU, "noise": NOISE}
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
    numbers = {**GROWING, "smoothness": L, "expected_smoothness": growth}
    return beside(theorem, "step", grid, truth, {**numbers, "squared_distance": SQUARES}, INSTANCE)


def growing_step() -> Picture:
    return _step("growing_step", SLOW, 2 / (L + MU + SLOW))


def steep_step() -> Picture:
    return _step("steep_step", FAST, 1 / (MU + FAST))


def growing_constant_step() -> Picture:
    numbers = {**GROWING, "step": 0.15, "initial": SQUARES, "expected_smoothness": SLOW}
    truth = _moments(np.full(len(T), 0.15), SLOW)
    return beside("growing_constant_step", "round", T, truth, numbers, INSTANCE, logarithmic=True)


def growing_best_steps() -> Picture:
    grid = np.linspace(0.5, 8.0, 20)
    noise = NOISE + MU * SLOW * grid
    step = MU * grid / (MU**2 * grid + noise)
    truth = (1 - step * MU) ** 2 * grid + step**2 * noise
    numbers = {**GROWING, "expected_smoothness": SLOW, "highest": grid}
    return beside(
        "growing_best_steps", "squared_distance", grid, truth, numbers, "the quadratic μ/2 ‖x‖²"
    )


def growing_decreasing_steps() -> Picture:
    scale = 2 / MU
    offset = scale * (L + MU + SLOW) / 2
    constant = max(offset * SQUARES, scale**2 * NOISE / (scale * MU - 1))
    numbers = {
        **GROWING,
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
