"""How much of each bound is attained: against PEPit's worst case and exact moment propagation."""

from typing import TYPE_CHECKING

from roundlot.facade import on_first_use

_HOME = {
    "TightnessRow": "verify.tightness.table",
    "measure_tightness": "verify.tightness.table",
    "tightness_table": "verify.tightness.table",
    "without_example": "verify.tightness.table",
}
__all__ = ["TightnessRow", "measure_tightness", "tightness_table", "without_example"]

__getattr__, __dir__ = on_first_use(__name__, _HOME, __all__, {"without_case": "without_example"})

if TYPE_CHECKING:
    from roundlot.verify.tightness.table import (
        TightnessRow,
        measure_tightness,
        tightness_table,
        without_example,
    )
