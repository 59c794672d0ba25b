"""The machine: Python, system, cores, memory, the threads that the environment asks for."""

from __future__ import annotations

import os
import platform
import sys

_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")


def machine() -> dict[str, str]:
    """Facts of this machine, by name; no host name, user or path of the user's."""
    return {
        "python": f"{platform.python_version()} ({platform.python_implementation()}, "
        f"{8 * _pointer_bytes()} bit)",
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cores": _cores(),
        "memory": _memory(),
        "threads": _threads(),
    }


def _pointer_bytes() -> int:
    return 8 if sys.maxsize > 2**32 else 4


def _cores() -> str:
    total = os.cpu_count() or 1
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else total
    return f"{total}" if allowed == total else f"{allowed} of {total} may be used"


def physical_memory() -> int:
    """Bytes of memory; where the system does not say, more than there ever is."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return sys.maxsize


def _memory() -> str:
    size = physical_memory()
    return "unknown" if size == sys.maxsize else f"{size / 2**30:.1f} GiB"


def _threads() -> str:
    asked = {name: os.environ[name] for name in _THREADS if name in os.environ}
    return ", ".join(f"{name}={value}" for name, value in asked.items()) or "not limited"
