"""Numba's decorator with the function's own type: the one that compiles every loop here."""

from __future__ import annotations

import glob
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial, update_wrapper
from hashlib import sha256
from pathlib import Path
from threading import Lock
from types import CodeType
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

                # Nothing here is handed to C as a function: leaving that form out saves a tenth.
                options = {"nogil": True, "no_cfunc_wrapper": True, **self._options}
                self._numba = njit(**options)(self._function)
                _keep(self._numba, self)
                self._hold(self._numba)
        return self._numba

    def _hold(self, function: Callable[..., Any]) -> None:
        self.__setstate__((function, (), {}, self.__dict__))


def _keep(dispatcher: Any, loop: _Loop) -> None:
    """Let Numba keep what it compiles, where it finds a place; without one, it is not kept."""
    with suppress(RuntimeError, AttributeError):  # no place; Numba was told to compile nothing
        dispatcher.enable_caching()
        dispatcher._cache = _Kept(dispatcher._cache, _stamp(loop))


class _Kept:
    """What Numba keeps of one loop: without it the loop is compiled again, and no work ends.

    Numba writes its index before the file that the index names. That file therefore has a name of
    its own for each stamp: a process that is killed in between leaves no index of older code.
    """

    def __init__(self, cache: Any, stamp: str) -> None:
        self._cache = cache
        file = cache._cache_file
        file._source_stamp = stamp
        self._base, number = file._data_name_pattern.split(".{number", 1)
        self._named = f"{self._base}-{stamp[:16]}"
        file._data_name_pattern = f"{self._named}.{{number{number}"

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cache, name)

    def load_overload(self, signature: Any, context: Any) -> Any:
        """What is kept for arguments of these types, or None; half a file is forgotten."""
        try:
            return self._cache.load_overload(signature, context)
        except MemoryError:
            raise
        except OSError:
            return None
        except Exception:  # of pickle or LLVM, whatever the bytes make them say
            with suppress(OSError):
                self._cache.flush()
            return None

    def save_overload(self, signature: Any, result: Any) -> None:
        """Keep it, if there is room and the place still takes files; older code goes."""
        try:
            self._cache.save_overload(signature, result)
            for path in Path(self._cache.cache_path).glob(f"{glob.escape(self._base)}*.nbc"):
                if not path.name.startswith(self._named):
                    path.unlink(missing_ok=True)
        except MemoryError:
            raise
        except Exception:  # half an index that could not be written anew is no reason to end
            return


def _stamp(loop: _Loop) -> str:
    """Changes with the source of the loop, of the loops it calls, and with the numbers it uses.

    Numba compiles all of them into the loop, and looks only at the loop's own file.
    """
    found = sha256()
    for part in sorted(_parts(loop, set())):
        found.update(part.encode())
    return found.hexdigest()


def _parts(loop: _Loop, seen: set[int]) -> set[str]:
    if id(loop) in seen:
        return set()
    seen.add(id(loop))
    module, code = loop._function.__globals__, loop._function.__code__
    parts = {_source(code.co_filename)}
    for name in _names(code):
        value = module.get(name)
        if isinstance(value, _Loop):
            parts |= _parts(value, seen)
        elif isinstance(value, bool | int | float | str | tuple) or hasattr(value, "dtype"):
            parts.add(f"{name} = {value!r}")
        elif home := getattr(sys.modules.get(getattr(value, "__module__", "")), "__file__", None):
            parts.add(_source(home))  # of a record, or of an instruction of the processor
    return parts


def _names(code: CodeType) -> set[str]:
    inner = (_names(part) for part in code.co_consts if isinstance(part, CodeType))
    return set(code.co_names).union(*inner)


@cache
def _source(path: str) -> str:
    """The digest of a file as it was when a loop of it was first called."""
    with suppress(OSError):
        return sha256(Path(path).read_bytes()).hexdigest()
    return path
