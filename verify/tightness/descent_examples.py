"""Examples of the theorems on descent: worst functions by PEPit, quadratics by propagation."""

from __future__ import annotations

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
    bound_of,
    change_of,
)

SHORT, LONG = 2, 50  # rounds: PEPit's programs grow as 4^rounds
CONVEX_VALUE = L * INITIAL / 8.0  # F(x) − F*, a quarter of the most that is possible
SCALE = 2.0 / MU
OFFSET = SCALE * (L + MU) / 2.0
CONSTANT = max(OFFSET * INITIAL, SCALE**2 * VARIANCE / (SCALE * MU - 1.0))


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


def _constant(rounds: int) -> Number:
    return bound_of(
        "constant_step",
        smoothness=L,
        strong_convexity=MU,
        step=STEP,
        variance=VARIANCE,
        initial=INITIAL,
        round=rounds,
    )


def _decreasing(rounds: int) -> Number:
    return bound_of(
        "decreasing_steps",
        smoothness=L,
        strong_convexity=MU,
        scale=SCALE,
        offset=OFFSET,
        variance=VARIANCE,
        initial=INITIAL,
        constant=CONSTANT,
        round=rounds,
    )


DESCENT_EXAMPLES: tuple[Example, ...] = (
    Example(
        theorem="cocoercivity",
        bound=bound_of("cocoercivity", smoothness=L, strong_convexity=MU, inner_product=1.0),
        quadratic=_curved,
        worst=partial(worst.worst_cocoercivity, L, MU),
    ),
    Example(
        theorem="one_step",
        bound=bound_of(
            "one_step",
            smoothness=L,
            strong_convexity=MU,
            step=STEP,
            variance=VARIANCE,
            squared_distance=INITIAL,
        ),
        quadratic=_distance([STEP]),
        worst=partial(worst.worst_distance, L, MU, [STEP], VARIANCE, INITIAL),
    ),
    Example(
        theorem="constant_step",
        setting=f"{SHORT} rounds",
        bound=_constant(SHORT),
        quadratic=_distance([STEP] * SHORT),
        worst=partial(worst.worst_distance, L, MU, [STEP] * SHORT, VARIANCE, INITIAL),
    ),
    Example(
        theorem="constant_step",
        setting=f"{LONG} rounds",
        bound=_constant(LONG),
        quadratic=_distance([STEP] * LONG),
    ),
    Example(
        theorem="best_steps",
        setting="a = 1",
        bound=bound_of(
            "best_steps", smoothness=L, strong_convexity=MU, variance=VARIANCE, squared_distance=1.0
        ),
        quadratic=_distance([_best_step()], 1.0),
        worst=partial(worst.worst_distance, L, MU, [_best_step()], VARIANCE, 1.0),
    ),
    Example(
        theorem="one_over_t",
        setting=f"{LONG} rounds of the recursion itself",
        bound=bound_of(
            "one_over_t",
            strong_convexity=MU,
            scale=SCALE,
            offset=OFFSET,
            noise=VARIANCE,
            initial=INITIAL,
            constant=CONSTANT,
            round=LONG,
        ),
        quadratic=_recursion,
    ),
    Example(
        theorem="decreasing_steps",
        setting=f"{SHORT} rounds",
        bound=_decreasing(SHORT),
        quadratic=_distance(_steps(SHORT)),
        worst=partial(worst.worst_distance, L, MU, _steps(SHORT), VARIANCE, INITIAL),
    ),
    Example(
        theorem="decreasing_steps",
        setting=f"{LONG} rounds",
        bound=_decreasing(LONG),
        quadratic=_distance(_steps(LONG)),
    ),
    Example(
        theorem="convex_step",
        setting=f"γ = {STEP / 2:g}, F(x) − F* = {CONVEX_VALUE:g}",
        bound=bound_of(
            "convex_step",
            smoothness=L,
            step=STEP / 2,
            variance=VARIANCE,
            squared_distance=INITIAL,
            value=CONVEX_VALUE,
        ),
        quadratic=_convex,
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
    Example(
        theorem="gradient_dominated",
        setting="F(x) − F* = 1; PEPit has necessary conditions of the class only",
        bound=bound_of(
            "gradient_dominated",
            smoothness=L,
            strong_convexity=MU,
            step=STEP,
            variance=VARIANCE,
            value=1.0,
        ),
        quadratic=_dominated,
        worst=partial(worst.worst_dominated, L, MU, STEP, VARIANCE, 1.0),
    ),
)
