"""Numba's decorator with the function's own type, compiled once and kept on disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compiles on first call; floating-point operations stay in the order written."""
    return cast(Function, njit(cache=True)(function))


def compiled_inline(function: Function) -> Function:
    """As :func:`compiled`, written into its callers."""
    return cast(Function, njit(cache=True, inline="always")(function))


def compiled_in_any_order(function: Function) -> Function:
    """As :func:`compiled`, with sums in any order: only for plain sums, never for error terms."""
    return cast(Function, njit(cache=True, fastmath={"reassoc", "nsz"})(function))
