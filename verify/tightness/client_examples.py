"""Examples of partial participation and local steps: clients with quadratics, draws enumerated.

The one-step theorems are compared over many random clients; the table has the closest. Local
drift of a whole trajectory is compared in one run.
"""

from __future__ import annotations

from functools import cache, partial
from itertools import product

import numpy as np
import numpy.typing as npt

from roundlot.verify.tightness import worst_case as worst
from roundlot.verify.tightness.example import MU, Example, L, bound_of, example

Array = npt.NDArray[np.float64]
CLIENTS, SEARCHED, STEP, NOISE = 3, 2000, 0.1, 0.5
DRAWS = np.array(list(product((0.0, 1.0), repeat=CLIENTS)))
WEIGHTS, CHANCES = np.array([0.5, 0.3, 0.2]), np.array([0.9, 0.6, 0.5])
ODDS = np.prod(np.where(DRAWS > 0, CHANCES, 1 - CHANCES), axis=1)
DRAWN = DRAWS * WEIGHTS / CHANCES
VAR_H = float(np.sum(WEIGHTS**2 * (1 / CHANCES - 1)))
CURVES, CENTRES, START = np.array([MU, 2.0, L]), np.array([3.0, 0.0, -1.0]), 2.5
LOCAL, ROUNDS, REPEATS, LONG = 4, 200, 500, 50


def _best(curves: Array, centres: Array) -> float:
    return float(WEIGHTS @ (curves * centres) / (WEIGHTS @ curves))


def _losses(curves: Array, centres: Array, point: float) -> Array:
    return np.asarray(curves * (point - centres) ** 2 / 2)


def _random_clients(random: np.random.Generator) -> tuple[Array, Array]:
    curves = random.choice([MU, L, random.uniform(MU, L)], size=CLIENTS)
    return np.asarray(curves), random.normal(size=CLIENTS) * random.choice([0.0, 1.0, 3.0], CLIENTS)


def _one_participation(random: np.random.Generator) -> float:
    """What one step from ``‖w − w*‖ = 1`` attains, as a share of the bound."""
    curves, centres = _random_clients(random)
    best = _best(curves, centres)
    point = best + 1.0
    moves, totals = DRAWN @ (curves * (point - centres)), DRAWN @ _losses(curves, centres, point)
    spread = float(WEIGHTS @ _losses(curves, centres, best))
    bound = bound_of(
        "partial_participation",
        client_smoothness=L,
        strong_convexity=MU,
        step=STEP,
        squared_distance=1.0,
        value=float(WEIGHTS @ _losses(curves, centres, point)) - spread,
        heterogeneity=spread,
        participation_variance=VAR_H,
        surrogate_variance=float(ODDS @ totals**2 - (ODDS @ totals) ** 2),
        batch_noise=0.0,
    )
    return float(ODDS @ (point - STEP * moves - best) ** 2) / bound()


@cache
def _closest_participation() -> float:
    random = np.random.default_rng(0)
    return max(_one_participation(random) for _ in range(SEARCHED))


def _floor() -> float:
    """``E‖w_t − w*‖²`` after rounds of a constant step, by the first two moments."""
    best = _best(CURVES, CENTRES)
    keep = 1 - STEP * (DRAWN @ CURVES)
    pull = STEP * (DRAWN @ (CURVES * (CENTRES - best)))
    mean, square = START - best, (START - best) ** 2
    for _ in range(LONG):
        square = float(ODDS @ (keep**2 * square + 2 * keep * pull * mean + pull**2))
        mean = float(ODDS @ (keep * mean + pull))
    return square


def most_covariance() -> float:
    """``√(Var H · Var R)``, the largest over where the trajectory can be."""
    totals = [DRAWN @ _losses(CURVES, CENTRES, w) for w in np.linspace(-3.0, 3.0, 121)]
    return float(np.sqrt(VAR_H * max(ODDS @ t**2 - (ODDS @ t) ** 2 for t in totals)))


def _shared() -> dict[str, float]:
    best = _best(CURVES, CENTRES)
    return {
        "client_smoothness": L,
        "initial": (START - best) ** 2,
        "heterogeneity": float(WEIGHTS @ _losses(CURVES, CENTRES, best)),
        "batch_noise": 0.0,
    }


def _drift() -> float:
    """Two clients of equal weight that walk apart at full speed."""
    points = np.array([1.0, -1.0]) * STEP * (LOCAL - 1)
    return float(np.mean((points - points.mean()) ** 2))


@cache
def _train() -> tuple[float, float, float]:
    """``E‖w_t − w*‖²``, ``E F(w_t) − F*`` over 500 runs, and the largest squared gradient."""
    random, best = np.random.default_rng(3), _best(CURVES, CENTRES)
    origin, most = np.full((REPEATS, 1), START), 0.0
    points = np.repeat(origin, CLIENTS, axis=1)
    for t in range(ROUNDS):
        slopes = CURVES * (points - CENTRES)
        most = max(most, float(np.max(slopes**2)))
        points = points - 2 / (MU * (4 * L / MU + t)) * slopes
        if (t + 1) % LOCAL == 0:
            weights = (random.random((REPEATS, CLIENTS)) < CHANCES) * WEIGHTS / CHANCES
            origin = origin + np.sum(weights * (points - origin), axis=1, keepdims=True)
            points = np.repeat(origin, CLIENTS, axis=1)
    square = float(np.mean((points @ WEIGHTS - best) ** 2))
    return square, float(WEIGHTS @ CURVES) / 2 * square, most


def _local_bound(theorem: str) -> float:
    return bound_of(
        theorem,
        **_shared(),
        strong_convexity=MU,
        offset=4 * L / MU,
        local_steps=LOCAL,
        second_moment=_train()[2],
        participation_variance=VAR_H,
        round=ROUNDS,
    )()


def _local_case(theorem: str, part: int) -> Example:
    return Example(
        theorem=theorem,
        bound=partial(_local_bound, theorem),
        quadratic=lambda: _train()[part],
        setting=f"mean of {REPEATS} simulated runs, K = {LOCAL}, {ROUNDS} steps, μ = {MU:g}",
    )


def _local_step(first: float, second: float, away: float, side: float) -> float:
    """One local step of two clients at distance, drift and heterogeneity 1, without noise."""
    curves, centres = np.array([first, second]), np.array([1.0, -1.0])
    best = float(curves @ centres / curves.sum())
    spread = float(np.mean(_losses(curves, centres, best)))
    centres, best = centres / np.sqrt(spread), best / np.sqrt(spread)
    points = best + away + side * np.array([1.0, -1.0])
    slope = float(np.mean(curves * (points - centres)))
    return float((best + away - STEP * slope - best) ** 2)


def _worst_local_step() -> float:
    grid = np.linspace(MU, L, 21)
    settings = product(grid, grid, (1.0, -1.0), (1.0, -1.0))
    return max(_local_step(*setting) for setting in settings) + STEP**2 * NOISE


CLIENT_EXAMPLES: tuple[Example, ...] = (
    Example(
        theorem="partial_participation",
        bound=lambda: 1.0,
        quadratic=_closest_participation,
        setting=f"γ = {STEP:g}, no batch noise, the closest of {SEARCHED} draws of three clients",
    ),
    Example(
        theorem="participation_floor",
        bound=lambda: bound_of(
            "participation_floor",
            **_shared(),
            strong_convexity=float(WEIGHTS @ CURVES),
            step=STEP,
            covariance=most_covariance(),
            round=LONG,
        )(),
        quadratic=_floor,
        setting=f"three clients, {LONG} rounds",
    ),
    example(
        "local_step",
        {
            "client_smoothness": L,
            "strong_convexity": MU,
            "step": STEP,
            "squared_distance": 1.0,
            "batch_noise": NOISE,
            "heterogeneity": 1.0,
            "drift": 1.0,
        },
        _worst_local_step,
        worst=partial(worst.worst_local_step, L, MU, STEP, NOISE),
        setting="two clients, γ = 1/(2L), ‖w̄ − w*‖² = Γ = D = 1, N = 0.5",
    ),
    example(
        "drift_since_averaging",
        {"step": STEP, "local_steps": LOCAL, "second_moment": 1.0},
        _drift,
        setting="two clients that walk apart",
    ),
    example(
        "local_drift",
        {"step": STEP, "local_steps": LOCAL, "second_moment": 1.0},
        _drift,
        setting="constant steps: 4 is the room for steps that halve",
    ),
    example(
        "halved_steps",
        {"scale": 1.0, "offset": 8.0, "since": 0.0, "done": 7.0, "local_steps": 8.0},
        lambda: 1 / 8,
        setting="t₀ = 0, j = 7, g = K = 8; tends to 1 with K",
    ),
    _local_case("local_steps", 0),
    _local_case("local_steps_value", 1),
)
