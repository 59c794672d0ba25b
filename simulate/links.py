"""Which matchings are used in a round: the same flags for every worker, from (seed, round)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.simulate.designs.grid import grid_counts
from roundlot.simulate.philox import STREAM_LINKS, check_rounds, words_numpy
from roundlot.theory.errors import InvalidProblemError

SOLVER_ERROR = 1e-6  # a solver's −1e-9 is 0; a user's −0.1 is a mistake


def draw_links(
    probabilities: Any, rounds: int, *, seed: int = 0, start: int = 0
) -> npt.NDArray[np.bool_]:
    """``(rounds, M)``, whether matching ``j`` is used in round ``start, start + 1, ...``.

    Matchings are drawn independently, ``j`` with probability ``p_j``. Every worker that calls this
    with the same seed has the same flags, and a round's do not depend on the chunk drawn.

    Args:
        probabilities: ``(M,)``, or a ``LinkDesign``; entries off ``[0, 1]`` by a solver's error, at
            most 1e-6, are clipped.

    Raises:
        InvalidProblemError: entries further outside, NaN, or a seed or round that is none.
    """
    check_rounds(rounds, start)
    p = clipped(getattr(probabilities, "probabilities", probabilities))
    counts = grid_counts(p[:, None])[:, 0]
    words = words_numpy(rounds, len(counts), stream=STREAM_LINKS, seed=seed, start=start)
    return words < counts


def clipped(probabilities: Any) -> npt.NDArray[np.float64]:
    """``(M,)`` in ``[0, 1]``, a solver's error taken off.

    Raises:
        InvalidProblemError: names the first entry that is further outside.
    """
    p = np.array(probabilities, dtype=np.float64)
    if p.ndim != 1 or p.size == 0:
        raise InvalidProblemError(f"probabilities have shape {p.shape}; give one per matching (M,)")
    bad = ~((p >= -SOLVER_ERROR) & (p <= 1.0 + SOLVER_ERROR))
    if bad.any():
        j = int(np.argmax(bad))
        raise InvalidProblemError(f"the probability of matching {j} is {p[j]:g}; it is in [0, 1]")
    return np.clip(p, 0.0, 1.0)
