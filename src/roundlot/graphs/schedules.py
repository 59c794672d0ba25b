"""A graph's links as a schedule of mixing that processes can run: which method, whose draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

from roundlot.simulate.workers.mixing_schedule import GOSSIPS, MixingSchedule
from roundlot.solvers.graphs import optimise_links
from roundlot.theory import InvalidProblemError
from roundlot.theory.names import require_choice

if TYPE_CHECKING:
    from roundlot.graphs.job import GraphResult


def require_gossip(method: str, *, budget_is_given: bool) -> str:
    """A method that mixes over links, with settings that it uses.

    Raises:
        InvalidProblemError: an unknown one, or a budget for D-PSGD.
    """
    require_choice(method, "gossip", GOSSIPS)
    if method == "d-psgd" and budget_is_given:
        raise InvalidProblemError(
            "d-psgd uses every link in every round; leave the budget out, or choose matcha"
        )
    return method


def mixing_schedule(result: GraphResult, method: str, *, seed: int) -> MixingSchedule:
    """The schedule of a graph that was examined, for a method.

    D-PSGD uses all links with their best equal weight; MATCHA and adjacent leaders use them as
    often as the result says.

    Args:
        result: of ``examine``.
        method: "d-psgd", "matcha" or "adjacent-leader", the last with the published constants.
        seed: of the draws.

    Raises:
        InvalidProblemError: an unknown method.
    """
    require_choice(method, "gossip", GOSSIPS)
    chosen = result.schedule
    if method == "d-psgd":
        chosen = optimise_links(chosen.decomposition, 1.0)
    return MixingSchedule.of(chosen, method=method, seed=seed, name=result.name)
