"""How many points of every class every worker holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from roundlot.plot.canvas import along, bar_beside, canvas, note_size
from roundlot.plot.style import plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from roundlot.solvers.partition import Partition

_WRITTEN = 12  # rows and columns up to which numbers are written into their cells
_SHOWN = 60  # workers, and classes, that are drawn at most


def plot_class_shares(partition: Partition, *, ax: Axes | None = None) -> Axes:
    """Points of each class that each worker holds, workers from the slowest to the fastest.

    Of many workers or classes, some sixty are drawn, evenly spaced.
    """
    order = np.argsort(partition.speeds, kind="stable")
    workers, classes = order[along(order.size, _SHOWN)], along(len(partition.classes), _SHOWN)
    held = partition.capacities[np.ix_(workers, classes)]
    height = 1.1 + 0.16 * max(4, min(30, len(workers)))
    with canvas(ax, height=height) as ax:
        # Cells as shapes, not as pixels: a page that loads nothing shows no pixels.
        cells = ax.pcolormesh(held, cmap="Blues", vmin=0.0, linewidth=0.2, edgecolor="face")
        ax.invert_yaxis()
        if max(held.shape) <= _WRITTEN:
            half = held.max() / 2.0
            for (row, column), count in np.ndenumerate(held):
                color = "white" if count > half else "black"
                ax.text(
                    *(column + 0.5, row + 0.5, f"{count}"),
                    ha="center",
                    va="center",
                    fontsize=note_size(ax),
                    color=color,
                )
        few = along(len(workers), _WRITTEN)
        ax.set_yticks(few + 0.5, [f"{partition.speeds[workers[k]]:.4g}" for k in few])
        some = along(len(classes), _WRITTEN)
        ax.set_xticks(some + 0.5, [plain(partition.classes[classes[k]], 8) for k in some])
        ax.set_xlabel("class")
        ax.set_ylabel("worker, by its speed")
        bar_beside(ax, cells, "points")
    return ax
