"""What compiled libraries write to standard error by themselves, kept from between our lines."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from threading import Lock
from typing import IO

_STANDARD_ERROR = 2
_TURN = Lock()


@contextmanager
def unsaid() -> Iterator[None]:
    """While a library reads a file that may be damaged: what it writes is shown if it reads it.

    A library that gives up inside writes where in its own source it was, which helps nobody; the
    exception that leaves the block says enough. Of two threads the second one's is shown.
    """
    if not _TURN.acquire(blocking=False):
        yield
        return
    with ExitStack() as after:
        after.callback(_TURN.release)
        ours, written = _led_aside(after)
        yield
        if written is not None:
            _copy(written, ours)


def _led_aside(after: ExitStack) -> tuple[int, IO[bytes] | None]:
    """Standard error, and the file that it is led to until ``after``; None where that cannot be."""
    try:
        ours = os.dup(_STANDARD_ERROR)
        after.callback(os.close, ours)
        written = after.enter_context(tempfile.TemporaryFile())  # noqa: SIM115
    except OSError:  # it is closed, or there is no room for files
        return _STANDARD_ERROR, None
    os.dup2(written.fileno(), _STANDARD_ERROR)
    after.callback(os.dup2, ours, _STANDARD_ERROR)
    return ours, written


def _copy(written: IO[bytes], ours: int) -> None:
    written.seek(0)
    with suppress(OSError):
        while part := written.read(1 << 16):
            os.write(ours, part)
