"""Sweeps: every setup by every method with every seed, a row each, on one machine or several."""

from typing import TYPE_CHECKING

from roundlot.facade import on_first_use

_HOME = {
    "SweepResult": "sweep.job",
    "SweepSetup": "sweep.setup",
    "lay_out": "sweep.grid",
    "load_sweep_setup": "sweep.setup",
    "read": "sweep.store",
    "run_sweep": "sweep.job",
    "summary": "sweep.job",
    "WorkerWorkshop": "sweep.worker",
    "compute_here": "sweep.worker",
}
__all__ = [
    "SweepResult",
    "SweepSetup",
    "lay_out",
    "load_sweep_setup",
    "read",
    "run_sweep",
    "summary",
]

__getattr__, __dir__ = on_first_use(__name__, _HOME, __all__)

if TYPE_CHECKING:
    from roundlot.sweep.grid import lay_out
    from roundlot.sweep.job import SweepResult, run_sweep, summary
    from roundlot.sweep.setup import SweepSetup, load_sweep_setup
    from roundlot.sweep.store import read
    from roundlot.sweep.worker import WorkerWorkshop as WorkerWorkshop
    from roundlot.sweep.worker import compute_here as compute_here
