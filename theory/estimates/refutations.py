"""Tests of what estimates assume, each with a stated error rate: a warning is one line.

A test that warns although the assumption is true errs at most as often as its error rate says. One
that does not warn proves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from roundlot.theory.arrays import FloatArray
from roundlot.theory.intervals import ConfidenceInterval
from roundlot.theory.random_streams import NORMAL_NOISE, SHUFFLED_NOISE

#: Orders, and samples of normal noise, that a test is compared with: p-values are multiples of
#: 1/1000.
REDRAWN = 999


def noise_warnings(
    gradients: FloatArray, *, error_rate: float = 0.05, seed: int = 0
) -> tuple[str, ...]:
    """What repeated gradients ``(T, N, R, dim)`` refute, each test with half of the error rate."""
    each = error_rate / 2.0
    found = []
    p = order_p_value(gradients, seed=seed)
    if p <= each:
        found.append(
            f"refuted: the repeated gradients of a client are independent (p = {p:.3g}, error rate "
            f"{each:.3g}): intervals of noise are not sure; draw every batch afresh"
        )
    p = tail_p_value(gradients, seed=seed)
    if p <= each:
        found.append(
            f"refuted: noise without heavy tails (more large values than normal noise has, p = "
            f"{p:.3g}, error rate {each:.3g}): intervals of noise may cover too rarely; clip the "
            "gradients and give their bound, or repeat more often"
        )
    return tuple(found)


def order_p_value(gradients: FloatArray, *, seed: int = 0) -> float:
    """Whether neighbours among ``R`` repetitions are more, or less, alike than in another order.

    If repetitions are independent of one law, every order is as likely, so the rank of the observed
    one among ``REDRAWN`` random ones is uniform: the p-value is exact. ``gradients`` are
    ``(T, N, R, dim)``.
    """
    products = _noise_products(gradients)
    random = SHUFFLED_NOISE.generator(seed)
    cells, repeats = products.shape[:2]
    rows = np.arange(cells)[:, None]

    def alike(order: np.ndarray) -> float:
        return float(products[rows, order[:, :-1], order[:, 1:]].sum())

    total = products.sum(axis=(1, 2)) - np.trace(products, axis1=1, axis2=2)
    mean = float(np.sum(total / repeats))  # over all orders
    observed = abs(alike(np.tile(np.arange(repeats), (cells, 1))) - mean)
    others = [
        abs(alike(random.permuted(np.tile(np.arange(repeats), (cells, 1)), axis=1)) - mean)
        for _ in range(REDRAWN)
    ]
    return (1 + sum(other >= observed * (1.0 - 1e-12) for other in others)) / (REDRAWN + 1)


def tail_p_value(gradients: FloatArray, *, seed: int = 0) -> float:
    """Whether noise has a larger fourth moment than normal noise, of any covariance.

    The noise of every client at every point is seen along one random direction, where normal noise
    is normal; the fourth moments of ``REDRAWN`` samples of as many normal numbers are what it is
    compared with. The p-value is exact, at most the share of samples as extreme.
    """
    random = NORMAL_NOISE.generator(seed)
    t, n, repeats, dim = gradients.shape
    direction = random.standard_normal((t, n, dim))
    seen = np.einsum("tnrd,tnd->tnr", gradients, direction).reshape(t * n, repeats)
    moving = np.ptp(seen, axis=1) > 0.0  # noise that is 0 has no tails
    if repeats < 4 or not moving.any():
        return 1.0
    observed = _fourth(seen[moving])
    shape = seen[moving].shape
    others = [_fourth(random.standard_normal(shape)) for _ in range(REDRAWN)]
    return (1 + sum(other >= observed for other in others)) / (REDRAWN + 1)


def unseen(gradients: FloatArray, confidence: float) -> tuple[str, ...]:
    """A line if all repetitions ``(T, N, R, dim)`` of a client at a point are the same.

    An interval of width 0 is then of what was seen: noise in a share ``p`` of the batches is in no
    repetition with probability ``(1 − p)^R``.
    """
    same = np.argwhere(np.all(gradients == gradients[:, :, :1], axis=(2, 3)))
    if not same.size:
        return ()
    point, client = same[0].tolist()
    share = 1.0 - (1.0 - confidence) ** (1.0 / gradients.shape[2])
    return (
        f"not seen: noise of client {client} at point {point}, whose repeated gradients are all the"
        f" same (so are those of {len(same) - 1} more): its interval is of width 0, right for full "
        f"batches, but noise in up to {100.0 * share:.2g} % of the batches may have stayed out; "
        "repeat more often, or give the bound of the gradients",
    )


def later_warning(
    name: str,
    early: Sequence[ConfidenceInterval],
    late: Sequence[ConfidenceInterval],
    *,
    remedy: str,
    least: bool = False,
) -> str:
    """A warning if points of the second half of a path refute what the first half shows.

    Intervals that all cover leave no room for it, so it errs no more often than they miss. With
    ``least`` the number is one that must not fall, else one that must not grow.
    """
    if not early or not late:
        return ""
    if least:
        before, after = min(one.low for one in early), min(one.high for one in late)
        refuted, word = after < before, "falls"
    else:
        before, after = max(one.high for one in early), max(one.low for one in late)
        refuted, word = after > before, "grows"
    if not refuted:
        return ""
    rate = sum(1.0 - one.confidence for one in (*early, *late))
    return (
        f"refuted: {name} of the first half of the path holds in the second (it {word} from "
        f"{before:.4g} to {after:.4g}, error rate {rate:.3g}): {remedy}"
    )


def _noise_products(gradients: FloatArray) -> FloatArray:
    """``(cells, R, R)``: products of the noises of a client at a point, each cell of size 1."""
    t, n, repeats, dim = gradients.shape
    noise = (gradients - gradients.mean(axis=2, keepdims=True)).reshape(t * n, repeats, dim)
    products = noise @ noise.transpose(0, 2, 1)
    size = np.trace(products, axis1=1, axis2=2)
    found: FloatArray = products / np.where(size > 0.0, size, 1.0)[:, None, None]
    return found


def _fourth(values: FloatArray) -> float:
    """The sum over rows of the fourth moment, of each row's own mean and scale."""
    away = values - values.mean(axis=1, keepdims=True)
    squares = np.sum(away**2, axis=1)
    return float(np.sum(np.sum(away**4, axis=1) / squares**2))
