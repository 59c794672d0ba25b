"""Stragglers in pictures: time to the target, finish times, loss against seconds.

And a partition beside others: when workers are done, and what their shards are worth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from roundlot.plot.canvas import (
    MARKERS,
    along,
    canvas,
    legend_above,
    legend_height,
    log_axis,
    looks,
    nothing,
)
from roundlot.plot.style import DARK, GREY, PINK, plain
from roundlot.theory import InvalidProblemError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from roundlot.solvers.partition import Partition, PartitionRow
    from roundlot.straggle import StraggleResult


POINTS = 300
DOTS = 16
TOP = 1.5
MOST_WORKERS = 6
MOST_TIMES = 4.0  # of the fastest descent: a slower one leaves the axis
ROUNDS_SHOWN = 60  # rounds of the fastest rule

FloatArray = npt.NDArray[np.float64]
_MARKED = 60  # workers; with more, markers would cover one another


def plot_deadlines(result: StraggleResult, *, ax: Axes | None = None) -> Axes:
    """Time to the target against the deadline, relative to the full wait; the other rules level."""
    style = looks([curve.estimator for curve in result.curves])
    with canvas(ax, height=2.3 + legend_height(6)) as ax:
        for curve in result.curves:
            look = style[curve.estimator]
            ax.plot(curve.deadlines, curve.relative, label=curve.estimator, **look)
        fastest = min(r.relative for r in result.rows if r.rule == "fastest worker")
        if np.isfinite(fastest):
            label = f"fastest worker ({fastest:.2f})"
            ax.axhline(fastest, color=PINK, linestyle=(0, (4, 1, 1, 1, 1, 1)), label=label)
        ax.axhline(1.0, color=GREY, linestyle=(0, (1, 2)), label="full wait")
        if np.isfinite(result.deadline):
            _deadline(ax, result.deadline)
        ax.set_ylim(0.0, TOP)
        ax.set_xscale("log")
        first = min(float(curve.deadlines[0]) for curve in result.curves)
        ax.set_xlim(min(first, result.deadline), shown_seconds(result))
        ax.set_xlabel("deadline (s)")
        ax.set_ylabel("time to target, full wait = 1")
        legend_above(ax, title="estimator with a deadline; rules without one")
    return ax


def shown_seconds(result: StraggleResult) -> float:
    """Where an axis of seconds of a round ends: most full waits and the deadline are on it."""
    cut = 1.2 * result.deadline if np.isfinite(result.deadline) else 0.0
    return max(1.05 * result.horizon, cut)


def _deadline(ax: Axes, seconds: float) -> None:
    ax.axvline(seconds, color=DARK, linewidth=0.7, label=f"the deadline, {seconds:.3g} s")


def plot_finish(result: StraggleResult, *, ax: Axes | None = None) -> Axes:
    """Chance that a worker has done its share, for some workers and for all; the deadline."""
    law, stragglers = result.laws[0], result.workers.stragglers
    n = stragglers.workers
    index = np.unique(np.linspace(0, n - 1, min(n, MOST_WORKERS)).astype(int))
    horizon = shown_seconds(result)
    t = np.linspace(0.0, horizon, POINTS)
    done, everybody = np.zeros((t.size, n)), np.zeros(t.size)
    measured = stragglers.measured
    if measured is not None:
        rounds = measured[None] * law.shares <= t[:, None, None]
        done, everybody = rounds.mean(axis=1), rounds.all(axis=2).mean(axis=1)
    for chance, calm in () if measured is not None else stragglers.conditions():
        every = calm.reach(int(law.shares.max()), horizon).at(t)
        each = np.take_along_axis(every, law.shares[None, :, None], axis=2)[:, :, 0]
        done += chance * each
        everybody += chance * each.prod(axis=1)
    style = list(looks(map(str, range(index.size))).values())
    with canvas(ax, height=2.15 + legend_height(index.size + 1)) as ax:
        for i, look in zip(index, style, strict=True):
            speed = f"{result.workers.speed[i]:.3g} samples/s"
            ax.plot(t, done[:, i], label=f"{plain(result.workers.names[i], 12)}, {speed}", **look)
        ax.plot(t, everybody, color="black", linewidth=2.0, linestyle="-", label="all workers")
        if np.isfinite(result.deadline):
            _deadline(ax, result.deadline)
        ax.set_xlim(0.0, horizon)
        ax.set_ylim(0.0, 1.02)
        ax.set_xlabel("seconds of computing")
        ax.set_ylabel("chance that the share is done")
        legend_above(ax)
    return ax


def plot_rounds(result: StraggleResult, *, ax: Axes | None = None) -> Axes:
    """Rounds that are over against seconds, one drawn run a rule; thin lines at the mean pace."""
    wait = result.workers.network.seconds
    style = looks(law.rule.name for law in result.laws)
    pace = {law.rule.name: law.seconds.value + wait for law in result.laws}
    last = ROUNDS_SHOWN * min(pace.values())
    with canvas(ax, height=2.15 + legend_height(len(result.laws))) as ax:
        for law in result.laws:
            name = law.rule.name
            rounds = law.rule.draw(
                result.workers.stragglers, law.shares, 3 * ROUNDS_SHOWN, seed=result.settings.seed
            )
            over = np.concatenate(([0.0], np.cumsum(rounds.seconds + wait)))
            shown = np.append(over[over <= last], last)
            count = np.arange(shown.size, dtype=np.float64)
            count[-1] = max(shown.size - 2, 0)
            label = f"{plain(name, 24)}, {pace[name]:.3g} s a round"
            ax.plot(shown, count, drawstyle="steps-post", label=label, **style[name])
            ax.plot([0.0, last], [0.0, last / pace[name]], color=GREY, linewidth=0.6)
        ax.set_xlim(0.0, last)
        ax.set_ylim(bottom=0.0)
        ax.set_xlabel("seconds")
        ax.set_ylabel("rounds that are over")
        legend_above(ax)
    return ax


def plot_descents(result: StraggleResult, *, ax: Axes | None = None) -> Axes:
    """Loss against expected seconds, twice its standard error shaded; expectations as dots."""
    style = looks(descent.rule for descent in result.descents)
    with canvas(ax, height=2.15 + legend_height(len(result.descents))) as ax:
        start = 1.0
        if not result.descents:
            nothing(ax, "no rule reaches the target without bias")
        for descent in result.descents:
            drawn, start = descent.drawn, float(descent.expected[0])
            (line,) = ax.plot(
                drawn.seconds,
                drawn.loss / start,
                label=plain(descent.rule, 24),
                **style[descent.rule],
            )
            low, high = (
                (drawn.loss + sign * 2.0 * drawn.loss_error) / start for sign in (-1.0, 1.0)
            )
            ax.fill_between(
                drawn.seconds, low, high, color=line.get_color(), alpha=0.2, linewidth=0
            )
            some = along(drawn.seconds.size, DOTS)
            ax.plot(
                drawn.seconds[some],
                descent.expected[some] / start,
                linestyle="",
                marker="o",
                markersize=2.2,
                markerfacecolor="white",
                markeredgewidth=0.6,
                color=DARK,
            )
        ax.axhline(result.settings.target, color=GREY, linestyle=(0, (1, 2)), linewidth=1.0)
        log_axis(ax)
        ends = sorted(float(descent.drawn.seconds[-1]) for descent in result.descents)
        ax.set_xlim(0.0, min(ends[-1], MOST_TIMES * ends[0]) if ends else None)
        ax.set_xlabel("expected seconds")
        ax.set_ylabel("excess loss, start = 1")
        legend_above(ax, title="rule (band: ± 2 standard errors; dots: expected; level: target)")
    return ax


def plot_finish_times(
    partition: Partition, rows: Sequence[PartitionRow] = (), *, ax: Axes | None = None
) -> Axes:
    """Seconds of one pass over every worker's shard, from the slowest worker to the fastest.

    ``rows`` are of ``compare_partition``; without any, the partition is drawn alone.

    Raises:
        InvalidProblemError: rows of other workers.
    """
    series = {row.label: row.quality.finish_seconds for row in rows}
    with canvas(ax, height=2.15 + legend_height(len(rows))) as ax:
        _series(ax, partition, series or {partition.method: partition.finish_seconds})
        ax.set_ylabel("seconds of one pass")
        ax.set_ylim(bottom=0.0)
        legend_above(ax, title="shards")
    return ax


def plot_shard_values(
    partition: Partition, rows: Sequence[PartitionRow] = (), *, ax: Axes | None = None
) -> Axes:
    """What every worker's shard is worth, and the bound on the least with these capacities.

    ``rows`` are of ``compare_partition``; without any, the partition is drawn alone.

    Raises:
        InvalidProblemError: rows of other workers.
    """
    series = {row.label: row.values for row in rows}
    with canvas(ax, height=2.15 + legend_height(len(rows) + 1)) as ax:
        _series(ax, partition, series or {partition.method: partition.values.sum(axis=1)})
        if np.isfinite(partition.upper_bound):
            ax.axhline(
                partition.upper_bound,
                color=DARK,
                linewidth=0.8,
                linestyle=(0, (1, 1)),
                label="bound on the least, by speed",
            )
        ax.set_ylabel(partition.function.replace("-", " ") + " of the shard")
        legend_above(ax, title="shards")
    return ax


def _series(ax: Axes, partition: Partition, series: Mapping[str, FloatArray]) -> None:
    from matplotlib.ticker import MaxNLocator

    order = np.argsort(partition.speeds, kind="stable")
    keep = along(order.size)
    style = looks(series)
    for k, (name, column) in enumerate(series.items()):
        if len(column) != order.size:
            raise InvalidProblemError(
                f"{name!r} is of {len(column)} workers, the partition of {order.size}"
            )
        ax.plot(
            keep + 1,
            column[order][keep],
            marker=MARKERS[k % len(MARKERS)] if order.size <= _MARKED else None,
            markersize=2.5 if k else 5.0,  # shards that agree with it show inside
            markerfacecolor=None if k else "none",
            linewidth=0.6,
            label=plain(name, 40),
            **style[name],
        )
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel("worker, from the slowest to the fastest")
