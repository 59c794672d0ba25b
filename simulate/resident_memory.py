"""The most memory that this process held, and from when on that is counted."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

_STATUS, _MARKS = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_PEAK = "5"  # what restarts the count of the peak: see proc(5)


def restart_peak() -> None:
    """Count the peak from now on; where the system cannot, it stays that since the start."""
    try:
        _MARKS.write_text(_PEAK)
    except OSError:
        return


def peak_bytes() -> int:
    """The most memory, in bytes, that was in RAM since then.

    ``ru_maxrss`` of Linux holds what the parent held when it started this process, too.
    """
    try:
        lines = _STATUS.read_text().splitlines()
    except OSError:
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
