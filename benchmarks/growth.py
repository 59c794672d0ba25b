"""Time per score from 1e4 to 1e8 scores, and on the scores that are hardest for Newton's step."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.harness import Row, at_most, duration, medians, minima, read_once, scores_of
from roundlot.solvers import waterfill

SIZES = (10**4, 10**5, 10**6, 10**7, 10**8)


def rows() -> Iterator[Row]:
    """Each size against reading it once, and the largest against a tenth of it; least times."""
    per_score: dict[int, float] = {}
    for size in SIZES:
        scores = scores_of(size // 10, 10)
        budget = 0.03 * size
        taken = minima(
            {
                "read": lambda scores=scores: read_once(scores.reshape(-1)),
                "t": lambda scores=scores, budget=budget: waterfill(scores, budget),
            },
            repeats=max(5, min(99, 10**7 // size)),
        )
        per_score[size] = taken["t"] / size
        yield at_most(f"t, {size:.0e} scores", taken["t"], "read once", taken["read"])
    # Both are beyond the caches; below, a reading costs less and fixed costs show.
    growth = per_score[10**8] / per_score[10**7]
    yield Row(
        what="t per score, 1e8 scores",
        measured=duration(per_score[10**8]),
        against=f"1e7 scores: {duration(per_score[10**7])}",
        ratio=growth,
        goal="<= 1.5, linear",
        holds=growth <= 1.5,
    )
    yield _geometric()


def _geometric() -> Row:
    hard = np.repeat(2.0 ** -np.arange(1000.0), 1000)[:, None]
    easy = scores_of(len(hard), 1)
    taken = medians(
        {
            "hard": lambda: waterfill(hard, len(hard) - 0.5),
            "easy": lambda: waterfill(easy, 0.3 * len(easy)),
        }
    )
    return at_most("t, geometric scores, 1e6", taken["hard"], "lognormal scores", taken["easy"])
