"""Curves of several methods: each in its own colour in every figure, with a band over seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from roundlot.plot.canvas import Look, along
from roundlot.plot.style import plain
from roundlot.theory import InvalidProblemError
from roundlot.theory.student import student_quantile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = npt.NDArray[np.float64]

#: With more methods than these, bands would cover one another: means only.
MOST_BANDS = 8
CONFIDENCE = 0.95


def runs_of(given: Any, confidence: float | None) -> tuple[dict[str, list[Any]], float]:
    """Histories by method, one a seed, and the confidence of their intervals.

    Args:
        given: a result, a bench, a mapping from method to its history or histories, a history or
            a sequence of them.
        confidence: in (0, 1); None is that of the bench, or 0.95.

    Raises:
        InvalidProblemError: no histories, or a confidence out of range.
    """
    bench = getattr(given, "bench", given)
    level = getattr(bench, "confidence", CONFIDENCE) if confidence is None else confidence
    if not 0.0 < level < 1.0:
        raise InvalidProblemError(f"confidence is {level!r:.40}; give a number in (0, 1)")
    runs = getattr(bench, "histories", bench)
    if hasattr(runs, "evaluated"):
        runs = [runs]
    if isinstance(runs, Mapping):
        found = {name: _row(row) for name, row in runs.items()}
    else:
        found = {}
        for run in _row(runs):
            found.setdefault(getattr(run, "method", "?"), []).append(run)
    for name, row in found.items():
        if not row or not all(hasattr(run, "evaluated") for run in row):
            raise InvalidProblemError(f"{name!r} has no histories of training; give one a seed")
    return found, level


def stacked(row: Sequence[Any], name: str) -> FloatArray:
    """``(seeds, points)``: an array of every seed's history.

    Raises:
        InvalidProblemError: seeds whose arrays differ in length.
    """
    arrays = [np.asarray(getattr(run, name), dtype=np.float64) for run in row]
    if len({array.shape for array in arrays}) > 1:
        raise InvalidProblemError(
            f"{name} has {', '.join(str(len(array)) for array in arrays)} entries in the seeds of "
            "one method; train all for the same rounds, evaluated alike"
        )
    return np.array(arrays)


def legend_title(runs: Mapping[str, Sequence[Any]], confidence: float, *, bands: bool) -> str:
    """Says what lines and bands are."""
    seeds = max((len(row) for row in runs.values()), default=0)
    if seeds < 2:
        return "method"
    drawn = bands and len(runs) <= MOST_BANDS
    return f"method (mean of {seeds} seeds" + (
        f"; band: {100 * confidence:g} % interval)" if drawn else ")"
    )


def band(
    ax: Axes,
    x: FloatArray,
    values: FloatArray,
    name: str,
    confidence: float,
    within: tuple[float, float],
    look: Look,
    many: int,
) -> None:
    """Draw the mean over seeds and its Student-t interval, cut to ``within``.

    Args:
        ax: where.
        x: ``(points,)``; of more than some 2,000 as many are drawn, evenly spaced.
        values: ``(seeds, points)``.
        name: for the legend.
        confidence: of the interval, in (0, 1).
        within: least and greatest value that make sense.
        look: colour and dashes.
        many: methods in the figure; above ``MOST_BANDS`` no interval is drawn.
    """
    keep = along(x.size)
    x, values = x[keep], values[:, keep]
    with np.errstate(invalid="ignore"):
        mean = values.mean(axis=0)
        alone = "o" if x.size == 1 else None
        ax.plot(x, mean, label=plain(name, 24), marker=alone, **look)
        if len(values) > 1 and many <= MOST_BANDS:
            quantile = student_quantile((1.0 + confidence) / 2.0, len(values) - 1)
            half = quantile * values.std(axis=0, ddof=1) / np.sqrt(len(values))
            low, high = (np.clip(mean + sign * half, *within) for sign in (-1.0, 1.0))
            ax.fill_between(x, low, high, color=look["color"], alpha=0.15, linewidth=0)


def _row(row: Any) -> list[Any]:
    if hasattr(row, "evaluated"):
        return [row]
    if not isinstance(row, Sequence):
        raise InvalidProblemError(
            f"{type(row).__name__} holds no histories of training; give a bench, or histories"
        )
    return list(row)
