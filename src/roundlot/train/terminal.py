"""A training's methods as a table for the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from roundlot.user_text import printable

if TYPE_CHECKING:
    from roundlot.train.result import TrainingResult


def summary_table(result: TrainingResult) -> Table:
    """One row a method: means over seeds with half of their intervals."""
    table = Table(box=None, pad_edge=False)
    columns = {"accuracy": "accuracy", "worst_accuracy": "worst model"} if result.classifies else {}
    columns["loss"] = "loss"
    if result.bench.full is not None and result.classifies:
        columns["relative_to_full"] = "of full"
    if result.baseline is not None and result.classifies:
        columns[f"accuracy_over_{result.baseline}"] = f"over {result.baseline}"
    table.add_column("method", no_wrap=True)
    for heading in (*columns.values(), "uploads", "seconds"):
        table.add_column(escape(printable(heading)), justify="right", no_wrap=True)
    for row in result.summary():
        cells = [_cell(row, key) for key in columns]
        name = f"{row['method']} *" if row["label"].startswith("biased") else str(row["method"])
        table.add_row(
            escape(printable(name)), *cells, f"{row['uploads']:,.0f}", f"{row['seconds']:,.0f}"
        )
    if any(row["label"].startswith("biased") for row in result.summary()):
        table.caption = "* biased"
    return table


def _cell(row: Mapping[str, Any], key: str) -> str:
    mean, half = row[key], row[f"{key}_half"]
    if key.endswith(f"_over_{row['method']}") or (mean, half) == (1.0, 0.0):
        return "–"  # a method beside itself
    sign = "+" if "_over_" in key else ""
    return f"{mean:{sign}.3f}" + (f" ± {half:.3f}" if half == half else "")
