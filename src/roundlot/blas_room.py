"""OpenBLAS, kept from loading where it would ask for memory without end.

It reserves buffers while it loads, and tries again for ever where it gets none: no Python runs in
that process any more, so nothing could be said. NumPy and SciPy each bring one of their own.
"""

from __future__ import annotations

import os
from contextlib import suppress
from importlib.machinery import ExtensionFileLoader, ModuleSpec
from pathlib import Path
from types import ModuleType

_PACKAGES = ("numpy", "scipy")
_MIB = 2**20
#: The library (35 MiB mapped), its first buffer (32 MiB), and those that Python asks for meanwhile.
_LEAST = 96 * _MIB
_A_THREAD = 8 * _MIB  # its stack; OpenBLAS starts a thread for every core


def require_room_for_blas() -> None:
    """From here on a module that brings OpenBLAS is loaded only where that has room.

    It raises MemoryError otherwise. For a process with a limit on its address space.
    """
    load = ExtensionFileLoader.create_module

    def checked(self: ExtensionFileLoader, spec: ModuleSpec) -> ModuleType:
        package = spec.name.partition(".")[0]
        if package in _PACKAGES and not _is_there(package):
            _require(package)
        return load(self, spec)

    ExtensionFileLoader.create_module = checked  # type: ignore[method-assign]


def _is_there(package: str) -> bool:
    """Whether the package's OpenBLAS is loaded, as far as the system says."""
    with suppress(OSError):
        lines = Path("/proc/self/maps").read_text("utf-8", "replace").splitlines()
        return any("openblas" in line and f"{package}.libs" in line for line in lines)
    return True


def _require(package: str) -> None:
    left = _left()
    if left is not None and left < _LEAST + _A_THREAD * (os.cpu_count() or 1):
        raise MemoryError(f"{left // _MIB} MiB are left for loading {package}")


def _left() -> int | None:
    """Bytes of address space that this process may still ask for; None where nobody says."""
    with suppress(ImportError, OSError, ValueError, AttributeError):
        import resource

        most = resource.getrlimit(resource.RLIMIT_AS)[0]
        if most == resource.RLIM_INFINITY:
            return None
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
        return most - pages * resource.getpagesize()
    return None
