"""The least variance that every budget allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from roundlot.plot.canvas import canvas, legend_above, log_axis, nothing
from roundlot.plot.style import BLUE, GREY, ORANGE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from roundlot.solvers.water.path import BudgetPath

_POINTS = 400
_MARKS = 60


def plot_path(path: BudgetPath, *, budget: float | None = None, ax: Axes | None = None) -> Axes:
    """Variance of the optimum against the budget ``m``, with a mark where ``budget`` is.

    Up to 60 breakpoints are ticked at the bottom; the curve is exact at every point drawn.
    """
    with canvas(ax, height=2.6) as ax:
        grid = _budgets(path)
        variance = path.variance(grid)
        shown = variance > 0.0
        if shown.any():
            ax.plot(grid[shown], variance[shown], color=BLUE, label="optimum")
            log_axis(ax, "x")
            log_axis(ax, "y")
            _breakpoints(ax, path.breakpoints[path.breakpoints > 0.0])
        else:
            nothing(ax, "no budget has any variance")
        if budget is not None:
            _here(ax, budget, float(path.variance(budget)))
        ax.set_xlabel("budget $m$ (expected draws per round)")
        ax.set_ylabel("least update variance")
        legend_above(ax)
    return ax


def _budgets(path: BudgetPath) -> npt.NDArray[np.float64]:
    """Budgets at even ratios and at breakpoints, as many as a curve shows."""
    points = path.breakpoints[path.breakpoints > 0.0]
    if not points.size:
        return points
    low = max(path.least, 1e-3 * path.most, 1e-12)
    grid = np.union1d(np.geomspace(low, path.most, _POINTS), points[points > low])
    chosen = np.unique(np.linspace(0, grid.size - 1, 4 * _POINTS).astype(int))
    return np.asarray(grid[chosen], dtype=np.float64)


def _breakpoints(ax: Axes, points: npt.NDArray[np.float64]) -> None:
    if points.size > _MARKS:
        return
    ax.plot(
        points,
        np.full(points.size, 0.02),
        transform=ax.get_xaxis_transform(),
        marker="|",
        linestyle="",
        color=GREY,
        label="the active set changes",
    )


def _here(ax: Axes, budget: float, variance: float) -> None:
    label = f"at {budget:.4g} draws"
    ax.plot(budget, variance, marker="o", linestyle="", color=ORANGE, label=label)
