"""What a signal does to the program: it ends, nothing is half written, the exit code is a shell's.

Only the program itself listens (`listen`); who imports roundlot keeps the signals as they were.
While the program loads, and once its work is done, a signal ends it at once: nothing is being
written. While it works, a signal is a KeyboardInterrupt, so that whatever is being written is
undone on the way out.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
import time
from _thread import interrupt_main
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, NoReturn

INTERRUPTED = 130  # 128 and the number of SIGINT, as shells have it
PIPE = 141  # 128 and the number of SIGPIPE
_SAID = {"SIGINT": "interrupted", "SIGTERM": "terminated", "SIGHUP": "the terminal has gone"}
# Undoing a write takes less; after that, another signal ends the program where it stands.
PATIENCE = 10.0
_AGAIN = 0.2  # seconds until a signal that was lost on its way is given again


class _Heard:
    """The first signal, when it came, and what the program was at."""

    number = 0
    since = 0.0
    at_work = False
    held_back = 0
    waiting = False
    code = 1
    is_meant: Callable[[], bool] = staticmethod(lambda: True)


def listen() -> None:
    """Answer the signals that end programs."""
    for number in listened():
        signal.signal(number, _answer)
    atexit.register(_listen_no_more)  # first here, last there
    sys.unraisablehook = _unraisable
    threading.excepthook = _in_a_thread


def listened() -> list[int]:
    """The signals that end programs, on this system, but for those that our caller ignores."""
    numbers = (getattr(signal, name, None) for name in _SAID)
    return [one for one in numbers if one and signal.getsignal(one) is not signal.SIG_IGN]


def ending(code: int) -> int:
    """The exit code of the program, which from now on stays this one."""
    _Heard.code = code
    return code


def _listen_no_more() -> None:
    """All is written, and Python takes itself apart, which takes no time.

    After an interrupt within an ``exec`` Python would end itself by SIGINT here, whoever caught it.
    """
    for number in listened():
        signal.signal(number, signal.SIG_IGN)
    if received():
        for stream in (sys.stdout, sys.stderr):
            with suppress(Exception):
                stream.flush()
        os._exit(_Heard.code)


@contextmanager
def at_work() -> Iterator[None]:
    """A block whose files are undone when a signal comes; before and after it there are none."""
    _Heard.at_work = True
    try:
        yield
    finally:
        _Heard.at_work = False


@contextmanager
def held_back() -> Iterator[None]:
    """A short block that no signal may cut in two; one that came meanwhile ends the block."""
    if (
        threading.current_thread() is not threading.main_thread()
    ):  # signals are for the main thread alone
        yield
        return
    _Heard.held_back += 1
    try:
        yield
    finally:
        _Heard.held_back -= 1
        if _Heard.waiting and not _Heard.held_back:
            _Heard.waiting = False
            raise KeyboardInterrupt


def received() -> bool:
    """Whether a signal has come; whatever error came after it is of its making."""
    return _Heard.number != 0


def heard(number: int) -> None:
    """This signal is what ends the program."""
    _Heard.number = number


def exit_code() -> int:
    """128 and the number of the signal: 130 when interrupted, 143 when terminated."""
    return 128 + (_Heard.number or signal.SIGINT)


def ended(kept: str = "") -> str:
    """What happened, in one line."""
    said = _SAID[signal.Signals(_Heard.number or signal.SIGINT).name]
    return f"{said}; {kept or 'no file is left half written'}"


def leave_at_once(code: int, said: str) -> NoReturn:
    """End the process where it stands, with one line."""
    with suppress(Exception):
        os.write(sys.stderr.fileno(), f"roundlot: {said}\n".encode())
    os._exit(code)


def believe(is_meant: Callable[[], bool]) -> None:
    """Take a signal for one only if this says so: OpenBLAS interrupts a process without room."""
    _Heard.is_meant = staticmethod(is_meant)


def _answer(number: int, _: Any) -> None:
    if not _Heard.is_meant():
        os._exit(1)
    first = not _Heard.number
    if first:
        _Heard.number, _Heard.since = number, time.monotonic()
    if not _Heard.at_work or time.monotonic() - _Heard.since > PATIENCE:
        leave_at_once(exit_code(), ended())
    if first and _Heard.held_back:
        _Heard.waiting = True
    elif first:
        raise KeyboardInterrupt


def _unraisable(lost: Any) -> None:
    """An interrupt that came where Python can raise nothing comes again."""
    if isinstance(lost.exc_value, KeyboardInterrupt):
        number, _Heard.number = _Heard.number or signal.SIGINT, 0
        timer = threading.Timer(_AGAIN, _give_again, [number])
        timer.daemon = True
        timer.start()
    elif not isinstance(lost.exc_value, MemoryError) and not received():
        sys.__unraisablehook__(lost)


def _give_again(number: int) -> None:
    if hasattr(signal, "pthread_kill"):  # which also wakes a thread that sleeps
        signal.pthread_kill(threading.main_thread().ident or 0, number)
    else:
        interrupt_main(signal.Signals(number))


def _in_a_thread(lost: Any) -> None:
    """What a thread could not do for want of memory, or of time, the main thread says."""
    if not isinstance(lost.exc_value, MemoryError) and not received():
        threading.__excepthook__(lost)
