"""Examples of the theorems on one draw, by propagation of one round, and on water-filling.

Of stale updates, floors and batches every outcome of a small draw is enumerated.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from itertools import product

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
from roundlot.theory.arrays import FloatArray
from roundlot.theory.theorems import named
from roundlot.verify.tightness import quadratics
from roundlot.verify.tightness import worst_case as worst
from roundlot.verify.tightness.example import MU, STEP, Example, L, example


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
    example("unbiased", {"probability": 0.3, "inner_product": -1.5}, partial(_drawn, "mean")),
    example("variance", {"probability": 0.3, "squared_norm": 5.0}, partial(_drawn, "one")),
    example(
        "covariance",
        {"probability": 0.3, "other_probability": 0.6, "inner_product": -1.5},
        partial(_drawn, "models"),
    ),
    example(
        "additive_mean",
        {"inner_product": 3.25},
        partial(_drawn, "sum"),
        setting="two processors, z = u_1 + u_2",
    ),
    example(
        "additive_variance",
        {"drawn_squares": 5.0 / 0.3 + 1.25 / 0.6, "squares": 6.25},
        partial(_drawn, "both"),
    ),
    example(
        "participation_variance",
        {"drawn_squares": 0.16 / 0.3 + 0.36 / 0.6, "squares": 0.52},
        partial(_drawn, "weight"),
    ),
    example(
        "stale_update",
        {
            "probability": 0.3,
            "multiple": 0.7,
            "squared_norm": 5.0,
            "stale_squared_norm": 1.25,
            "inner_product": -1.5,
        },
        partial(_drawn, "stale"),
    ),
    example(
        "stale_clients",
        {"least_variance": 7 * 3.2 / 3, "excess": 7 * 1.9**2 * 1.25 / 3},
        partial(_drawn, "stale"),
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
    example(
        "water_filling_priced",
        {"price": 5.0, **_TOTALS},
        _filling,
        lower=True,
        setting="the same, at the best price",
    ),
    example(
        "water_filling",
        _TOTALS,
        _filling,
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


P, Q, BETA, SIZES, NOISE = 0.3, 0.6, 0.7, (2, 5), 3.0
FRESH, STALE, ALONG = np.array([[1.0, 2.0], [0.5, 1.5], [2.0, -0.5]])
STALE_NUMBERS = {
    "squared_norm": float(FRESH @ FRESH),
    "stale_squared_norm": float(STALE @ STALE),
    "inner_product": float(FRESH @ STALE),
}
MEAN_SIZE = P * SIZES[0] + (1 - P) * SIZES[1]
BATCH = {"expected_samples": MEAN_SIZE}
OUTCOMES = [
    ((P if a else 1 - P) * (Q if b else 1 - Q), a / P, b / Q) for a, b in product((0, 1), repeat=2)
]


def _stale_step(multiple: float, drawn: int) -> FloatArray:
    rest = FRESH - multiple * STALE
    return np.asarray(multiple * STALE + drawn / P * rest)


def _stale_variance(multiple: float) -> float:
    return sum(
        chance * float(np.sum((_stale_step(multiple, drawn) - FRESH) ** 2))
        for chance, drawn in ((P, 1), (1 - P, 0))
    )


def _stale_mean(drawn: float, idle: float) -> float:
    """``E⟨step, z⟩`` with one multiple for the drawn and another for the idle."""
    return P * float(_stale_step(drawn, 1) @ ALONG) + (1 - P) * float(_stale_step(idle, 0) @ ALONG)


def _least_stale() -> float:
    from scipy.optimize import minimize_scalar

    return float(minimize_scalar(_stale_variance).fun)


def _weight_square() -> float:
    return sum(chance * (0.4 * a + 0.6 * b) ** 2 for chance, a, b in OUTCOMES)


def _sampled() -> float:
    """Both updates have squared norm 4."""
    u = 2.0
    return sum(chance * (0.4 * a * u + 0.6 * b * u - u) ** 2 for chance, a, b in OUTCOMES)


def _floored() -> float:
    return P * float(np.sum((FRESH / P - FRESH) ** 2)) + (1 - P) * float(FRESH @ FRESH)


def _signs(samples: int) -> float:
    """``E(Σ ξ)²`` of independent noises ``±√NOISE``."""
    return NOISE * float(np.mean([sum(s) ** 2 for s in product((-1, 1), repeat=samples)]))


def _over_sizes(value: Callable[[int], float]) -> float:
    return P * value(SIZES[0]) + (1 - P) * value(SIZES[1])


def _expected_batch_error() -> float:
    square = float(FRESH @ FRESH)
    return _over_sizes(lambda n: (n / MEAN_SIZE - 1) ** 2 * square + _signs(n) / MEAN_SIZE**2)


def _without(name: str) -> dict[str, float]:
    return {key: value for key, value in STALE_NUMBERS.items() if key != name}


_WEIGHTS = {"drawn_squares": 0.16 / P + 0.36 / Q, "squares": 0.52, "weight": 1.0}
_INNER = float(FRESH @ ALONG)
_ALONG = float(FRESH @ STALE) / float(STALE @ STALE)
STALE_EXAMPLES: tuple[Example, ...] = (
    example("repeated_draws", _WEIGHTS, _weight_square),
    example(
        "sampled_average",
        {"participation_variance": 0.16 * (1 / P - 1) + 0.36 * (1 / Q - 1), "second_moment": 4.0},
        _sampled,
        setting="both updates of the greatest size",
    ),
    example(
        "floored_variance",
        {"probability": P, "floor": P, "squared_norm": float(FRESH @ FRESH)},
        _floored,
        setting="drawn at the floor",
    ),
    example(
        "stale_unbiased",
        {"probability": P, "inner_product": _INNER},
        partial(_stale_mean, BETA, BETA),
    ),
    example(
        "stale_best",
        {**STALE_NUMBERS, "probability": P},
        _least_stale,
        lower=True,
        setting="against the least over all multiples",
    ),
    example(
        "stale_saving",
        {**_without("squared_norm"), "probability": P, "multiple": BETA},
        lambda: _stale_variance(0.0) - _stale_variance(BETA),
    ),
    example(
        "stale_helps",
        {**STALE_NUMBERS, "probability": P, "multiple": BETA},
        partial(_stale_variance, BETA),
        setting="β = 0.7; at β = 0 it is 1",
    ),
    example(
        "stale_at_most",
        {
            "probability": P,
            "squared_norm": float(FRESH @ FRESH),
            "stale_squared_norm": _ALONG**2 * float(STALE @ STALE),
            "inner_product": _ALONG * float(FRESH @ STALE),
        },
        _least_stale,
        setting="a last update of which 1 is the best multiple",
    ),
    example(
        "stale_refresh_bias",
        {
            "probability": P,
            "multiple": BETA,
            "new_multiple": 0.2,
            "inner_product": _INNER,
            "stale_inner_product": float(STALE @ ALONG),
        },
        partial(_stale_mean, 0.2, BETA),
    ),
)
BATCH_EXAMPLES: tuple[Example, ...] = (
    example(
        "mean_of_updates",
        {"updates": 3.0, "second_moment": 2.0},
        lambda: 2.0,
        setting="three equal updates",
    ),
    example("batch_sum", {"samples": 5.0, "variance": NOISE}, partial(_signs, 5)),
    example(
        "pooled_batch",
        {"mean_inverse": P / SIZES[0] + (1 - P) / SIZES[1], "variance": NOISE},
        lambda: _over_sizes(lambda n: _signs(n) / n**2),
        setting="2 samples or 5",
    ),
    example(
        "inverse_tangent",
        {"samples": 4.0, "touching": 4.0},
        lambda: 1 / 4,
        lower=True,
        setting="where the tangent touches",
    ),
    example(
        "varying_batch",
        {"expected_samples": 4.0},
        lambda: P / 4 + (1 - P) / 4,
        lower=True,
        setting="always 4 samples; sizes that vary are above the bound",
    ),
    example(
        "expected_batch",
        {**BATCH, "inner_product": _INNER},
        lambda: _over_sizes(lambda n: n / MEAN_SIZE * _INNER),
    ),
    example(
        "expected_batch_variance",
        {
            "expected_samples": MEAN_SIZE,
            "variance": NOISE,
            "samples_variance": P * (1 - P) * (SIZES[1] - SIZES[0]) ** 2,
            "squared_gradient": float(FRESH @ FRESH),
        },
        _expected_batch_error,
    ),
    example(
        "planned_batch",
        {**BATCH, "planned": 7.0, "inner_product": _INNER},
        lambda: _over_sizes(lambda n: n / 7 * _INNER),
    ),
    example(
        "pooled_bias",
        {
            "inner_product": (_INNER + float(STALE @ ALONG)) / 2,
            "share_bias": (P * 0.9 + (1 - P) * 0.3 - 0.5) * (_INNER - float(STALE @ ALONG)),
        },
        lambda: (
            P * float((0.9 * FRESH + 0.1 * STALE) @ ALONG)
            + (1 - P) * float((0.3 * FRESH + 0.7 * STALE) @ ALONG)
        ),
    ),
)
