"""The inclusion probability of every processor against its score."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from roundlot.plot.style import BLUE, DARK, GREY, ORANGE, legend_above, new_axes, paper_style, thin

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_inclusion(
    scores: npt.ArrayLike,
    totals: npt.ArrayLike,
    *,
    capped: npt.ArrayLike,
    level: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Inclusion probability ``q_v`` against score ``M_v``, both ``(V,)``, on logarithmic axes.

    ``capped`` is ``(V,)`` bool. With ``level`` ``t``, the rule ``t M`` and the score ``1/t`` from
    which a processor with cap 1 is always drawn are marked; the dotted line is the same number
    of draws spread evenly. Processors without score or probability have no place on the axes.
    """
    from matplotlib.ticker import LogLocator

    ax = ax or new_axes(height=2.6)
    size, total = np.asarray(scores, dtype=float), np.asarray(totals, dtype=float)
    shown = (size > 0) & (total > 0)
    at_cap = np.asarray(capped, dtype=bool)
    with paper_style():
        if shown.any():
            _points(ax, size, total, shown & ~at_cap, BLUE, "o", "free")
            _points(ax, size, total, shown & at_cap, ORANGE, "D", "at its cap")
            _guides(ax, size[shown], total[shown], total.sum() / len(total), level)
            ax.set_xscale("log")
            ax.set_yscale("log")
            ax.xaxis.set_minor_locator(LogLocator(subs=(2.0, 5.0)))  # All nine would overlap.
        ax.set_xlabel(r"score $M_v=\sum_s a_{v,s}$ (weighted update norm)")
        ax.set_ylabel(r"inclusion probability $q_v$")
        legend_above(ax)
    return ax


def _points(
    ax: Axes,
    scores: npt.NDArray[np.float64],
    totals: npt.NDArray[np.float64],
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
    ax: Axes,
    scores: npt.NDArray[np.float64],
    totals: npt.NDArray[np.float64],
    even: float,
    level: float | None,
) -> None:
    ax.axhline(even, color=GREY, linestyle=":", linewidth=1.0, label="spread evenly")
    if level is None or not np.isfinite(level) or level <= 0:
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
            fontsize=6.5,
            color=ORANGE,
        )
