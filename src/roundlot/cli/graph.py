"""``roundlot graph``: decompose a graph, choose how often to use its links, draw it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from roundlot import graphs, jobs
from roundlot.cli.columns import table
from roundlot.cli.limit_options import number_or_file
from roundlot.cli.options import Json, Options, Overwrite, Seed, command, setting
from roundlot.cli.output import say, say_json
from roundlot.cli.source import say_shipped
from roundlot.files import destination
from roundlot.graphs.setup import GraphSection, LinkSection, TrainingSection
from roundlot.simulate import workers
from roundlot.theory import InvalidProblemError
from roundlot.theory.text import plural

if TYPE_CHECKING:
    from roundlot.graphs import GraphResult
    from roundlot.solvers.graphs import LinkSchedule

SetupName = Annotated[
    str | None,
    typer.Argument(
        help="paper8, ring, path, star, complete, torus, erdos-renyi, geometric; a CSV of links or "
        "of adjacency; or a setup (.toml).",
        show_default="paper8",
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        help="Folder for a page (index.html), figures, p.csv and graph.json.", show_default="none"
    ),
]
Schedule = Annotated[
    Path | None,
    typer.Option(
        "--schedule",
        help="A new JSON file: who mixes when and by how much, for `roundlot gossip`.",
        show_default="none",
    ),
]
Gossip = Annotated[
    str | None,
    typer.Option(
        help="Method of the schedule: d-psgd, matcha, adjacent-leader, exact-rounds or "
        "equi-dynamic.",
        show_default="matcha",
    ),
]
Then = Annotated[
    str | None,
    typer.Option(
        help="Further graphs of these nodes, with commas between; the schedule has all in turn.",
        show_default="none",
    ),
]
COLUMNS = {
    "method": "method",
    "connectivity": "λ₂",
    "weight": "α",
    "rho": "ρ",
    "matchings": "matchings a round",
    "links": "links a round",
    "gap": "gap of λ₂",
    "probabilities": "probabilities",
}
DEFAULT = "paper8"
#: Of links; some schedules have no use for them.
SETTINGS = (
    "budget",
    "cost_budget",
    "seconds",
    "cap",
    "traffic",
    "method",
    "mixing",
    "tries",
)
SHOWN = 8


@dataclass(frozen=True, kw_only=True)
class Graph(Options):
    """What ``roundlot graph`` takes."""

    setup: SetupName = None
    budget: Annotated[float | None, setting(LinkSection, "budget", show_default="0.5")] = None
    cost_budget: Annotated[
        float | None, setting(LinkSection, "cost_budget", show_default="none")
    ] = None
    seconds: Annotated[float | None, setting(LinkSection, "seconds", show_default="none")] = None
    cap: Annotated[float | None, setting(LinkSection, "cap", show_default="1")] = None
    traffic: Annotated[
        str | None,
        setting(LinkSection, "traffic", read=number_or_file, metavar="NUMBER", show_default="none"),
    ] = None
    method: Annotated[str | None, setting(LinkSection, "method", show_default="auto")] = None
    mixing: Annotated[str | None, setting(LinkSection, "mixing", show_default="search")] = None
    tries: Annotated[int | None, setting(LinkSection, "tries", show_default="1")] = None
    nodes: Annotated[int | None, setting(GraphSection, "nodes", show_default="8")] = None
    degree: Annotated[float | None, setting(GraphSection, "degree", show_default="4")] = None
    sweep: Annotated[bool, typer.Option("--sweep", help="Also try ten budgets, 0.1 to 1.")] = False
    step: Annotated[float | None, setting(TrainingSection, "step", show_default="no rate")] = None
    smoothness: Annotated[
        float | None, setting(TrainingSection, "smoothness", show_default="1")
    ] = None
    variance: Annotated[float | None, setting(TrainingSection, "variance", show_default="0")] = None
    dissimilarity: Annotated[
        float | None, setting(TrainingSection, "dissimilarity", show_default="0")
    ] = None
    value: Annotated[float | None, setting(TrainingSection, "value", show_default="1")] = None
    rounds: Annotated[int | None, setting(TrainingSection, "rounds", show_default="1000")] = None
    seed: Seed = None
    out: Out = None
    schedule: Schedule = None
    gossip: Gossip = None
    then: Then = None
    overwrite: Overwrite = False
    as_json: Json = False


@command
def graph(given: Graph) -> None:
    """Decompose a graph into matchings, and choose how often to use each within a budget.

    Example: roundlot graph paper8 --budget 0.5 --sweep --out graph
    """
    if given.out is not None:
        jobs.GRAPH.folder(given.out, overwrite=given.overwrite).require_free()
    gossip = _gossip(given)
    setup = graphs.load_graph(given.setup or DEFAULT).replaced(given.changes())
    if given.setup is None:
        say_shipped("graph", DEFAULT, "a table of links, or a name", as_json=given.as_json)
    decomposition = setup.build()
    limits = setup.limits(decomposition.graph)
    result = jobs.GRAPH.run(
        setup.name,
        decomposition,
        budget=setup.budget(limits),
        limits=limits,
        method=setup.links.method,
        mixing=setup.links.mixing,
        training=setup.training,
        sweep=graphs.SWEEP if given.sweep else (),
        tries=setup.links.tries,
        seed=setup.seed,
    )
    then = graphs.schedules_in_turn(setup, _listed(given.then))
    written = (
        () if given.out is None else jobs.GRAPH.write(given.out, result, overwrite=given.overwrite)
    )
    made = None
    if given.schedule is not None:
        made = graphs.mixing_schedule(result, gossip, seed=setup.seed, then=then)
        workers.write_schedule(given.schedule, made, overwrite=given.overwrite)
        written = (*written, given.schedule)
    if given.as_json:
        say_json({**result.to_record(), "written": [str(path) for path in written]})
        return
    say(_text(result))
    if then and made is not None:
        bare = "" if made.leaders is None else " of the mixing without leaders"
        say(
            f"{setup.name} and {' and '.join(_listed(given.then))} in turn, by {gossip}: "
            f"ρ = {made.contraction:.5f} a round{bare}, over a whole turn"
        )
    for path in written:
        say(f"wrote {path}", whole=True)


def _gossip(given: Graph) -> str:
    """The method of the schedule; a file that is there is refused before anything is solved."""
    if given.schedule is None:
        if given.then is not None:
            raise typer.BadParameter("--then is for graphs of a schedule; give --schedule, too")
        if given.gossip is not None:
            raise typer.BadParameter("--gossip is the method of a schedule; give --schedule, too")
        return "matcha"
    destination(given.schedule, overwrite=given.overwrite)
    chosen = [name for name in SETTINGS if getattr(given, name) is not None]
    return graphs.require_gossip(given.gossip or "matcha", given=chosen)


def _listed(then: str | None) -> list[str]:
    listed = [] if then is None else [name.strip() for name in then.split(",")]
    if not all(listed):
        raise InvalidProblemError(f"--then is {then!r}; give graphs such as ring,star")
    return listed


def _text(result: GraphResult) -> str:
    schedule, graph = result.schedule, result.schedule.decomposition.graph
    matchings = schedule.decomposition.n_matchings
    rows = [_row(one, proved=True) for one in (schedule, *result.others)]
    lines = [
        f"{result.name}: {graph.n_nodes} {plural(graph.n_nodes, 'node')}, {graph.n_edges} "
        f"{plural(graph.n_edges, 'link')}, degrees up to {graph.max_degree}, {matchings} "
        f"{plural(matchings, 'matching')}; budget "
        f"{schedule.budget:g}",
        table(rows, COLUMNS),
        *graphs.summary(result),
    ]
    if result.sweep:
        shown = {"budget": "budget", **{k: v for k, v in COLUMNS.items() if k != "gap"}}
        lines.append(table([_row(one, proved=False) for one in result.sweep], shown))
    return "\n".join(lines)


def _row(schedule: LinkSchedule, *, proved: bool) -> dict[str, object]:
    record = graphs.schedule_record(schedule, proved=proved)
    shown = " ".join(f"{p:.3f}" for p in record["probabilities"][:SHOWN])
    more = len(record["probabilities"]) - SHOWN
    return {
        "budget": f"{record['budget']:g}",
        "method": record["method"],
        "connectivity": f"{record['connectivity']:.5f}",
        "weight": schedule.weight_text(".5f"),
        "rho": f"{record['rho']:.5f}",
        "matchings": f"{record['matchings_per_round']:.2f}",
        "links": f"{record['links_per_round']:.2f}",
        "gap": f"{max(record['certificate']['gap'], 0.0):.2g}" if proved else None,
        "probabilities": shown + (f" and {more} more" if more > 0 else ""),
    }
