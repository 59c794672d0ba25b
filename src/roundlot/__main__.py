"""``python -m roundlot`` and the ``roundlot`` command."""

import sys

from roundlot.cli import main

if __name__ == "__main__":
    sys.exit(main())
