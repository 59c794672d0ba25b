"""The program, stopped by itself at a rename: ``at_rename.py WHEN NUMBER SIGNAL WORDS...``.

A moment drawn by a clock hardly ever meets a rename, where a file or folder takes its name. This
script counts them, and sends the signal before or after (``WHEN``) the one of that number.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

NAMES = ("rename", "replace", "link")


def main() -> None:
    """Run the program, and stop it at its rename."""
    when, number, which = sys.argv[1], int(sys.argv[2]), signal.Signals[sys.argv[3]]
    sys.argv[1:] = sys.argv[4:]
    sys.path.pop(0)  # this folder holds no library
    left = [number]

    def stop() -> None:
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), which)

    for name in NAMES:
        setattr(os, name, _heard(getattr(os, name), when, stop))

    from roundlot.__main__ import main as program
    from roundlot.folders import atomic

    atomic._exchange = _heard(atomic._exchange, when, stop)
    sys.exit(program())


def _heard(rename: Callable[..., Any], when: str, stop: Callable[[], None]) -> Callable[..., Any]:
    def renamed(*given: Any, **named: Any) -> Any:
        if when == "before":
            stop()
        done = rename(*given, **named)
        if when == "after":
            stop()
        return done

    return renamed


if __name__ == "__main__":
    main()
