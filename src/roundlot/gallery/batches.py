"""Pictures of batches cut by a deadline: sizes and their chances, summed."""

from __future__ import annotations

from itertools import product

import numpy as np

from roundlot.gallery.picture import Picture, beside

P = np.linspace(0.05, 0.95, 19)
J, K, NOISE = 2.0, 11.0, 3.0
GRADIENT, OTHER, ALONG = np.array([[1.0, -2.0], [0.5, 1.5], [2.0, 1.0]])
INSTANCE = "N is 2 with probability p, else 11"
SIZES = {"samples": J, "other_samples": K}


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


def varying_batch() -> Picture:
    return beside("varying_batch", "probability", P, P / J + (1 - P) / K, SIZES, INSTANCE)


def expected_batch() -> Picture:
    mean = P * J + (1 - P) * K
    truth = (P * J / mean + (1 - P) * K / mean) * (GRADIENT @ ALONG)
    numbers = {**SIZES, "inner_product": GRADIENT @ ALONG}
    return beside("expected_batch", "probability", P, truth, numbers, INSTANCE)


def planned_batch() -> Picture:
    truth = (P * J / 12 + (1 - P) * K / 12) * (GRADIENT @ ALONG)
    numbers = {**SIZES, "planned": 12.0, "inner_product": GRADIENT @ ALONG}
    return beside("planned_batch", "probability", P, truth, numbers, INSTANCE)


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
    first, second = 0.9, 0.3
    truth = [
        p * (first * GRADIENT + (1 - first) * OTHER) @ ALONG
        + (1 - p) * (second * GRADIENT + (1 - second) * OTHER) @ ALONG
        for p in P
    ]
    numbers = {
        "share": first,
        "other_share": second,
        "inner_product": GRADIENT @ ALONG,
        "other_inner_product": OTHER @ ALONG,
    }
    return beside("pooled_bias", "probability", P, truth, numbers, "shares 0.9 and 0.3")
