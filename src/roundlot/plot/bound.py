"""The bound on the error, round by round."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np

from roundlot.plot.canvas import (
    Look,
    canvas,
    legend_above,
    legend_height,
    looks,
    note_size,
    nothing,
)
from roundlot.plot.style import DARK, GREY, plain
from roundlot.plot.thinning import along
from roundlot.run.parts import BoundSummary, MethodBound
from roundlot.theory import InvalidProblemError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from roundlot.run.result import RunResult


def plot_bound(bound: BoundSummary | RunResult, *, ax: Axes | None = None) -> Axes:
    """One line per method on logarithmic axes, the target, and a dot where a line reaches it.

    A bar to the left of the dot ends at the rounds that no step sizes undercut on the function that
    the bound names. Give a bound, or the result of a run that has one.

    Raises:
        InvalidProblemError: a run without a bound.
    """
    bound = _summary(bound)
    with canvas(ax, height=3.0 + legend_height(len(bound.methods))) as ax:
        style = list(looks(str(k) for k in range(len(bound.methods))).values())
        for method, look in zip(bound.methods, style, strict=True):
            _curve(ax, method, bound.target, look)
        ax.axhline(bound.target, color=GREY, linestyle=(0, (1, 2)), linewidth=1.0)
        ax.annotate(
            f"target {bound.target:.3g}",
            (0.01, bound.target),
            xycoords=("axes fraction", "data"),
            xytext=(0, 2),
            textcoords="offset points",
            fontsize=note_size(ax),
            color=DARK,
        )
        if any(np.isfinite(line.get_xdata()).any() for line in ax.lines[:-1]):
            ax.set_xscale("log")
            ax.set_yscale("log")
        else:
            nothing(ax, "no number of rounds is proved to suffice")
        ax.set_xlabel("rounds")
        ax.set_ylabel(textwrap.fill(f"bound on {plain(bound.quantity, 90)}", 32))
        if bound.methods:
            legend_above(ax, title="method (rounds to the target)")
    return ax


def _summary(given: BoundSummary | RunResult) -> BoundSummary:
    found = given if isinstance(given, BoundSummary) else getattr(given, "bound", None)
    if not isinstance(found, BoundSummary):
        raise InvalidProblemError(
            f"{type(given).__name__} has no bound to draw; run with an objective that has one"
        )
    return found


def _curve(ax: Axes, method: MethodBound, target: float, look: Look) -> None:
    shown = (method.rounds > 0) & (method.error > 0) & np.isfinite(method.error)
    reached = np.isfinite(method.rounds_to_target)
    least = method.rounds_at_least if reached else 0.0
    never = "none proved" if method.refusal else "never"
    when = f"{method.rounds_to_target:,.0f}" if reached else never
    when = f"at least {least:,.0f}, {when}" if least else when
    name = f"{method.method}, {method.model}" if method.model else method.method
    rounds, error = method.rounds[shown], method.error[shown]
    keep = along(len(rounds))
    ax.plot(rounds[keep], error[keep], label=f"{plain(name, 24)} ({when})", **look)
    if reached and method.rounds_to_target > 0:
        ax.plot(method.rounds_to_target, target, marker="o", linestyle="", color=look["color"])
        if least:
            ends = (least, method.rounds_to_target)
            ax.plot(ends, (target, target), marker="|", color=look["color"], linewidth=1.0)
