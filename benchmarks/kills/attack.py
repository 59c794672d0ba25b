"""One program, one signal at a random moment, and what must be true after it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
_AT_RENAME = Path(__file__).with_name("at_rename.py")
_PATIENCE = 120.0  # seconds until a program must have ended, on a machine that is busy
_LISTENS = 1 << (signal.SIGTERM - 1)  # in the mask of signals that a program answers


@dataclass(frozen=True, kw_only=True)
class Stop:
    """How a program that was stopped ended.

    Attributes:
        number: the signal.
        at: where it came: "any moment", or before or after a rename.
        to_all: whether its children got it, too, as from a terminal.
        moment: when, as a share of the time that the program takes.
        code: the exit code; negative where the system ended it.
        seconds: from the signal to the end.
        said, errors: what was printed.
        orphans: processes that were still there afterwards.
    """

    number: int
    to_all: bool
    moment: float
    at: str = "any moment"
    code: int
    seconds: float
    said: str
    errors: str
    orphans: int

    @property
    def in_time(self) -> bool:
        """Whether the signal came before the program was done."""
        return self.code not in (0, 1)

    def faults(self) -> list[str]:
        """What should not be so."""
        found = []
        allowed = {
            signal.SIGINT: (130,),
            signal.SIGTERM: (143,),
            signal.SIGKILL: (-signal.SIGKILL,),
        }[signal.Signals(self.number)]
        if self.in_time and self.code not in allowed:
            found.append(f"exit code {self.code}")
        if "Traceback" in self.said + self.errors:
            found.append("a traceback")
        lines = [line for line in self.errors.splitlines() if _is_news(line)]
        expected = 1 if self.in_time else 0
        if self.number != signal.SIGKILL and len(lines) != expected:
            found.append(f"{len(lines)} lines: {lines[:3]}")
        if self.orphans:
            found.append(f"{self.orphans} orphans")
        if self.seconds > _PATIENCE / 4:
            found.append(f"took {self.seconds:.0f} s to end")
        return found


def _is_news(line: str) -> bool:
    """Whether a line is neither progress nor a warning."""
    if line.startswith(("roundlot: interrupted;", "roundlot: terminated;")):
        return True
    return not (" left" in line or "warning:" in line or "under way" in line or line.endswith(" %"))


def stopped(
    folder: Path, words: Sequence[str], takes: float, number: int, chance: random.Random
) -> Stop:
    """Run a command and stop it at a moment of the time that it takes, from its first line on.

    Its time is that of its own processor, in seconds.
    """
    to_all = chance.random() < 0.5 and number != signal.SIGKILL
    moment = chance.random()
    running = started(folder, words)
    await_listening(running)
    while running.poll() is None and spent(running.pid) < moment * takes:
        time.sleep(0.002)
    sent = time.monotonic()
    with suppress(ProcessLookupError):
        os.killpg(running.pid, number) if to_all else running.send_signal(number)
    return _ended(running, sent, number=number, to_all=to_all, moment=moment)


def stopped_at_rename(
    folder: Path, words: Sequence[str], number: int, chance: random.Random
) -> Stop:
    """Run a command that stops itself at one of its first renames; it may have fewer."""
    when, place = chance.choice(("before", "after")), chance.choice((1, 1, 1, 2, 3, 5, 9))
    script = (when, str(place), signal.Signals(number).name, *words)
    running = _begun(folder, [str(_AT_RENAME), *script])
    at = f"{when} rename {place}"
    return _ended(running, time.monotonic(), number=number, to_all=False, moment=1.0, at=at)


def _ended(running: subprocess.Popen[str], sent: float, **known: Any) -> Stop:
    try:
        said, errors = running.communicate(timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(running.pid, signal.SIGKILL)
        said, errors = running.communicate()
        errors += "it did not end"
    seconds = time.monotonic() - sent if "at" not in known else 0.0
    return Stop(
        **known,
        code=running.returncode,
        seconds=seconds,
        said=said,
        errors=errors,
        orphans=len(left_of(running.pid)),
    )


def started(folder: Path, words: Sequence[str]) -> subprocess.Popen[str]:
    """The program in a group of its own."""
    return _begun(folder, ["-m", "roundlot", *words])


def _begun(folder: Path, words: Sequence[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def await_listening(running: subprocess.Popen[str]) -> None:
    """Until the program's first line: before that, Python itself answers a signal."""
    while running.poll() is None:
        with suppress(OSError, ValueError, IndexError):
            said = Path(f"/proc/{running.pid}/status").read_text("ascii")
            if int(said.partition("SigCgt:")[2].split()[0], 16) & _LISTENS:
                return
        time.sleep(0.002)


def spent(pid: int) -> float:
    """Seconds of processor time of one process: they do not depend on how busy the machine is."""
    with suppress(OSError, IndexError, ValueError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return float("inf")


def left_of(session: int) -> list[int]:
    """Processes of a session that stay; one that loads libraries ends when it has done so."""
    until = time.monotonic() + _PATIENCE / 2
    while (found := _of_session(session)) and time.monotonic() < until:
        time.sleep(0.05)
    for pid in found:
        with suppress(OSError):
            os.kill(pid, signal.SIGKILL)
    return found


def _of_session(session: int) -> list[int]:
    found = []
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            with suppress(OSError, IndexError, ValueError):
                state, _, _, theirs = (place / "stat").read_text().rpartition(")")[2].split()[:4]
                if int(theirs) == session and state != "Z":
                    found.append(int(place.name))
    return found
