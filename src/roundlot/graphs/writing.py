"""Write a result's table, figures and record."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

from roundlot.files import write_text
from roundlot.graphs.result import GraphResult
from roundlot.solvers.graphs import LinkDesign


def write_result(folder: str | Path, result: GraphResult, *, overwrite: bool = False) -> list[Path]:
    """Write ``p.csv``, ``links.svg`` and ``.pdf``, ``sweep.*`` and ``graph.json``; gives the paths.

    Raises:
        FileExistsError: an earlier ``graph.json`` is there, and ``overwrite`` is false.
        OSError: the place cannot be written.
    """
    from roundlot.plot.canvas import figure_of
    from roundlot.plot.graphs import plot_links, plot_sweep
    from roundlot.plot.style import save_figure

    place = Path(folder)
    record = place / "graph.json"
    write_text(record, _json(result.to_record()), overwrite=overwrite)
    written = [record, place / "p.csv"]
    write_text(written[1], links_csv(result.design))
    axes = {"links": plot_links(result)}
    if result.sweep:
        axes["sweep"] = plot_sweep(result)
    for name, ax in axes.items():
        for suffix in (".svg", ".pdf"):
            path = place / (name + suffix)
            save_figure(figure_of(ax), path)
            written.append(path)
    return written


def links_csv(design: LinkDesign) -> str:
    """A row for every link: its ends, its matching, how often it is used."""
    graph, stream = design.decomposition.graph, io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["from", "to", "matching", "probability"])
    rows = zip(graph.edges, design.decomposition.matching, design.link_probabilities, strict=True)
    for (a, b), j, p in rows:
        writer.writerow([graph.nodes[a], graph.nodes[b], int(j), repr(float(p))])
    return stream.getvalue()


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, default=_listed) + "\n"


def _listed(value: Any) -> Any:
    return value.tolist()
