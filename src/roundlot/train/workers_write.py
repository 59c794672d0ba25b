"""Write what training with workers gave: tables, figures, a page, the record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roundlot.files import replaced_file, write_text
from roundlot.report.inline import inline_figure
from roundlot.report.page import environment, flatten
from roundlot.run.codec import dumps
from roundlot.train.folder import PAGE, RESULT

if TYPE_CHECKING:
    from roundlot.report.figures import ReportFigure
    from roundlot.train.workers_result import WorkersResult


def write_workers(folder: Path, result: WorkersResult) -> Path:
    """Write ``tables/``, ``figures/``, ``index.html`` and ``result.json``; gives the page.

    Raises:
        OSError: the place cannot be written.
    """
    from roundlot.plot.style import save_figure
    from roundlot.train.workers_figures import draw_worker_figures

    figures = draw_worker_figures(result)
    for figure in figures:
        path = folder / "figures" / f"{figure.key}.svg"
        write_text(path, figure.svg)
        save_figure(figure.figure, path.with_suffix(".pdf"))
    tables = _write_tables(folder / "tables", result)
    write_text(folder / PAGE, render_workers(result, figures, tables))
    write_text(folder / RESULT, dumps(result.to_record()))
    return folder / PAGE


def worker_tables(result: WorkersResult) -> dict[str, Sequence[Mapping[str, Any]]]:
    """Records by the table's name: summary, evaluations, rounds, and mixing if there is any."""
    runs = [(name, run) for name, row in result.bench.histories.items() for run in row]
    tables: dict[str, Sequence[Mapping[str, Any]]] = {
        "summary": result.summary(),
        "evaluations": [row | {"method": name} for name, run in runs for row in run.to_records()],
        "rounds": [row | {"method": name} for name, run in runs for row in run.to_round_records()],
    }
    return tables | ({"mixing": result.mixing} if result.mixing else {})


def _write_tables(folder: Path, result: WorkersResult) -> tuple[str, ...]:
    import polars as pl

    folder.mkdir(exist_ok=True)
    tables = worker_tables(result)
    for name, records in tables.items():
        frame = pl.DataFrame(list(records), infer_schema_length=None, strict=False)
        with replaced_file(folder / f"{name}.csv") as part:
            frame.write_csv(part)
        with replaced_file(folder / f"{name}.parquet") as part:
            frame.write_parquet(part, compression="zstd")
    return tuple(tables)


def render_workers(
    result: WorkersResult, figures: Sequence[ReportFigure], tables: Sequence[str]
) -> str:
    """The page as HTML, complete in itself: style and figures are inside."""
    folder = files("roundlot.train")
    style = (files("roundlot.report") / "page.css").read_text("utf-8")
    template = environment().from_string((folder / "workers.html.jinja").read_text("utf-8"))
    return template.render(
        result=result,
        style=style,
        headline=result.headline(),
        summary=result.summary(),
        figures={figure.key: figure for figure in figures},
        drawn={
            figure.key: inline_figure(figure.svg, key=figure.key, label=figure.title)
            for figure in figures
        },
        setup=[pair for pair in flatten(result.setup) if not pair[0].startswith("full.")],
        tables=tables,
    )
