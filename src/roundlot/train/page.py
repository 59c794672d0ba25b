"""The page of a training, from the record and the drawn figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from roundlot.report.figures import ReportFigure
from roundlot.report.page import environment, flatten, inline_figure

if TYPE_CHECKING:
    from roundlot.train.outcome import Outcome


def render_page(
    result: Outcome[Any], figures: Sequence[ReportFigure], tables: Iterable[str]
) -> str:
    """The page as HTML, complete in itself: style and figures are inside."""
    folder = files("roundlot.train")
    style = (files("roundlot.report") / "page.css").read_text("utf-8")
    template = environment().from_string((folder / result.template).read_text("utf-8"))
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
        tables=tuple(tables),
    )
