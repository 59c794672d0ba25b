"""Pictures of batches cut by a deadline: sizes and their chances, summed."""

from __future__ import annotations

from itertools import product

import numpy as np

from roundlot.plot.theorems.instance import Picture, beside

P = np.linspace(0.05, 0.95, 19)
J, K, NOISE = 2.0, 11.0, 3.0
GRADIENT, OTHER, ALONG = np.array([[1.0, -2.0], [0.5, 1.5], [2.0, 1.0]])
INSTANCE = "N is 2 with probability p, else 11"


def batch_sum() -> Picture:
    sizes = np.arange(0.0, 12.0)
    sums = [[sum(signs) for signs in product((-1, 1), repeat=int(k))] for k in sizes]
    truth = [NOISE * np.mean(np.square(s)) for s in sums]
    return beside(
        "batch_sum", "samples", sizes, truth, {"variance": NOISE}, "random signs, enumerated"
    )


def pooled_batch() -> Picture:
    inverse = P / J + (1 - P) / K
    truth = P * NOISE * J / J**2 + (1 - P) * NOISE * K / K**2
    return beside("pooled_batch", "mean_inverse", inverse, truth, {"variance": NOISE}, INSTANCE)


def inverse_tangent() -> Picture:
    sizes = np.arange(1.0, 13.0)
    return beside("inverse_tangent", "samples", sizes, 1 / sizes, {"touching": 4.0}, "n̄ = 4")


def varying_batch() -> Picture:
    means = P * J + (1 - P) * K
    return beside("varying_batch", "expected_samples", means, P / J + (1 - P) / K, {}, INSTANCE)


def expected_batch() -> Picture:
    mean = P * J + (1 - P) * K
    truth = (P * J / mean + (1 - P) * K / mean) * (GRADIENT @ ALONG)
    numbers = {"inner_product": GRADIENT @ ALONG}
    return beside("expected_batch", "expected_samples", mean, truth, numbers, INSTANCE)


def planned_batch() -> Picture:
    mean = P * J + (1 - P) * K
    truth = (P * J / 12 + (1 - P) * K / 12) * (GRADIENT @ ALONG)
    numbers = {"planned": 12.0, "inner_product": GRADIENT @ ALONG}
    return beside("planned_batch", "expected_samples", mean, truth, numbers, INSTANCE)


def expected_batch_variance() -> Picture:
    mean = P * J + (1 - P) * K
    squared = float(GRADIENT @ GRADIENT)
    spread = P * (J - mean) ** 2 + (1 - P) * (K - mean) ** 2
    truth = sum(
        chance * (((n - mean) / mean) ** 2 * squared + n * NOISE / mean**2)
        for chance, n in ((P, J), (1 - P, K))
    )
    numbers = {"variance": NOISE, "samples_variance": spread, "squared_gradient": squared}
    return beside("expected_batch_variance", "expected_samples", mean, truth, numbers, INSTANCE)


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
