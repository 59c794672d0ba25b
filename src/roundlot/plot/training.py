"""Training in pictures: curves over rounds, uploads and seconds, with a band over seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from roundlot.plot.canvas import (
    MARKERS,
    Look,
    along,
    canvas,
    legend_above,
    legend_height,
    log_axis,
    looks,
    nothing,
)
from roundlot.plot.style import plain
from roundlot.simulate.runs.paired_runs import half_width
from roundlot.simulate.training.history import alike
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from roundlot.simulate.training import Bench, History
    from roundlot.train.result import TrainingResult

Runs: TypeAlias = (
    "Mapping[str, Sequence[History]] | Bench | TrainingResult | History | Sequence[History]"
)
Rows = Mapping[str, Sequence[Any]]

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

#: With more methods than these, bands would cover one another: means only.
MOST_BANDS = 8
CONFIDENCE = 0.95


def plot_training(
    runs: Runs,
    *,
    against: str = "rounds",
    measure: str = "accuracy",
    confidence: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """A measure of every method against rounds, uploads or seconds, mean over seeds and its band.

    Give the result of a training, a bench, histories by method, or one history. At uploads or
    seconds, seeds are joined at equal rounds: the mean of either axis is drawn. Uploads are
    logarithmic where methods differ tenfold; more than eight methods get no bands. A method has
    the same line in every figure of the same ``runs``. ``confidence`` is the bench's, or 0.95.

    Raises:
        InvalidProblemError: an unknown axis or measure; no histories; seeds of different lengths.
    """
    if against not in _AXES or measure not in _MEASURES:
        raise InvalidProblemError(
            f"against is {against!r} and measure is {measure!r}; choose one of "
            f"{', '.join(_AXES)} and one of {', '.join(_MEASURES)}"
        )
    rows, level = runs_of(runs, confidence)
    (x_name, x_label), (y_name, y_label) = _AXES[against], _MEASURES[measure]
    with canvas(ax, height=2.15 + legend_height(len(rows))) as ax:
        style = looks(rows)
        reached = {name: stacked(row, x_name).mean(axis=0) for name, row in rows.items()}
        logarithmic = against == "uploads" and _far_apart(list(reached.values()))
        for name, row in rows.items():
            shown = reached[name] > 0.0 if logarithmic else slice(None)
            values = stacked(row, y_name)[:, shown]
            x, within = reached[name][shown], _RANGES[measure]
            band(ax, x, values, name, level, within, style[name], len(rows))
        if logarithmic:
            log_axis(ax, "x")
        if not any(np.isfinite(np.asarray(line.get_ydata())).any() for line in ax.lines):
            nothing(ax, f"nobody has a finite {measure.replace('_', ' ')}")
        ax.set_xlabel(x_label)
        ax.set_ylabel(y_label)
        legend_above(ax, title=legend_title(rows, level, bands=True))
    return ax


def plot_step_variance(runs: Runs, *, ax: Axes | None = None) -> Axes:
    """Predicted variance of each round's step (line) and what was realised (dots), logarithmic.

    Give what `plot_training` takes. Mean over seeds; methods without a prediction show dots only.
    Of more than some 2,000 rounds as many are drawn, evenly spaced.

    Raises:
        InvalidProblemError: no histories; seeds of different lengths.
    """
    rows, level = runs_of(runs, None)
    with canvas(ax, height=2.15 + legend_height(len(rows))) as ax:
        totals = {name: _step_totals(row) for name, row in rows.items()}
        most = max((float(np.nanmax(seen, initial=0.0)) for seen, _ in totals.values()), default=0)
        for k, (name, look) in enumerate(looks(rows).items()):
            seen, told = totals[name]
            positive = np.where(seen > 1e-9 * most, seen, np.nan)
            _round_by_round(ax, positive, told, name, look, MARKERS[k % len(MARKERS)])
        if any(_positive(line.get_ydata()) for line in ax.lines):
            log_axis(ax)
        else:
            nothing(ax, "no step was measured: train with measure=True")
        ax.set_xlabel("round")
        ax.set_ylabel("squared error of the step")
        seeds = legend_title(rows, level, bands=False).removeprefix("method").strip(" ()")
        told_seeds = f"; {seeds}" if seeds else ""
        legend_above(ax, title=f"method (line: predicted, dots: realised{told_seeds})")
    return ax


def _step_totals(row: Sequence[Any]) -> tuple[FloatArray, FloatArray]:
    """``(T,)`` each, mean over seeds: realised and predicted."""
    names = ("squared_error", "predicted_variance")
    stacked(row, "squared_error")  # refuses seeds of different lengths
    seen, told = (np.mean([measured_total(run, name) for run in row], axis=0) for name in names)
    return seen, told


def _round_by_round(
    ax: Axes, seen: FloatArray, told: FloatArray, name: str, look: Look, marker: str
) -> None:
    """The mark stands in the legend, on the line, and in the figure where it was realised."""
    keep = along(told.size)
    ax.plot(
        keep + 1,
        told[keep],
        label=plain(name, 24),
        marker=marker,
        markersize=2.5,
        markevery=[],
        **look,
    )
    ax.plot(
        keep + 1,
        seen[keep],
        linestyle="",
        marker=marker,
        markersize=1.7,
        markeredgewidth=0.5,
        color=look["color"],
        alpha=0.7,
    )


def plot_round_figure(
    runs: Runs,
    figure: str,
    label: str | None = None,
    *,
    confidence: float | None = None,
    logarithmic: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """A number of every round, mean over models: an array of the history, or a method's figure.

    Give what `plot_training` takes, the figure's name, and what to call it on the axis.
    ``logarithmic`` applies where methods differ tenfold.

    Raises:
        InvalidProblemError: no histories; seeds of different lengths.
    """
    rows, level = runs_of(runs, confidence)
    shown = {
        name: table for name, row in rows.items() if (table := _figure(row, figure)) is not None
    }
    with canvas(ax, height=2.15 + legend_height(len(shown))) as ax:
        style = looks(rows)
        for name, table in shown.items():
            rounds = np.arange(1.0, table.shape[1] + 1)
            within = (min(0.0, float(np.nanmin(table))), np.inf)
            band(ax, rounds, table, name, level, within, style[name], len(shown))
        if not shown:
            nothing(ax, f"nobody has a finite {figure!r}")
        elif logarithmic and _far_apart([np.nanmean(table, axis=0) for table in shown.values()]):
            log_axis(ax)
        ax.set_xlabel("round")
        ax.set_ylabel(figure.replace("_", " ") if label is None else label)
        legend_above(
            ax, title=legend_title({name: rows[name] for name in shown}, level, bands=True)
        )
    return ax


def measured_total(run: History, name: str) -> FloatArray:
    """``(T,)``: an array of the history summed over the models measured; NaN if none was."""
    measured = np.isfinite(run.squared_error)
    total = np.where(measured, getattr(run, name), 0.0).sum(axis=1)
    return np.where(measured.any(axis=1), total, np.nan)


def has_figure(runs: Rows, figure: str) -> bool:
    """Whether any method has a finite number under this name."""
    return any(_figure(row, figure) is not None for row in runs.values())


def _figure(row: Sequence[Any], figure: str) -> FloatArray | None:
    """``(seeds, T)``, or None where there is no finite number."""
    tables = []
    for run in row:
        values = run.figures.get(figure, getattr(run, figure, None))
        if values is None or not np.isfinite(values).any():
            return None
        table = np.asarray(values, dtype=np.float64)
        tables.append(table if table.ndim == 1 else table.mean(axis=1))
    if len({table.shape for table in tables}) > 1:
        raise InvalidProblemError(f"{figure} has rounds that differ between the seeds of a method")
    return np.array(tables)


def _far_apart(rows: Sequence[FloatArray]) -> bool:
    """Whether one row comes to more than ten times another."""
    tops = [float(np.nanmax(row, initial=0.0)) for row in rows]
    return bool(tops) and min(tops) > 0.0 and max(tops) > 10.0 * min(tops)


def _positive(values: Any) -> bool:
    numbers = np.asarray(values, dtype=np.float64)
    return bool((np.isfinite(numbers) & (numbers > 0)).any())


def runs_of(given: Any, confidence: float | None) -> tuple[dict[str, list[Any]], float]:
    """Histories by method, one a seed, and the confidence of their intervals.

    Args:
        given: a result, a bench, a mapping from method to its history or histories, a history or
            a sequence of them.
        confidence: in (0, 1); None is that of the bench, or 0.95.

    Raises:
        InvalidProblemError: no histories, or a confidence out of range.
    """
    bench = getattr(given, "bench", given)
    level = getattr(bench, "confidence", CONFIDENCE) if confidence is None else confidence
    if not 0.0 < level < 1.0:
        raise InvalidProblemError(f"confidence is {level!r:.40}; give a number in (0, 1)")
    runs = getattr(bench, "histories", bench)
    if hasattr(runs, "evaluated"):
        runs = [runs]
    if isinstance(runs, Mapping):
        found = {name: _row(row) for name, row in runs.items()}
    else:
        found = {}
        for run in _row(runs):
            found.setdefault(getattr(run, "method", "?"), []).append(run)
    found = _held_alike(found)
    for name, row in found.items():
        if not row or not all(hasattr(run, "evaluated") for run in row):
            raise InvalidProblemError(f"{name!r} has no histories of training; give one a seed")
    return found, level


def _held_alike(found: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Runs of a method that stopped early go on as they were, as long as its longest one."""
    return {
        name: list(alike({name: row})[name])
        if row and all(hasattr(run, "complete") for run in row)
        else row
        for name, row in found.items()
    }


def stacked(row: Sequence[Any], name: str) -> FloatArray:
    """``(seeds, points)``: an array of every seed's history.

    Raises:
        InvalidProblemError: seeds whose arrays differ in length.
    """
    arrays = [np.asarray(getattr(run, name), dtype=np.float64) for run in row]
    if len({array.shape for array in arrays}) > 1:
        raise InvalidProblemError(
            f"{name} has {', '.join(str(len(array)) for array in arrays)} entries in the seeds of "
            "one method; train all for the same rounds, evaluated alike"
        )
    return np.array(arrays)


def legend_title(runs: Mapping[str, Sequence[Any]], confidence: float, *, bands: bool) -> str:
    """Says what lines and bands are."""
    seeds = max((len(row) for row in runs.values()), default=0)
    if seeds < 2:
        return "method"
    drawn = bands and len(runs) <= MOST_BANDS
    return f"method (mean of {seeds} seeds" + (
        f"; band: {100 * confidence:g} % interval)" if drawn else ")"
    )


def band(
    ax: Axes,
    x: FloatArray,
    values: FloatArray,
    name: str,
    confidence: float,
    within: tuple[float, float],
    look: Look,
    many: int,
) -> None:
    """Draw the mean over seeds and its Student-t interval, cut to ``within``.

    Args:
        ax: where.
        x: ``(points,)``; of more than some 2,000 as many are drawn, evenly spaced.
        values: ``(seeds, points)``.
        name: for the legend.
        confidence: of the interval, in (0, 1).
        within: least and greatest value that make sense.
        look: colour and dashes.
        many: methods in the figure; above ``MOST_BANDS`` no interval is drawn.
    """
    keep = along(x.size)
    x, values = x[keep], values[:, keep]
    with np.errstate(invalid="ignore"):
        mean = values.mean(axis=0)
        alone = "o" if x.size == 1 else None
        ax.plot(x, mean, label=plain(name, 24), marker=alone, **look)
        if len(values) > 1 and many <= MOST_BANDS:
            half = half_width(values, confidence)
            low, high = (np.clip(mean + sign * half, *within) for sign in (-1.0, 1.0))
            ax.fill_between(x, low, high, color=look["color"], alpha=0.15, linewidth=0)


def _row(row: Any) -> list[Any]:
    if hasattr(row, "evaluated"):
        return [row]
    if not isinstance(row, Sequence):
        raise InvalidProblemError(
            f"{type(row).__name__} holds no histories of training; give a bench, or histories"
        )
    return list(row)
