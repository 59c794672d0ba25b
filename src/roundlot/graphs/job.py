"""The job of ``roundlot graph``: how often links are used, written with figures and a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from roundlot.folders.job import Job
from roundlot.graphs.result import GraphResult, examine
from roundlot.plot.figures import graph_figures
from roundlot.theory.json_text import dumps

RECORD = "graph.json"


def links_table(result: GraphResult) -> list[dict[str, Any]]:
    """A row for every link: its ends, its matching, how often it is used."""
    schedule, graph = result.schedule, result.schedule.decomposition.graph
    rows = zip(
        graph.edges, schedule.decomposition.matching, schedule.link_probabilities, strict=True
    )
    return [
        {"from": graph.nodes[a], "to": graph.nodes[b], "matching": int(j), "probability": float(p)}
        for (a, b), j, p in rows
    ]


def _tables(result: GraphResult) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    return {"p": links_table(result)}


def _record(result: GraphResult) -> str:
    return dumps(result.to_record(), indent=2) + "\n"


#: Decompose a graph into matchings and choose how often to use each.
GRAPH = Job(
    run=examine,
    record=_record,
    figures=graph_figures,
    tables=_tables,
    marker=RECORD,
    sorted_out=False,
)
