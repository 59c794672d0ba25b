"""Draws the two pictures of docs/water-and-prices.md from solved examples.

Run `python docs/make_prices.py` after a change; the page's own code has the same numbers.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import roundlot as rl
from roundlot.plot import paper_style, plot_prices, plot_sharing, save_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HERE = Path(__file__).parent / "images"
WATER = rl.Problem([[5.0], [2.4], [1.0], [0.7], [0.5], [0.4]], budget=3.0)
SCORES = [[2.2, 0.9], [1.8, 0.5], [1.5, 0.3], [1.2, 0.8], [0.9, 0.6], [0.7, 0.4]]
SHARED = rl.Problem(SCORES, budget=3.0)
SPLIT = rl.Problem(SCORES, budget=3.0, model_budgets=[1.5, 2.0])


def water() -> Figure:
    """Shares by score, what lies beyond the cap, and where it goes."""
    figure, panels = _panels()
    for ax, raised, title in zip(
        panels,
        (False, True),
        ("1  Share 3 draws by score: $t = 0.3$", "2  Raise the level to $t = 0.4$"),
        strict=True,
    ):
        plot_sharing(rl.solve(WATER), raised=raised, ax=ax)
        _say(ax, title)
    return _alike(figure, panels)


def prices() -> Figure:
    """The same scores under one price, and under a price per model."""
    figure, panels = _panels()
    for ax, problem, title in zip(
        panels,
        (SHARED, SPLIT),
        ("1  One budget of 3 draws: one price", "2  At most 1.5 of them for digits: two prices"),
        strict=True,
    ):
        plot_prices(rl.solve(problem), ("digits", "words"), ax=ax)
        _say(ax, f"{title}\nmodel (draws per round, price of a draw)")
    return _alike(figure, panels)


def _panels() -> tuple[Figure, tuple[Axes, Axes]]:
    from matplotlib.figure import Figure

    with paper_style(columns=2):
        figure = Figure(figsize=(7.1, 2.7))
        left, right = figure.subplots(1, 2)
    return figure, (left, right)


def _say(ax: Axes, title: str) -> None:
    legend = ax.get_legend()
    assert legend is not None
    legend.set_title(title)


def _alike(figure: Figure, panels: tuple[Axes, Axes]) -> Figure:
    """One scale for both, named once."""
    top = max(ax.get_ylim()[1] for ax in panels)
    for ax in panels:
        ax.set_ylim(0.0, top)
    panels[1].set_ylabel("")
    return figure


if __name__ == "__main__":
    HERE.mkdir(exist_ok=True)
    save_figure(water(), HERE / "water.svg")
    save_figure(prices(), HERE / "prices.svg")
