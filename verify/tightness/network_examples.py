"""Examples of decentralised training: eight workers on a ring with quadratics, exact moments."""

from __future__ import annotations

from functools import cache, partial

import numpy as np
import numpy.typing as npt

from roundlot.verify.tightness.example import MU, Example, L, change_of, example

Array = npt.NDArray[np.float64]
N, SMOOTH, NOISE, ROUNDS, START = 8, 1.0, 0.5, 80, 4.0
RING: Array = (np.eye(N) + np.roll(np.eye(N), 1, 0) + np.roll(np.eye(N), -1, 0)) / 3
VALUES, VECTORS = np.linalg.eigh(RING)
R = float(np.max(np.abs(VALUES[:-1])))
SLOW: Array = VECTORS[:, np.argsort(np.abs(VALUES))[-2]] * np.sqrt(N)  # mean square 1
CENTRES = np.array([-2.0, -1.0, -1.0, 0.0, 0.5, 1.0, 1.5, 3.0])
MIDDLE, UNLIKE = float(CENTRES.mean()), float(CENTRES.var())
STEP = (1 - R) / 4
SHARED = {"smoothness": SMOOTH, "variance": NOISE, "contraction": R, "step": STEP}
RUN = {**SHARED, "dissimilarity": UNLIKE, "workers": N, "value": (START - MIDDLE) ** 2 / 2}


def spread(points: Array, covariance: Array) -> float:
    """``E (1/n) Σ ‖x_i − x̄‖²``."""
    centring = np.eye(N) - 1 / N
    return float(np.sum((centring @ points) ** 2) + np.trace(centring @ covariance)) / N


def one_round(
    points: Array, covariance: Array, mix_first: bool, curvature: float, centres: Array
) -> tuple[Array, Array]:
    """Mean and covariance of the workers' points after one round, ``F_i = h/2 (x − c_i)²``."""
    noise, eye = STEP**2 * NOISE * np.eye(N), np.eye(N)
    slopes = curvature * (points - centres)
    if mix_first:
        keep = RING - STEP * curvature * eye
        return RING @ points - STEP * slopes, keep @ covariance @ keep.T + noise
    moved = (1 - STEP * curvature) ** 2 * covariance + noise
    return RING @ (points - STEP * slopes), RING @ moved @ RING


def _consensus(mix_first: bool) -> float:
    """Functions that bend down by L, apart along the slowest direction of the ring."""
    after = one_round(SLOW, np.zeros((N, N)), mix_first, -SMOOTH, -SLOW)
    return spread(*after)


def _consensus_example(theorem: str, *, mix_first: bool) -> Example:
    unlike = float(np.mean(SLOW**2))  # ∇F_i(x̄) = −L(0 + y_i)
    return example(
        theorem,
        {**SHARED, "spread": 1.0, "dissimilarity": unlike},
        partial(_consensus, mix_first),
        setting=f"ring of {N}, ηL = (1 − r)/4",
    )


@cache
def _run(mix_first: bool) -> tuple[float, float]:
    """The mean squared gradient over the rounds, and the potential after the last."""
    points, covariance, total = np.full(N, START), np.zeros((N, N)), 0.0
    for _ in range(ROUNDS):
        total += float((points.mean() - MIDDLE) ** 2 + covariance.mean())
        points, covariance = one_round(points, covariance, mix_first, SMOOTH, CENTRES)
    value = float((points.mean() - MIDDLE) ** 2 + covariance.mean()) / 2
    weight = 4 / 7 * STEP * SMOOTH**2 / (1 - R)
    potential = STEP / 2 * total + value + weight * spread(points, covariance)
    return total / ROUNDS, potential


def _run_example(theorem: str, part: int, *, mix_first: bool) -> Example:
    return example(
        theorem,
        {**RUN, "rounds": ROUNDS},
        lambda: _run(mix_first)[part],
        setting=f"one run: {ROUNDS} rounds on the ring of {N}",
    )


def _mean_descent() -> float:
    """``E F(x̄⁺) − F(x̄)``, ``F_i = h_i/2 x² + b_i x``: two halves, one bent up and one down."""
    bends, points = np.repeat([SMOOTH, -SMOOTH], N // 2), np.repeat([-2.0, 2.0], N // 2)
    slope = 1.0 + np.mean(bends * points)  # F has gradient 1 everywhere
    return float(-STEP * slope)


def _leader(workers: Array) -> Array:
    mixing = np.zeros((N, N))
    mixing[np.arange(N), workers] = 1.0
    return mixing


def _drift(mixing: Array) -> Array:
    return np.asarray(mixing.sum(axis=0) / N - 1 / N)


LEADER = _leader(np.full(N, 2))
TILTED = 0.7 * RING + 0.3 * LEADER
LEANING: Array = _drift(TILTED)
NETWORK_EXAMPLES: tuple[Example, ...] = (
    Example(
        theorem="mean_descent",
        bound=change_of(
            "mean_descent",
            smoothness=SMOOTH,
            step=STEP,
            variance=0.0,
            workers=N,
            value=1 / SMOOTH,
            squared_gradient=1.0,
            spread=4.0,
        ),
        quadratic=_mean_descent,
        setting="no noise, ‖∇F(x̄)‖² = 1, D = 4, η = (1 − r)/4",
    ),
    _consensus_example("consensus", mix_first=False),
    _consensus_example("consensus_mix_first", mix_first=True),
    _run_example("consensus_potential", 1, mix_first=False),
    _run_example("consensus_mix_first_potential", 1, mix_first=True),
    _run_example("decentralised", 0, mix_first=False),
    _run_example("decentralised_mix_first", 0, mix_first=True),
    _run_example("decentralised_published", 0, mix_first=False),
    example(
        "column_drift",
        {"column_drift": float(LEANING @ LEANING), "spread": float(LEANING @ LEANING)},
        lambda: float(np.mean(TILTED @ LEANING) - np.mean(LEANING)) ** 2,
        setting="workers along δ",
    ),
    example(
        "leader_weights",
        {
            "leader_weight": 0.3,
            "other_leader_weight": 0.2,
            "leader_drift": float(np.sum(_drift(LEADER) ** 2)),
            "other_leader_drift": float(np.sum(_drift(LEADER) ** 2)),
        },
        lambda: float(np.sum(_drift(0.5 * RING + 0.3 * LEADER + 0.2 * LEADER) ** 2)),
        setting="both leaders the same",
    ),
)


SHARES_OF_THREE, THREE = np.array([0.5, 0.3, 0.2]), np.array([[1.0, 2.0], [0.5, -1.0], [-2.0, 0.0]])


def _moment(vectors: np.typing.NDArray[np.float64]) -> float:
    return float(SHARES_OF_THREE @ np.sum(vectors**2, axis=1))


CENTRE = SHARES_OF_THREE @ THREE
EQUAL = np.tile([1.0, 2.0], (3, 1))


def _gradient() -> float:
    """``‖∇f‖²`` over quadratics with ``f(x) − f* = 1``: ``2h``."""
    return float(np.max(2 * np.linspace(MU, L, 11)))


LEMMA_EXAMPLES: tuple[Example, ...] = (
    example(
        "centred",
        {"second_moment": _moment(THREE - CENTRE)},
        lambda: _moment(THREE - CENTRE - SHARES_OF_THREE @ (THREE - CENTRE)),
        setting="vectors of mean zero",
    ),
    example(
        "mean_over_clients",
        {"second_moment": _moment(EQUAL)},
        lambda: float(np.sum((SHARES_OF_THREE @ EQUAL) ** 2)),
        setting="equal vectors",
    ),
    example(
        "cauchy_schwarz",
        {
            "root_moment": float(np.sqrt(_moment(THREE))),
            "other_root_moment": float(np.sqrt(_moment(2 * THREE))),
        },
        lambda: float(SHARES_OF_THREE @ np.sum(THREE * 2 * THREE, axis=1)),
        setting="one twice the other",
    ),
    example(
        "bounded_gradient", {"smoothness": L, "value": 1.0}, _gradient, setting="f(x) − f* = 1"
    ),
    example(
        "mixing",
        {"contraction": R, "squared_norm": float(SLOW @ SLOW)},
        lambda: float(np.sum((RING @ SLOW) ** 2)),
        setting="the slowest direction of the ring",
    ),
)
