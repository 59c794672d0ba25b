from roundlot.verify.tightness.table import TightnessRow as TightnessRow
from roundlot.verify.tightness.table import measure_tightness as measure_tightness
from roundlot.verify.tightness.table import tightness_table as tightness_table
from roundlot.verify.tightness.table import without_example as without_example
