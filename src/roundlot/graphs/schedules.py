"""A graph's links as a schedule of mixing that processes can run: which method, whose draws."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from roundlot.simulate.workers.finite_time import equi_schedule, exact_schedule
from roundlot.simulate.workers.mixing_schedule import GOSSIPS, MixingSchedule
from roundlot.solvers.graphs import optimise_links
from roundlot.theory import InvalidProblemError
from roundlot.theory.names import require_choice

if TYPE_CHECKING:
    from roundlot.graphs.job import GraphResult


#: Graphs in turn that are exact after a period, and random partners, beside the methods that mix
#: over the graph's links.
EXACT, EQUI = "exact-rounds", "equi-dynamic"
SCHEDULED = (*GOSSIPS, EXACT, EQUI)
#: Schedules that do not use the links as often as was chosen, and why.
FIXED = {
    EXACT: "says which links a round uses and with which weight",
    EQUI: "draws a partner for everybody in every round",
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


def mixing_schedule(result: GraphResult, method: str, *, seed: int) -> MixingSchedule:
    """The schedule of a graph that was examined, for a method.

    D-PSGD uses all links with their best equal weight; MATCHA and adjacent leaders use them as
    often as the result says.

    Args:
        result: of ``examine``.
        method: "d-psgd", "matcha" or "adjacent-leader", the last with the published constants, or
            "exact-rounds" or "equi-dynamic", with one partner a round, for a complete graph.
        seed: of the draws.

    Raises:
        InvalidProblemError: an unknown method; exact rounds or random partners of a graph that is
            not complete.
    """
    require_choice(method, "gossip", SCHEDULED)
    chosen = result.schedule
    if method in FIXED and chosen.limits is not None and chosen.limits.binds:
        raise InvalidProblemError(
            f"{method} {FIXED[method]}; leave limits of links out, or choose matcha"
        )
    if method in (EXACT, EQUI):
        _require_complete(result, method)
        nodes = chosen.decomposition.graph.nodes
        if method == EXACT:
            return exact_schedule(nodes, name=result.name)
        return equi_schedule(nodes, seed=seed, name=result.name)
    if method == "d-psgd":
        chosen = optimise_links(chosen.decomposition, 1.0)
    return MixingSchedule.of(chosen, method=method, seed=seed, name=result.name)


def _require_complete(result: GraphResult, method: str) -> None:
    graph = result.schedule.decomposition.graph
    if 2 * graph.n_edges != graph.n_nodes * (graph.n_nodes - 1):
        raise InvalidProblemError(
            f"{method} may link any two workers, and {result.name} has {graph.n_edges} of "
            f"{graph.n_nodes * (graph.n_nodes - 1) // 2} links; give a complete graph"
        )
