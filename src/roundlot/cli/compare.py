"""``roundlot compare``: what each cheap approximation loses against the optimum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from roundlot import report, run
from roundlot.cli.columns import paragraph, table, width
from roundlot.cli.limit_options import LimitOptions
from roundlot.cli.options import Budget, Json, Models, Seed, Source, command
from roundlot.cli.output import say, say_json
from roundlot.cli.source import setup_of

if TYPE_CHECKING:
    from roundlot.solvers import Comparison

History = Annotated[
    int,
    typer.Option(
        min=0, help="Rounds of uniform sampling from which the rules with a memory learn."
    ),
]
_CELLS = ("more", "variance", "participation", "draws", "uploads")
_COLUMNS = {
    "method": "method",
    "more": "more variance",
    "variance": "variance",
    "draws": "draws",
    "uploads": "uploads",
    "time": "time",
    "needs": "needs",
    "participation": "participation variance",
}

_ROOM = 80  # in a pipe as well: it is read by people


@dataclass(frozen=True, kw_only=True)
class Compare(LimitOptions):
    """What ``roundlot compare`` takes."""

    source: Source = None
    budget: Budget = None
    models: Models = None
    seed: Seed = None
    history: History = 0
    as_json: Json = False


@command
def compare(given: Compare) -> None:
    """Compare simpler rules with the optimum: how much variance they add.

    Example: roundlot compare scores.csv --budget 2
    """
    setup = setup_of(given.source, given.changes(), as_json=given.as_json)
    comparison = run.compare_case(run.prepare(setup, landscape=False), history=given.history)
    if given.as_json:
        say_json(comparison.to_dict())
    else:
        say(_text(comparison))


def _text(comparison: Comparison) -> str:
    records, room = comparison.to_records(), width(otherwise=_ROOM)
    rows = [
        {
            "method": row.names + (f" ({row.note})" if row.note else ""),
            **dict(zip(_CELLS, row.cells, strict=True)),
            "time": row.time,
            "needs": row.needs,
        }
        for row in report.compared(records)
    ]
    left_out = [
        paragraph(f"left out: {names}: {reason}", within=room)
        for reason, names in report.left_out(records)
    ]
    labels = dict.fromkeys(row["label"] for row in records if row["label"] is not None)
    apart = [
        paragraph(f"pairs: probabilities {label}", within=room)
        for label in labels
        if not label.startswith(("unbiased", "biased"))
    ]
    return "\n".join(
        [table(rows, _COLUMNS, spare=("participation", "time"), within=room), *apart, *left_out]
    )
