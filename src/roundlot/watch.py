"""A process whose compiled libraries end it when they are given no memory, and its parent.

Each library does it in its own way: by a signal, by an exit code, with lines of its own. Python
cannot answer that in the same process. So where the memory of a process is limited (``ulimit -v``),
the work is done by a child, and its parent, which needs next to nothing, says what happened.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn

from roundlot import ram, signals
from roundlot.blas_room import require_room_for_blas

_UNKNOWN = 255  # how a child ends that could not say how it ends
_LOOKS, _PAUSE = 50, 0.01  # until a parent must have had the signal that its child has
_PARENT_DIES = 1  # PR_SET_PDEATHSIG of Linux


def watched(work: Callable[[], int]) -> int:
    """The exit code of ``work``, done by a child where memory is limited; 2 where it ran short."""
    if ram.limit() is None or not hasattr(os, "fork"):
        return work()
    try:
        return _Watch().over(work)
    except (MemoryError, OSError):
        return _say_short()


class _Watch:
    """What a parent and its child tell each other."""

    def __init__(self) -> None:
        import mmap

        self._signalled = mmap.mmap(-1, 1)
        self._reading, self._writing = os.pipe()
        make = getattr(os, "memfd_create", None)
        self._noise: int = make("stderr") if make else -1

    def over(self, work: Callable[[], int]) -> int:
        """Do the work in a child, wait for it, and give its exit code."""
        child = os.fork()
        if not child:
            self._work(work)
        os.close(self._writing)
        self._pass_signals_to(child)
        status = os.waitpid(child, 0)[1]
        verdict = os.read(self._reading, 1)
        if verdict:
            if verdict[0] != ram.SHORT:
                self._show_noise()
            return verdict[0]
        if signals.received():
            signals.leave_at_once(signals.exit_code(), signals.ended())
        if self._signalled[0]:
            return os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)
        return _say_short()

    def _pass_signals_to(self, child: int) -> None:
        since: list[float] = []

        def pass_on(number: int, _: Any) -> None:
            self._signalled[0] = 1
            since.append(time.monotonic())
            # A library that asks for memory without end lets no Python answer in the child.
            late = since[-1] - since[0] > signals.PATIENCE
            with suppress(OSError):
                os.kill(child, signal.SIGKILL if late else number)
            if late:
                signals.heard(number)

        for number in signals.listened():
            signal.signal(number, pass_on)

    def _work(self, work: Callable[[], int]) -> NoReturn:
        try:
            self._be_a_child()
            code = work()
            os.write(self._writing, bytes([code]))
        except BaseException:
            os._exit(_UNKNOWN)  # its parent says it
        sys.exit(signals.ending(code))

    def _be_a_child(self) -> None:
        os.close(self._reading)
        _die_with_the_parent()
        require_room_for_blas()
        signals.believe(self._is_meant)
        if self._noise >= 0 and sys.stderr is not None:
            # What libraries write goes aside, what Python writes goes where it should.
            ours = os.dup(2)
            os.dup2(self._noise, 2)
            sys.stderr = os.fdopen(
                ours, "w", encoding=sys.stderr.encoding, errors="backslashreplace", buffering=1
            )

    def _is_meant(self) -> bool:
        for _ in range(_LOOKS):
            if self._signalled[0]:
                return True
            time.sleep(_PAUSE)
        return False

    def _show_noise(self) -> None:
        if self._noise >= 0:
            os.lseek(self._noise, 0, os.SEEK_SET)
            while part := os.read(self._noise, 65536):
                with suppress(OSError):
                    os.write(2, part)


def _die_with_the_parent() -> None:
    """A parent that is killed cannot tell its child; Linux does."""
    with suppress(Exception):
        import ctypes

        ctypes.CDLL(None).prctl(_PARENT_DIES, signal.SIGKILL)


def _say_short() -> int:
    said = ram.told("a library that was given no more ended the program")
    with suppress(OSError):
        os.write(2, f"roundlot: {said}\n".encode())
    return ram.SHORT
