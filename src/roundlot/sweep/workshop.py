"""Where cells are computed: in this process, or one on every worker of a cluster."""

from __future__ import annotations

import sys
import tempfile
import threading
import time
import warnings
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from roundlot import ram
from roundlot.fleet import FleetSetup
from roundlot.run.case import Case, prepare
from roundlot.simulate.runs.callbacks import RunPoint, RunStart
from roundlot.sweep.grid import Cell, Grid
from roundlot.sweep.measures import measure_training, measure_variance, posed
from roundlot.sweep.sources import FLEET, Source
from roundlot.theory import RoundlotWarning

KEPT = 2  # fleets with their updates
LONGEST = 500  # characters of an error
_NAMED = (
    "InvalidProblemError",
    "InfeasibleError",
    "ConvergenceError",
    "AssumptionError",
    "DrawError",
)

POINTS = "points"  # of a training, beside the columns of its row

Measures = dict[str, Any]


@dataclass(kw_only=True)
class PointList:
    """A callback that keeps the points of one run, to be told of somewhere else."""

    points: list[RunPoint] = field(default_factory=list)

    def start(self, run: RunStart) -> None:
        """Nothing: the sweep says what the run is."""

    def record(self, point: RunPoint) -> None:
        """Keep it."""
        self.points.append(point)

    def end(self, summary: Mapping[str, float]) -> None:
        """Nothing: the row has it."""

    def failed(self, error: BaseException) -> None:
        """Nothing: the row has it."""


@dataclass(kw_only=True, eq=False)
class Workshop:
    """Computes cells of a grid, one at a time; keeps the last fleets that it made ready.

    What it gives for a cell depends on the cell alone, and several threads may ask at a time. Only
    ``sources``, ``contents`` and ``listens`` travel: whether the rounds of a training are given
    back beside its row, as ``points``.
    """

    sources: Sequence[Source]
    contents: Mapping[str, bytes]
    listens: bool = False
    scratch: str | None = None
    _cases: OrderedDict[tuple[str, int], Case] = field(default_factory=OrderedDict)
    _folder: Any = None
    _limits: Any = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(cls, grid: Grid, *, listens: bool = False) -> Workshop:
        """The workshop of a grid."""
        return cls(sources=grid.sources, contents=grid.contents, listens=listens)

    def compute(self, cell: Cell) -> Measures:
        """``status`` "ok" with the cell's columns, or "failed" with one line of ``error``."""
        began = time.perf_counter()
        try:
            with self._lock:
                self._open()
            found = {"status": "ok", "error": None, **self._measured(cell)}
        except Exception as error:
            found = failure(self._said(error))
        return found | {"elapsed": time.perf_counter() - began}

    def close(self) -> None:
        """Give threads and the scratch folder back."""
        self._cases.clear()
        if self._limits is not None:
            self._limits.restore_original_limits()
        if self._folder is not None:
            self._folder.cleanup()
        self._limits = self._folder = None

    def __getstate__(self) -> dict[str, Any]:
        return {"sources": self.sources, "contents": self.contents, "listens": self.listens}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]

    def _measured(self, cell: Cell) -> Measures:
        source = self.sources[cell.source]
        if source.kind != FLEET and self.listens:
            points = PointList()
            return measure_training(source, cell, [points]) | {POINTS: points.points}
        if source.kind != FLEET:
            return measure_training(source, cell)
        with self._lock:
            case = self._case(source, cell.seed)
        return measure_variance(case, cell)

    def _case(self, source: Source, seed: int) -> Case:
        """The fleet with its updates under the limits of a source; made ready once for all."""
        setup = self._setup(source, seed)
        kept = self._cases.pop((source.base, seed), None)
        case = prepare(setup, landscape=False) if kept is None else posed(kept, setup)
        self._cases[source.base, seed] = case
        while len(self._cases) > KEPT:
            self._cases.popitem(last=False)
        return case

    def _setup(self, source: Source, seed: int) -> FleetSetup:
        return FleetSetup.of({**source.document, "seed": seed}, folder=Path(self._folder.name))

    def _open(self) -> None:
        """One thread for everything numeric, and the tables as files; once."""
        if self._limits is not None:
            return
        from threadpoolctl import threadpool_limits

        if any(source.kind != FLEET for source in self.sources) or "torch" in sys.modules:
            import torch

            torch.set_num_threads(1)
        import scipy.linalg  # noqa: F401  (loads its library, to be limited)

        folder = tempfile.TemporaryDirectory(
            prefix="roundlot-", dir=self.scratch, ignore_cleanup_errors=True
        )
        for name, content in self.contents.items():
            path = Path(folder.name) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        self._folder, self._limits = folder, threadpool_limits(limits=1)

    def _said(self, error: BaseException) -> str:
        """One line; tables are called by their names, not by where they lie here."""
        text = " ".join(str(error).split())
        if self._folder is not None:
            for name in self.contents:
                text = text.replace(f"{self._folder.name}/{name}", Path(name).name)
        kind = type(error).__name__
        if ram.is_short(error):
            return f"{ram.NAME}: {text or kind}"
        return text if kind in _NAMED else f"{kind}: {text}"


def failure(error: str) -> Measures:
    """What stands for a cell that gave nothing."""
    return {"status": "failed", "error": error[:LONGEST]}


def be_quiet() -> None:
    """No warnings of roundlot from here on: rows say what is biased."""
    warnings.simplefilter("ignore", RoundlotWarning)
