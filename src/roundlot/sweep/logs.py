"""A sweep's logs: a run a cell, told by the process that keeps the rows, before it keeps the row.

A process that is killed in between computes the cell again, and tells the same numbers of the same
run: a log has them once. Rows that are kept already are told again when the sweep goes on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from roundlot.folders.growing import flat, plain
from roundlot.simulate.runs.callbacks import Guarded, RunStart
from roundlot.sweep.grid import Cell, Grid
from roundlot.sweep.measures import COLUMNS
from roundlot.sweep.workshop import POINTS


class CellFailedError(Exception):
    """A cell gave nothing but this line."""


@dataclass(frozen=True, kw_only=True)
class SweepLogs:
    """The callbacks of a sweep.

    Attributes:
        guards: its callbacks.
        grid: its cells.
        key, name: of the sweep.
    """

    guards: Sequence[Guarded]
    grid: Grid
    key: str
    name: str

    def tell(self, cell: Cell, found: Mapping[str, Any]) -> None:
        """Tell of a cell, from its row and, if they are there, its points."""
        if not self.guards:
            return
        self._call("start", self._start(cell))
        for point in found.get(POINTS, ()):
            self._call("record", point)
        if found["status"] == "ok":
            self._call("end", self._figures(found))
        else:
            self._call("failed", CellFailedError(found["error"]))

    def tell_rows(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Tell of cells whose rows are kept; of those that failed nothing more is to be told."""
        by_key = {row["key"]: row for row in rows if row["status"] == "ok"}
        for cell in self.grid.cells:
            if cell.key in by_key:
                self.tell(cell, by_key[cell.key])

    def _call(self, name: str, given: Any) -> None:
        for guard in self.guards:
            guard.call(name, given)

    def _start(self, cell: Cell) -> RunStart:
        labels = {name: value for name, value in self.grid.labels(cell).items() if name != "key"}
        called = [f"{value}" for name, value in labels.items() if name != "seed"]
        document = self.grid.sources[cell.source].document
        beside = ("methods", "full", "log", "seed")
        settings = {name: value for name, value in document.items() if name not in beside}
        return RunStart(
            key=f"{self.key}/{cell.key}",
            name=f"{', '.join(called)}, seed{cell.seed}",
            group=self.name or "sweep",
            method=cell.method,
            seed=cell.seed,
            settings=flat(plain(settings)) | plain(labels),
        )

    def _figures(self, row: Mapping[str, Any]) -> dict[str, float]:
        """The numbers that a row measures; those that it does not are left out."""
        names = [name for name, kind in COLUMNS[self.grid.kind].items() if kind is not str]
        measured = {name: row.get(name) for name in (*names, "elapsed")}
        return {
            name: float(value)
            for name, value in measured.items()
            if value is not None and value == value
        }
