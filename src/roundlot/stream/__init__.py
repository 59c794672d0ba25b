"""Fleets that do not fit into memory: scores in Parquet, solved in a few passes."""

from roundlot.stream.parquet import ParquetScores
from roundlot.stream.solving import StreamedSolution, solve_parquet

__all__ = ["ParquetScores", "StreamedSolution", "solve_parquet"]
