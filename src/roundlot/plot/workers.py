"""Workers in pictures: how often every link is used, ρ against the budget, and training.

Training is drawn as curves over rounds, bytes and seconds, with a band.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from roundlot.plot.canvas import (
    along,
    bar_beside,
    canvas,
    legend_above,
    legend_height,
    log_axis,
    looks,
    note_on_level,
    note_size,
    nothing,
    part_of,
)
from roundlot.plot.style import BLUE, DARK, GREY, ORANGE, plain
from roundlot.plot.training import band, legend_title, runs_of, stacked
from roundlot.theory import InvalidProblemError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from roundlot.graphs import GraphResult
    from roundlot.simulate.workers import WorkerBench, WorkerHistory
    from roundlot.solvers.graphs import Graph, LinkSchedule
    from roundlot.train.result import WorkersResult


Runs: TypeAlias = (
    "Mapping[str, Sequence[WorkerHistory]] | WorkerBench | WorkersResult | WorkerHistory"
    " | Sequence[WorkerHistory]"
)

_AXES = {
    "rounds": ("evaluated", "rounds", 1.0),
    "bytes": ("bytes_so_far", "megabytes sent", 1e-6),
    "seconds": ("seconds_so_far", "simulated seconds", 1.0),
}
_MEASURES = {
    "objective": "objective",
    "loss": "test loss of the mean",
    "accuracy": "accuracy of the mean",
    "worst_loss": "test loss of the worst worker",
    "worst_accuracy": "accuracy of the worst worker",
}

NAMED = 40  # nodes up to which names are written
FEW = 12  # nodes up to which they are put on a circle, where no link runs behind a node


def plot_workers(
    runs: Runs,
    *,
    against: str = "rounds",
    measure: str = "objective",
    confidence: float | None = None,
    target: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """A measure of every method against rounds, bytes or seconds, mean over seeds and its band.

    Give the result of a training with workers, a bench, histories by method, or one history.
    Losses are drawn on a logarithmic axis. At bytes or seconds, seeds are joined at equal rounds.
    ``target`` of the objective is the result's own unless given; ``confidence`` is the bench's, or
    0.95.

    Raises:
        InvalidProblemError: an unknown axis or measure; no histories; seeds of different lengths.
    """
    if against not in _AXES or measure not in _MEASURES:
        raise InvalidProblemError(
            f"against is {against!r} and measure is {measure!r}; choose one of "
            f"{', '.join(_AXES)} and one of {', '.join(_MEASURES)}"
        )
    rows, level = runs_of(runs, confidence)
    target = getattr(runs, "target", None) if target is None else target
    name_x, label, scale = _AXES[against]
    with canvas(ax, height=2.15 + legend_height(len(rows))) as ax:
        loss, style = "accuracy" not in measure, looks(rows)
        for name, row in rows.items():
            x = scale * stacked(row, name_x).mean(axis=0)
            values = stacked(row, measure)
            within = (float(np.nanmin(values, initial=np.inf)), np.inf) if loss else (0.0, 1.0)
            band(ax, x, values, name, level, within, style[name], len(rows))
        if not any(np.isfinite(np.asarray(line.get_ydata())).any() for line in ax.lines):
            nothing(ax, f"nobody has a finite {measure.replace('_', ' ')}")
        elif loss and all((np.asarray(line.get_ydata()) > 0.0).all() for line in ax.lines):
            log_axis(ax)
        if target is not None and measure == "objective":
            _target(ax, target)
        ax.set_xlabel(label)
        ax.set_ylabel(_MEASURES[measure])
        legend_above(ax, title=legend_title(rows, level, bands=True))
    return ax


def _target(ax: Axes, target: float) -> None:
    ax.axhline(target, color=GREY, linewidth=0.8, linestyle=(0, (1, 2)))
    note_on_level(ax, target, f"target {target:.3g}", at="left")


def plot_consensus(runs: Runs, *, ax: Axes | None = None) -> Axes:
    """Consensus distance after every round, mean over seeds, logarithmic; 0 is left out.

    Give what `plot_workers` takes. Methods whose workers always agree are not drawn.

    Raises:
        InvalidProblemError: no histories; seeds of different lengths.
    """
    rows, level = runs_of(runs, None)
    means = {name: stacked(row, "consensus").mean(axis=0) for name, row in rows.items()}
    shown = {name: mean for name, mean in means.items() if (mean > 0.0).any()}
    with canvas(ax, height=2.15 + legend_height(len(shown))) as ax:
        style = looks(rows)
        for name, mean in shown.items():
            keep = along(mean.size)
            positive = np.where(mean > 0.0, mean, np.nan)[keep]
            ax.plot(keep + 1, positive, label=plain(name, 24), **style[name])
        if shown:
            log_axis(ax)
        else:
            nothing(ax, "all workers agree after every round")
        ax.set_xlabel("round")
        ax.set_ylabel("squared distance from the mean")
        legend_above(ax, title=legend_title(rows, level, bands=False))
    return ax


def places_of(graph: Graph) -> Any:
    """``(n, 2)``: the graph's own positions, a circle, or springs; the same each time."""
    if graph.positions is not None:
        return graph.positions
    import networkx

    drawn = graph.to_networkx()
    start = networkx.circular_layout(drawn)
    found = start
    if graph.n_nodes > FEW:
        found = networkx.spring_layout(drawn, pos=start, seed=0, iterations=200)
    return np.array([found[node] for node in graph.nodes])


def plot_links(schedule: LinkSchedule | GraphResult, *, ax: Axes | None = None) -> Axes:
    """Links as wide and as dark as they are used often; those never used are dotted.

    Give a schedule, or the result of a study of a graph. Names are written up to 40 nodes.
    """
    chosen: LinkSchedule = part_of(schedule, "schedule")
    from matplotlib.cm import ScalarMappable
    from matplotlib.collections import LineCollection
    from matplotlib.colors import Normalize

    graph, p = chosen.decomposition.graph, chosen.link_probabilities
    places = places_of(graph)
    wide = 3.2 if graph.n_nodes <= NAMED else 1.2
    with canvas(ax, height=3.0) as ax:
        segments, shades = places[graph.edges], Normalize(0.0, 1.0)
        never = p <= 0.0
        order = np.flatnonzero(~never)[np.argsort(p[~never], kind="stable")]
        ax.add_collection(
            LineCollection(
                list(segments[never]), colors=GREY, linewidths=0.7, linestyles=(0, (1, 2))
            )
        )
        used = LineCollection(
            list(segments[order]), cmap="viridis_r", norm=shades, linewidths=0.4 + wide * p[order]
        )
        used.set_array(p[order])
        ax.add_collection(used)
        _nodes(ax, graph, places)
        ax.set_aspect("equal")
        ax.margins(0.08)
        ax.set_axis_off()
        bar_beside(ax, ScalarMappable(norm=shades, cmap="viridis_r"), "chance of a link in a round")
        ax.set_title(
            f"{plain(graph.name)}, budget {chosen.budget:g}\n"
            f"$\\lambda_2$ = {chosen.connectivity.lower:.4g}, "
            f"$\\alpha$ = {chosen.weight_text('.4g')}, $\\rho$ = {chosen.contraction.upper:.4g}"
        )
    return ax


def _nodes(ax: Axes, graph: Graph, places: Any) -> None:
    few = graph.n_nodes <= NAMED
    x_all, y_all = places.T
    ax.scatter(x_all, y_all, s=110 if few else 9, color="white", edgecolors=DARK, zorder=3)
    if few:
        for name, (x, y) in zip(graph.nodes, places, strict=True):
            ax.text(
                x, y, plain(name, 6), ha="center", va="center", fontsize=note_size(ax), zorder=4
            )


def plot_sweep(schedules: Sequence[LinkSchedule] | GraphResult, *, ax: Axes | None = None) -> Axes:
    """``ρ`` of a round against the budget of links; the least is marked.

    Give schedules of the same graph, or the result of a study that swept the budget.

    Raises:
        InvalidProblemError: no schedules.
    """
    swept: Sequence[LinkSchedule] = part_of(schedules, "sweep")
    if not swept:
        raise InvalidProblemError("no schedules to draw; give one for every budget (--sweep)")
    found = sorted((schedule.budget, schedule.contraction.upper) for schedule in swept)
    budgets, contractions = zip(*found, strict=True)
    with canvas(ax, height=2.3) as ax:
        ax.plot(budgets, contractions, marker="o", color=BLUE, linestyle="-")
        k = int(np.argmin(contractions))
        ax.plot(budgets[k], contractions[k], marker="D", markersize=6, color=ORANGE, linestyle="")
        ax.annotate(
            f"least, {contractions[k]:.4g}",
            (budgets[k], contractions[k]),
            xytext=(0, -13),
            textcoords="offset points",
            ha="right" if budgets[k] > 0.8 else "left" if budgets[k] < 0.2 else "center",
            fontsize=note_size(ax),
            color=ORANGE,
        )
        ax.set_xlabel("budget: share of the matchings used in a round")
        ax.set_ylabel("contraction $\\rho$ of a round")
        ax.set_xlim(0.0, 1.03)
        ax.set_ymargin(0.2)
        ax.autoscale_view(scalex=False)
    return ax
