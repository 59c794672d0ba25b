"""Numba's decorator with the function's own type: the one that compiles every loop here."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, update_wrapper
from threading import Lock
from typing import Any, Literal, TypeVar, cast, overload

Function = TypeVar("Function", bound=Callable[..., Any])

# What LLVM may do to floating-point operations, beyond keeping them in the order written. Error
# terms of compensated sums would vanish under either: they are for plain sums alone.
_FREEDOM = {
    "in order": False,
    "any order": {"reassoc", "nsz"},
    # Products may besides be fused with the sums they go into, which rounds once instead of twice.
    "fused": {"reassoc", "contract"},
}
_LOADING = Lock()  # threads that call a loop for the first time at once share one compilation


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

    Numba itself, a third of a second to import, loads no earlier.

    Args:
        function: the loop, when the decorator stands alone.
        sums: how far plain sums may be rearranged, so that they vectorise.
        inline: whether it is written into its callers.
    """
    options = {"fastmath": _FREEDOM[sums], **({"inline": "always"} if inline else {})}
    if function is None:
        return lambda loop: cast(Any, _Loop(loop, options))
    return _Loop(function, options)


class _Loop(partial[Any]):
    """A loop that becomes Numba's on its first call, or where another loop that calls it compiles.

    A partial application calls what it holds from C, without a Python function in between: what it
    holds is replaced by Numba's dispatcher, so that later calls cost what the dispatcher costs.
    """

    _function: Callable[..., Any]
    _options: dict[str, Any]

    def __new__(cls, function: Callable[..., Any], options: dict[str, Any]) -> _Loop:
        loop = super().__new__(cls, function)
        update_wrapper(loop, function)
        loop._function, loop._options = function, options
        loop._hold(lambda *given, **named: loop._dispatcher()(*given, **named))
        return loop

    def __getattr__(self, name: str) -> Any:
        """What Numba keeps about the loop: its type, its signatures, its Python function."""
        return getattr(self._dispatcher(), name)

    def __reduce__(self) -> str:
        """Travels between processes as the name under which its module has it."""
        return self._function.__qualname__

    def _dispatcher(self) -> Any:
        with _LOADING:
            if "_numba" not in self.__dict__:
                from numba import njit

                self._numba = njit(cache=True, nogil=True, **self._options)(self._function)
                self._hold(self._numba)
        return self._numba

    def _hold(self, function: Callable[..., Any]) -> None:
        self.__setstate__((function, (), {}, self.__dict__))
