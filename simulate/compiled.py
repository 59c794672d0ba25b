"""A typed decorator for the compiled loops: Numba, cached on disk, without the interpreter lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Loop = TypeVar("Loop", bound=Callable[..., Any])


def compiled(function: Loop) -> Loop:
    """Compile a loop on its first call; threads run it at the same time."""
    return cast("Loop", numba.njit(cache=True, nogil=True)(function))


def compiled_reassociating(function: Loop) -> Loop:
    """The same for a sum whose terms may be added in another order, so that it vectorises."""
    return cast(
        "Loop", numba.njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})(function)
    )
