"""Read the record of an earlier run, and draw its figures again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from roundlot.files import MARKER, replaced_file, write_text
from roundlot.run.result import RunResult
from roundlot.setup.reading import closest
from roundlot.theory.errors import InvalidProblemError


def read_result(run: str | Path) -> RunResult:
    """The record in the folder of a run, or in its ``run.json``.

    Raises:
        FileNotFoundError: there is no such record.
        InvalidProblemError: the file is not a record of a run.
    """
    place = Path(run)
    if place.is_dir():
        place = place / MARKER
    if not place.is_file():
        raise FileNotFoundError(f"{place} does not exist; give the folder of a `roundlot run`")
    try:
        return RunResult.from_json(place.read_text("utf-8"))
    except UnicodeDecodeError as error:
        raise InvalidProblemError(
            f"{place} is not text, so it is no record of a run; give the folder of a `roundlot run`"
        ) from error
    except InvalidProblemError as error:
        raise InvalidProblemError(f"{place}: {error}") from error


def write_figures(
    folder: str | Path, result: RunResult, names: Sequence[str] | None = None
) -> tuple[Path, ...]:
    """Write figures of a run as SVG and PDF; all of them unless some are named.

    Raises:
        InvalidProblemError: a name that the run has no figure for.
        OSError: the folder cannot be written.
    """
    from roundlot.plot.style import save_figure
    from roundlot.report.figures import draw_figures

    figures = {figure.key: figure for figure in draw_figures(result)}
    for name in names or ():
        if name not in figures:
            raise InvalidProblemError(f"no figure is called {name!r}; {closest(name, figures)}")
    written: list[Path] = []
    for name in names or figures:
        stem = Path(folder) / name
        write_text(stem.with_suffix(".svg"), figures[name].svg)
        with replaced_file(stem.with_suffix(".pdf")) as part:
            save_figure(figures[name].figure, part)
        written += [stem.with_suffix(".svg"), stem.with_suffix(".pdf")]
    return tuple(written)
