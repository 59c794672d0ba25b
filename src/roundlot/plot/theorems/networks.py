"""Pictures of workers on a graph, and of the inequalities that other proofs cite."""

from __future__ import annotations

import numpy as np

from roundlot.plot.theorems.instance import FloatArray, Picture, beside
from roundlot.theory import column_drift as drift_of
from roundlot.theory import spectral_gap

N, L, NOISE, ROUNDS = 8, 1.0, 0.5, 80
RING = (np.eye(N) + np.roll(np.eye(N), 1, axis=0) + np.roll(np.eye(N), -1, axis=0)) / 3
R = float(np.sqrt(1 - spectral_gap(RING)))
CENTRES = np.array([-2.0, -1.0, -1.0, 0.0, 0.5, 1.0, 1.5, 3.0])
MIDDLE, UNLIKE = float(CENTRES.mean()), float(CENTRES.var())
START = 4.0
INSTANCE = "eight workers on a ring, quadratics with different minima, exact moments"
SHARED = {"smoothness": L, "variance": NOISE, "contraction": R, "dissimilarity": UNLIKE}


def _spread(points: FloatArray, covariance: FloatArray) -> float:
    centring = np.eye(N) - 1 / N
    return float(np.sum((centring @ points) ** 2) + np.trace(centring @ covariance)) / N


def _round(
    points: FloatArray, covariance: FloatArray, step: float, *, mix_first: bool
) -> tuple[FloatArray, FloatArray]:
    """Mean and covariance of the workers' points after one round."""
    noise, slopes = step**2 * NOISE * np.eye(N), points - CENTRES
    if mix_first:
        keep = RING - step * np.eye(N)
        return RING @ points - step * slopes, keep @ covariance @ keep + noise
    moved = (1 - step) ** 2 * covariance + noise
    return RING @ (points - step * slopes), RING @ moved @ RING


def mean_descent() -> Picture:
    steps, points = np.linspace(0.05, 1.0, 20), CENTRES[::-1] + 2.0
    slope, mean = float(np.mean(points - CENTRES)), float(points.mean())
    truth = (mean - steps * slope - MIDDLE) ** 2 / 2 + steps**2 * NOISE / N / 2
    numbers = {
        "smoothness": L,
        "variance": NOISE,
        "workers": N,
        "value": (mean - MIDDLE) ** 2 / 2,
        "squared_gradient": (mean - MIDDLE) ** 2,
        "spread": points.var(),
    }
    return beside("mean_descent", "step", steps, truth, numbers, INSTANCE)


def _consensus(theorem: str, *, mix_first: bool) -> Picture:
    most = (1 - R) / 4 if mix_first else (1 - R) / (4 * R)
    steps, points = np.linspace(0.05, 1.0, 20) * most, CENTRES[::-1].copy()
    still = np.zeros((N, N))
    truth = [_spread(*_round(points, still, s, mix_first=mix_first)) for s in steps]
    numbers = {**SHARED, "spread": points.var()}
    return beside(theorem, "step", steps, truth, numbers, INSTANCE)


def consensus() -> Picture:
    return _consensus("consensus", mix_first=False)


def consensus_mix_first() -> Picture:
    return _consensus("consensus_mix_first", mix_first=True)


def _run(step: float, *, mix_first: bool) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Per round: the mean's expected squared gradient and value, and the spread."""
    points, covariance = np.full(N, START), np.zeros((N, N))
    squares, spreads = [], []
    for _ in range(ROUNDS + 1):
        squares.append((points.mean() - MIDDLE) ** 2 + covariance.mean())
        spreads.append(_spread(points, covariance))
        points, covariance = _round(points, covariance, step, mix_first=mix_first)
    found = np.array(squares)
    return found, found / 2, np.array(spreads)


def _numbers(step: float) -> dict[str, float]:
    return {**SHARED, "step": step, "workers": N, "value": (START - MIDDLE) ** 2 / 2}


def _potential(theorem: str, *, mix_first: bool) -> Picture:
    step = (1 - R) / 4
    squares, values, spreads = _run(step, mix_first=mix_first)
    weight = 4 / 7 * step * L**2 / (1 - R)
    past = np.concatenate([[0.0], np.cumsum(squares)[:-1]])
    truth = step / 2 * past + values + weight * spreads
    rounds = np.arange(ROUNDS + 1.0)
    return beside(theorem, "rounds", rounds, truth, _numbers(step), INSTANCE)


def consensus_potential() -> Picture:
    return _potential("consensus_potential", mix_first=False)


def consensus_mix_first_potential() -> Picture:
    return _potential("consensus_mix_first_potential", mix_first=True)


def _rate(theorem: str, *, mix_first: bool) -> Picture:
    step = (1 - R) / 4
    squares, _, _ = _run(step, mix_first=mix_first)
    rounds = np.arange(1.0, ROUNDS + 1.0)
    truth = np.cumsum(squares)[:-1] / rounds
    return beside(theorem, "rounds", rounds, truth, _numbers(step), INSTANCE, logarithmic=True)


def decentralised() -> Picture:
    return _rate("decentralised", mix_first=False)


def decentralised_mix_first() -> Picture:
    return _rate("decentralised_mix_first", mix_first=True)


def decentralised_published() -> Picture:
    return _rate("decentralised_published", mix_first=False)


LEADER = np.zeros((N, N))
LEADER[:, 2] = 1.0
OTHER = np.zeros((N, N))
OTHER[np.arange(N), np.arange(N) // 4 * 4] = 1.0


def column_drift() -> Picture:
    weights = np.linspace(0.05, 0.6, 12)
    mixings = [(1 - w) * RING + w * LEADER for w in weights]
    truth = [(np.mean(P @ CENTRES) - MIDDLE) ** 2 for P in mixings]
    drifts = [drift_of(P) for P in mixings]
    numbers = {"spread": np.sum((CENTRES - MIDDLE) ** 2)}
    return beside("column_drift", "column_drift", drifts, truth, numbers, "a ring with one leader")


def leader_weights() -> Picture:
    weights = np.linspace(0.0, 0.6, 13)
    truth = [drift_of((0.8 - w) * RING + w * LEADER + 0.2 * OTHER) for w in weights]
    numbers = {
        "other_leader_weight": 0.2,
        "leader_drift": drift_of(LEADER),
        "other_leader_drift": drift_of(OTHER),
    }
    return beside("leader_weights", "leader_weight", weights, truth, numbers, "two leaders")


_random = np.random.default_rng(5)
SHARES, VECTORS = np.array([0.4, 0.3, 0.2, 0.1]), _random.normal(size=(4, 3)) + 0.5
RING_START = _random.normal(size=len(RING))
SCALES = np.linspace(0.2, 2.0, 19)
CLIENTS = "four clients with vectors in three dimensions, scaled"


def _mean(scale: float) -> FloatArray:
    return np.asarray(scale * SHARES @ VECTORS)


def _moment(vectors: FloatArray) -> float:
    return float(SHARES @ np.sum(vectors**2, axis=1))


def centred() -> Picture:
    truth = [_moment(s * VECTORS - _mean(s)) for s in SCALES]
    moments = [_moment(s * VECTORS) for s in SCALES]
    return beside("centred", "second_moment", moments, truth, {}, CLIENTS)


def mean_over_clients() -> Picture:
    truth = [float(_mean(s) @ _mean(s)) for s in SCALES]
    moments = [_moment(s * VECTORS) for s in SCALES]
    return beside("mean_over_clients", "second_moment", moments, truth, {}, CLIENTS)


def cauchy_schwarz() -> Picture:
    """Two numbers, four outcomes each as likely as the clients have shares."""
    first, second = VECTORS[:, 0], VECTORS[:, 1]
    root, other = np.sqrt(SHARES @ first**2), np.sqrt(SHARES @ second**2)
    truth = SCALES * (SHARES @ (first * second))
    numbers = {"other_root_moment": other}
    note = "two numbers with four outcomes, one of them scaled"
    return beside("cauchy_schwarz", "root_moment", SCALES * root, truth, numbers, note)


def bounded_gradient() -> Picture:
    points = np.linspace(0.1, 4.0, 20)
    values, slopes = np.log(np.cosh(points)), np.tanh(points)
    note = "f = log cosh, whose smoothness is 1"
    return beside("bounded_gradient", "value", values, slopes**2, {"smoothness": 1.0}, note)


def mixing() -> Picture:
    """A ring that mixes with ``W``, ``W²``, ...: the slower its direction, the nearer the bound."""
    start = RING_START - RING_START.mean()
    slowest, powers = np.sort(np.abs(np.linalg.eigvalsh(RING)))[-2], np.arange(1, 11)
    mixed = [np.linalg.matrix_power(RING, k) @ start for k in powers]
    return beside(
        "mixing",
        "contraction",
        slowest**powers,
        [float(m @ m) for m in mixed],
        {"squared_norm": float(start @ start)},
        "eight workers on a ring that mix 1 to 10 times",
    )
