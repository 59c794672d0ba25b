"""The inclusion probability of every processor against its score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

import numpy as np
import numpy.typing as npt

from roundlot.plot.allocation import allocation, is_allocated, of_one_length
from roundlot.plot.canvas import canvas, legend_above, note_size, nothing, widen
from roundlot.plot.style import BLUE, DARK, GREY, ORANGE
from roundlot.plot.thinning import drawable, thin

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from roundlot.run.result import RunResult
    from roundlot.solvers import Solution

FloatArray = npt.NDArray[np.float64]


@overload
def plot_inclusion(scores: Solution | RunResult, /, *, ax: Axes | None = None) -> Axes: ...
@overload
def plot_inclusion(
    scores: npt.ArrayLike,
    totals: npt.ArrayLike,
    *,
    capped: npt.ArrayLike,
    level: float | None = None,
    ax: Axes | None = None,
) -> Axes: ...
def plot_inclusion(
    scores: Any,
    totals: npt.ArrayLike = (),
    *,
    capped: npt.ArrayLike = (),
    level: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Inclusion probability ``q_v`` against score ``M_v``, both ``(V,)``, on logarithmic axes.

    Give a solution, the result of a run, or arrays: ``capped`` is ``(V,)`` bool. With ``level``
    ``t``, the rule ``t M`` and the score ``1/t`` from which a processor with cap 1 is always drawn
    are marked; the dotted line is the same number of draws spread evenly. Processors without score
    or probability, or with one beyond ``[1e-200, 1e200]``, have no place on the axes.

    Raises:
        InvalidProblemError: arrays of different lengths.
    """
    if is_allocated(scores):
        of = allocation(scores)
        scores, totals, capped, level = of.scores, of.totals, of.capped, of.level
    size, total, at_cap = of_one_length(scores=scores, totals=totals, capped=capped)
    with canvas(ax, height=2.6) as ax:
        _draw(ax, size, total, at_cap.astype(bool), level)
        ax.set_xlabel(r"score $M_v=\sum_s a_{v,s}$ (weighted update norm)")
        ax.set_ylabel(r"inclusion probability $q_v$")
        legend_above(ax)
    return ax


def _draw(
    ax: Axes,
    size: FloatArray,
    total: FloatArray,
    at_cap: npt.NDArray[np.bool_],
    level: float | None,
) -> None:
    from matplotlib.ticker import LogLocator

    shown = drawable(size, total)
    if not shown.any():
        nothing(ax, "no processor has a score and a chance")
        return
    _points(ax, size, total, shown & ~at_cap, BLUE, "o", "free")
    _points(ax, size, total, shown & at_cap, ORANGE, "D", "at its cap")
    _guides(ax, size[shown], total[shown], float(total[shown].sum()) / len(total), level)
    ax.set_xscale("log")
    ax.set_yscale("log")
    widen(ax)
    ax.xaxis.set_minor_locator(LogLocator(subs=(2.0, 5.0)))  # All nine would overlap.


def _points(
    ax: Axes,
    scores: FloatArray,
    totals: FloatArray,
    chosen: npt.NDArray[np.bool_],
    colour: str,
    marker: str,
    label: str,
) -> None:
    if not chosen.any():
        return
    x, y = scores[chosen], totals[chosen]
    keep = thin(np.log10(x), np.log10(y))
    ax.plot(
        x[keep],
        y[keep],
        linestyle="",
        marker=marker,
        markersize=3.2,
        markerfacecolor="white",
        markeredgewidth=0.7,
        color=colour,
        label=f"{label} ({int(chosen.sum()):,})",
    )


def _guides(
    ax: Axes, scores: FloatArray, totals: FloatArray, even: float, level: float | None
) -> None:
    ax.axhline(even, color=GREY, linestyle=":", linewidth=1.0, label="spread evenly")
    if level is None or not drawable(np.array([level, level * scores.min()])).all():
        return
    ends = np.array([scores.min(), min(scores.max(), 1.0 / level)])
    if ends[0] < ends[1]:
        ax.plot(ends, level * ends, color=DARK, linestyle="-", linewidth=0.7, label=r"$t\,M_v$")
    if scores.min() <= 1.0 / level <= scores.max():
        ax.axvline(1.0 / level, color=ORANGE, linestyle="--", linewidth=0.8)
        ax.annotate(
            "certain from here",
            (1.0 / level, totals.min()),
            xytext=(-3, 2),
            textcoords="offset points",
            rotation=90,
            ha="right",
            va="bottom",
            fontsize=note_size(ax),
            color=ORANGE,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5, "alpha": 0.8},
        )
