"""The program of a process that `Processes` starts: it helps until the first process ends."""

from __future__ import annotations

import os
import signal
import sys

from roundlot.simulate.training.errors import LostProcessError
from roundlot.simulate.training.helper import Helper
from roundlot.simulate.training.rendezvous import help_first


def main(folder: str, rank: int, size: int) -> None:
    """Help. An interrupt is for the first process, which says when to end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    helper = Helper(help_first(folder, rank, size), local_rank=rank)
    code = 0
    try:
        while helper.run() is not None:
            pass
    except LostProcessError:  # the first process has gone; nobody is left to tell
        code = 1
    os._exit(code)  # nothing to write or to tidy up, which would take seconds


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
