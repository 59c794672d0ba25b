"""Ways to draw the same probabilities: predicted beside realised variance of each."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from roundlot.plot.canvas import canvas, legend_above, legend_height, nothing
from roundlot.plot.style import BLUE, DARK, ORANGE, plain
from roundlot.theory import InvalidProblemError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from roundlot.simulate import Realised


def plot_designs(
    realised: Mapping[str, Realised],
    predicted: Mapping[str, float | None] | None = None,
    *,
    relative_to: float = 1.0,
    confidence: float = 0.99,
    ax: Axes | None = None,
) -> Axes:
    """Mean squared error of every design's rounds with its interval, and a bar at its prediction.

    Args:
        realised: a simulation for every design, by name.
        predicted: its variance by theory, ``design.variance(updates)``; None or no entry where it
            is not known: no bar.
        relative_to: what 1 on the axis is; the variance of independent draws, say.
        confidence: of the intervals (normal, over the rounds), in (0, 1).
        ax: where; a figure of its own by default.

    Raises:
        InvalidProblemError: ``relative_to`` not above 0, a confidence out of range.
    """
    if not (0.0 < relative_to < np.inf and 0.0 < confidence < 1.0):
        raise InvalidProblemError(
            f"relative_to is {relative_to!r:.40} and confidence {confidence!r:.40}; give a number "
            "above 0 and one in (0, 1)"
        )
    quantile = NormalDist().inv_cdf((1.0 + confidence) / 2.0)
    known = [float((predicted or {}).get(name) or np.nan) / relative_to for name in realised]
    errors = [run.squared_error / relative_to for run in realised.values()]
    places = np.arange(len(errors))
    with canvas(ax, height=max(1.4, 0.8 + 0.19 * len(errors)) + legend_height(2)) as ax:
        if errors:
            ax.plot(
                known,
                places,
                "|",
                color=DARK,
                markersize=12,
                markeredgewidth=1.4,
                label="predicted",
            )
            ax.errorbar(
                [row.mean() for row in errors],
                places,
                xerr=[quantile * row.std() / np.sqrt(row.size) for row in errors],
                fmt="o",
                color=BLUE,
                ecolor=ORANGE,
                markersize=3.5,
                capsize=2.5,
                label=_told(realised, confidence),
            )
        else:
            nothing(ax, "no design was simulated")
        ax.set_yticks(places, [plain(name) for name in realised])
        ax.set_ylim(len(errors) - 0.4, -0.6)
        ax.set_xlim(left=0.0)
        ax.grid(axis="x")
        ax.tick_params(axis="y", length=0)
        unit = "" if relative_to == 1.0 else f" (1 is {relative_to:.3g})"
        ax.set_xlabel(f"variance of the step{unit}")
        legend_above(ax)
    return ax


def _told(realised: Mapping[str, Realised], confidence: float) -> str:
    rounds = sorted({run.rounds for run in realised.values()})
    many = f"{rounds[0]:,}" + (f" to {rounds[-1]:,}" if len(rounds) > 1 else "")
    return f"realised, {many} rounds, {100 * confidence:g} % interval"
