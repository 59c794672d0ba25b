"""The main job and its folder: written whole or not at all, read again, its figures drawn again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from roundlot.explore import render_page as render_exploring
from roundlot.explore import scene_of_result
from roundlot.folders.job import Job
from roundlot.plot.figures import Figure, run_figures
from roundlot.report.page import explorable, render_page
from roundlot.report.tables import result_tables
from roundlot.run.job import run
from roundlot.run.result import RunResult, read_result
from roundlot.setup.reading import closest
from roundlot.theory.errors import InvalidProblemError

__all__ = ["MAIN", "read_result", "write_figures", "write_report"]


def _pages(result: RunResult, figures: Sequence[Figure]) -> Mapping[str, str]:
    """The report, and a page to explore where the problem has an exact path over the budget."""
    pages = {"index.html": render_page(result, figures)}
    if explorable(result):
        pages["explore.html"] = render_exploring(scene_of_result(result))
    return pages


#: The main job: solve, compare, simulate, verify and bound a fleet.
MAIN = Job(
    run=run,
    record=RunResult.to_json,
    figures=run_figures,
    tables=result_tables,
    pages=_pages,
)


def write_report(folder: str | Path, result: RunResult, *, overwrite: bool = False) -> Path:
    """Write the report of ``result`` into ``folder``; gives the path of its page.

    The folder gets ``index.html`` (it needs no other file and no network), ``explore.html`` (where
    the problem has an exact path over the budget), ``figures/`` (SVG and
    PDF), ``tables/`` (CSV and Parquet) and ``run.json`` (the record itself). The same result
    gives the same bytes. The folder appears whole or not at all.

    Raises:
        FileExistsError: something is in the way; see `ResultFolder`.
        OSError: the place cannot be written.
    """
    MAIN.write(folder, result, overwrite=overwrite)
    return Path(folder) / "index.html"


def write_figures(
    folder: str | Path, result: RunResult, names: Sequence[str] | None = None
) -> tuple[Path, ...]:
    """Write figures of a run as SVG and PDF; all of them unless some are named.

    Raises:
        InvalidProblemError: a name that the run has no figure for.
        OSError: the folder cannot be written.
    """
    figures = {figure.key: figure for figure in run_figures(result)}
    for name in names or ():
        if name not in figures:
            raise InvalidProblemError(f"no figure is called {name!r}; {closest(name, figures)}")
    return tuple(path for name in names or figures for path in figures[name].write(Path(folder)))
