"""What a budget allows, what more of it is worth, and what a target costs at each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from roundlot.plot.allocation import allocation, names_of
from roundlot.plot.canvas import (
    MARKERS,
    canvas,
    legend_above,
    legend_height,
    log_axis,
    looks,
    nothing,
    thin,
)
from roundlot.plot.style import BLUE, DARK, GREY, ORANGE, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from roundlot.run.decision import Decision
    from roundlot.run.result import RunResult
    from roundlot.solvers import Solution
    from roundlot.solvers.water.path import BudgetPath

FloatArray = npt.NDArray[np.float64]
_POINTS = 400  # of a curve on a logarithmic axis, besides its breakpoints
_MARKS = 60  # breakpoints that are ticked; more would cover one another
_MOST = 14  # models in a legend


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


def plot_prices(
    solution: Solution | RunResult,
    models: Sequence[str] | None = None,
    *,
    ax: Axes | None = None,
) -> Axes:
    """Probability ``p_vs`` against score ``a_vs``, a marker for each model, from 0 on.

    A pair that pays the price ``κ`` a draw has ``p = a/√κ``. Each grey line belongs to a model's
    least price, the steepest of its pairs; pairs below it pay more, for a cap or limit of their
    processor, client or group.

    Raises:
        InvalidProblemError: more or fewer names than models.
    """
    of = allocation(solution)
    names = names_of(models or of.models, of.pair_scores.shape[1])
    style = list(looks(str(k) for k in range(len(names))).values())
    with canvas(ax, height=2.15 + legend_height(min(len(names), _MOST))) as ax:
        right = max(1.12 * _most(of.pair_scores), np.finfo(float).tiny)
        for s, name in enumerate(names):
            pairs = of.pair_scores[:, s], of.probabilities[:, s]
            mark = {"marker": MARKERS[s % len(MARKERS)], "color": style[s]["color"]}
            _model(ax, *pairs, plain(name, 18), mark, right)
        if not ax.lines:
            nothing(ax, "no pair has a score and a chance")
        ax.set_xlim(0.0, right)
        ax.set_ylim(0.0, 1.12 * _most(of.probabilities) or 1.0)
        ax.set_xlabel("score $a_{v,s}$ of the pair")
        ax.set_ylabel("probability $p_{v,s}$")
        if len(names) <= _MOST:
            legend_above(ax, title="model (draws per round, least price of a draw)")
    return ax


def _model(
    ax: Axes, scores: FloatArray, chances: FloatArray, name: str, mark: dict[str, str], right: float
) -> None:
    drawn = (scores > 0) & (chances > 0) & np.isfinite(scores)
    if not drawn.any():
        return
    x, y = scores[drawn], chances[drawn]
    slope = float((y / x).max())
    ax.plot([0, right], [0, slope * right], color=GREY, linewidth=0.8, linestyle="-", zorder=1)
    keep = thin(x, y)
    label = f"{name} ({y.sum():.3g}, {slope**-2:.3g})"
    ax.plot(
        x[keep],
        y[keep],
        linestyle="",
        label=label,
        markersize=4.0,
        markerfacecolor="none",  # models on one line show through each other
        markeredgewidth=0.8,
        **mark,  # type: ignore[arg-type]
    )


def _most(values: npt.NDArray[np.float64]) -> float:
    return float(values[np.isfinite(values)].max(initial=0.0))


def plot_decision(decision: Decision, *, ax: Axes | None = None) -> Axes:
    """Proved cost to the target against the budget, on logarithmic axes; the best, and today's.

    Give what ``roundlot.run.decide`` found. Costs are in the decision's unit, seconds or draws.
    """
    tried = sorted((choice.budget, choice.cost) for choice in (*decision.tried, decision.now))
    budgets, costs = (np.array(column) for column in zip(*tried, strict=True))
    with canvas(ax, height=2.2 + legend_height(2)) as ax:
        ax.plot(budgets, costs, color=BLUE, linestyle="-", marker=".", markersize=3.0)
        for choice, marker, colour, name in (
            (decision.now, "s", DARK, "today"),
            (decision.best, "D", ORANGE, "best"),
        ):
            ax.plot(
                choice.budget,
                choice.cost,
                marker=marker,
                color=colour,
                markersize=5.5,
                markerfacecolor="white" if name == "today" else colour,
                linestyle="",
                label=f"{name}: {choice.budget:,.3g} draws, {choice.rounds:,} rounds, "
                f"{choice.cost:,.0f} {decision.by}",
            )
        ax.set_xscale("log")
        log_axis(ax)
        ax.set_xlabel("budget: draws expected per round")
        ax.set_ylabel(f"proved {decision.by} to the target")
        legend_above(ax)
    return ax
