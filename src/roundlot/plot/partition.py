"""A partition beside others: when workers are done, and what their shards are worth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from roundlot.plot.style import DARK, legend_above, legend_height, new_axes, paper_style, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from roundlot.solvers.partition import Partition, PartitionRow

FloatArray = npt.NDArray[np.float64]
_MARKERS = "osD^vP"


def plot_finish_times(
    partition: Partition, rows: Sequence[PartitionRow], *, ax: Axes | None = None
) -> Axes:
    """Seconds of one pass over every worker's shard, from the slowest worker to the fastest."""
    ax = ax or new_axes(height=2.15 + legend_height(len(rows)))
    with paper_style():
        _series(ax, partition, rows, [row.quality.finish_seconds for row in rows])
        ax.set_ylabel("seconds of one pass")
        ax.set_ylim(bottom=0.0)
        legend_above(ax, title="shards")
    return ax


def plot_shard_values(
    partition: Partition, rows: Sequence[PartitionRow], *, ax: Axes | None = None
) -> Axes:
    """What every worker's shard is worth, and the bound on the least with these capacities."""
    ax = ax or new_axes(height=2.15 + legend_height(len(rows) + 1))
    with paper_style():
        _series(ax, partition, rows, [row.values for row in rows])
        if np.isfinite(partition.upper_bound):
            ax.axhline(
                partition.upper_bound,
                color=DARK,
                linewidth=0.8,
                linestyle=(0, (1, 1)),
                label=f"bound on the least, {partition.method}",
            )
        ax.set_ylabel(partition.function.replace("-", " ") + " of the shard")
        legend_above(ax, title="shards")
    return ax


def _series(
    ax: Axes, partition: Partition, rows: Sequence[PartitionRow], columns: Sequence[FloatArray]
) -> None:
    from matplotlib.ticker import MaxNLocator

    order = np.argsort(partition.speeds, kind="stable")
    for k, (row, column) in enumerate(zip(rows, columns, strict=True)):
        ax.plot(
            np.arange(1, order.size + 1),
            column[order],
            marker=_MARKERS[k % len(_MARKERS)],
            markersize=2.5 if k else 5.0,  # shards that agree with it show inside
            markerfacecolor=None if k else "none",
            linewidth=0.6,
            label=plain(row.name, 24),
        )
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel("worker, from the slowest to the fastest")
