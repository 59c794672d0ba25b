"""Memory that runs short: how an error shows it, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from errno import ENOMEM
from pathlib import Path

SHORT = 2  # the exit code
NAME = "not enough memory"
#: Errors of libraries, in lower case, that mean that no memory was given.
_WORDS = (
    *("allocate memory", "unable to allocate", "memory allocation", NAME),
    *("out of memory", "bad_alloc", "failed to map segment", "cannot map", "start new thread"),
    *("spawn thread", "thread creation", "pthread_create"),
)
_DEPTH = 20  # causes of causes
_REMEDY = "make the problem or its rounds fewer"


def is_short(error: BaseException | None) -> bool:
    """Whether an error, or what it came of, says that there was not enough memory."""
    return any(
        isinstance(one, MemoryError)
        or (isinstance(one, OSError) and one.errno == ENOMEM)
        or any(word in str(one).lower() for word in _WORDS)
        for one in _causes(error)
    )


def was_nearly_used_up() -> bool:
    """Whether this process has a limit and has come near it: half of it was in use at once."""
    most = limit()
    return most is not None and 2 * _peak() > most


def limit() -> int | None:
    """Bytes of address space, or of data, that a process may have; None without a limit."""
    try:
        import resource
    except ImportError:  # no such limits on this system
        return None
    kinds = (getattr(resource, name, None) for name in ("RLIMIT_AS", "RLIMIT_DATA"))
    found = [resource.getrlimit(kind)[0] for kind in kinds if kind is not None]
    return min((one for one in found if one != resource.RLIM_INFINITY), default=None)


def told(cause: str) -> str:
    """One line about it, with the limit if there is one."""
    most = limit()
    if most is None:
        return f"{NAME}: {cause}; {_REMEDY}"
    return (
        f"{NAME}: {cause}; a process may have {most // 2**20} MiB here (ulimit -v): "
        f"raise that, or {_REMEDY}"
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    for _ in range(_DEPTH):
        if error is None:
            return
        yield error
        error = error.__cause__ or error.__context__


def _peak() -> int:
    """Most bytes of address space that this process had at once; 0 where nobody says."""
    with suppress(OSError, ValueError, IndexError):
        said = Path("/proc/self/status").read_text("ascii", "replace")
        return int(said.partition("VmPeak:")[2].split()[0]) * 1024
    return 0
