"""What a result was made with."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from roundlot import __version__

_PACKAGES = ("numpy", "scipy", "sympy", "numba", "cvxpy", "clarabel", "torch", "polars")


def versions() -> dict[str, str]:
    """Versions of Python, roundlot and what its numbers rest on; no machine names or paths."""
    found = {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "roundlot": __version__,
    }
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found
