"""Training with workers in pictures: curves over rounds, bytes and seconds, with a band."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from roundlot.plot.bands import band, legend_title, runs_of, stacked
from roundlot.plot.canvas import (
    along,
    canvas,
    legend_above,
    legend_height,
    log_axis,
    looks,
    note_on_level,
    nothing,
)
from roundlot.plot.style import GREY, plain
from roundlot.theory import InvalidProblemError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from roundlot.simulate.workers import WorkerBench, WorkerHistory
    from roundlot.train.result import WorkersResult

Runs: TypeAlias = (
    "Mapping[str, Sequence[WorkerHistory]] | WorkerBench | WorkersResult | WorkerHistory"
    " | Sequence[WorkerHistory]"
)

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
    confidence: float | None = None,
    target: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """A measure of every method against rounds, bytes or seconds, mean over seeds and its band.

    Give the result of a training with workers, a bench, histories by method, or one history.
    Losses are drawn on a logarithmic axis. At bytes or seconds, seeds are joined at equal rounds.
    ``target`` of the objective is the result's own unless given; ``confidence`` is the bench's, or
    0.95.

    Raises:
        InvalidProblemError: an unknown axis or measure; no histories; seeds of different lengths.
    """
    if against not in _AXES or measure not in _MEASURES:
        raise InvalidProblemError(
            f"against is {against!r} and measure is {measure!r}; choose one of "
            f"{', '.join(_AXES)} and one of {', '.join(_MEASURES)}"
        )
    rows, level = runs_of(runs, confidence)
    target = getattr(runs, "target", None) if target is None else target
    name_x, label, scale = _AXES[against]
    with canvas(ax, height=2.15 + legend_height(len(rows))) as ax:
        loss, style = "accuracy" not in measure, looks(rows)
        for name, row in rows.items():
            x = scale * stacked(row, name_x).mean(axis=0)
            values = stacked(row, measure)
            within = (float(np.nanmin(values, initial=np.inf)), np.inf) if loss else (0.0, 1.0)
            band(ax, x, values, name, level, within, style[name], len(rows))
        if not any(np.isfinite(np.asarray(line.get_ydata())).any() for line in ax.lines):
            nothing(ax, f"nobody has a finite {measure.replace('_', ' ')}")
        elif loss and all((np.asarray(line.get_ydata()) > 0.0).all() for line in ax.lines):
            log_axis(ax)
        if target is not None and measure == "objective":
            _target(ax, target)
        ax.set_xlabel(label)
        ax.set_ylabel(_MEASURES[measure])
        legend_above(ax, title=legend_title(rows, level, bands=True))
    return ax


def _target(ax: Axes, target: float) -> None:
    ax.axhline(target, color=GREY, linewidth=0.8, linestyle=(0, (1, 2)))
    note_on_level(ax, target, f"target {target:.3g}", at="left")


def plot_consensus(runs: Runs, *, ax: Axes | None = None) -> Axes:
    """Consensus distance after every round, mean over seeds, logarithmic; 0 is left out.

    Give what `plot_workers` takes. Methods whose workers always agree are not drawn.

    Raises:
        InvalidProblemError: no histories; seeds of different lengths.
    """
    rows, level = runs_of(runs, None)
    means = {name: stacked(row, "consensus").mean(axis=0) for name, row in rows.items()}
    shown = {name: mean for name, mean in means.items() if (mean > 0.0).any()}
    with canvas(ax, height=2.15 + legend_height(len(shown))) as ax:
        style = looks(rows)
        for name, mean in shown.items():
            keep = along(mean.size)
            positive = np.where(mean > 0.0, mean, np.nan)[keep]
            ax.plot(keep + 1, positive, label=plain(name, 24), **style[name])
        if shown:
            log_axis(ax)
        else:
            nothing(ax, "all workers agree after every round")
        ax.set_xlabel("round")
        ax.set_ylabel("squared distance from the mean")
        legend_above(ax, title=legend_title(rows, level, bands=False))
    return ax
