"""``python -m roundlot`` and the ``roundlot`` command."""

import os
import sys
from contextlib import suppress
from importlib import import_module

from roundlot import ram, signals
from roundlot.keeping import give_libraries_a_place
from roundlot.watch import watched

DEBUG = "ROUNDLOT_DEBUG"


def main() -> int:
    """Run the program; whatever ends it, one line says so, and no file is half written."""
    signals.listen()
    return signals.ending(_run() if os.environ.get(DEBUG) else watched(_run))


def _run() -> int:
    try:
        give_libraries_a_place()
        # Loading it may be too much for the machine, too.
        run = import_module("roundlot.cli").main
        with signals.at_work():
            code = int(run())
        _forget_what_cannot_be_written()
        return code
    except KeyboardInterrupt:  # between the blocks that answer it
        signals.leave_at_once(signals.exit_code(), signals.ended())
    except Exception as error:
        if os.environ.get(DEBUG) or ram.limit() is not None or not ram.is_short(error):
            raise  # where there is a limit, the parent says it
        signals.leave_at_once(ram.SHORT, ram.told("the machine has no more"))


def _forget_what_cannot_be_written() -> None:
    """Python would try again at its end, and say so in its own words."""
    for stream in (sys.__stdout__, sys.__stderr__):
        if stream is None:
            continue
        try:
            stream.flush()
        except (OSError, ValueError):
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


if __name__ == "__main__":
    sys.exit(main())
