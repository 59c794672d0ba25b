"""Examples of theorems on variance that grows with the excess value, and on the fewest rounds."""

from __future__ import annotations

from functools import partial

import numpy as np

from roundlot.verify.tightness import worst_case as worst
from roundlot.verify.tightness.example import (
    INITIAL,
    MU,
    STEP,
    VARIANCE,
    Example,
    L,
    Number,
    bound_of,
)

ROUNDS = 50
SLOW, FAST = 2.0, 9.0  # growth of the variance, below and above L − μ
SHORT = 1.0 / (MU + FAST)
SHARED = {"strong_convexity": MU, "noise": VARIANCE}
SCALE = 2.0 / MU
OFFSET = SCALE * (L + MU + SLOW) / 2.0
CONSTANT = max(OFFSET * INITIAL, SCALE**2 * VARIANCE / (SCALE * MU - 1.0))
# Clients f_i = h_i/2 (x − c_i)² on a line: curvatures, weights, chances of independent draws.
CURVATURES, WEIGHTS = np.array([4.0, 1.0, 2.0]), np.array([0.5, 0.2, 0.3])
CHANCES = np.array([0.4, 0.5, 0.9])
LOADS = WEIGHTS**2 * (1.0 / CHANCES - 1.0)


def _after(curvature: float, steps: list[float], growth: float) -> float:
    """``E x²`` on ``h/2 x²`` with variance ``S h x² + σ²``, exactly."""
    moment = INITIAL
    for step in steps:
        noise = growth * curvature * moment + VARIANCE
        moment = (1.0 - step * curvature) ** 2 * moment + step**2 * noise
    return moment


def _quadratic(steps: list[float], growth: float) -> Number:
    return lambda: max(_after(float(h), steps, growth) for h in np.linspace(MU, L, 201))


def _step(theorem: str, growth: float, step: float) -> Example:
    return Example(
        theorem=theorem,
        setting=f"S = {growth:g}, γ = {step:.4g}",
        bound=bound_of(
            theorem,
            smoothness=L,
            step=step,
            expected_smoothness=growth,
            squared_distance=INITIAL,
            **SHARED,
        ),
        quadratic=_quadratic([step], growth),
        worst=partial(worst.worst_growing_step, L, MU, step, growth, VARIANCE, INITIAL),
    )


def _clients() -> tuple[float, float, float]:
    """Slope, noise at the optimum (clients apart by 1 and 2), variance where ``F − F* = 2``."""
    centres = np.array([0.0, 1.0, 2.0])
    height = float(WEIGHTS @ CURVATURES)
    best = float(WEIGHTS @ (CURVATURES * centres)) / height
    points = [best + side * np.sqrt(4.0 / height) for side in (-1.0, 1.0)]
    variances = [float(LOADS @ (CURVATURES * (x - centres)) ** 2) for x in (best, *points)]
    return float(np.max(LOADS * CURVATURES / WEIGHTS)), variances[0], max(variances[1:])


def _expected(share: float) -> Example:
    slope, noise, variance = _clients()
    return Example(
        theorem="expected_smoothness",
        setting=f"three clients on a line, F − F* = 2, θ = {share:g}",
        bound=bound_of(
            "expected_smoothness",
            slope=slope,
            smoothness=L,
            common=0.0,
            share=share,
            value=2.0,
            noise=noise,
        ),
        quadratic=lambda: variance,
    )


def _fastest() -> float:
    """``E x²`` on ``μ/2 x²`` after the best step sizes, each found by search."""
    moment = INITIAL
    for _ in range(ROUNDS):
        low, high = 0.0, 2.0 / MU
        for _ in range(200):  # ternary search in a parabola
            one, other = low + (high - low) / 3.0, high - (high - low) / 3.0
            if _moved(moment, one) < _moved(moment, other):
                high = other
            else:
                low = one
        moment = _moved(moment, (low + high) / 2.0)
    return moment


def _moved(moment: float, step: float) -> float:
    return (1.0 - step * MU) ** 2 * moment + step**2 * VARIANCE


GROWING_EXAMPLES: tuple[Example, ...] = (
    Example(
        theorem="gradient_gap",
        setting="L_i = 4, d = 0.5, c = 0.2, D = 1",
        bound=bound_of(
            "gradient_gap", client_smoothness=4.0, weight=0.5, load=0.2, slope=1.6, divergence=1.0
        ),
        quadratic=lambda: max(0.2 * h**2 * (2.0 / h) for h in np.linspace(0.1, 4.0, 201)),
    ),
    _expected(0.5),
    _step("growing_step", SLOW, STEP),
    _step("steep_step", FAST, SHORT),
    Example(
        theorem="growing_constant_step",
        setting=f"S = {SLOW:g}, {ROUNDS} rounds",
        bound=bound_of(
            "growing_constant_step",
            step=STEP,
            expected_smoothness=SLOW,
            initial=INITIAL,
            round=ROUNDS,
            **SHARED,
        ),
        quadratic=_quadratic([STEP] * ROUNDS, SLOW),
    ),
    Example(
        theorem="growing_best_steps",
        setting=f"S = {SLOW:g}, a = b = {INITIAL:g}",
        bound=bound_of(
            "growing_best_steps",
            expected_smoothness=SLOW,
            squared_distance=INITIAL,
            highest=INITIAL,
            **SHARED,
        ),
        quadratic=lambda: min(
            _after(MU, [float(step)], SLOW) for step in np.linspace(0.0, 1.0, 100_001)
        ),
    ),
    Example(
        theorem="growing_decreasing_steps",
        setting=f"S = {SLOW:g}, {ROUNDS} rounds",
        bound=bound_of(
            "growing_decreasing_steps",
            scale=SCALE,
            offset=OFFSET,
            expected_smoothness=SLOW,
            initial=INITIAL,
            constant=CONSTANT,
            round=ROUNDS,
            **SHARED,
        ),
        quadratic=_quadratic([SCALE / (t + OFFSET) for t in range(ROUNDS)], SLOW),
    ),
    Example(
        theorem="quadratic_step",
        bound=bound_of(
            "quadratic_step",
            strong_convexity=MU,
            step=STEP,
            variance=VARIANCE,
            squared_distance=INITIAL,
        ),
        quadratic=lambda: _moved(INITIAL, STEP),
    ),
    Example(
        theorem="lower_rounds",
        setting=f"{ROUNDS} rounds, every step found by search",
        bound=bound_of(
            "lower_rounds",
            strong_convexity=MU,
            variance=VARIANCE,
            initial=INITIAL,
            round=ROUNDS,
        ),
        quadratic=_fastest,
        lower=True,
    ),
)
