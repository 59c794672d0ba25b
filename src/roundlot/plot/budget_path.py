"""The least variance that every budget allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from roundlot.plot.style import BLUE, GREY, ORANGE, legend_above, new_axes, paper_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from roundlot.solvers.path import BudgetPath

_POINTS = 400
_MARKS = 60


def plot_path(path: BudgetPath, *, budget: float | None = None, ax: Axes | None = None) -> Axes:
    """Variance of the optimum against the budget ``m``, with a mark where ``budget`` is.

    Up to 60 breakpoints are ticked at the bottom; the curve is exact at every point drawn.
    """
    ax = ax or new_axes(height=2.6)
    points = path.breakpoints[path.breakpoints > 0.0]
    if not points.size:
        return ax
    low = max(path.least, 1e-3 * path.most, 1e-12)
    grid = np.union1d(np.geomspace(low, path.most, _POINTS), points[points > low])
    grid = grid[np.unique(np.linspace(0, grid.size - 1, 4 * _POINTS).astype(int))]
    variance = path.variance(grid)
    with paper_style():
        shown = variance > 0.0
        ax.plot(grid[shown], variance[shown], color=BLUE, label="optimum")
        if points.size <= _MARKS:
            ax.plot(
                points,
                np.full(points.size, 0.02),
                transform=ax.get_xaxis_transform(),
                marker="|",
                linestyle="",
                color=GREY,
                label="the active set changes",
            )
        if budget is not None:
            ax.plot(budget, path.variance(budget), marker="o", linestyle="", color=ORANGE)
        if shown.any():
            ax.set_xscale("log")
            ax.set_yscale("log")
        ax.set_xlabel("budget $m$ (expected draws per round)")
        ax.set_ylabel("least update variance")
        legend_above(ax)
    return ax
