"""What a target costs at every budget, and at which it is cheapest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from roundlot.plot.canvas import canvas, legend_above, legend_height, log_axis
from roundlot.plot.style import BLUE, DARK, ORANGE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from roundlot.run.decision import Decision


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
