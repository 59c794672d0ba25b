"""What every method gains over one of them, seed by seed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from roundlot.plot.canvas import canvas, held, nothing
from roundlot.plot.rows import draw_interval, name_rows
from roundlot.plot.style import GREY, plain
from roundlot.theory import InvalidProblemError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from roundlot.simulate.training import Bench
    from roundlot.simulate.workers import WorkerBench
    from roundlot.train.result import TrainingResult
    from roundlot.train.workers_result import WorkersResult


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
    of: Any = held(bench, "bench")
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
        ax.set_xlabel(f"{told.replace('_', ' ')}, less that of {plain(baseline)}{_level(of)}")
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


def _level(bench: Any) -> str:
    seeds = len(bench.seeds)
    if seeds < 2:
        return "\n(one seed)"
    return f"\n({100 * bench.confidence:g} % intervals; grey: each of {seeds} seeds)"
