"""Write the whole report of a run into one folder, or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from roundlot.files import MARKER, replaced_folder

if TYPE_CHECKING:
    from roundlot.run.result import RunResult


def write_report(folder: str | Path, result: RunResult, *, overwrite: bool = False) -> Path:
    """Write the report of ``result`` into ``folder``; gives the path of its page.

    The folder gets ``index.html`` (it needs no other file and no network), ``explore.html`` (where
    the problem has an exact path over the budget), ``figures/`` (SVG and
    PDF), ``tables/`` (CSV and Parquet) and ``run.json`` (the record itself). The same result
    gives the same bytes. The folder appears whole or not at all.

    Raises:
        FileExistsError: something is in the way; see :func:`roundlot.files.replaced_folder`.
        OSError: the place cannot be written.
    """
    from roundlot.explore import scene_of_result, write_page
    from roundlot.plot.style import save_figure
    from roundlot.report.figures import draw_figures
    from roundlot.report.page import explorable, render_page
    from roundlot.report.tables import write_tables

    with replaced_folder(folder, overwrite=overwrite) as part:
        figures = draw_figures(result)
        (part / "figures").mkdir()
        for figure in figures:
            path = part / "figures" / f"{figure.key}.svg"
            path.write_text(figure.svg, "utf-8", newline="\n")
            save_figure(figure.figure, path.with_suffix(".pdf"))
        write_tables(part / "tables", result)
        (part / "index.html").write_text(render_page(result, figures), "utf-8", newline="\n")
        if explorable(result):
            write_page(part / "explore.html", scene_of_result(result))
        (part / MARKER).write_text(result.to_json(), "utf-8", newline="\n")
    return Path(folder) / "index.html"
