"""How the probabilities of each model are spread over the processors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import numpy.typing as npt

from roundlot.plot.allocation import allocation, is_allocated, names_of
from roundlot.plot.canvas import canvas, legend_above, legend_height, looks, nothing, widen
from roundlot.plot.style import plain
from roundlot.plot.thinning import drawable, ranks
from roundlot.theory import InvalidProblemError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from roundlot.run.result import RunResult
    from roundlot.solvers import Solution

_MOST = 14


@overload
def plot_models(
    probabilities: Solution | RunResult,
    models: Sequence[str] | None = None,
    *,
    ax: Axes | None = None,
) -> Axes: ...
@overload
def plot_models(
    probabilities: npt.ArrayLike, models: Sequence[str] | None = None, *, ax: Axes | None = None
) -> Axes: ...
def plot_models(
    probabilities: Any, models: Sequence[str] | None = None, *, ax: Axes | None = None
) -> Axes:
    """Each model's probabilities ``(V, S)``, sorted from the greatest, on logarithmic axes.

    Give a solution, the result of a run, or the table. A line ends where the positive
    probabilities end; the legend gives the draws expected for each model. Beyond 14 models the
    legend is dropped.

    Raises:
        InvalidProblemError: no table, or more or fewer names than models.
    """
    if is_allocated(probabilities):
        of = allocation(probabilities)
        probabilities, models = of.probabilities, models or of.models
    table = np.asarray(probabilities, dtype=float)
    if table.ndim != 2:
        raise InvalidProblemError(f"probabilities have shape {table.shape}; give (V, S)")
    names = names_of(models, table.shape[1])
    with canvas(ax, height=2.15 + legend_height(min(len(names), _MOST))) as ax:
        for column, name, look in zip(table.T, names, _looks(names), strict=True):
            values = np.sort(column[drawable(column)])[::-1]
            keep = ranks(len(values))
            label = f"{plain(name, 18)} ({values.sum():,.4g})"
            alone = "o" if len(values) == 1 else None
            ax.plot(keep + 1, values[keep], label=label, marker=alone, **look)
        if any(line.get_xdata().size for line in ax.lines):  # type: ignore[union-attr]
            ax.set_xscale("log")
            ax.set_yscale("log")
            widen(ax)
        else:
            nothing(ax, "no probability is above 0")
        ax.set_xlabel("rank of the processor, from the most probable")
        ax.set_ylabel(r"probability $p_{v,s}$")
        if len(names) <= _MOST:
            legend_above(ax, title="model (draws per round)")
    return ax


def _looks(names: Sequence[str]) -> list[Any]:
    """By place: two models may have the same name."""
    return list(looks(str(k) for k in range(len(names))).values())
