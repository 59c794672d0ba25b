"""The figures of every result, in the order of its page; each a function of the result.

A new figure of a job is one entry in the function of its result.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from roundlot import plot
from roundlot.files import write_text
from roundlot.plot.canvas import figure_of
from roundlot.plot.comparison import is_drawn, is_exact
from roundlot.plot.style import save_figure, svg_text
from roundlot.plot.training import MOST_BANDS, has_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

    from roundlot.graphs import GraphResult
    from roundlot.run.result import RunResult
    from roundlot.solvers.partition import Partition, PartitionRow
    from roundlot.straggle import StraggleResult
    from roundlot.train.result import TrainingResult, WorkersResult

_BAND = "Lines are means over seeds; bands are {level:g} % intervals."
_LINE = "Lines are means over seeds."
#: What stale updates are multiplied by: a method's figure has one of these names.
_BETA = ("beta", "β")


@dataclass(frozen=True, kw_only=True, eq=False)
class Figure:
    """A drawn figure, the stem of its files, and what is said under it."""

    key: str
    title: str
    caption: str
    drawing: Drawing
    svg: str

    @classmethod
    def of(cls, ax: Axes, key: str, title: str = "", caption: str = "") -> Self:
        """The figure that axes stand on, laid out once for all its files."""
        drawing = figure_of(ax)
        svg = svg_text(drawing)
        drawing.set_layout_engine("none")  # it stays as laid out: the PDF need not do it again
        return cls(key=key, title=title, caption=caption, drawing=drawing, svg=svg)

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Write it as SVG and PDF into ``folder``, under its key.

        Raises:
            OSError: the folder cannot be written.
        """
        paths = folder / f"{self.key}.svg", folder / f"{self.key}.pdf"
        write_text(paths[0], self.svg)
        save_figure(self.drawing, paths[1])
        return paths


def run_figures(result: RunResult) -> tuple[Figure, ...]:
    """Every figure that a run has numbers for."""
    return tuple(Figure.of(ax, *words) for ax, *words in _of_run(result))


def _of_run(result: RunResult) -> Iterator[tuple[Axes, str, str, str]]:
    level = result.solution.level
    rule = "" if level is None else "Below the cap it is proportional to the score. "
    yield (
        plot.plot_inclusion(result),
        "inclusion",
        "Inclusion probabilities",
        "Each processor's probability of being drawn in a round, against its score. "
        f"{rule}Points on top of each other are shown once.",
    )
    if level is not None and level > 0 and len(result.scores) > 1:
        yield (
            plot.plot_water(result),
            "water",
            "Who is capped, and why",
            "One level t for all: every processor gets t times its score, but no more than its "
            "cap. What the caps cut off (hatched) raises t for all others until the budget is "
            "used.",
        )
    yield (
        plot.plot_models(result),
        "models",
        "Probabilities per model",
        "The probabilities of each model, sorted. In brackets, the draws a round is expected "
        "to bring to the model.",
    )
    compared = [row for row in result.comparison if is_drawn(row)]
    if compared:
        hatched = any(not is_exact(row) for row in compared)
        yield (
            plot.plot_comparison(result),
            "comparison",
            "Variance of every method",
            "Update variance of every method at the same budget, relative to the optimum."
            + (" Hatched: a bound on the variance, not its value." if hatched else ""),
        )
    if result.simulation:
        levels = {row.confidence for row in result.simulation}
        confidence = f" of {100 * levels.pop():g} % confidence" if len(levels) == 1 else ""
        yield (
            plot.plot_prediction(result),
            "prediction",
            "Predicted and realised",
            f"Realised minus predicted update variance, in percent of the predicted, with its "
            f"interval{confidence}. "
            "An open diamond marks an interval that misses the prediction.",
        )
    if result.bound is not None and result.bound.methods:
        yield (
            plot.plot_bound(result),
            "bound",
            "Bound on the error",
            "The proved bound on the error, round by round; a dot where it meets the target, a "
            "bar from the fewest rounds that any step sizes fixed in advance need.",
        )


def training_figures(result: TrainingResult) -> tuple[Figure, ...]:
    """Every figure that a training has numbers for."""
    band = _BAND.format(level=100 * result.bench.confidence)
    if len(result.bench.seeds) < 2 or len(result.bench.methods) > MOST_BANDS:
        band = _LINE if len(result.bench.seeds) > 1 else ""
    return tuple(
        Figure.of(
            ax,
            key,
            title,
            caption if key in ("variance", "gains") else f"{caption} {band}".strip(),
        )
        for ax, key, title, caption in _of_training(result)
    )


def _of_training(result: TrainingResult) -> Iterator[tuple[Axes, str, str, str]]:
    runs = result.bench.histories
    measure = "accuracy" if result.classifies else "loss"
    for against in ("rounds", "uploads", "seconds"):
        ax = plot.plot_training(result, against=against, measure=measure)
        yield ax, against, f"{measure.capitalize()} against {against}", ""
    worst = f"worst_{measure}"
    ax = plot.plot_training(result, measure=worst)
    yield ax, "worst", "The worst model", "The model with the worst value at each moment."
    base, others = result.baseline, len(runs) - 1
    if base is not None and others and len(result.bench.seeds) > 1:
        caption = "Differences within a seed; an open diamond where the interval misses 0."
        yield plot.plot_differences(result, measure=worst), "gains", f"Against {base}", caption
    if any(np.isfinite(run.squared_error).any() for row in runs.values() for run in row):
        caption = (
            "The variance that theory predicts for each round, and the realised one; "
            "‖Δ − Σ d G‖², summed over models; means over seeds."
        )
        yield (
            plot.plot_step_variance(result),
            "variance",
            "Predicted and realised variance",
            caption,
        )
    for key, title, label, caption in (
        ("aggregate_weight_variance", "Variance of the aggregate weight", "Var H", "By theory."),
        ("beta", "The factor of stale updates", "β", "Mean over models."),
        ("bias", "Bias of the step", "‖E Δ − Σ d G‖", "Of methods that are biased."),
    ):
        name = next((n for n in (_BETA if key == "beta" else (key,)) if has_figure(runs, n)), None)
        if name is not None:
            heavy = key == "aggregate_weight_variance"
            ax = plot.plot_round_figure(result, name, label, logarithmic=heavy)
            yield ax, key.replace("_", "-"), title, caption


def workers_figures(result: WorkersResult) -> tuple[Figure, ...]:
    """Every figure that a training with workers has numbers for."""
    runs, band = result.bench.histories, _BAND.format(level=100 * result.bench.confidence)
    figures = []
    for against in ("rounds", "bytes", "seconds"):
        caption = f"Of the mean of the workers' parameters. {band}"
        ax = plot.plot_workers(result, against=against)
        figures.append(Figure.of(ax, against, f"Objective against {against}", caption))
    caption = (
        f"Test loss of the worker that does worst at the time, with its own parameters. {band}"
    )
    ax = plot.plot_workers(result, measure="worst_loss")
    figures.append(Figure.of(ax, "worst", "The worst worker", caption))
    if result.classifies:
        ax = plot.plot_workers(result, measure="worst_accuracy")
        figures.append(Figure.of(ax, "worst-accuracy", "Accuracy of the worst worker", band))
    if any(run.consensus.max(initial=0.0) > 0.0 for row in runs.values() for run in row):
        caption = "Mean squared distance of the workers' parameters from their mean."
        ax = plot.plot_consensus(result)
        figures.append(Figure.of(ax, "consensus", "Consensus distance", caption))
    return tuple(figures)


def graph_figures(result: GraphResult) -> tuple[Figure, ...]:
    """Links by use and by matching, what rounds leave, and the sweep over budgets, if any."""
    return tuple(Figure.of(*given) for given in _of_graph(result))


def _of_graph(result: GraphResult) -> Iterator[tuple[Axes, str, str, str]]:
    yield (
        plot.plot_matchings(result),
        "matchings",
        "Which links open together",
        "Links of one colour and dash open at the same time; thin ones never do.",
    )
    yield (
        plot.plot_links(result),
        "links",
        "How often every link opens",
        "The wider and darker, the more often; dotted ones never do.",
    )
    left = (
        "Expected squared distance of the workers to their mean, at most, as a share of that at "
        "the start"
    )
    yield (
        plot.plot_contraction(result),
        "rounds",
        "What is left, round by round",
        f"{left}.",
    )
    yield (
        plot.plot_contraction(result, against="matchings"),
        "time",
        "What is left, by time",
        f"{left}; a round takes as long as its matchings in a row.",
    )
    if result.sweep:
        yield (
            plot.plot_sweep(result),
            "sweep",
            "Contraction against the budget",
            "What a round leaves of the squared distance, at budgets from a tenth to all "
            "matchings; the least is marked.",
        )


def straggler_figures(result: StraggleResult) -> tuple[Figure, ...]:
    """Deadlines, finish times and rounds; the loss, if any rule reaches the target."""
    axes = {
        "deadlines": plot.plot_deadlines(result),
        "finish": plot.plot_finish(result),
        "rounds": plot.plot_rounds(result),
    }
    if result.descents:
        axes["loss"] = plot.plot_descents(result)
    return tuple(Figure.of(ax, key, *_STRAGGLERS[key]) for key, ax in axes.items())


#: Title and caption of every figure of stragglers.
_STRAGGLERS = {
    "deadlines": (
        "Time to the target against the deadline",
        "Relative to the full wait; the axis ends where nine full waits in ten have.",
    ),
    "finish": (
        "Who is done by when",
        "Chance that a worker, and all of them, have done their share; the axis ends where nine "
        "full waits in ten have.",
    ),
    "rounds": (
        "Rounds over time",
        "One drawn run of every rule; thin lines are the expected pace, tail integrated.",
    ),
    "loss": (
        "Loss against expected time",
        "Means over drawn descents with Horvitz-Thompson; a rule that takes more than four times "
        "as long as the fastest leaves the axis.",
    ),
}


def partition_figures(partition: Partition, rows: Sequence[PartitionRow]) -> tuple[Figure, ...]:
    """When workers are done, and what their shards are worth."""
    return (
        Figure.of(
            plot.plot_finish_times(partition, rows),
            "finish_times",
            "When every worker is done",
            "Seconds of one pass over its points. In brackets, whose sizes the shards have.",
        ),
        Figure.of(
            plot.plot_shard_values(partition, rows),
            "values",
            "What every worker's points are worth",
            "The bound holds for the least of the shards whose sizes are by speed, as the "
            "partition's are, and for no others.",
        ),
    )


def partition_page_figures(
    partition: Partition, rows: Sequence[PartitionRow]
) -> tuple[Figure, ...]:
    """Besides, how many points of every class every worker holds."""
    shares = Figure.of(
        plot.plot_class_shares(partition),
        "shares",
        "Points of every class",
        "Workers from the slowest to the fastest; in proportion to speed in every class.",
    )
    return (shares, *partition_figures(partition, rows))
