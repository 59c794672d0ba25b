"""Test samples set aside before the rest is split over the clients."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from roundlot.simulate.tasks.apportion import largest_remainder
from roundlot.simulate.tasks.streams import generator
from roundlot.theory import InvalidProblemError
from roundlot.theory.random_streams import SPLIT

IntArray = npt.NDArray[np.int64]


def stratified(labels: IntArray, share: float, seed: int) -> tuple[IntArray, IntArray]:
    """Indices of train and test samples: every class has its share of the test set.

    Raises:
        InvalidProblemError: a share outside (0, 1), or a test set without a sample.
    """
    if not 0.0 < share < 1.0:
        raise InvalidProblemError(f"test_share is {share!r}; it must lie between 0 and 1")
    rng = generator(seed, SPLIT)
    counts = np.bincount(labels)
    total = round(share * labels.size)
    if total < 1:
        raise InvalidProblemError(
            f"test_share is {share!r} of {labels.size} samples, less than one; raise it"
        )
    taken = largest_remainder(counts.astype(np.float64), total, rng)
    test = np.concatenate(
        [rng.permutation(np.flatnonzero(labels == c))[:k] for c, k in enumerate(taken)]
    )
    mask = np.ones(labels.size, dtype=bool)
    mask[test] = False
    return np.flatnonzero(mask), np.sort(test)
