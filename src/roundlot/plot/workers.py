"""Training with workers in pictures: curves over rounds, bytes and seconds, with a band."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from roundlot.plot.bands import band, method_lines
from roundlot.plot.style import legend_above, legend_height, new_axes, paper_style, plain
from roundlot.theory import InvalidProblemError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from roundlot.simulate.workers import WorkerHistory

Runs = Mapping[str, Sequence["WorkerHistory"]]

_AXES = {
    "rounds": ("evaluated", "rounds", 1.0),
    "bytes": ("bytes_so_far", "megabytes sent", 1e-6),
    "seconds": ("seconds_so_far", "simulated seconds", 1.0),
}
_MEASURES = {
    "objective": "objective",
    "loss": "test loss of the mean",
    "accuracy": "accuracy of the mean",
    "worst_loss": "test loss of the worst worker",
    "worst_accuracy": "accuracy of the worst worker",
}


def plot_workers(
    runs: Runs,
    *,
    against: str = "rounds",
    measure: str = "objective",
    confidence: float = 0.95,
    target: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """A measure of every method against rounds, bytes or seconds, mean over seeds and its band.

    Losses are drawn on a logarithmic axis. At bytes or seconds, seeds are joined at equal rounds.

    Raises:
        InvalidProblemError: an unknown axis or measure.
    """
    if against not in _AXES or measure not in _MEASURES:
        raise InvalidProblemError(
            f"against is {against!r} and measure is {measure!r}; choose one of "
            f"{', '.join(_AXES)} and one of {', '.join(_MEASURES)}"
        )
    name_x, label, scale = _AXES[against]
    ax = ax or new_axes(height=2.15 + legend_height(len(runs)))
    with paper_style():
        loss, lines = "accuracy" not in measure, method_lines(runs)
        for name, row in runs.items():
            x = scale * np.mean([getattr(run, name_x) for run in row], axis=0)
            values = np.array([getattr(run, measure) for run in row])
            within = (float(values.min()), np.inf) if loss else (0.0, 1.0)
            band(ax, x, values, name, confidence, within, lines[name], len(runs))
        if target is not None and measure == "objective":
            ax.axhline(target, color="0.6", linewidth=0.6, linestyle=":")
        if loss and all((np.asarray(line.get_ydata()) > 0.0).all() for line in ax.lines):
            ax.set_yscale("log")
        ax.set_xlabel(label)
        ax.set_ylabel(_MEASURES[measure])
        legend_above(ax, title="method")
    return ax


def plot_consensus(runs: Runs, *, ax: Axes | None = None) -> Axes:
    """Consensus distance after every round, mean over seeds, logarithmic; 0 is left out."""
    shown = {
        name: np.mean([run.consensus for run in row], axis=0)
        for name, row in runs.items()
        if any(run.consensus.max(initial=0.0) > 0.0 for run in row)
    }
    ax = ax or new_axes(height=2.15 + legend_height(len(shown)))
    with paper_style():
        lines = method_lines(runs)
        for name, mean in shown.items():
            rounds = np.arange(1, mean.size + 1)
            ax.plot(
                rounds, np.where(mean > 0.0, mean, np.nan), label=plain(name, 24), **lines[name]
            )
        ax.set_yscale("log")
        ax.set_xlabel("round")
        ax.set_ylabel("consensus distance")
        legend_above(ax, title="method")
    return ax
