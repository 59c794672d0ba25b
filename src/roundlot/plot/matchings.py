"""Which links open together, and what is left of the workers' distance as rounds go by."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from roundlot.plot.canvas import canvas, legend_above, legend_height, looks, note_size, part_of
from roundlot.plot.style import DARK, plain
from roundlot.plot.workers import NAMED, places_of
from roundlot.theory import InvalidProblemError
from roundlot.theory.names import require_choice

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from roundlot.graphs import GraphResult
    from roundlot.solvers.graphs import LinkSchedule

_LEFT = 1e-3  # of the squared distance: where the drawing of a schedule ends
_MOST = 10_000  # rounds that are drawn of a schedule that mixes hardly at all
_POINTS = 200  # of a line


def plot_matchings(schedule: LinkSchedule | GraphResult, *, ax: Axes | None = None) -> Axes:
    """Links in the colour of the matching that they open with; a legend has its chance.

    Give a schedule, or the result of a study of a graph. Names are written up to 40 nodes.
    """
    chosen: LinkSchedule = part_of(schedule, "schedule")
    decomposition, p = chosen.decomposition, chosen.probabilities
    graph, places = decomposition.graph, places_of(decomposition.graph)
    names = [f"{j}: p = {share:.3g}" for j, share in enumerate(p)]
    style = looks(names)
    with canvas(ax, height=3.0 + legend_height(len(names))) as ax:
        for j, (name, links) in enumerate(zip(names, decomposition.matchings, strict=True)):
            ends = places[np.asarray(links)]
            gaps = np.full((len(ends), 1, 2), np.nan)  # the line is lifted between two links
            x, y = np.concatenate([ends, gaps], axis=1).reshape(-1, 2).T
            ax.plot(x, y, label=name, linewidth=1.8 if p[j] > 0.0 else 0.6, **style[name])
        few = graph.n_nodes <= NAMED
        x_all, y_all = places.T
        ax.scatter(x_all, y_all, s=110 if few else 9, color="white", edgecolors=DARK, zorder=3)
        for node, (x, y) in zip(graph.nodes if few else (), places, strict=False):
            ax.text(
                *(x, y, plain(node, 6)), ha="center", va="center", fontsize=note_size(ax), zorder=4
            )
        ax.set_aspect("equal")
        ax.margins(0.08)
        ax.set_axis_off()
        ax.set_title(f"{plain(graph.name)}, budget {chosen.budget:g}", y=-0.06)
        if len(names) <= NAMED:
            legend_above(ax, title="matching, and its chance of opening in a round")
    return ax


def plot_contraction(
    mixings: GraphResult | Sequence[Mapping[str, Any]],
    *,
    against: Literal["rounds", "matchings"] = "rounds",
    ax: Axes | None = None,
) -> Axes:
    """What a round leaves of the expected squared distance to the mean, round after round: ``ρ^t``.

    Args:
        mixings: the result of a study of a graph, or records with ``name``, ``rho`` and
            ``matchings`` (a round); the first sets how far the axis goes.
        against: rounds, or matchings used one after the other, which is what a round's time is
            made of.
        ax: axes to draw on.

    Raises:
        InvalidProblemError: no records, or something else to draw against.
    """
    rows: Sequence[Mapping[str, Any]] = part_of(mixings, "mixings")
    require_choice(against, "against", ("rounds", "matchings"))
    if not rows:
        raise InvalidProblemError("no mixing to draw; give one record at least")
    unit = [1.0 if against == "rounds" else float(row["matchings"]) for row in rows]
    end = unit[0] * _rounds(float(rows[0]["rho"]))
    style = looks(str(row["name"]) for row in rows)
    with canvas(ax, height=2.3 + legend_height(len(rows), titled=False)) as ax:
        for row, each in zip(rows, unit, strict=True):
            rho = float(row["rho"])
            last = min(end, each * _rounds(rho))
            x = np.linspace(0.0, last, _POINTS)
            ax.plot(x, rho ** (x / each), label=plain(str(row["name"]), 44), **style[row["name"]])
        ax.set_yscale("log")
        ax.set_ylim(0.7 * _LEFT, 1.3)
        ax.set_xlim(0.0, end)
        words = "rounds" if against == "rounds" else "matchings used one after the other"
        ax.set_xlabel(words)
        ax.set_ylabel("share of the squared distance left")
        legend_above(ax)
    return ax


def _rounds(rho: float) -> float:
    """Rounds until a thousandth is left; many, where the distance does not fall."""
    if rho <= 0.0:
        return 1.0
    return min(_MOST, math.log(_LEFT) / math.log(rho)) if rho < 1.0 else _MOST
