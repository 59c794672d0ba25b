"""The figures of a report, in the order of the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from roundlot.plot import (
    plot_bound,
    plot_comparison,
    plot_inclusion,
    plot_models,
    plot_prediction,
    plot_water,
    svg_text,
)
from roundlot.plot.canvas import figure_of
from roundlot.plot.comparison import is_drawn, is_exact

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from roundlot.run.result import RunResult


@dataclass(frozen=True, kw_only=True, eq=False)
class ReportFigure:
    """A drawn figure, the stem of its files, and what is said under it."""

    key: str
    title: str
    caption: str
    figure: Figure
    svg: str


def draw_figures(result: RunResult) -> tuple[ReportFigure, ...]:
    """Every figure that the result has numbers for."""
    solution, figures = result.solution, [_inclusion(result)]
    if solution.level is not None and solution.level > 0 and len(result.scores) > 1:
        figures.append(_water(result))
    figures.append(_models(result))
    if any(is_drawn(row) for row in result.comparison):
        figures.append(_comparison(result))
    if result.simulation:
        figures.append(_prediction(result))
    if result.bound is not None and result.bound.methods:
        figures.append(_bound(result))
    return tuple(figures)


def made_figure(key: str, title: str, caption: str, ax: Axes) -> ReportFigure:
    """The figure that axes stand on, as the page takes it."""
    figure = figure_of(ax)
    svg = svg_text(figure)
    figure.set_layout_engine("none")  # It stays as laid out: the PDF need not do it again.
    return ReportFigure(key=key, title=title, caption=caption, figure=figure, svg=svg)


def _inclusion(result: RunResult) -> ReportFigure:
    ax = plot_inclusion(result)
    caption = (
        "Each processor's probability of training at all in a round against its score. "
        "Below the cap the probability is proportional to the score; points that would cover "
        "each other are drawn once."
    )
    return made_figure("inclusion", "Inclusion probabilities", caption, ax)


def _water(result: RunResult) -> ReportFigure:
    ax = plot_water(result)
    caption = (
        "One level t for all: every processor wants t times its score and gets that or its cap. "
        "What the caps cut off (hatched) raises t for everybody else until the budget is spent."
    )
    return made_figure("water", "Who is capped, and why", caption, ax)


def _models(result: RunResult) -> ReportFigure:
    ax = plot_models(result)
    caption = (
        "The probabilities of each model, sorted. In brackets, the draws a round is expected "
        "to bring to the model."
    )
    return made_figure("models", "Probabilities per model", caption, ax)


def _comparison(result: RunResult) -> ReportFigure:
    ax = plot_comparison(result)
    caption = "Update variance of every method at the same budget, relative to the optimum."
    if any(is_drawn(row) and not is_exact(row) for row in result.comparison):
        caption += " Hatched: a bound on the variance, not its value."
    return made_figure("comparison", "Variance of every method", caption, ax)


def _prediction(result: RunResult) -> ReportFigure:
    ax = plot_prediction(result)
    levels = {row.confidence for row in result.simulation}
    level = f" of {100 * levels.pop():g} % confidence" if len(levels) == 1 else ""
    caption = (
        f"Realised update variance less the predicted one, with its interval{level}. "
        "An open diamond marks an interval that misses the prediction."
    )
    return made_figure("prediction", "Predicted and realised", caption, ax)


def _bound(result: RunResult) -> ReportFigure:
    ax = plot_bound(result)
    caption = (
        "The proved bound on the error, round by round; a dot where it meets the target, a bar "
        "from the rounds that no step sizes undercut."
    )
    return made_figure("bound", "Bound on the error", caption, ax)
