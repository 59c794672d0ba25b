"""The figures of docs/papers.md."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from _papers.order import Reached, reached
from _papers.tables import by_accuracy
from roundlot.plot.canvas import log_axis
from roundlot.plot.style import BLUE, GREY, ORANGE, paper_style, save_figure
from roundlot.plot.training import plot_step_variance, plot_training

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from roundlot.plot.canvas import Look
    from roundlot.simulate.runs.paired_runs import Interval
    from roundlot.simulate.training import Bench

#: The methods with curves: more than eight would have no bands.
SHOWN = (
    "full",
    "random",
    "round-robin",
    "fedavg",
    "data-size",
    "gvr",
    "stale-vr",
    "stale-vre-fitted",
)
UNBIASED = {"color": BLUE, "marker": "o"}
BIASED = {"color": ORANGE, "marker": "D", "markerfacecolor": "white"}


def pictures(bench: Bench, name: str, images: Path) -> None:
    """Accuracy against rounds, uploads and seconds, and all methods in order."""
    runs = {method: bench.histories[method] for method in SHOWN if method in bench.methods}
    for against in ("rounds", "uploads", "seconds"):
        figure = plot_training(runs, against=against).get_figure()
        save_figure(figure, images / f"papers-{name}-{against}.svg")  # type: ignore[arg-type]
    save_figure(ordering(bench), images / f"papers-{name}-order.svg")


def variances(bench: Bench, name: str, images: Path) -> None:
    """Predicted and realised variance of every round."""
    figure = plot_step_variance(bench).get_figure()
    save_figure(figure, images / f"papers-{name}-variance.svg")  # type: ignore[arg-type]


def ordering(bench: Bench) -> Figure:
    """Every method, best first: accuracy at the end, and uploads and seconds to the target."""
    from matplotlib.figure import Figure

    names, ends = by_accuracy(bench), reached(bench)
    target = ends[names[0]].target
    with paper_style(columns=2):
        figure = Figure(figsize=(7.1, 0.75 + 0.165 * len(names)))
        panels = figure.subplots(1, 3, sharey=True)
        for place, name in enumerate(names):
            biased = bench.histories[name][0].label.startswith("biased")
            _row(panels, place, bench.interval(name), ends[name], BIASED if biased else UNBIASED)
        _label(panels, names, f"{target:.2f}", len(bench.seeds))
    return figure


def _row(panels: Sequence[Axes], place: int, one: Interval, end: Reached, look: Look) -> None:
    bars = {"xerr": one.half, "linestyle": "", "elinewidth": 1.2, "capsize": 2}
    panels[0].errorbar(one.mean, place, **bars, **look)
    for ax, cost in zip(panels[1:], (end.uploads, end.seconds), strict=True):
        if np.isfinite(cost):
            ax.plot(cost, place, linestyle="", **look)
            continue
        across = ax.get_yaxis_transform()
        words = {"ha": "center", "va": "center", "fontsize": 6.5, "color": GREY}
        ax.text(0.5, place, "not reached", transform=across, **words)


def _label(panels: Sequence[Axes], names: list[str], target: str, seeds: int) -> None:
    panels[0].set_yticks(range(len(names)), names)
    panels[0].set_ylim(len(names) - 0.4, -0.6)
    titles = (
        f"accuracy at the end\n(95 %, {seeds} seeds)",
        f"updates sent until\naccuracy {target}",
        f"simulated seconds until\naccuracy {target}",
    )
    for ax, title in zip(panels, titles, strict=True):
        ax.set_xlabel(title)
        ax.tick_params(axis="y", length=0)
        ax.grid(visible=True, axis="both")
    for ax in panels[1:]:
        log_axis(ax, "x")
