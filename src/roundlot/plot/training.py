"""Training in pictures: curves over rounds, uploads and seconds, with a band over seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from roundlot.plot.bands import band, method_lines
from roundlot.plot.style import legend_above, legend_height, new_axes, paper_style, plain
from roundlot.theory import InvalidProblemError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from roundlot.simulate.training import History

FloatArray = npt.NDArray[np.float64]
Runs = Mapping[str, Sequence["History"]]

_AXES = {
    "rounds": ("evaluated", "rounds"),
    "uploads": ("uploads_so_far", "updates sent"),
    "seconds": ("seconds_so_far", "simulated seconds"),
}
_MEASURES = {
    "accuracy": ("mean_accuracy", "accuracy, mean over models"),
    "worst_accuracy": ("worst_accuracy", "accuracy of the worst model"),
    "loss": ("mean_loss", "loss, mean over models"),
    "worst_loss": ("worst_loss", "loss of the worst model"),
}
_RANGES = {name: (0.0, 1.0 if "accuracy" in name else np.inf) for name in _MEASURES}


def plot_training(
    runs: Runs,
    *,
    against: str = "rounds",
    measure: str = "accuracy",
    confidence: float = 0.95,
    ax: Axes | None = None,
) -> Axes:
    """A measure of every method against rounds, uploads or seconds, mean over seeds and its band.

    At uploads or seconds, seeds are joined at equal rounds: the mean of either axis is drawn.
    Uploads are logarithmic where methods differ tenfold; more than eight methods get no
    bands. A method has the same line in every figure of the same ``runs``.

    Raises:
        InvalidProblemError: an unknown axis or measure.
    """
    if against not in _AXES or measure not in _MEASURES:
        raise InvalidProblemError(
            f"against is {against!r} and measure is {measure!r}; choose one of "
            f"{', '.join(_AXES)} and one of {', '.join(_MEASURES)}"
        )
    (x_name, x_label), (y_name, y_label) = _AXES[against], _MEASURES[measure]
    ax = ax or new_axes(height=2.15 + legend_height(len(runs)))
    with paper_style():
        lines = method_lines(runs)
        reached = {
            name: np.mean([getattr(run, x_name) for run in row], axis=0)
            for name, row in runs.items()
        }
        logarithmic = against == "uploads" and _far_apart(list(reached.values()))
        for name, row in runs.items():
            shown = reached[name] > 0.0 if logarithmic else slice(None)
            values = np.array([getattr(run, y_name) for run in row])[:, shown]
            x, within = reached[name][shown], _RANGES[measure]
            band(ax, x, values, name, confidence, within, lines[name], len(runs))
        if logarithmic:
            ax.set_xscale("log")
        ax.set_xlabel(x_label)
        ax.set_ylabel(y_label)
        legend_above(ax, title="method")
    return ax


def plot_step_variance(runs: Runs, *, ax: Axes | None = None) -> Axes:
    """Predicted variance of each round's step (line) and what was realised (dots), logarithmic.

    Mean over seeds; methods without a prediction show dots only.
    """
    ax = ax or new_axes(height=2.15 + legend_height(len(runs)))
    with paper_style():
        lines = method_lines(runs)
        most = max(
            float(np.nanmax(measured_total(run, "squared_error"), initial=0.0))
            for row in runs.values()
            for run in row
        )
        for name, row in runs.items():
            seen = np.mean([measured_total(run, "squared_error") for run in row], axis=0)
            told = np.mean([measured_total(run, "predicted_variance") for run in row], axis=0)
            (line,) = ax.plot(
                np.arange(1, told.size + 1), told, label=plain(name, 24), **lines[name]
            )
            dots = np.where(seen > 1e-9 * most, seen, np.nan)
            ax.plot(
                np.arange(1, seen.size + 1),
                dots,
                linestyle="",
                marker=".",
                markersize=2.5,
                color=line.get_color(),
                alpha=0.7,
            )
        if any(_positive(line.get_ydata()) for line in ax.lines):
            ax.set_yscale("log")
        ax.set_xlabel("round")
        ax.set_ylabel("squared error of the step")
        legend_above(ax, title="method (line: predicted, dots: realised)")
    return ax


def plot_round_figure(
    runs: Runs,
    figure: str,
    label: str,
    *,
    confidence: float = 0.95,
    logarithmic: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """A number of every round, mean over models: an array of the history, or a method's figure."""
    shown = {name: rows for name, row in runs.items() if (rows := _figure(row, figure)) is not None}
    ax = ax or new_axes(height=2.15 + legend_height(len(shown)))
    with paper_style():
        lines = method_lines(runs)
        for name, table in shown.items():
            rounds = np.arange(1, table.shape[1] + 1)
            within = (min(0.0, np.nanmin(table)), np.inf)
            band(ax, rounds, table, name, confidence, within, lines[name], len(shown))
        means = [np.nanmean(table, axis=0) for table in shown.values()]
        if logarithmic and _far_apart(means):
            ax.set_yscale("log")
        ax.set_xlabel("round")
        ax.set_ylabel(label)
        legend_above(ax, title="method")
    return ax


def measured_total(run: History, name: str) -> FloatArray:
    """``(T,)``: an array of the history summed over the models measured; NaN if none was."""
    measured = np.isfinite(run.squared_error)
    total = np.where(measured, getattr(run, name), 0.0).sum(axis=1)
    return np.where(measured.any(axis=1), total, np.nan)


def has_figure(runs: Runs, figure: str) -> bool:
    """Whether any method has a finite number under this name."""
    return any(_figure(row, figure) is not None for row in runs.values())


def _figure(row: Sequence[History], figure: str) -> FloatArray | None:
    """``(seeds, T)``, or None where there is no finite number."""
    tables = []
    for run in row:
        values = run.figures.get(figure, getattr(run, figure, None))
        if values is None or not np.isfinite(values).any():
            return None
        table = np.asarray(values, dtype=np.float64)
        tables.append(table if table.ndim == 1 else table.mean(axis=1))
    return np.array(tables)


def _far_apart(rows: Sequence[FloatArray]) -> bool:
    """Whether one row comes to more than ten times another."""
    tops = [float(np.nanmax(row)) for row in rows]
    return min(tops) > 0.0 and max(tops) > 10.0 * min(tops)


def _positive(values: Any) -> bool:
    numbers = np.asarray(values, dtype=np.float64)
    return bool((np.isfinite(numbers) & (numbers > 0)).any())
