"""``python -m roundlot.verify.tightness``: print the table of ratios."""

import sys

from roundlot.verify.tightness import measure_tightness, tightness_table
from roundlot.verify.tightness.table import pepit_installed

if __name__ == "__main__":
    if not pepit_installed():
        print("PEPit is not installed: pip install 'roundlot[pepit]'", file=sys.stderr)
    print(tightness_table(measure_tightness()))
