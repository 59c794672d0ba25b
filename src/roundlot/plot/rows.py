"""One row a name, each a mark with its interval about a line at 0."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from roundlot.plot.style import BLUE, DARK, ORANGE

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def name_rows(ax: Axes, names: Sequence[str]) -> None:
    """The names at the left from the top down, the line at 0, a grid for the numbers."""
    ax.axvline(0.0, color=DARK, linewidth=0.8, zorder=1)
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x")
    ax.margins(x=0.12)


def draw_interval(ax: Axes, place: float, low: float, middle: float, high: float) -> None:
    """A dot with its interval; an open diamond where the interval misses 0."""
    covers = not (low > 0.0 or high < 0.0)
    ax.errorbar(
        middle,
        place,
        xerr=[[max(middle - low, 0.0)], [max(high - middle, 0.0)]],
        marker="o" if covers else "D",
        markerfacecolor=BLUE if covers else "white",
        color=BLUE if covers else ORANGE,
        linestyle="",
        elinewidth=1.2,
        capsize=2.5,
    )
