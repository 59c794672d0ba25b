"""The page of a training, from the record and the drawn figures."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from roundlot.report.figures import ReportFigure
from roundlot.report.inline import inline_figure
from roundlot.report.page import environment, flatten
from roundlot.train.headline import headline

if TYPE_CHECKING:
    from roundlot.train.result import TrainingResult


def render_page(
    result: TrainingResult, figures: Sequence[ReportFigure], tables: Sequence[str]
) -> str:
    """The page as HTML, complete in itself: style and figures are inside."""
    folder = files("roundlot.train")
    style = (files("roundlot.report") / "page.css").read_text("utf-8")
    template = environment().from_string((folder / "training.html.jinja").read_text("utf-8"))
    return template.render(
        result=result,
        style=style,
        headline=headline(result),
        summary=result.summary(),
        per_model=_per_model(result),
        verdicts=result.verdicts,
        figures={figure.key: figure for figure in figures},
        drawn={
            figure.key: inline_figure(figure.svg, key=figure.key, label=figure.title)
            for figure in figures
        },
        setup=[pair for pair in flatten(result.setup) if not pair[0].startswith("full.")],
        tables=tables,
    )


def _per_model(result: TrainingResult) -> list[dict[str, Any]]:
    """For every method the final accuracy of each model, or its loss, mean over seeds."""
    name = "accuracy" if result.classifies else "loss"
    return [
        {
            "method": method,
            "values": [
                sum(float(getattr(run, name)[-1, s]) for run in runs) / len(runs)
                for s in range(len(result.models))
            ],
        }
        for method, runs in result.bench.histories.items()
    ]
