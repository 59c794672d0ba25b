"""What a loss or a metric of the user's own is, in a digest: its code, and what it holds."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import FunctionType, MethodType
from typing import Any

from torch import nn

from roundlot.simulate.runs.checkpoints import described, named
from roundlot.theory.code_text import function_text

#: Packages whose functions are known by name: their code may change from version to version.
_KNOWN = ("torch", "roundlot", "numpy", "builtins")
#: How far functions are followed that hold functions that hold functions.
_DEEP = 8


def function_digest(function: Callable[..., Any]) -> str:
    """A digest of a function's code, its defaults, and the values that it closes over.

    Of an object that can be called, of its class and its attributes; of a `functools.partial`, of
    what it calls and with what. Functions that the code calls by name are not looked at, those of
    torch go by their names.
    """
    text = "\0".join(_said(function, _DEEP))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _said(value: Any, deep: int) -> Iterator[str]:
    if not deep or not callable(value):
        yield described(value)
    elif isinstance(value, partial):
        yield from _said(value.func, deep - 1)
        yield from _held([*value.args, value.keywords], deep)
    elif isinstance(value, MethodType):
        yield from _said(value.__func__, deep - 1)
        yield from _said(value.__self__, deep - 1)
    elif isinstance(value, FunctionType):
        yield _text(value)
        cells = [cell.cell_contents for cell in value.__closure__ or () if _is_full(cell)]
        yield from _held([value.__defaults__, value.__kwdefaults__, *cells], deep)
    elif isinstance(value, nn.Module):
        shown = {name: one for name, one in vars(value).items() if not name.startswith("_")}
        yield _text(type(value))
        yield from _held([shown, dict(value.state_dict())], deep)
    elif isinstance(value, type):
        yield _text(value)
    else:
        yield _text(type(value))
        yield from _held([getattr(value, "__dict__", None)], deep)


def _held(values: Any, deep: int) -> Iterator[str]:
    for value in values:
        if isinstance(value, Mapping):
            yield from map(str, value)
            yield from _held(value.values(), deep)
        elif isinstance(value, list | tuple):
            yield from _held(value, deep)
        else:
            yield from _said(value, deep - 1)


def _text(function: Callable[..., Any]) -> str:
    known = str(function.__module__).partition(".")[0] in _KNOWN
    return named(function) if known else function_text(function)


def _is_full(cell: Any) -> bool:
    try:
        return cell.cell_contents is not cell
    except ValueError:  # what it stands for is not there yet
        return False
