"""Random numbers of a round for draws that are no `Design`: a function of (seed, round, stream)."""

from __future__ import annotations

import numpy as np

from roundlot.simulate.training.round import Round
from roundlot.theory.random_streams import SeededStream


def generator(round_: Round, stream: SeededStream) -> np.random.Generator:
    """Independent numbers for every (seed, round, stream), the same in any run."""
    return stream.generator(round_.seed, round_.index)
