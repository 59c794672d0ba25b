"""Training by setup: load one, train every method with every seed, write the report."""

from typing import TYPE_CHECKING

from roundlot.facade import on_first_use

_HOME = {
    "training_folder": "train.folder",
    "load_training": "train.workers_setup",
    "summary_table": "train.terminal",
    "TrainSetup": "train.setup",
    "TrainingResult": "train.result",
    "load_bench": "train.folder",
    "load_train_setup": "train.setup",
    "run_training": "train.job",
    "shipped_setups": "setup.document",
    "WorkersResult": "train.result",
    "WorkersSetup": "train.workers_setup",
    "load_workers_setup": "train.workers_setup",
    "run_workers": "train.job",
}
__all__ = [
    "TrainSetup",
    "TrainingResult",
    "WorkersResult",
    "WorkersSetup",
    "load_bench",
    "load_train_setup",
    "load_training",
    "load_workers_setup",
    "run_training",
    "run_workers",
    "shipped_setups",
    "training_folder",
]


__getattr__, __dir__ = on_first_use(__name__, _HOME, __all__)

if TYPE_CHECKING:
    from roundlot.setup.document import shipped_setups
    from roundlot.train.folder import load_bench
    from roundlot.train.folder import training_folder as training_folder
    from roundlot.train.job import run_training, run_workers
    from roundlot.train.result import TrainingResult, WorkersResult
    from roundlot.train.setup import TrainSetup, load_train_setup
    from roundlot.train.terminal import summary_table as summary_table
    from roundlot.train.workers_setup import WorkersSetup, load_training, load_workers_setup
