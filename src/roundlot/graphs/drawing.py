"""The graph with how often every link is used, and ρ against the budget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from roundlot.plot.style import BLUE, DARK, GREY, ORANGE, new_axes, paper_style, plain
from roundlot.solvers.graphs import Graph, LinkDesign

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAMED = 40  # nodes up to which names are written
FEW = 12  # nodes up to which they are put on a circle, where no link runs behind a node


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


def draw_links(design: LinkDesign, *, ax: Axes | None = None) -> Axes:
    """Links as wide and as dark as they are used often; those never used are dotted."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.collections import LineCollection
    from matplotlib.colors import Normalize

    ax = ax or new_axes(height=3.0)
    graph, p = design.decomposition.graph, design.link_probabilities
    places = places_of(graph)
    wide = 3.2 if graph.n_nodes <= NAMED else 1.2
    with paper_style():
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
        bar = ax.figure.colorbar(
            ScalarMappable(norm=shades, cmap="viridis_r"), ax=ax, fraction=0.04, pad=0.02
        )
        bar.set_label("chance that a link is used in a round")
        ax.set_title(
            f"{plain(graph.name)}, budget {design.budget:g}\n"
            f"$\\lambda_2$ = {design.connectivity.lower:.4g}, "
            f"$\\alpha$ = {design.weight:.4g}, $\\rho$ = {design.contraction.upper:.4g}"
        )
    return ax


def _nodes(ax: Axes, graph: Graph, places: Any) -> None:
    few = graph.n_nodes <= NAMED
    x_all, y_all = places.T
    ax.scatter(x_all, y_all, s=110 if few else 9, color="white", edgecolors=DARK, zorder=3)
    if few:
        for name, (x, y) in zip(graph.nodes, places, strict=True):
            ax.text(x, y, plain(name, 6), ha="center", va="center", fontsize=6.5, zorder=4)


def draw_sweep(designs: tuple[LinkDesign, ...], *, ax: Axes | None = None) -> Axes:
    """ρ and the links used against the budget; the least ρ is marked."""
    ax = ax or new_axes(height=2.3)
    budgets = [design.budget for design in designs]
    contractions = [design.contraction.upper for design in designs]
    with paper_style():
        ax.plot(budgets, contractions, marker="o", color=BLUE, linestyle="-")
        k = int(np.argmin(contractions))
        ax.plot(budgets[k], contractions[k], marker="o", markersize=7, color=ORANGE, linestyle="")
        ax.annotate(
            f"least, {contractions[k]:.4g}",
            (budgets[k], contractions[k]),
            xytext=(0, -13),
            textcoords="offset points",
            ha="center",
            color=ORANGE,
        )
        ax.set_xlabel("budget: share of the matchings used in a round")
        ax.set_ylabel("contraction $\\rho$ of a round")
        ax.set_xlim(0.0, 1.03)
        ax.set_ymargin(0.15)
    return ax
