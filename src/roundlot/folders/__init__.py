"""Files and folders that appear whole or not at all, and what a result was made with."""

from roundlot.folders.growing import GrowingFolder
from roundlot.folders.results import Contents, ResultFolder

__all__ = ["Contents", "GrowingFolder", "ResultFolder"]
