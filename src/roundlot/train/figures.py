"""The figures of a training, in the order of its page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from roundlot.plot.bands import MOST_BANDS
from roundlot.plot.intervals import plot_differences
from roundlot.plot.training import has_figure, plot_round_figure, plot_step_variance, plot_training
from roundlot.report.figures import ReportFigure, made_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from roundlot.train.result import TrainingResult

_BAND = "Lines are means over seeds; bands are {level:g} % intervals."
_LINE = "Lines are means over seeds."
_BETA = ("beta", "β")


def draw_figures(result: TrainingResult) -> tuple[ReportFigure, ...]:
    """Every figure that the result has numbers for."""
    band = _BAND.format(level=100 * result.bench.confidence)
    if len(result.bench.seeds) < 2 or len(result.bench.methods) > MOST_BANDS:
        band = _LINE if len(result.bench.seeds) > 1 else ""
    return tuple(
        made_figure(
            key, title, caption if key in ("variance", "gains") else f"{caption} {band}".strip(), ax
        )
        for key, title, caption, ax in _drawn(result)
    )


def _drawn(result: TrainingResult) -> Iterator[tuple[str, str, str, Axes]]:
    runs = result.bench.histories
    measure = "accuracy" if result.classifies else "loss"
    for against in ("rounds", "uploads", "seconds"):
        ax = plot_training(result, against=against, measure=measure)
        yield against, f"{measure.capitalize()} against {against}", "", ax
    worst = f"worst_{measure}"
    ax = plot_training(result, measure=worst)
    yield "worst", "The worst model", "The model that does worst at the time.", ax
    base, others = result.baseline, len(runs) - 1
    if base is not None and others and len(result.bench.seeds) > 1:
        caption = "Differences within a seed; an open diamond where the interval misses 0."
        yield "gains", f"Against {base}", caption, plot_differences(result, measure=worst)
    if any(np.isfinite(run.squared_error).any() for row in runs.values() for run in row):
        caption = (
            "What theory predicts for each round's probabilities, and what its draw realised; "
            "‖Δ − Σ d G‖², summed over models; means over seeds."
        )
        yield "variance", "Predicted and realised variance", caption, plot_step_variance(result)
    for key, title, label, caption in (
        ("aggregate_weight_variance", "Variance of the aggregate weight", "Var H", "By theory."),
        ("beta", "The factor of stale updates", "β", "Mean over models."),
        ("bias", "Bias of the step", "‖E Δ − Σ d G‖", "Of methods that are biased."),
    ):
        name = next((n for n in (_BETA if key == "beta" else (key,)) if has_figure(runs, n)), None)
        if name is not None:
            heavy = key == "aggregate_weight_variance"
            ax = plot_round_figure(result, name, label, logarithmic=heavy)
            yield key.replace("_", "-"), title, caption, ax
