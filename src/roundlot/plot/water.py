"""The water-filling picture: what each processor wants, what its cap lets it have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from roundlot.plot.style import BLUE, DARK, ORANGE, legend_above, new_axes, paper_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = npt.NDArray[np.float64]
_POINTS = 600


def plot_water(
    scores: npt.ArrayLike,
    totals: npt.ArrayLike,
    caps: npt.ArrayLike,
    *,
    level: float,
    ax: Axes | None = None,
) -> Axes:
    """Processors from the greatest score down: what they get, and the wish ``t M_v`` beyond it.

    ``scores``, ``totals`` and ``caps`` are ``(V,)``; ``level`` is ``t``. The filled part is given,
    the hatched part is wanted beyond the cap and goes to the others by raising ``t``.
    """
    ax = ax or new_axes(height=2.6)
    size, given, cap = (np.asarray(x, dtype=float) for x in (scores, totals, caps))
    order = np.argsort(-size, kind="stable")
    order = order[size[order] > 0]
    with paper_style():
        if order.size:
            edges, keep = _steps(order)
            _fill(ax, edges, given[keep], level * size[keep])
            _cap_line(ax, cap[order])
            ax.set_xlim(left=0.5, right=len(order) + 0.5)
        ax.set_xlabel("rank of the processor, from the greatest score")
        ax.set_ylabel("draws expected per round")
        legend_above(ax)
    return ax


def _steps(order: npt.NDArray[np.intp]) -> tuple[FloatArray, npt.NDArray[np.intp]]:
    """Left edges of at most some 600 steps, and who stands on each."""
    count = len(order)
    ranks = np.arange(count)
    if count > _POINTS:
        ranks = np.unique(np.geomspace(1, count, _POINTS).round().astype(np.int64)) - 1
    return np.append(ranks, count) + 0.5, order[np.append(ranks, count - 1)]


def _fill(ax: Axes, edges: FloatArray, got: FloatArray, wish: FloatArray) -> None:
    low = _floor(got, wish)
    ax.fill_between(
        edges, low, got, step="post", color=BLUE, alpha=0.35, linewidth=0, label=r"given $q_v$"
    )
    ax.fill_between(
        edges,
        got,
        wish,
        step="post",
        where=(wish > got * (1 + 1e-9)).tolist(),
        facecolor="none",
        edgecolor=ORANGE,
        hatch="////",
        linewidth=0,
        label="wanted beyond the cap",
    )
    wanted = r"wanted $t\,M_v$"
    ax.step(edges, got, where="post", color=BLUE, linestyle="-", linewidth=1.2)
    ax.step(edges, wish, where="post", color=ORANGE, linestyle="--", linewidth=1.0, label=wanted)
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_ylim(bottom=low)


def _cap_line(ax: Axes, cap: FloatArray) -> None:
    if not len(cap) or np.ptp(cap) > 0:
        return
    ax.axhline(cap[0], color=DARK, linewidth=0.7, linestyle=":")
    ax.annotate(
        f"cap {cap[0]:g}",
        (0.99, cap[0]),
        xycoords=("axes fraction", "data"),
        xytext=(0, 2),
        textcoords="offset points",
        ha="right",
        fontsize=6.5,
        color=DARK,
    )


def _floor(given: FloatArray, wish: FloatArray) -> float:
    positive = np.concatenate([given[given > 0], wish[wish > 0]])
    return float(positive.min()) * 0.6 if positive.size else 1e-3
