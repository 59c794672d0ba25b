"""A partition beside others: when workers are done, and what their shards are worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from roundlot.plot.canvas import MARKERS, along, canvas, legend_above, legend_height, looks
from roundlot.plot.style import DARK, plain
from roundlot.theory import InvalidProblemError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from roundlot.solvers.partition import Partition, PartitionRow

FloatArray = npt.NDArray[np.float64]
_MARKED = 60  # workers; with more, markers would cover one another


def plot_finish_times(
    partition: Partition, rows: Sequence[PartitionRow] = (), *, ax: Axes | None = None
) -> Axes:
    """Seconds of one pass over every worker's shard, from the slowest worker to the fastest.

    ``rows`` are of ``compare_partition``; without any, the partition is drawn alone.

    Raises:
        InvalidProblemError: rows of other workers.
    """
    series = {row.name: row.quality.finish_seconds for row in rows}
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
    series = {row.name: row.values for row in rows}
    with canvas(ax, height=2.15 + legend_height(len(rows) + 1)) as ax:
        _series(ax, partition, series or {partition.method: partition.values.sum(axis=1)})
        if np.isfinite(partition.upper_bound):
            ax.axhline(
                partition.upper_bound,
                color=DARK,
                linewidth=0.8,
                linestyle=(0, (1, 1)),
                label="bound on the least",
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
            label=plain(name, 24),
            **style[name],
        )
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel("worker, from the slowest to the fastest")
