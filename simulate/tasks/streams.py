"""Independent random streams for the parts of a task: the same numbers on every machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

from roundlot.simulate.argument_checks import check_count
from roundlot.theory.random_streams import WEIGHTS, SeededStream


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


@contextmanager
def torch_seeded(seed: int) -> Iterator[None]:
    """Torch's own stream on the CPU follows from the seed within, and is as it was afterwards.

    A network that a user's function makes then has the same initial parameters in every process.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(torch_seed(seed, WEIGHTS, 0))
        yield
