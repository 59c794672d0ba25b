"""A row a name, each with its interval about 0: paired differences, predicted and realised."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from roundlot.plot.canvas import canvas, nothing, part_of
from roundlot.plot.style import BLUE, DARK, GREY, ORANGE, plain
from roundlot.run.records import SimulationRecord
from roundlot.theory import InvalidProblemError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from roundlot.run.result import RunResult
    from roundlot.simulate.training import Bench
    from roundlot.simulate.workers import WorkerBench
    from roundlot.train.result import TrainingResult, WorkersResult


def name_rows(ax: Axes, names: Sequence[str]) -> None:
    """The names at the left from the top down, the line at 0, a grid for the numbers."""
    ax.axvline(0.0, color=DARK, linewidth=0.8, zorder=1)
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x")
    ax.margins(x=0.12)


def draw_interval(ax: Axes, place: float, low: float, middle: float, high: float) -> None:
    """A dot with its interval; an open diamond where the interval misses 0."""
    covers = not (low > 0.0 or high < 0.0)
    ax.errorbar(
        middle,
        place,
        xerr=[[max(middle - low, 0.0)], [max(high - middle, 0.0)]],
        marker="o" if covers else "D",
        markerfacecolor=BLUE if covers else "white",
        color=BLUE if covers else ORANGE,
        linestyle="",
        elinewidth=1.2,
        capsize=2.5,
    )


def plot_differences(
    bench: Bench | WorkerBench | TrainingResult | WorkersResult,
    baseline: str | None = None,
    measure: str | None = None,
    *,
    ax: Axes | None = None,
) -> Axes:
    """Each method less ``baseline`` at the end of training, mean over seeds and its interval.

    Give a bench, or the result of a training. Differences are taken within a seed, each seed a
    grey dot below its method. An interval that misses 0 is drawn with an open diamond; one seed
    has none. ``baseline`` is the result's own unless given, ``measure`` the bench's first.

    Raises:
        InvalidProblemError: no bench, no baseline; an unknown method or measure.
    """
    of: Any = part_of(bench, "bench")
    if not hasattr(of, "difference"):
        raise InvalidProblemError(
            f"{type(of).__name__} has no paired differences; give a Bench or a WorkerBench"
        )
    baseline = baseline or getattr(bench, "baseline", None)
    if baseline is None:
        raise InvalidProblemError(f"baseline is None; name one of {', '.join(of.methods)}")
    told = measure or of.measures[0]
    against = of.values(baseline, told)
    others = [name for name in of.methods if name != baseline]
    with canvas(ax, height=max(1.3, 0.75 + 0.24 * len(others))) as ax:
        name_rows(ax, [plain(name) for name in others])
        drawn = [
            place
            for place, name in enumerate(others)
            if _row(ax, place, of.values(name, told) - against, of.difference(name, baseline, told))
        ]
        if not drawn:
            nothing(ax, f"no other method has a finite {told.replace('_', ' ')}")
        ax.set_xlabel(
            f"{told.replace('_', ' ')}, less that of {plain(baseline)}{_confidence_of(of)}"
        )
    return ax


def _row(ax: Axes, place: int, own: Any, mean: Any) -> bool:
    """Whether there was anything finite to draw."""
    if not np.isfinite(own).all():
        return False
    half = mean.half if own.size > 1 else 0.0
    if own.size > 1:
        ax.plot(own, np.full(own.size, place + 0.27), ".", color=GREY, markersize=2.5)
    draw_interval(ax, place, mean.mean - half, mean.mean, mean.mean + half)
    return True


def _confidence_of(bench: Any) -> str:
    seeds = len(bench.seeds)
    if seeds < 2:
        return "\n(one seed)"
    return f"\n({100 * bench.confidence:g} % intervals; grey: each of {seeds} seeds)"


def plot_prediction(
    records: RunResult | Sequence[SimulationRecord], *, ax: Axes | None = None
) -> Axes:
    """Realised over predicted variance less 1, in percent, with each confidence interval.

    Give the result of a run, or its records. An interval that misses 0 is drawn with an open
    diamond. Methods without a finite positive prediction are left out.
    """
    given: Sequence[SimulationRecord] = part_of(records, "simulation")
    rows = [row for row in given if row.predicted > 0 and np.isfinite(row.predicted)]
    with canvas(ax, height=max(1.2, 0.6 + 0.2 * len(rows))) as ax:
        name_rows(ax, [plain(row.method) for row in rows])
        if not rows:
            nothing(ax, "no method has a prediction above 0")
        for place, row in enumerate(rows):
            ends = (100 * (v / row.predicted - 1) for v in (row.low, row.realised, row.high))
            draw_interval(ax, place, *ends)
        ax.set_xlabel(f"realised − predicted variance (% of predicted){_level(rows)}")
    return ax


def _level(rows: Sequence[SimulationRecord]) -> str:
    levels = {row.confidence for row in rows}
    return f",\n{100 * levels.pop():g} % intervals" if len(levels) == 1 else ""
