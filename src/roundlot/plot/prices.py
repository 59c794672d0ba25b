"""Probability against score of every pair: one line a model, its slope the price of a draw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from roundlot.plot.allocation import allocation, names_of
from roundlot.plot.canvas import MARKERS, canvas, legend_above, legend_height, looks, nothing
from roundlot.plot.style import GREY, plain
from roundlot.plot.thinning import thin

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from roundlot.run.result import RunResult
    from roundlot.solvers import Solution

FloatArray = npt.NDArray[np.float64]
_MOST = 14


def plot_prices(
    solution: Solution | RunResult,
    models: Sequence[str] | None = None,
    *,
    ax: Axes | None = None,
) -> Axes:
    """Probability ``p_vs`` against score ``a_vs``, a marker for each model, from 0 on.

    A pair that pays the price ``κ`` a draw has ``p = a/√κ``. Each grey line belongs to a model's
    least price, the steepest of its pairs; pairs below it pay more, for a cap or limit of their
    processor, client or group.

    Raises:
        InvalidProblemError: more or fewer names than models.
    """
    of = allocation(solution)
    names = names_of(models or of.models, of.pair_scores.shape[1])
    style = list(looks(str(k) for k in range(len(names))).values())
    with canvas(ax, height=2.15 + legend_height(min(len(names), _MOST))) as ax:
        right = max(1.12 * _most(of.pair_scores), np.finfo(float).tiny)
        for s, name in enumerate(names):
            pairs = of.pair_scores[:, s], of.probabilities[:, s]
            mark = {"marker": MARKERS[s % len(MARKERS)], "color": style[s]["color"]}
            _model(ax, *pairs, plain(name, 18), mark, right)
        if not ax.lines:
            nothing(ax, "no pair has a score and a chance")
        ax.set_xlim(0.0, right)
        ax.set_ylim(0.0, 1.12 * _most(of.probabilities) or 1.0)
        ax.set_xlabel("score $a_{v,s}$ of the pair")
        ax.set_ylabel("probability $p_{v,s}$")
        if len(names) <= _MOST:
            legend_above(ax, title="model (draws per round, least price of a draw)")
    return ax


def _model(
    ax: Axes, scores: FloatArray, chances: FloatArray, name: str, mark: dict[str, str], right: float
) -> None:
    drawn = (scores > 0) & (chances > 0) & np.isfinite(scores)
    if not drawn.any():
        return
    x, y = scores[drawn], chances[drawn]
    slope = float((y / x).max())
    ax.plot([0, right], [0, slope * right], color=GREY, linewidth=0.8, linestyle="-", zorder=1)
    keep = thin(x, y)
    label = f"{name} ({y.sum():.3g}, {slope**-2:.3g})"
    ax.plot(
        x[keep],
        y[keep],
        linestyle="",
        label=label,
        markersize=4.0,
        markerfacecolor="none",  # models on one line show through each other
        markeredgewidth=0.8,
        **mark,  # type: ignore[arg-type]
    )


def _most(values: npt.NDArray[np.float64]) -> float:
    return float(values[np.isfinite(values)].max(initial=0.0))
