"""Pictures of the inequalities that other proofs cite: means, products, gradients, mixing."""

from __future__ import annotations

import numpy as np

from roundlot.gallery.networks import RING
from roundlot.gallery.picture import FloatArray, Picture, beside

_random = np.random.default_rng(5)
SHARES, VECTORS = np.array([0.4, 0.3, 0.2, 0.1]), _random.normal(size=(4, 3)) + 0.5
START = _random.normal(size=len(RING))
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
    start = START - START.mean()
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
