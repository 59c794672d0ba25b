"""Non-blocking mini-batches on a fleet's devices: rules, estimators, best deadline and split."""

from roundlot.straggle.job import straggle
from roundlot.straggle.records import StraggleResult
from roundlot.straggle.settings import StraggleSettings
from roundlot.straggle.write import write_straggle

__all__ = ["StraggleResult", "StraggleSettings", "straggle", "write_straggle"]
