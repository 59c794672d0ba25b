"""How the probabilities of each model are spread over the processors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from roundlot.plot.style import legend_above, legend_height, new_axes, paper_style, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_POINTS = 400
_MOST = 14


def plot_models(
    probabilities: npt.ArrayLike, models: Sequence[str], *, ax: Axes | None = None
) -> Axes:
    """Each model's probabilities ``(V, S)``, sorted from the greatest, on logarithmic axes.

    A line ends where the positive probabilities end; the legend gives the draws expected for each
    model. Beyond 14 models the legend is dropped.
    """
    ax = ax or new_axes(height=2.15 + legend_height(min(len(models), _MOST)))
    table = np.asarray(probabilities, dtype=float)
    with paper_style():
        for column, name in zip(table.T, models, strict=True):
            values = np.sort(column[column > 0])[::-1]
            keep = _spaced(len(values))
            label = f"{plain(name, 18)} ({column.sum():,.4g})"
            ax.plot(keep + 1, values[keep], label=label)
        if (table > 0).any():
            ax.set_xscale("log")
            ax.set_yscale("log")
        ax.set_xlabel("rank of the processor, from the most probable")
        ax.set_ylabel(r"probability $p_{v,s}$")
        if len(models) <= _MOST:
            legend_above(ax, title="model (draws per round)")
    return ax


def _spaced(count: int) -> npt.NDArray[np.int64]:
    """At most some 400 ranks, evenly spaced on a logarithmic axis, both ends among them."""
    if count <= _POINTS:
        return np.arange(count)
    return np.unique(np.geomspace(1, count, _POINTS).round().astype(np.int64)) - 1
