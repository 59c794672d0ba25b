from roundlot.fleet.straggle_section import StraggleSettings as StraggleSettings
from roundlot.straggle.job import straggle as straggle
from roundlot.straggle.study import StraggleResult as StraggleResult
from roundlot.straggle.study import split_records as split_records
from roundlot.straggle.trace import read_trace as read_trace
