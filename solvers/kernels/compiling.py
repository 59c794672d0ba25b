"""Numba's decorator with the function's own type: the one that compiles every loop here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeVar, cast, overload

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])

# What LLVM may do to floating-point operations, beyond keeping them in the order written. Error
# terms of compensated sums would vanish under either: they are for plain sums alone.
_FREEDOM = {
    "in order": False,
    "any order": {"reassoc", "nsz"},
    # Products may besides be fused with the sums they go into, which rounds once instead of twice.
    "fused": {"reassoc", "contract"},
}


@overload
def compiled(function: Function) -> Function: ...


@overload
def compiled(
    *, sums: Literal["in order", "any order", "fused"] = "in order", inline: bool = False
) -> Callable[[Function], Function]: ...


def compiled(
    function: Any = None,
    *,
    sums: Literal["in order", "any order", "fused"] = "in order",
    inline: bool = False,
) -> Any:
    """Compiles a loop on its first call and keeps it on disk; threads run it at the same time.

    Args:
        function: the loop, when the decorator stands alone.
        sums: how far plain sums may be rearranged, so that they vectorise.
        inline: whether it is written into its callers.
    """
    if function is None:
        return lambda loop: _compiled(loop, sums, inline)
    return _compiled(function, sums, inline)


def _compiled(function: Function, sums: str, inline: bool) -> Function:
    options = {"inline": "always"} if inline else {}
    return cast(
        Function, njit(cache=True, nogil=True, fastmath=_FREEDOM[sums], **options)(function)
    )
