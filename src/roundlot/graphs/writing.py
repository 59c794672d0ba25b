"""Write a result's table, figures and record."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

from roundlot.folders.atomic import replaced_folder
from roundlot.graphs.result import GraphResult
from roundlot.solvers.graphs import LinkSchedule
from roundlot.theory.json_text import encode

RECORD = "graph.json"


def write_result(folder: str | Path, result: GraphResult, *, overwrite: bool = False) -> list[Path]:
    """Write ``p.csv``, ``links.svg`` and ``.pdf``, ``sweep.*`` and ``graph.json``; gives the paths.

    The folder appears whole or not at all.

    Raises:
        FileExistsError: something is in the way; see `replaced_folder`.
        OSError: the place cannot be written.
    """
    from roundlot.plot.canvas import figure_of
    from roundlot.plot.graphs import plot_links, plot_sweep
    from roundlot.plot.style import save_figure

    axes = {"links": plot_links(result)}
    if result.sweep:
        axes["sweep"] = plot_sweep(result)
    written = [RECORD, "p.csv"]
    with replaced_folder(folder, overwrite=overwrite, marker=RECORD) as place:
        (place / RECORD).write_text(_json(result.to_record()), "utf-8", newline="\n")
        (place / "p.csv").write_text(links_csv(result.design), "utf-8", newline="\n")
        for name, ax in axes.items():
            for suffix in (".svg", ".pdf"):
                save_figure(figure_of(ax), place / (name + suffix))
                written.append(name + suffix)
    return [Path(folder) / name for name in written]


def links_csv(design: LinkSchedule) -> str:
    """A row for every link: its ends, its matching, how often it is used."""
    graph, stream = design.decomposition.graph, io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["from", "to", "matching", "probability"])
    rows = zip(graph.edges, design.decomposition.matching, design.link_probabilities, strict=True)
    for (a, b), j, p in rows:
        writer.writerow([graph.nodes[a], graph.nodes[b], int(j), repr(float(p))])
    return stream.getvalue()


def _json(value: Any) -> str:
    return json.dumps(encode(value), indent=2, allow_nan=False) + "\n"
