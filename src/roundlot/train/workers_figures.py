"""The figures of training with workers, in the order of its page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from roundlot.plot.workers import plot_consensus, plot_workers
from roundlot.report.figures import ReportFigure, made_figure

if TYPE_CHECKING:
    from roundlot.train.workers_result import WorkersResult

_BAND = "Lines are means over seeds; bands are {level:g} % intervals."


def draw_worker_figures(result: WorkersResult) -> tuple[ReportFigure, ...]:
    """Every figure that the result has numbers for."""
    runs, level = result.bench.histories, result.bench.confidence
    band = _BAND.format(level=100 * level)
    figures = []
    for against in ("rounds", "bytes", "seconds"):
        ax = plot_workers(result, against=against)
        title, text = f"Objective against {against}", "Of the mean of the workers' parameters."
        figures.append(made_figure(against, title, f"{text} {band}", ax))
    ax = plot_workers(result, measure="worst_loss")
    text = "Test loss of the worker that does worst at the time, with its own parameters."
    figures.append(made_figure("worst", "The worst worker", f"{text} {band}", ax))
    if result.classifies:
        ax = plot_workers(result, measure="worst_accuracy")
        title = "Accuracy of the worst worker"
        figures.append(made_figure("worst-accuracy", title, band, ax))
    if any(run.consensus.max(initial=0.0) > 0.0 for row in runs.values() for run in row):
        text = "Mean squared distance of the workers' parameters from their mean."
        ax = plot_consensus(result)
        figures.append(made_figure("consensus", "Consensus distance", text, ax))
    return tuple(figures)
