"""Write what training gave: tables, figures, a page, the record; each file whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from roundlot.folders.atomic import write_text
from roundlot.theory.json_text import dumps
from roundlot.train.folder import PAGE, RESULT

if TYPE_CHECKING:
    from roundlot.train.outcome import Outcome


def write_result(folder: Path, result: Outcome[Any]) -> Path:
    """Write ``tables/``, ``figures/``, ``index.html`` and ``result.json``; gives the page.

    Raises:
        OSError: the place cannot be written.
    """
    from roundlot.folders.tables import write_tables
    from roundlot.plot.style import save_figure
    from roundlot.train.page import render_page

    figures, tables = result.figures(), result.tables()
    for figure in figures:
        path = folder / "figures" / f"{figure.key}.svg"
        write_text(path, figure.svg)
        save_figure(figure.figure, path.with_suffix(".pdf"))
    write_tables(folder / "tables", tables)
    write_text(folder / PAGE, render_page(result, figures, tables))
    write_text(folder / RESULT, dumps(result.to_record()))
    return folder / PAGE
