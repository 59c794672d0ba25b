"""Draws the two pictures of docs/water-and-prices.md from solved examples.

Run `python docs/make_prices.py` after a change; the page's own code has the same numbers.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

import roundlot as rl
from roundlot.plot.style import BLUE, DARK, GREY, ORANGE, paper_style, save_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HERE = Path(__file__).parent / "images"
WATER = rl.Problem([[5.0], [2.4], [1.0], [0.7], [0.5], [0.4]], budget=3.0)
SCORES = [[2.2, 0.9], [1.8, 0.5], [1.5, 0.3], [1.2, 0.8], [0.9, 0.6], [0.7, 0.4]]
SHARED = rl.Problem(SCORES, budget=3.0)
SPLIT = rl.Problem(SCORES, budget=3.0, model_budgets=[1.5, 2.0])
COLOURS = (BLUE, ORANGE)
FloatArray = npt.NDArray[np.float64]


def water() -> Figure:
    """Shares by score, what lies beyond the cap, and where it goes."""
    scores = WATER.scores[:, 0]
    wish = WATER.budget * scores / scores.sum()
    given = rl.solve(WATER).probabilities[:, 0]
    figure, (left, right) = _panels("draws expected per round")
    _bars(left, np.minimum(wish, 1.0), BLUE)
    _bars(left, np.maximum(wish - 1.0, 0.0), ORANGE, base=np.minimum(wish, 1.0), hatch=True)
    _say(left, f"cut off: {wish[0] - 1:.2f} draws", (0.45, 1.25), (1.0, 1.38))
    left.set_title("1  Share 3 draws by score, $t = 0.3$", loc="left", fontsize=8)
    _bars(right, np.minimum(wish, given), BLUE)
    _bars(right, np.maximum(given - wish, 0.0), ORANGE, base=np.minimum(wish, given), hatch=True)
    _say(right, "the 0.50 draws, shared out:\nthe water rises", (1.2, 0.88), (1.6, 1.28))
    right.set_title("2  Raise the level to $t = 0.4$", loc="left", fontsize=8)
    for ax in (left, right):
        ax.axhline(1.0, color=DARK, linewidth=0.8, linestyle=":")
        ax.annotate(
            "cap 1", (5.4, 1.0), xytext=(0, 2), textcoords="offset points", ha="right", fontsize=6.5
        )
        ax.set_xticks(range(len(scores)), [f"{a:g}" for a in scores])
        ax.set_xlabel("score of the processor")
        ax.set_ylim(0.0, 1.6)
    return figure


def prices() -> Figure:
    """The same scores under one price, and under a price per model."""
    figure, (left, right) = _panels("probability")
    for ax, problem, title in (
        (left, SHARED, "1  One budget of 3 draws: one price"),
        (right, SPLIT, "2  At most 1.5 of them for digits: two prices"),
    ):
        _lines(ax, problem)
        ax.set_title(title, loc="left", fontsize=8)
        ax.set_xlabel("score of the pair")
        ax.set_xlim(0.0, 2.5)
        ax.set_ylim(0.0, 0.85)
    return figure


def _panels(label: str) -> tuple[Figure, tuple[Axes, Axes]]:
    from matplotlib.figure import Figure

    with paper_style():
        figure = Figure(figsize=(7.0, 2.5))
        left, right = figure.subplots(1, 2, sharey=True)
        left.set_ylabel(label)
    return figure, (left, right)


def _bars(
    ax: Axes,
    heights: FloatArray,
    colour: str,
    *,
    base: FloatArray | float = 0.0,
    hatch: bool = False,
) -> None:
    style = (
        {"facecolor": "none", "hatch": "////"} if hatch else {"facecolor": colour, "alpha": 0.45}
    )
    ax.bar(range(len(heights)), heights, bottom=base, edgecolor=colour, linewidth=0, **style)


def _say(ax: Axes, text: str, at: tuple[float, float], place: tuple[float, float]) -> None:
    arrow = {"arrowstyle": "->", "color": DARK, "linewidth": 0.7}
    ax.annotate(text, at, xytext=place, fontsize=7, color=DARK, va="center", arrowprops=arrow)


def _lines(ax: Axes, problem: rl.Problem) -> None:
    solution = rl.solve(problem)
    for model, name in enumerate(("digits", "words")):
        scores, chances = problem.scores[:, model], solution.probabilities[:, model]
        slope = float(chances[0] / scores[0])
        ax.plot([0, 2.5], [0, 2.5 * slope], color=GREY, linewidth=0.8, linestyle="-", zorder=1)
        ax.plot(
            scores,
            chances,
            "os"[model],
            color=COLOURS[model],
            markersize=4.5,
            label=f"{name}: {chances.sum():.2f} draws, price {slope**-2:.1f}",
        )
    ax.legend(loc="upper left", fontsize=7)


if __name__ == "__main__":
    HERE.mkdir(exist_ok=True)
    save_figure(water(), HERE / "water.svg")
    save_figure(prices(), HERE / "prices.svg")
