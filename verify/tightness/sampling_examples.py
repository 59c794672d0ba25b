"""Examples of the theorems on one draw, by propagation of one round, and on water-filling."""

from __future__ import annotations

from fractions import Fraction
from functools import partial

import numpy as np

from roundlot.simulate.propagation import processor_covariance
from roundlot.solvers import solve
from roundlot.solvers.schemes import (
    SamplingScheme,
    certify_scheme,
    fixed_size,
    full_participation,
    independent_clients,
    independent_processors,
    multinomial,
)
from roundlot.theory import Problem
from roundlot.theory.theorems import named
from roundlot.verify.tightness import quadratics
from roundlot.verify.tightness import worst_case as worst
from roundlot.verify.tightness.example import MU, STEP, Example, L, bound_of


def _drawn(part: str) -> float:
    """Moments of two processors, ``p = 0.3, 0.6``, by propagation of one round."""
    u = np.array([[1.0, 2.0], [0.5, -1.0]])
    odds = np.array([1 / 0.3, 1 / 0.6]) - 1.0
    if part == "mean":
        return float(quadratics.one_draw(u[:1], [1.0], odds[:1])[0] @ u[1])
    if part == "one":
        return float(np.trace(quadratics.one_draw(u[:1], [1.0], odds[:1])[1]))
    if part == "sum":
        return float(quadratics.one_draw(u, [1.0, 1.0], odds)[0] @ u.sum(axis=0))
    if part == "both":
        return float(np.trace(quadratics.one_draw(u, [1.0, 1.0], odds)[1]))
    if part == "weight":
        return float(quadratics.one_draw([[0.4], [0.6]], [1.0, 1.0], odds)[1][0, 0])
    if part == "stale":
        left = u[:1] - 0.7 * u[1:]
        return float(np.trace(quadratics.one_draw(left, [1.0], odds[:1])[1]))
    K = processor_covariance([[1.0, 1.0]], [[0.3, 0.6]], [0])
    stacked = np.zeros((2, 4))
    stacked[0, :2], stacked[1, 2:] = u
    return float(np.trace(quadratics.one_draw(stacked, [1.0, 1.0], K)[1][:2, 2:]))


def _filling() -> float:
    return float(solve(Problem([[1.0], [2.0], [9.0]], budget=1.6)).objective)


def _filling_bound() -> float:
    """The certificate that the two theorems make together, at the best price."""
    free, price = np.array([1.0, 2.0]), 3.0 / 0.6
    lower = named("water_filling_free").evaluate(score=free, price=price, probability=0.3)
    capped = named("water_filling_capped").evaluate(
        score=9.0, price=price, probability=1.0, cap=1.0
    )
    return float(np.sum(lower) + capped - price**2 * 1.6)


_TOTALS = {"free_score": 3.0, "capped_cost": 81.0, "caps": 1.0, "budget": 1.6}
SAMPLING_EXAMPLES: tuple[Example, ...] = (
    Example(
        theorem="unbiased",
        bound=bound_of("unbiased", probability=0.3, inner_product=-1.5),
        quadratic=partial(_drawn, "mean"),
    ),
    Example(
        theorem="variance",
        bound=bound_of("variance", probability=0.3, squared_norm=5.0),
        quadratic=partial(_drawn, "one"),
    ),
    Example(
        theorem="covariance",
        bound=bound_of("covariance", probability=0.3, other_probability=0.6, inner_product=-1.5),
        quadratic=partial(_drawn, "models"),
    ),
    Example(
        theorem="additive_mean",
        bound=bound_of("additive_mean", inner_product=3.25),
        quadratic=partial(_drawn, "sum"),
        setting="two processors, z = u_1 + u_2",
    ),
    Example(
        theorem="additive_variance",
        bound=bound_of("additive_variance", drawn_squares=5.0 / 0.3 + 1.25 / 0.6, squares=6.25),
        quadratic=partial(_drawn, "both"),
    ),
    Example(
        theorem="participation_variance",
        bound=bound_of(
            "participation_variance", drawn_squares=0.16 / 0.3 + 0.36 / 0.6, squares=0.52
        ),
        quadratic=partial(_drawn, "weight"),
    ),
    Example(
        theorem="stale_update",
        bound=bound_of(
            "stale_update",
            probability=0.3,
            multiple=0.7,
            squared_norm=5.0,
            stale_squared_norm=1.25,
            inner_product=-1.5,
        ),
        quadratic=partial(_drawn, "stale"),
    ),
    Example(
        theorem="stale_clients",
        bound=bound_of("stale_clients", least_variance=7 * 3.2 / 3, excess=7 * 1.9**2 * 1.25 / 3),
        quadratic=partial(_drawn, "stale"),
    ),
    Example(
        theorem="water_filling_free",
        bound=_filling_bound,
        quadratic=_filling,
        lower=True,
        setting="scores 1, 2, 9, budget 1.6: the certificate against the optimum",
    ),
    Example(
        theorem="water_filling_capped",
        bound=_filling_bound,
        quadratic=_filling,
        lower=True,
        setting="the same",
    ),
    Example(
        theorem="water_filling_priced",
        bound=bound_of("water_filling_priced", price=5.0, **_TOTALS),
        quadratic=_filling,
        lower=True,
        setting="the same, at the best price",
    ),
    Example(
        theorem="water_filling",
        bound=bound_of("water_filling", **_TOTALS),
        quadratic=_filling,
        setting="the same: the closed form against the solver's design",
    ),
)


_THIRDS = (Fraction(1, 2), Fraction(1, 3), Fraction(1, 6))
_HALF, _QUARTER = Fraction(1, 2), Fraction(1, 4)
SCHEMES: tuple[SamplingScheme, ...] = (
    full_participation(_THIRDS),
    independent_clients(_THIRDS, (Fraction(3, 4), _HALF, _QUARTER)),
    independent_processors(_THIRDS, ((_HALF, _HALF), (_QUARTER,), (_HALF, _QUARTER))),
    fixed_size([_QUARTER] * 4, 2),
    multinomial(_THIRDS, 2),
)


def scheme_example(scheme: SamplingScheme) -> Example:
    """One step of a scheme at ``‖x − x*‖² = Σ w‖∇f_i(x*)‖² = 1``."""

    def bound() -> float:
        proof = certify_scheme(scheme, step=STEP, smoothness=L, strong_convexity=Fraction(3, 10))
        return float(proof.rate + proof.noise)

    return Example(
        theorem=f"scheme: {scheme.name}",
        relation="tight",
        setting="one step, ζ² = ‖x − x*‖² = 1",
        bound=bound,
        quadratic=partial(quadratics.worst_quadratic_scheme, scheme, step=STEP, least=MU, most=L),
        worst=partial(
            worst.worst_scheme_step, scheme, step=STEP, smoothness=L, strong_convexity=MU
        ),
    )
