"""A graph's links as a schedule of mixing that processes can run: which method, whose draws."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from roundlot.graphs.setup import load_graph
from roundlot.simulate.workers.finite_time import equi_schedule, exact_schedule
from roundlot.simulate.workers.mixing_schedule import GOSSIPS, MixingSchedule
from roundlot.solvers.graphs import RANDOM, optimise_links, search_decompositions
from roundlot.theory import InvalidProblemError
from roundlot.theory.names import require_choice

if TYPE_CHECKING:
    from roundlot.graphs.job import GraphResult
    from roundlot.graphs.setup import GraphSetup
    from roundlot.solvers.graphs import LinkSchedule


#: Graphs in turn that are exact after a period, and random partners, beside the methods that mix
#: over the graph's links.
EXACT, EQUI = "exact-rounds", "equi-dynamic"
SCHEDULED = (*GOSSIPS, EXACT, EQUI)
#: Schedules that do not use the links as often as was chosen, and why.
FIXED = {
    EXACT: "says which links a round uses and with which weight",
    EQUI: "draws a partner for each worker in every round",
    "d-psgd": "uses every link in every round, with their best equal weight",
}


def require_gossip(method: str, *, given: Collection[str]) -> str:
    """A method that mixes over links, with settings that it uses.

    Args:
        method: "d-psgd", "matcha", "adjacent-leader", "exact-rounds" or "equi-dynamic".
        given: names of the settings of links that were set, such as "budget" and "mixing".

    Raises:
        InvalidProblemError: an unknown one, or settings that D-PSGD and exact rounds ignore.
    """
    require_choice(method, "gossip", SCHEDULED)
    if method in FIXED and given:
        options = ", ".join("--" + name.replace("_", "-") for name in given)
        raise InvalidProblemError(
            f"{method} {FIXED[method]}; leave {options} out, or choose matcha"
        )
    return method


def schedules_in_turn(setup: GraphSetup, sources: Sequence[str]) -> list[LinkSchedule]:
    """Links of further graphs that are used in turn with that of a setup, chosen as its own are.

    Args:
        setup: of the first graph.
        sources: shapes, which take the nodes of the first graph, or files of links between them.

    Raises:
        InvalidProblemError: no such graph, or one of other nodes; names it.
    """
    nodes = setup.build().graph.nodes
    return [_like(setup, source, nodes) for source in sources]


def _like(setup: GraphSetup, source: str, nodes: tuple[str, ...]) -> LinkSchedule:
    one, links = load_graph(source), setup.links
    changes: dict[str, Any] = {"seed": setup.seed}
    changes |= {f"links.{item.name}": getattr(links, item.name) for item in fields(links)}
    if isinstance(links.traffic, str):  # a table beside the first graph
        changes["links.traffic"] = str((setup.folder / links.traffic).resolve())
    if one.graph.shape not in (None, "paper8"):
        changes["graph.nodes"] = len(nodes)
    if one.graph.shape in RANDOM:
        changes["graph.degree"] = setup.graph.degree
    replaced = one.replaced(changes)
    made = replaced.build()
    if one.graph.shape is not None and made.graph.n_nodes == len(nodes):
        made = replace(made, graph=replace(made.graph, nodes=nodes))
    if set(made.graph.nodes) != set(nodes):
        raise InvalidProblemError(
            f"{source} has {made.graph.n_nodes} nodes, such as {made.graph.nodes[0]}, and "
            f"{setup.name} has {len(nodes)}, such as {nodes[0]}; graphs in turn have the same ones"
        )
    own = replaced.limits(made.graph)
    return search_decompositions(
        made,
        replaced.budget(own),
        tries=links.tries,
        method=links.method,
        mixing=links.mixing,
        limits=own,
        seed=setup.seed,
    ).schedule


def mixing_schedule(
    result: GraphResult, method: str, *, seed: int, then: Sequence[LinkSchedule] = ()
) -> MixingSchedule:
    """The schedule of a graph that was examined, for a method.

    D-PSGD uses all links with their best equal weight; MATCHA and adjacent leaders use them as
    often as the result says.

    Args:
        result: of ``examine``.
        method: "d-psgd", "matcha" or "adjacent-leader", the last with the published constants, or
            "exact-rounds" or "equi-dynamic", with one partner a round, for a complete graph.
        seed: of the draws.
        then: further links that are used in turn, see `schedules_in_turn`.

    Raises:
        InvalidProblemError: an unknown method; exact rounds or random partners of a graph that is
            not complete, or with others in turn.
    """
    require_choice(method, "gossip", SCHEDULED)
    chosen = [result.schedule, *then]
    if method in FIXED and any(one.limits is not None and one.limits.binds for one in chosen):
        raise InvalidProblemError(
            f"{method} {FIXED[method]}; leave limits of links out, or choose matcha"
        )
    if method in (EXACT, EQUI):
        if then:
            raise InvalidProblemError(f"{method} has graphs in turn of its own; leave --then out")
        _require_complete(result, method)
        nodes = result.schedule.decomposition.graph.nodes
        if method == EXACT:
            return exact_schedule(nodes, name=result.name)
        return equi_schedule(nodes, seed=seed, name=result.name)
    if method == "d-psgd":
        chosen = [optimise_links(one.decomposition, 1.0) for one in chosen]
    return MixingSchedule.of(*chosen, method=method, seed=seed, name=result.name)


def _require_complete(result: GraphResult, method: str) -> None:
    graph = result.schedule.decomposition.graph
    if 2 * graph.n_edges != graph.n_nodes * (graph.n_nodes - 1):
        raise InvalidProblemError(
            f"{method} may link any two workers, and {result.name} has {graph.n_edges} of "
            f"{graph.n_nodes * (graph.n_nodes - 1) // 2} links; give a complete graph"
        )
