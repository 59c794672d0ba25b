"""What runs on the workers of a Dask cluster, which load this module first. It loads Dask."""

from __future__ import annotations

import signal
import threading
from collections.abc import Sequence
from typing import Any

from distributed import WorkerPlugin, get_worker

from roundlot.sweep.grid import Cell
from roundlot.sweep.workshop import Measures, Workshop, be_quiet


class WorkerWorkshop(WorkerPlugin):  # type: ignore[misc]
    """Opens a workshop on every worker, on those that come later too."""

    def __init__(self, workshop: Workshop, name: str) -> None:
        self.workshop, self.name = workshop, name

    def setup(self, worker: Any) -> None:
        """Called when a worker starts."""
        be_quiet()
        self.workshop.scratch = worker.local_directory

    def teardown(self, worker: Any) -> None:
        """Called when it ends."""
        self.workshop.close()


def compute_here(name: str, cells: Sequence[Cell]) -> list[Measures]:
    """Cells, by the workshop of the worker that runs this."""
    workshop = get_worker().plugins[name].workshop
    return [workshop.compute(cell) for cell in cells]


def dask_setup(worker: Any) -> None:
    """Dask calls this when a worker starts: Ctrl-C is for the main process, which ends them.

    A thread of the main process is left alone.
    """
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
