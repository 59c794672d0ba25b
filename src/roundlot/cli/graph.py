"""``roundlot graph``: decompose a graph, choose how often to use its links, draw it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from roundlot.cli.options import Json, Seed, changes
from roundlot.cli.output import say, say_json, table

if TYPE_CHECKING:
    from roundlot.graphs import GraphResult

SetupName = Annotated[
    str,
    typer.Argument(
        help="paper8, ring, path, star, complete, torus, erdos-renyi, geometric; a CSV of links or "
        "of adjacency; or a setup (.toml).",
    ),
]
Share = Annotated[
    float | None,
    typer.Option("--budget", help="Share of the matchings in a round.", show_default="0.5"),
]
Method = Annotated[
    str | None,
    typer.Option(
        help="auto, exact, cutting planes, direct, uniform, clarabel or scs.",
        show_default="auto",
    ),
]
Mixing = Annotated[
    str | None,
    typer.Option(help="search, closed form or nonnegative.", show_default="search"),
]
Nodes = Annotated[int | None, typer.Option(help="Nodes of a shape.", show_default="8")]
Degree = Annotated[
    float | None, typer.Option(help="Mean degree of a random shape.", show_default="4")
]
Sweep = Annotated[bool, typer.Option("--sweep", help="Also try ten budgets, 0.1 to 1.")]
Step = Annotated[
    float | None,
    typer.Option(help="Step size: asks for the proved rate.", show_default="no rate"),
]
Smoothness = Annotated[float | None, typer.Option(help="L of the workers.", show_default="1")]
Variance = Annotated[
    float | None, typer.Option(help="σ² of a worker's gradient.", show_default="0")
]
Dissimilarity = Annotated[
    float | None, typer.Option(help="ζ², mean ‖∇F_i − ∇F‖² at most.", show_default="0")
]
Value = Annotated[float | None, typer.Option(help="F(x̄_0) − F_inf.", show_default="1")]
Rounds = Annotated[int | None, typer.Option(help="Rounds of the rate.", show_default="1000")]
Out = Annotated[
    Path | None,
    typer.Option(help="Folder for figures, p.csv and graph.json.", show_default="none"),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace an earlier result.")]
COLUMNS = {
    "method": "method",
    "connectivity": "λ₂",
    "weight": "α",
    "contraction": "ρ",
    "matchings": "matchings a round",
    "links": "links a round",
    "gap": "gap of λ₂",
    "probabilities": "probabilities",
}
SHOWN = 8


def graph(
    setup: SetupName = "paper8",
    budget: Share = None,
    method: Method = None,
    mixing: Mixing = None,
    nodes: Nodes = None,
    degree: Degree = None,
    sweep: Sweep = False,
    step: Step = None,
    smoothness: Smoothness = None,
    variance: Variance = None,
    dissimilarity: Dissimilarity = None,
    value: Value = None,
    rounds: Rounds = None,
    seed: Seed = None,
    out: Out = None,
    overwrite: Overwrite = False,
    as_json: Json = False,
) -> None:
    """Decompose a graph into matchings, and choose how often to use each within a budget.

    Example: roundlot graph paper8 --budget 0.5 --sweep --out graph
    """
    from roundlot.folders.checks import check_free
    from roundlot.graphs import examine, load_graph, write_result
    from roundlot.graphs.result import SWEEP
    from roundlot.graphs.writing import RECORD

    if out is not None:
        check_free(out, overwrite=overwrite, marker=RECORD)

    chosen = load_graph(setup).replaced(
        changes(
            links__budget=budget,
            links__method=method,
            links__mixing=mixing,
            graph__nodes=nodes,
            graph__degree=degree,
            training__step=step,
            training__smoothness=smoothness,
            training__variance=variance,
            training__dissimilarity=dissimilarity,
            training__value=value,
            training__rounds=rounds,
            seed=seed,
        )
    )
    result = examine(
        chosen.name,
        chosen.build(),
        budget=chosen.links.budget,
        method=chosen.links.method,
        mixing=chosen.links.mixing,
        training=chosen.training,
        sweep=SWEEP if sweep else (),
        seed=chosen.seed,
    )
    written = [] if out is None else write_result(out, result, overwrite=overwrite)
    if as_json:
        say_json({**result.to_record(), "written": [str(path) for path in written]})
        return
    say(_text(result))
    for path in written:
        say(f"wrote {path}")


def _text(result: GraphResult) -> str:
    from roundlot.graphs.result import summary

    design, graph = result.design, result.design.decomposition.graph
    rows = [_row(one, proved=True) for one in (design, *result.others)]
    lines = [
        f"{result.name}: {graph.n_nodes} nodes, {graph.n_edges} links, degrees up to "
        f"{graph.max_degree}, {design.decomposition.n_matchings} matchings; budget "
        f"{design.budget:g}",
        table(rows, COLUMNS),
        *summary(result),
    ]
    if result.sweep:
        shown = {"budget": "budget", **{k: v for k, v in COLUMNS.items() if k != "gap"}}
        lines.append(table([_row(one, proved=False) for one in result.sweep], shown))
    return "\n".join(lines)


def _row(design: object, *, proved: bool) -> dict[str, object]:
    from roundlot.graphs.result import design_record

    record = design_record(design, proved=proved)  # type: ignore[arg-type]
    shown = " ".join(f"{p:.3f}" for p in record["probabilities"][:SHOWN])
    more = len(record["probabilities"]) - SHOWN
    return {
        "budget": f"{record['budget']:g}",
        "method": record["method"],
        "connectivity": f"{record['connectivity']:.5f}",
        "weight": f"{record['weight']:.5f}",
        "contraction": f"{record['contraction']:.5f}",
        "matchings": f"{record['matchings_per_round']:.2f}",
        "links": f"{record['links_per_round']:.2f}",
        "gap": f"{record['certificate']['gap']:.2g}" if proved else None,
        "probabilities": shown + (f" and {more} more" if more > 0 else ""),
    }
