from roundlot.stream.scores import ParquetScores as ParquetScores
from roundlot.stream.setup import stream_arguments as stream_arguments
from roundlot.stream.setup import table_setup as table_setup
from roundlot.stream.solving import StreamedSolution as StreamedSolution
from roundlot.stream.solving import solve_parquet as solve_parquet
