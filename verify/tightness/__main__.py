"""``python -m roundlot.verify.tightness``: print the table of ratios."""

import sys

from roundlot.extras import install_command
from roundlot.verify.tightness.table import measure_tightness, pepit_installed, tightness_table

if __name__ == "__main__":
    if not pepit_installed():
        print(f"PEPit is not installed: {install_command('pepit')}", file=sys.stderr)
    print(tightness_table(measure_tightness()))
