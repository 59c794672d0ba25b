"""Independent random streams for the parts of a task: the same numbers on every machine."""

from __future__ import annotations

import numpy as np

from roundlot.simulate.argument_checks import check_count

(SPLIT, PARTITION, WEIGHTS, NOISE, RESAMPLE, PERMUTATION, ABLE, QUADRATIC) = range(8)


def generator(seed: int, *stream: int) -> np.random.Generator:
    """A generator that depends on the seed and the numbers of the stream only.

    Raises:
        InvalidProblemError: a negative seed, or one that is not an integer.
    """
    check_count(seed, "seed", 0)
    return np.random.Generator(np.random.Philox(np.random.SeedSequence((seed, *stream))))


def torch_seed(seed: int, *stream: int) -> int:
    """A seed for torch that depends on the seed and the numbers of the stream only."""
    return int(generator(seed, *stream).integers(2**62))
