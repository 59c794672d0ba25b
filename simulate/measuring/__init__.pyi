from roundlot.simulate.measuring.objective import Objective as Objective
from roundlot.simulate.measuring.path import MeasuringPlan as MeasuringPlan
from roundlot.simulate.measuring.path import measure_constants as measure_constants
from roundlot.simulate.measuring.path import measure_path as measure_path
from roundlot.simulate.measuring.path import record_points as record_points
