"""Examples of workers that follow leaders: three quadratics of equal curvature, moments exact."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from roundlot.verify.tightness.example import Example, bound_of
from roundlot.verify.tightness.linear_rounds import Array, Outcome, walk

MATRIX = np.array([[0.6, 0.3, 0.1], [0.4, 0.5, 0.1], [0.4, 0.2, 0.4]])  # the first leads
CENTRES, NOISE, STEP, START, ROUNDS, CURVE = np.array([1.0, 0.2, -0.6]), 0.05, 0.1, 4.0, 60, 1.0
WORKERS = len(CENTRES)
MEAN = np.full((WORKERS, WORKERS), 1 / WORKERS)
APART = np.eye(WORKERS) - MEAN


def contraction() -> float:
    """``r``: how much of a spread is left after one mixing."""
    return float(np.linalg.norm(APART @ MATRIX @ APART, 2))


def mean_drift() -> float:
    """``κ``: ``n`` times the squared column drift."""
    return WORKERS * float(np.sum((MATRIX.mean(axis=0) - 1 / WORKERS) ** 2))


def dissimilarity() -> float:
    """``ζ²``, the same everywhere."""
    return float(np.var(CURVE * CENTRES))


def value(x: float) -> float:
    """``F(x) − F*``."""
    return CURVE / 2 * (x - float(CENTRES.mean())) ** 2


def moments(start: Array, rounds: int) -> Array:
    """``E zzᵀ`` of ``z = (x_1, x_2, x_3, 1)`` before every round and after the last."""
    n = WORKERS
    matrix = np.eye(n + 1)
    matrix[:n, :n] = MATRIX - STEP * CURVE * np.eye(n)
    matrix[:n, n] = STEP * CURVE * CENTRES
    noise = np.zeros((n + 1, n + 1))
    noise[:n, :n] = STEP**2 * NOISE * np.eye(n)
    return walk([Outcome(chance=1.0, matrix=matrix, noise=noise)], np.append(start, 1.0), rounds)


def spread(moment: Array) -> float:
    """``E (1/n) Σ (x_i − x̄)²``."""
    return float(np.trace(APART @ moment[:WORKERS, :WORKERS])) / WORKERS


def squared_gradient(moment: Array) -> float:
    """``E‖∇F(x̄)‖²``."""
    row = np.append(np.full(WORKERS, CURVE / WORKERS), -CURVE * CENTRES.mean())
    return float(row @ moment @ row)


def excess(moment: Array) -> float:
    """``E F(x̄) − F*``."""
    return squared_gradient(moment) / (2 * CURVE)


def mean_gradients(rounds: int = ROUNDS) -> Array:
    """Means of ``E‖∇F(x̄_t)‖²`` over the first rounds, from equal workers, ``(rounds,)``."""
    found = [squared_gradient(m) for m in moments(np.full(WORKERS, START), rounds)[:-1]]
    return np.asarray(np.cumsum(found) / np.arange(1, rounds + 1))


def round_numbers(start: Array) -> dict[str, float]:
    """What the theorems on one round are given."""
    before = moments(start, 0)[0]
    return {
        "smoothness": CURVE,
        "contraction": contraction(),
        "step": STEP,
        "variance": NOISE,
        "dissimilarity": dissimilarity(),
        "workers": float(WORKERS),
        "mean_drift": mean_drift(),
        "spread": spread(before),
        "value": excess(before),
        "squared_gradient": squared_gradient(before),
    }


def numbers(theorem: str) -> dict[str, float]:
    """Those of them that a theorem takes; for the rate from equal workers."""
    found = round_numbers(AWAY if theorem in ROUND_OF else np.full(WORKERS, START))
    return {name: found[name] for name in TAKEN[theorem]}


AWAY = START + np.array([1.0, -0.5, -0.5])
_SPREAD = ("smoothness", "contraction", "step", "variance", "dissimilarity")
_RATE = (*_SPREAD, "workers", "mean_drift", "value")
TAKEN = {
    "leader_spread": (*_SPREAD, "spread"),
    "leader_descent": (
        *("smoothness", "step", "variance", "workers", "value", "squared_gradient"),
        *("spread", "mean_drift"),
    ),
    "leaders_sum": _RATE,
    "leaders": _RATE,
}
ROUND_OF = {"leader_spread": spread, "leader_descent": excess}


def _after_one_round(measure: Callable[[Array], float]) -> float:
    return measure(moments(AWAY, 1)[-1])


def _mean() -> float:
    return float(mean_gradients()[-1])


_SAID = "three workers, n‖δ‖² = 0.11, η = 0.1"
LEADER_EXAMPLES: tuple[Example, ...] = (
    *(
        Example(
            theorem=theorem,
            bound=bound_of(theorem, **numbers(theorem)),
            quadratic=partial(_after_one_round, measure),
            setting=f"{_SAID}, one round",
        )
        for theorem, measure in ROUND_OF.items()
    ),
    Example(
        theorem="leaders_sum",
        bound=lambda: (
            bound_of("leaders_sum", **numbers("leaders_sum"), rounds=float(ROUNDS))()
            / (STEP / 2 * ROUNDS)
        ),
        quadratic=_mean,
        setting="S(T) alone; as the next row",
    ),
    Example(
        theorem="leaders",
        bound=lambda: bound_of("leaders", **numbers("leaders"), rounds=float(ROUNDS))(),
        quadratic=_mean,
        setting=f"{_SAID}, {ROUNDS} rounds",
    ),
)
