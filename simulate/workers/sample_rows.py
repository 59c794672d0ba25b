"""Which samples a worker's step uses: a function of (seed, step, worker) alone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from roundlot.simulate.philox import STREAM_SAMPLE, key_words, philox_numpy
from roundlot.theory import InvalidProblemError

IntArray = npt.NDArray[np.int64]


def draw_rows(offsets: IntArray, width: int, *, step: int, seed: int) -> IntArray:
    """``(n, width)`` rows of the samples: uniform draws with replacement from each worker's own.

    A worker's first draws are the same whatever ``width`` is. A sample's probability is off by
    less than ``2^-32``.

    Args:
        offsets: ``(n + 1,)`` of the samples.
        width: draws of every worker.
        step: number of the step in the run, from 0, below ``2^32``.
        seed: of the run.

    Raises:
        InvalidProblemError: a seed or step out of range.
    """
    if not 0 <= step < 1 << 32:
        raise InvalidProblemError(f"step is {step}; a run has at most 2^32 steps")
    counts = np.diff(offsets).astype(np.uint64)
    places, n = -(-width // 4), counts.size
    counter = np.zeros((n, places, 4), np.uint32)
    counter[..., 0], counter[..., 3] = step, STREAM_SAMPLE
    counter[..., 1] = np.arange(places)
    counter[..., 2] = np.arange(n)[:, None]
    words = philox_numpy(counter, key_words(seed)).reshape(n, -1)[:, :width]
    ranks = (words.astype(np.uint64) * counts[:, None]) >> np.uint64(32)
    return np.asarray(ranks.astype(np.int64) + offsets[:-1, None])
