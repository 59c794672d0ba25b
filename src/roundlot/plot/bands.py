"""Curves of several methods: each in its own colour in every figure, with a band over seeds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from roundlot.plot.style import plain
from roundlot.theory.student import student_quantile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = npt.NDArray[np.float64]
Look = Mapping[str, Any]

#: With more methods than these, bands would cover one another: means only.
MOST_BANDS = 8


def method_lines(names: Iterable[str]) -> dict[str, Look]:
    """Every method's colour and dashes, by its place among all of them."""
    from matplotlib import rcParams

    cycle = list(rcParams["axes.prop_cycle"])
    return {name: cycle[k % len(cycle)] for k, name in enumerate(names)}


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
        x: ``(points,)``.
        values: ``(seeds, points)``.
        name: for the legend.
        confidence: of the interval, in (0, 1).
        within: least and greatest value that make sense.
        look: of `method_lines`.
        many: methods in the figure; above ``MOST_BANDS`` no interval is drawn.
    """
    mean = values.mean(axis=0)
    (line,) = ax.plot(x, mean, label=plain(name, 24), **look)
    if len(values) > 1 and many <= MOST_BANDS:
        quantile = student_quantile((1.0 + confidence) / 2.0, len(values) - 1)
        half = quantile * values.std(axis=0, ddof=1) / np.sqrt(len(values))
        low, high = (np.clip(mean + sign * half, *within) for sign in (-1.0, 1.0))
        ax.fill_between(x, low, high, color=line.get_color(), alpha=0.15, linewidth=0)
