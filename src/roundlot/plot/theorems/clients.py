"""Pictures of clients that take several steps, and of batches cut by a deadline."""

from __future__ import annotations

import itertools

import numpy as np

from roundlot.plot.theorems.instance import FloatArray, Picture, beside

CURVES, CENTRES = np.array([0.5, 1.0, 1.5, 2.5]), np.array([-2.0, 0.0, 1.0, 3.0])
SHARES, CHANCES = np.array([0.4, 0.3, 0.2, 0.1]), np.array([0.9, 0.5, 0.6, 0.5])
NOISE = 0.5  # variance of every client's gradient
BEST = float(np.sum(SHARES * CURVES * CENTRES) / np.sum(SHARES * CURVES))
L, MU, MEAN_CURVE = float(CURVES.max()), float(CURVES.min()), float(np.sum(SHARES * CURVES))
DRAWS = np.array(list(itertools.product((0.0, 1.0), repeat=4)))
ODDS = np.prod(np.where(DRAWS > 0, CHANCES, 1 - CHANCES), axis=1)
WEIGHTS = DRAWS * SHARES / CHANCES
VAR_H = float(np.sum(SHARES**2 * (1 / CHANCES - 1)))
ENUMERATED = "four clients with quadratics, every outcome of the draw enumerated"
START, K = 2.5, 4


def _losses(w: float) -> FloatArray:
    return np.asarray(CURVES * (w - CENTRES) ** 2 / 2)


SPREAD = float(SHARES @ _losses(BEST))


def _surrogate_variance(w: float) -> float:
    values = WEIGHTS @ _losses(w)
    return float(ODDS @ values**2 - (ODDS @ values) ** 2)


def partial_participation() -> Picture:
    steps = np.linspace(0.01, 1 / L, 20)
    batch = float(np.sum(SHARES**2 * NOISE / CHANCES))
    moves = WEIGHTS @ (CURVES * (START - CENTRES))
    truth = [ODDS @ (START - step * moves - BEST) ** 2 + step**2 * batch for step in steps]
    numbers = {
        "client_smoothness": L,
        "strong_convexity": MEAN_CURVE,
        "squared_distance": (START - BEST) ** 2,
        "value": SHARES @ _losses(START) - SPREAD,
        "heterogeneity": SPREAD,
        "participation_variance": VAR_H,
        "surrogate_variance": _surrogate_variance(START),
        "batch_noise": batch,
    }
    return beside("partial_participation", "step", steps, truth, numbers, ENUMERATED)


def participation_floor() -> Picture:
    step, rounds = 0.1, np.arange(60.0)
    keep = 1 - step * WEIGHTS @ CURVES
    pull = step * WEIGHTS @ (CURVES * (CENTRES - BEST))
    mean, square, truth = START - BEST, (START - BEST) ** 2, []
    for _ in rounds:
        truth.append(square)
        square = ODDS @ (keep**2 * square + 2 * keep * pull * mean + pull**2)
        mean = ODDS @ (keep * mean + pull)
    worst = max(_surrogate_variance(w) for w in np.linspace(-2.0, 3.0, 101))
    numbers = {
        "client_smoothness": L,
        "strong_convexity": MEAN_CURVE,
        "step": step,
        "initial": (START - BEST) ** 2,
        "heterogeneity": SPREAD,
        "covariance": np.sqrt(VAR_H * worst),
        "batch_noise": 0.0,
    }
    return beside("participation_floor", "round", rounds, truth, numbers, ENUMERATED)


def mean_of_updates() -> Picture:
    counts = np.arange(0.0, 21.0)
    truth = [0.5 + 0.5 / n if n else 0.0 for n in counts]
    return beside(
        "mean_of_updates",
        "updates",
        counts,
        truth,
        {"second_moment": 1.0},
        "half of each update is common, half its own",
    )


def halved_steps() -> Picture:
    done = np.arange(0.0, 8.0)
    numbers = {"scale": 1.0, "offset": 8.0, "since": 3.0, "local_steps": 8.0}
    return beside("halved_steps", "done", done, 1 / 11, numbers, "g = 8, t₀ = 3, K = 8")


def drift_since_averaging() -> Picture:
    return _drift("drift_since_averaging")


def local_drift() -> Picture:
    return _drift("local_drift")


def _drift(theorem: str) -> Picture:
    step, counts, points, truth = 0.05, np.arange(1.0, 11.0), np.full(4, START), []
    for _ in counts:
        truth.append(SHARES @ (points - SHARES @ points) ** 2)
        points = points - step * CURVES * (points - CENTRES)
    most = np.max((CURVES * (START - CENTRES)) ** 2)
    return beside(
        theorem,
        "local_steps",
        counts,
        truth,
        {"step": step, "second_moment": most},
        "four clients with quadratics, exact gradients, step 0.05",
    )


def local_step() -> Picture:
    steps = np.linspace(0.01, 1 / (2 * L), 20)
    points = np.array([0.5, 1.5, 1.0, 2.0])
    batch, mean = float(np.sum(SHARES**2 * NOISE)), float(SHARES @ points)
    slope = float(SHARES @ (CURVES * (points - CENTRES)))
    truth = (mean - steps * slope - BEST) ** 2 + steps**2 * batch
    numbers = {
        "client_smoothness": L,
        "strong_convexity": MU,
        "squared_distance": (mean - BEST) ** 2,
        "batch_noise": batch,
        "heterogeneity": SPREAD,
        "drift": SHARES @ (points - mean) ** 2,
    }
    return beside("local_step", "step", steps, truth, numbers, "four clients, exact moments")


def _train(rounds: int, offset: float, *, repeats: int = 500) -> tuple[FloatArray, float]:
    """Mean points of ``repeats`` runs ``(rounds, repeats)``, and the largest squared gradient."""
    random = np.random.default_rng(3)
    origin, most = np.full((repeats, 1), START), 0.0
    points, means = np.repeat(origin, 4, axis=1), []
    for t in range(rounds):
        means.append(points @ SHARES)
        slopes = CURVES * (points - CENTRES)
        most = max(most, float(np.max(slopes**2)))
        points = points - 2 / (MU * (offset + t)) * slopes
        if (t + 1) % K == 0:
            weights = (random.random((repeats, 4)) < CHANCES) * SHARES / CHANCES
            origin = origin + np.sum(weights * (points - origin), axis=1, keepdims=True)
            points = np.repeat(origin, 4, axis=1)
    return np.array(means), most


def _local(theorem: str, *, values: bool) -> Picture:
    rounds, offset = np.arange(400.0), 4 * L / MU
    means, most = _train(rounds.size, offset)
    squares = np.mean((means - BEST) ** 2, axis=1)
    numbers = {
        "client_smoothness": L,
        "strong_convexity": MU,
        "offset": offset,
        "local_steps": K,
        "initial": (START - BEST) ** 2,
        "batch_noise": 0.0,
        "heterogeneity": SPREAD,
        "second_moment": most,
        "participation_variance": VAR_H,
    }
    truth = MEAN_CURVE / 2 * squares if values else squares
    note = "four clients with quadratics, K = 4, mean of 500 runs"
    return beside(theorem, "round", rounds, truth, numbers, note, logarithmic=True)


def local_steps() -> Picture:
    return _local("local_steps", values=False)


def local_steps_value() -> Picture:
    return _local("local_steps_value", values=True)


P = np.linspace(0.05, 0.95, 19)
SMALL, LARGE, NOISE_OF_ONE = 2.0, 11.0, 3.0
GRADIENT, OTHER, ALONG = np.array([[1.0, -2.0], [0.5, 1.5], [2.0, 1.0]])
BATCHES = "N is 2 with probability p, else 11"


def batch_sum() -> Picture:
    sizes = np.arange(0.0, 12.0)
    sums = [[sum(signs) for signs in itertools.product((-1, 1), repeat=int(k))] for k in sizes]
    truth = [NOISE_OF_ONE * np.mean(np.square(s)) for s in sums]
    return beside(
        "batch_sum", "samples", sizes, truth, {"variance": NOISE_OF_ONE}, "random signs, enumerated"
    )


def pooled_batch() -> Picture:
    inverse = P / SMALL + (1 - P) / LARGE
    truth = P * NOISE_OF_ONE * SMALL / SMALL**2 + (1 - P) * NOISE_OF_ONE * LARGE / LARGE**2
    return beside(
        "pooled_batch", "mean_inverse", inverse, truth, {"variance": NOISE_OF_ONE}, BATCHES
    )


def inverse_tangent() -> Picture:
    sizes = np.arange(1.0, 13.0)
    return beside("inverse_tangent", "samples", sizes, 1 / sizes, {"touching": 4.0}, "n̄ = 4")


def varying_batch() -> Picture:
    means = P * SMALL + (1 - P) * LARGE
    return beside(
        "varying_batch",
        "expected_samples",
        means,
        P / SMALL + (1 - P) / LARGE,
        {},
        BATCHES,
    )


def expected_batch() -> Picture:
    mean = P * SMALL + (1 - P) * LARGE
    truth = (P * SMALL / mean + (1 - P) * LARGE / mean) * (GRADIENT @ ALONG)
    numbers = {"inner_product": GRADIENT @ ALONG}
    return beside("expected_batch", "expected_samples", mean, truth, numbers, BATCHES)


def planned_batch() -> Picture:
    mean = P * SMALL + (1 - P) * LARGE
    truth = (P * SMALL / 12 + (1 - P) * LARGE / 12) * (GRADIENT @ ALONG)
    numbers = {"planned": 12.0, "inner_product": GRADIENT @ ALONG}
    return beside("planned_batch", "expected_samples", mean, truth, numbers, BATCHES)


def expected_batch_variance() -> Picture:
    mean = P * SMALL + (1 - P) * LARGE
    squared = float(GRADIENT @ GRADIENT)
    spread = P * (SMALL - mean) ** 2 + (1 - P) * (LARGE - mean) ** 2
    truth = sum(
        chance * (((n - mean) / mean) ** 2 * squared + n * NOISE_OF_ONE / mean**2)
        for chance, n in ((P, SMALL), (1 - P, LARGE))
    )
    numbers = {"variance": NOISE_OF_ONE, "samples_variance": spread, "squared_gradient": squared}
    return beside("expected_batch_variance", "expected_samples", mean, truth, numbers, BATCHES)


def pooled_bias() -> Picture:
    """Three workers that should do a third each; the shares of the first two trade places."""
    gradients = np.array([GRADIENT, OTHER, ALONG])
    laws = [(p, 1 - p) for p in P]
    shares = np.array([[0.7, 0.1, 0.2], [0.2, 0.6, 0.2]])
    truth = [
        sum(c * float(s @ gradients @ ALONG) for c, s in zip(law, shares, strict=True))
        for law in laws
    ]
    bias = [float((np.array(law) @ shares - 1 / 3) @ gradients @ ALONG) for law in laws]
    numbers = {"inner_product": float(gradients.mean(axis=0) @ ALONG)}
    return beside("pooled_bias", "share_bias", bias, truth, numbers, "three workers, two outcomes")
