"""Training by setup: load one, train every method with every seed, write the report."""

from typing import TYPE_CHECKING

from roundlot.later import on_first_use

_HOME = {
    "TrainSetup": "train.setup",
    "TrainingResult": "train.result",
    "load_bench": "train.kept",
    "load_train_setup": "train.setup",
    "run_training": "train.job",
    "shipped_setups": "train.setup",
}
__all__ = [
    "TrainSetup",
    "TrainingResult",
    "load_bench",
    "load_train_setup",
    "run_training",
    "shipped_setups",
]


__getattr__, __dir__ = on_first_use(__name__, _HOME, __all__)

if TYPE_CHECKING:
    from roundlot.train.job import run_training
    from roundlot.train.kept import load_bench
    from roundlot.train.result import TrainingResult
    from roundlot.train.setup import TrainSetup, load_train_setup, shipped_setups
