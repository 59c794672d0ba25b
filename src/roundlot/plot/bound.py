"""The bound on the error, round by round."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np

from roundlot.plot.style import (
    DARK,
    GREY,
    legend_above,
    legend_height,
    new_axes,
    paper_style,
    plain,
)
from roundlot.run.parts import BoundSummary, MethodBound

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_bound(bound: BoundSummary, *, ax: Axes | None = None) -> Axes:
    """One line per method on logarithmic axes, the target, and a dot where a line reaches it."""
    ax = ax or new_axes(height=2.15 + legend_height(len(bound.methods)))
    with paper_style():
        for method in bound.methods:
            _curve(ax, method, bound.target)
        ax.axhline(bound.target, color=GREY, linestyle=(0, (1, 2)), linewidth=1.0)
        ax.annotate(
            f"target {bound.target:.3g}",
            (0.01, bound.target),
            xycoords=("axes fraction", "data"),
            xytext=(0, 2),
            textcoords="offset points",
            fontsize=6.5,
            color=DARK,
        )
        if any(np.isfinite(line.get_xdata()).any() for line in ax.lines[:-1]):
            ax.set_xscale("log")
            ax.set_yscale("log")
        ax.set_xlabel("rounds")
        ax.set_ylabel(textwrap.fill(f"bound on {plain(bound.quantity, 90)}", 36))
        if bound.methods:
            legend_above(ax, title="method (rounds to the target)")
    return ax


def _curve(ax: Axes, method: MethodBound, target: float) -> None:
    shown = (method.rounds > 0) & (method.error > 0) & np.isfinite(method.error)
    reached = np.isfinite(method.rounds_to_target)
    when = f"{method.rounds_to_target:,.0f}" if reached else "never"
    name = f"{method.method}, {method.model}" if method.model else method.method
    (line,) = ax.plot(
        method.rounds[shown], method.error[shown], label=f"{plain(name, 24)} ({when})"
    )
    if reached and method.rounds_to_target > 0:
        ax.plot(method.rounds_to_target, target, marker="o", linestyle="", color=line.get_color())
