"""Examples of stale updates, floors and batches: every outcome of a small draw, enumerated."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.verify.tightness.example import Example, Number, bound_of

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
Point = npt.NDArray[np.float64]


def _stale_step(multiple: float, drawn: int) -> Point:
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


def _case(theorem: str, truth: Number, numbers: dict[str, Any], **more: Any) -> Example:
    return Example(theorem=theorem, bound=bound_of(theorem, **numbers), quadratic=truth, **more)


def _without(name: str) -> dict[str, float]:
    return {key: value for key, value in STALE_NUMBERS.items() if key != name}


_WEIGHTS = {"drawn_squares": 0.16 / P + 0.36 / Q, "squares": 0.52, "weight": 1.0}
_INNER = float(FRESH @ ALONG)
STALE_EXAMPLES: tuple[Example, ...] = (
    _case("repeated_draws", _weight_square, _WEIGHTS),
    _case(
        "sampled_average",
        _sampled,
        {"participation_variance": 0.16 * (1 / P - 1) + 0.36 * (1 / Q - 1), "second_moment": 4.0},
        setting="both updates of the greatest size",
    ),
    _case(
        "floored_variance",
        _floored,
        {"probability": P, "floor": P, "squared_norm": float(FRESH @ FRESH)},
        setting="drawn at the floor",
    ),
    _case(
        "stale_unbiased",
        partial(_stale_mean, BETA, BETA),
        {"probability": P, "inner_product": _INNER},
    ),
    _case(
        "stale_best",
        _least_stale,
        {**STALE_NUMBERS, "probability": P},
        lower=True,
        setting="against the least over all multiples",
    ),
    _case(
        "stale_saving",
        lambda: _stale_variance(0.0) - _stale_variance(BETA),
        {**_without("squared_norm"), "probability": P, "multiple": BETA},
    ),
    _case(
        "stale_helps",
        partial(_stale_variance, BETA),
        {**STALE_NUMBERS, "probability": P, "multiple": BETA},
        setting="β = 0.7; at β = 0 it is 1",
    ),
    _case(
        "stale_refresh_bias",
        partial(_stale_mean, 0.2, BETA),
        {
            "probability": P,
            "multiple": BETA,
            "new_multiple": 0.2,
            "inner_product": _INNER,
            "stale_inner_product": float(STALE @ ALONG),
        },
    ),
)
BATCH_EXAMPLES: tuple[Example, ...] = (
    _case(
        "mean_of_updates",
        lambda: 2.0,
        {"updates": 3.0, "second_moment": 2.0},
        setting="three equal updates",
    ),
    _case("batch_sum", partial(_signs, 5), {"samples": 5.0, "variance": NOISE}),
    _case(
        "pooled_batch",
        lambda: _over_sizes(lambda n: _signs(n) / n**2),
        {"mean_inverse": P / SIZES[0] + (1 - P) / SIZES[1], "variance": NOISE},
        setting="2 samples or 5",
    ),
    _case(
        "inverse_tangent",
        lambda: 1 / 4,
        {"samples": 4.0, "touching": 4.0},
        lower=True,
        setting="where the tangent touches",
    ),
    _case(
        "varying_batch",
        lambda: P / 4 + (1 - P) / 4,
        {"expected_samples": 4.0},
        lower=True,
        setting="always 4 samples; sizes that vary are above the bound",
    ),
    _case(
        "expected_batch",
        lambda: _over_sizes(lambda n: n / MEAN_SIZE * _INNER),
        {**BATCH, "inner_product": _INNER},
    ),
    _case(
        "expected_batch_variance",
        _expected_batch_error,
        {
            "expected_samples": MEAN_SIZE,
            "variance": NOISE,
            "samples_variance": P * (1 - P) * (SIZES[1] - SIZES[0]) ** 2,
            "squared_gradient": float(FRESH @ FRESH),
        },
    ),
    _case(
        "planned_batch",
        lambda: _over_sizes(lambda n: n / 7 * _INNER),
        {**BATCH, "planned": 7.0, "inner_product": _INNER},
    ),
    _case(
        "pooled_bias",
        lambda: (
            P * float((0.9 * FRESH + 0.1 * STALE) @ ALONG)
            + (1 - P) * float((0.3 * FRESH + 0.7 * STALE) @ ALONG)
        ),
        {
            "inner_product": (_INNER + float(STALE @ ALONG)) / 2,
            "share_bias": (P * 0.9 + (1 - P) * 0.3 - 0.5) * (_INNER - float(STALE @ ALONG)),
        },
    ),
)
