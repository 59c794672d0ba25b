"""Independent random streams for the parts of a task: the same numbers on every machine."""

from __future__ import annotations

import numpy as np

from roundlot.simulate.argument_checks import check_count
from roundlot.theory.random_streams import SeededStream


def generator(seed: int, stream: SeededStream, *place: int) -> np.random.Generator:
    """A generator that depends on the seed, the stream and its place only.

    Raises:
        InvalidProblemError: a negative seed, or one that is not an integer.
    """
    check_count(seed, "seed", 0)
    return stream.generator(seed, *place)


def torch_seed(seed: int, stream: SeededStream, *place: int) -> int:
    """A seed for torch that depends on the seed, the stream and its place only."""
    return int(generator(seed, stream, *place).integers(2**62))
