from roundlot.stream.solving import ParquetScores as ParquetScores
from roundlot.stream.solving import StreamedSolution as StreamedSolution
from roundlot.stream.solving import solve_parquet as solve_parquet
