"""Whether the squares of a problem's scores are in the range of float64."""

from __future__ import annotations

import numpy as np

from roundlot.theory import Problem

# A square below it has lost digits: the least normal float64 over the rounding of one.
LEAST_SQUARE = 2.0**-1022 / 2.0**-52
# A probability that small still gives a cost that is finite.
TINIEST = 1e-6


def range_notes(problem: Problem) -> tuple[str, ...]:
    """What to do where squares of the scores are beyond float64, or below: variances show it."""
    greatest = np.float64(problem.weighted_scores.max())
    with np.errstate(over="ignore", under="ignore"):
        square = np.square(greatest)
        most = square * problem.scores.size / TINIEST
    if np.isfinite(most) and not (greatest > 0.0 and square < LEAST_SQUARE):
        return ()
    return (
        f"scores up to {greatest:g} have squares outside of float64's range, so variance and "
        "objective may show as inf or 0; the probabilities hold: multiply all scores by one number "
        "to see the rest",
    )
