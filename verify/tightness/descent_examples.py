"""Examples of the theorems on steps, with a variance that is bounded or grows with the value.

Worst functions by PEPit, quadratics by propagation; then the fewest rounds.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np

from roundlot.simulate.propagation import TrajectoryMoments
from roundlot.verify.tightness import quadratics
from roundlot.verify.tightness import worst_case as worst
from roundlot.verify.tightness.example import (
    INITIAL,
    MU,
    STEP,
    VARIANCE,
    Example,
    L,
    Number,
    change_of,
    example,
)

SHORT, LONG = 2, 50  # rounds
CONVEX_VALUE = L * INITIAL / 8.0  # F(x) − F*, a quarter of the most that is possible
FUNCTION = {"smoothness": L, "strong_convexity": MU}
NOISY_STEP = {"step": STEP, "variance": VARIANCE}
SCALE = 2.0 / MU
OFFSET = SCALE * (L + MU) / 2.0
CONSTANT = max(OFFSET * INITIAL, SCALE**2 * VARIANCE / (SCALE * MU - 1.0))
DECREASING = {"scale": SCALE, "offset": OFFSET, "constant": CONSTANT}
GROWING = {"strong_convexity": MU, "noise": VARIANCE}


def _steps(rounds: int) -> list[float]:
    return [SCALE / (t + OFFSET) for t in range(rounds)]


def _distance(steps: list[float], initial: float = INITIAL) -> Number:
    return partial(quadratics.worst_quadratic, MU, L, steps, VARIANCE, lambda h: initial)


def _curved() -> float:
    """``‖∇F‖² + μL‖e‖²`` over quadratics with ``⟨∇F, e⟩ = 1``: ``h + μL/h``."""
    h = np.linspace(MU, L, quadratics.CURVATURES)
    return float(np.max(h + MU * L / h))


def _convex() -> float:
    curvature = 2.0 * CONVEX_VALUE / INITIAL  # the one with this value at this distance
    return quadratics.worst_quadratic(curvature, curvature, [STEP / 2], VARIANCE, lambda h: INITIAL)


def _descent() -> float:
    """``E F(x⁺) − F(x)`` with ``‖∇F‖² = 1``."""

    def change(moments: TrajectoryMoments, h: float) -> float:
        return quadratics.excess_value(moments, h) - 1.0 / (2.0 * h)

    return quadratics.worst_quadratic(1e-3, L, [STEP], VARIANCE, lambda h: 1.0 / h**2, change)


def _dominated() -> float:
    return quadratics.worst_quadratic(
        MU, L, [STEP], VARIANCE, lambda h: 2.0 / h, quadratics.excess_value
    )


def _recursion() -> float:
    a = INITIAL
    for step in _steps(LONG):
        a = (1.0 - MU * step) * a + step**2 * VARIANCE
    return a


def _best_step() -> float:
    return MU * 1.0 / (MU**2 * 1.0 + VARIANCE)


def _rounds(theorem: str, steps: list[float], numbers: Mapping[str, float]) -> Example:
    """A round for each step; worst cases of few only, as PEPit's programs grow as 4^rounds."""
    known = partial(worst.worst_distance, L, MU, steps, VARIANCE, INITIAL)
    same = {**FUNCTION, "variance": VARIANCE, "initial": INITIAL, "round": len(steps)}
    return example(
        theorem,
        {**same, **numbers},
        _distance(steps),
        setting=f"{len(steps)} rounds",
        worst=known if len(steps) <= SHORT else None,
    )


DESCENT_EXAMPLES: tuple[Example, ...] = (
    example(
        "cocoercivity",
        {**FUNCTION, "inner_product": 1.0},
        _curved,
        worst=partial(worst.worst_cocoercivity, L, MU),
    ),
    example(
        "one_step",
        {**FUNCTION, **NOISY_STEP, "squared_distance": INITIAL},
        _distance([STEP]),
        worst=partial(worst.worst_distance, L, MU, [STEP], VARIANCE, INITIAL),
    ),
    *(_rounds("constant_step", [STEP] * n, {"step": STEP}) for n in (SHORT, LONG)),
    example(
        "best_steps",
        {**FUNCTION, "variance": VARIANCE, "squared_distance": 1.0},
        _distance([_best_step()], 1.0),
        setting="a = 1",
        worst=partial(worst.worst_distance, L, MU, [_best_step()], VARIANCE, 1.0),
    ),
    example(
        "one_over_t",
        {**GROWING, **DECREASING, "initial": INITIAL, "round": LONG},
        _recursion,
        setting=f"{LONG} rounds of the recursion itself",
    ),
    *(_rounds("decreasing_steps", _steps(n), DECREASING) for n in (SHORT, LONG)),
    example(
        "convex_step",
        {
            "smoothness": L,
            "step": STEP / 2,
            "variance": VARIANCE,
            "squared_distance": INITIAL,
            "value": CONVEX_VALUE,
        },
        _convex,
        setting=f"γ = {STEP / 2:g}, F(x) − F* = {CONVEX_VALUE:g}",
        worst=partial(worst.worst_convex_step, L, STEP / 2, VARIANCE, INITIAL, CONVEX_VALUE),
    ),
    Example(
        theorem="nonconvex_descent",
        setting="E F(x⁺) − F(x) with ‖∇F(x)‖² = 1",
        bound=change_of(
            "nonconvex_descent",
            smoothness=L,
            step=STEP,
            variance=VARIANCE,
            value=1 / L,
            squared_gradient=1.0,
        ),
        quadratic=_descent,
        worst=partial(worst.worst_descent, L, STEP, VARIANCE, 1.0),
    ),
    example(
        "gradient_dominated",
        {**FUNCTION, **NOISY_STEP, "value": 1.0},
        _dominated,
        setting="F(x) − F* = 1; PEPit has necessary conditions of the class only",
        worst=partial(worst.worst_dominated, L, MU, STEP, VARIANCE, 1.0),
    ),
)


SLOW, FAST = 2.0, 9.0  # growth of the variance, below and above L − μ
STEEP = 1.0 / (MU + FAST)
GROWING_OFFSET = SCALE * (L + MU + SLOW) / 2.0
GROWING_CONSTANT = max(GROWING_OFFSET * INITIAL, SCALE**2 * VARIANCE / (SCALE * MU - 1.0))
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
    return example(
        theorem,
        {
            "smoothness": L,
            "step": step,
            "expected_smoothness": growth,
            "squared_distance": INITIAL,
            **GROWING,
        },
        _quadratic([step], growth),
        setting=f"S = {growth:g}, γ = {step:.4g}",
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
    return example(
        "expected_smoothness",
        {
            "slope": slope,
            "smoothness": L,
            "common": 0.0,
            "share": share,
            "value": 2.0,
            "noise": noise,
        },
        lambda: variance,
        setting=f"three clients on a line, F − F* = 2, θ = {share:g}",
    )


def _fastest() -> float:
    """``E x²`` on ``μ/2 x²`` after the best step sizes, each found by search."""
    moment = INITIAL
    for _ in range(LONG):
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
    example(
        "gradient_gap",
        {"client_smoothness": 4.0, "weight": 0.5, "load": 0.2, "slope": 1.6, "divergence": 1.0},
        lambda: max(0.2 * h**2 * (2.0 / h) for h in np.linspace(0.1, 4.0, 201)),
        setting="L_i = 4, d = 0.5, c = 0.2, D = 1",
    ),
    _expected(0.5),
    _step("growing_step", SLOW, STEP),
    _step("steep_step", FAST, STEEP),
    example(
        "growing_constant_step",
        {"step": STEP, "expected_smoothness": SLOW, "initial": INITIAL, "round": LONG, **GROWING},
        _quadratic([STEP] * LONG, SLOW),
        setting=f"S = {SLOW:g}, {LONG} rounds",
    ),
    example(
        "growing_best_steps",
        {"expected_smoothness": SLOW, "squared_distance": INITIAL, "highest": INITIAL, **GROWING},
        lambda: min(_after(MU, [float(step)], SLOW) for step in np.linspace(0.0, 1.0, 100_001)),
        setting=f"S = {SLOW:g}, a = b = {INITIAL:g}",
    ),
    example(
        "growing_decreasing_steps",
        {
            "scale": SCALE,
            "offset": GROWING_OFFSET,
            "expected_smoothness": SLOW,
            "initial": INITIAL,
            "constant": GROWING_CONSTANT,
            "round": LONG,
            **GROWING,
        },
        _quadratic([SCALE / (t + GROWING_OFFSET) for t in range(LONG)], SLOW),
        setting=f"S = {SLOW:g}, {LONG} rounds",
    ),
    example(
        "quadratic_step",
        {"strong_convexity": MU, **NOISY_STEP, "squared_distance": INITIAL},
        lambda: _moved(INITIAL, STEP),
    ),
    example(
        "lower_rounds",
        {"strong_convexity": MU, "variance": VARIANCE, "initial": INITIAL, "round": LONG},
        _fastest,
        setting=f"{LONG} rounds, every step found by search",
        lower=True,
    ),
)
