"""The page of ``roundlot graph``: which links open together, how well it mixes, what binds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from roundlot.report.numbers import number
from roundlot.report.template import render
from roundlot.theory.text import plural

if TYPE_CHECKING:
    from roundlot.graphs import GraphResult
    from roundlot.plot.figures import Figure
    from roundlot.solvers.graphs import LinkSchedule

_LISTED = 24  # links of a matching that the page names; p.csv has all
_LEFT = 1e-3  # of the squared distance, until which rounds are counted


def render_graph(result: GraphResult, figures: Sequence[Figure], said: Sequence[str]) -> str:
    """The page of a study of a graph; ``said`` are its remarks, one sentence each."""
    schedule = result.schedule
    return render(
        "graph.html.jinja",
        result,
        figures,
        setup={
            "graph": result.name,
            "budget": schedule.budget,
            "method": schedule.method,
            "mixing": schedule.mixing,
        },
        headline=graph_headline(result),
        graph=schedule.decomposition.graph,
        matchings=matching_rows(schedule),
        mixings=[dict(row) | {"rounds": rounds_left(row["rho"])} for row in result.mixings],
        binding=what_binds(schedule),
        said=said,
    )


def graph_headline(result: GraphResult) -> str:
    """How well the schedule mixes beside all links with the best weights known, in one sentence."""
    schedule, whole = result.schedule, result.all_links.to_record()
    rho, links = schedule.contraction.upper, schedule.decomposition.graph.n_edges
    by, least = (
        ("their best weights", whole["best weights"])
        if "best weights" in whole
        else ("one equal weight", whole["one weight"])
    )
    return (
        f"A round with {number(schedule.links_per_round, 3)} of {links} {plural(links, 'link')} "
        f"leaves {number(rho)} of the workers' squared distance; all links with {by} leave "
        f"{number(least)}"
    )


def matching_rows(schedule: LinkSchedule) -> list[dict[str, Any]]:
    """A record for every matching: links, chance, weight, and how often it opens in words."""
    graph = schedule.decomposition.graph
    rows = zip(
        schedule.decomposition.matchings,
        schedule.probabilities,
        schedule.matching_weights,
        strict=True,
    )
    return [
        {
            "matching": j,
            "links": ", ".join(f"{graph.nodes[a]}–{graph.nodes[b]}" for a, b in links[:_LISTED])
            + ("" if len(links) <= _LISTED else f", … ({len(links)} in all, see p.csv)"),
            "probability": float(p),
            "weight": float(weight) if p > 0.0 else None,
            "state": "never" if p <= 0.0 else "always" if p >= 1.0 else "at times",
        }
        for j, (links, p, weight) in enumerate(rows)
    ]


def what_binds(schedule: LinkSchedule) -> list[str]:
    """Which limits hold the schedule back, one sentence each."""
    p, allowed = schedule.probabilities, schedule.budget * len(schedule.probabilities)
    spent = round(schedule.matchings_per_round, 6)
    said = f"{number(spent)} of {number(allowed)} matchings a round"
    found = [
        f"The budget is used up, {said}: more links a round would connect the graph better."
        if schedule.budget_left <= 1e-6 * allowed and schedule.budget < 1.0
        else f"The budget does not bind: {said}."
    ]
    for state, flags in (("open in every round", p >= 1.0), ("never open", p <= 0.0)):
        if np.any(flags):
            names = ", ".join(str(j) for j in np.flatnonzero(flags))
            count = int(flags.sum())
            verb = "is" if count == 1 else "are"
            found.append(f"{plural(count, 'Matching')} {names} {verb} {state}.")
    if schedule.limits is not None:
        found.append("Costs, seconds or nodes limit the links, too.")
    return found


def rounds_left(rho: float) -> float:
    """Rounds until a thousandth of the squared distance is left; infinite at ``ρ >= 1``."""
    if rho >= 1.0:
        return math.inf
    return float(math.ceil(math.log(_LEFT) / math.log(rho))) if rho > 0.0 else 1.0
