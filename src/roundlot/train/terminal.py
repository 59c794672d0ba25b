"""What a training's methods came to, as rows of text for the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from roundlot.simulate.training.clients import BEST, DEVIATION, WORST
from roundlot.user_text import printable

if TYPE_CHECKING:
    from roundlot.train.result import TrainingResult, WorkersResult

#: Left out first where a terminal has no room: what the other columns tell, too.
SPARE = ("objective", "over", "relative_to_full", "worst_loss", "uploads", "bytes")


def summary_rows(result: TrainingResult) -> tuple[list[dict[str, str]], dict[str, str]]:
    """One row a method, means over seeds with half of their intervals; and the headings."""
    columns = {"accuracy": "accuracy", "worst_accuracy": "worst model"} if result.classifies else {}
    columns["loss"] = "loss"
    if result.bench.full is not None and result.classifies:
        columns["relative_to_full"] = "of full"
    over = f"accuracy_over_{result.baseline}"
    if result.baseline is not None and result.classifies:
        columns["over"] = f"over {result.baseline}"
    rows, summary = [], result.summary()
    may_stop = all("rounds" in row for row in summary)
    for row in summary:
        cells = {key: _share(row, over if key == "over" else key) for key in columns}
        cells |= {"uploads": f"{row['uploads']:,.0f}", "seconds": f"{row['seconds']:,.0f}"}
        if may_stop:
            cells["rounds"] = f"{row['rounds']:,.0f}"
        rows.append({"method": _name(row), **cells})
    lengths = {"rounds": "rounds"} if may_stop else {}
    costs = {"uploads": "uploads", **_SECONDS, **lengths}
    return rows, {"method": "method", **_printable(columns), **costs}


def model_rows(result: TrainingResult) -> tuple[list[dict[str, str]], dict[str, str]]:
    """One row a method and model, each measured by its own; and the headings."""
    names = dict.fromkeys(name for _, name in result.own_measures())
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for row in result.per_model():
        if row["measure"] not in names:
            continue
        method, model = printable(row["method"]), printable(row["model"])
        cells = rows.setdefault((method, model), {"method": method, "model": model})
        cells[row["measure"]] = _level(row, "value")
    empty = dict.fromkeys(names, "–")
    headings = {"method": "method", "model": "model", **_printable({name: name for name in names})}
    return [empty | cells for cells in rows.values()], headings


def spread_rows(result: TrainingResult) -> tuple[list[dict[str, str]], dict[str, str]]:
    """One row a method, model and measure: its spread over clients; and the headings."""
    headings = {"method": "method", "model": "model", "measure": "measure"}
    headings |= {DEVIATION: DEVIATION, WORST: "worst tenth", BEST: "best tenth"}
    rows = [
        {
            key: f"{row[key]:.4g}" if isinstance(row[key], float) else printable(row[key])
            for key in headings
        }
        for row in result.spreads()
    ]
    return rows, headings


def workers_rows(result: WorkersResult) -> tuple[list[dict[str, str]], dict[str, str]]:
    """The same of methods without a server."""
    columns = {"objective": "objective", "worst_loss": "worst loss"}
    if result.classifies:
        columns |= {"accuracy": "accuracy", "worst_accuracy": "worst"}
    if result.baseline is not None:
        columns["objective_gap"] = f"over {result.baseline}"
    late = {} if result.target is None else {"seconds_to_target": "s to target"}
    rows = []
    for row in result.summary():
        cells = {key: _level(row, key) for key in columns}
        cells |= {"bytes": f"{row['bytes'] / 1e6:,.1f}", "seconds": f"{row['seconds']:,.1f}"}
        if late:
            seconds = row["seconds_to_target"]
            cells |= {"seconds_to_target": f"{seconds:,.1f}" if seconds < _NEVER else "never"}
        rows.append({"method": _name(row), **cells})
    return rows, {"method": "method", **_printable(columns), "bytes": "MB", **_SECONDS, **late}


_SECONDS = {"seconds": "seconds"}
_NEVER = float("inf")


def _printable(columns: Mapping[str, str]) -> dict[str, str]:
    return {key: printable(heading) for key, heading in columns.items()}


def _name(row: Mapping[str, Any]) -> str:
    return printable(f"{row['method']}{' *' if row['label'].startswith('biased') else ''}")


def _share(row: Mapping[str, Any], key: str) -> str:
    mean, half = row[key], row[f"{key}_half"]
    if key.endswith(f"_over_{row['method']}") or (mean, half) == (1.0, 0.0):
        return "–"  # a method beside itself
    sign = "+" if "_over_" in key else ""
    return f"{mean:{sign}.3f}" + (f" ± {half:.3f}" if half == half else "")


def _level(row: Mapping[str, Any], key: str) -> str:
    mean, half = row[key], row[f"{key}_half"]
    sign = "+" if key.endswith("_gap") else ""
    return f"{mean:{sign}.4g}" + (f" ± {half:.2g}" if half == half else "")
