"""How much of each bound is attained: against PEPit's worst case and exact moment propagation."""

from roundlot.verify.tightness.table import (
    TightnessRow,
    measure_tightness,
    tightness_table,
    without_example,
)

__all__ = ["TightnessRow", "measure_tightness", "tightness_table", "without_example"]
