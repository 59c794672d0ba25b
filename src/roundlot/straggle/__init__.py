"""Non-blocking mini-batches on a fleet's devices: rules, estimators, best deadline and split."""

from typing import TYPE_CHECKING

from roundlot.facade import on_first_use

_HOME = {
    "StraggleResult": "straggle.study",
    "StraggleSettings": "straggle.study",
    "split_records": "straggle.study",
    "straggle": "straggle.job",
}
__all__ = [
    "StraggleResult",
    "StraggleSettings",
    "split_records",
    "straggle",
]

__getattr__, __dir__ = on_first_use(
    __name__, _HOME, __all__, {"write_straggle": "jobs:STRAGGLERS.write"}
)

if TYPE_CHECKING:
    from roundlot.straggle.job import straggle
    from roundlot.straggle.study import StraggleResult, StraggleSettings, split_records
