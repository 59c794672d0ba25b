"""Fleets that do not fit into RAM: scores in Parquet, solved in a few passes."""

from typing import TYPE_CHECKING

from roundlot.facade import on_first_use

_HOME = {
    "ParquetScores": "stream.solving",
    "StreamedSolution": "stream.solving",
    "solve_parquet": "stream.solving",
}
__all__ = [
    "ParquetScores",
    "StreamedSolution",
    "solve_parquet",
]

__getattr__, __dir__ = on_first_use(__name__, _HOME, __all__)

if TYPE_CHECKING:
    from roundlot.stream.solving import ParquetScores, StreamedSolution, solve_parquet
