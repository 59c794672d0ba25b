"""A dictionary of lists, text, numbers and arrays of bytes out of a pickle; nothing is called.

A pickle is a program for a small machine with a stack, which may name and call anything. The
machine here knows only what such data need. A name is text to it: those are understood by which
NumPy's arrays of unsigned bytes are written, and none is imported.

Source: the opcodes and the forms of their arguments are those that `pickletools` describes.
"""

from __future__ import annotations

import math
import pickletools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from roundlot.theory import InvalidProblemError
from roundlot.theory.plain_files import NotPlainError, content_of

_MOST_STEPS = 1_000_000  # of one file: CIFAR-10's have some 60,000; each may take 100 bytes
_MOST_DIMENSIONS = 32  # of an array, as in NumPy 1


@dataclass(frozen=True)
class _Name:
    """What a pickle would import."""

    text: str

    @property
    def shown(self) -> str:
        return f"{self.text.replace(' ', '.')!r:.80}"


_RECONSTRUCT = {f"numpy.{core}.multiarray _reconstruct" for core in ("core", "_core")}
_NDARRAY, _DTYPE = _Name("numpy ndarray"), "numpy dtype"


@dataclass
class _Bytes:
    """An array of unsigned bytes, before or after its state is known."""

    array: Any = None


@dataclass(frozen=True)
class _ByteType:
    """The type of one."""


def load_plain_pickle(path: Path) -> dict[Any, Any]:
    """The dictionary that a pickle of plain data holds, arrays ``uint8``: see the module.

    Raises:
        InvalidProblemError: a file that is no whole pickle, or one that asks for anything beside
            plain data; one line that names the file, and the name it asked for.
    """
    try:
        content = content_of(path)
    except NotPlainError as error:
        raise InvalidProblemError(str(error)) from None
    machine = _Machine()
    try:
        place = 0
        for step, (opcode, argument, where) in enumerate(pickletools.genops(content)):
            if step >= _MOST_STEPS:
                raise _Refused(f"takes more than {_MOST_STEPS:,} steps to read")
            machine.step(opcode.name, argument)
            place = where or 0
        if place + 1 != len(content):
            raise _Refused(f"goes on after its end, at byte {place + 1:,} of {len(content):,}")
        return machine.result()
    except _Refused as error:
        raise InvalidProblemError(
            f"{path} {error}; a pickle could run code, so only plain data are read: fetch the file "
            "again from where it is published"
        ) from None
    except (ValueError, TypeError, LookupError, OverflowError):
        raise InvalidProblemError(
            f"{path} is no pickle of plain data, cut short or damaged; fetch it again"
        ) from None


class _Refused(Exception):  # noqa: N818
    """What a file asks for; becomes an error that names the file."""


@dataclass
class _Machine:
    stack: list[Any] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    memo: dict[int, Any] = field(default_factory=dict)

    def step(self, opcode: str, argument: Any) -> None:
        """Do what one opcode says."""
        if opcode in _PUSHED:
            self.stack.append(_PUSHED[opcode]())
        elif opcode in _ARGUMENTS:
            self.stack.append(_ARGUMENTS[opcode](argument))
        elif opcode in _TUPLES:
            self.stack.append(tuple(self._popped(_TUPLES[opcode])))
        elif opcode in _ACTIONS:
            _ACTIONS[opcode](self, argument)
        elif opcode not in _NOTHING:
            raise _Refused(f"has the opcode {opcode}, which plain data do not need")

    def result(self) -> dict[Any, Any]:
        """The dictionary that is left on the stack, arrays in place of what stood for them."""
        if len(self.stack) != 1 or self.marks:
            raise _Refused("leaves more than one object")
        found = _kind(self.stack[0], dict)
        if len({_text(key) for key in found}) < len(found):
            raise _Refused("has a key as text and as bytes")
        for value in found.values():
            if isinstance(value, _Name):
                raise _Refused(f"asks for {value.shown}")
            if isinstance(value, _Bytes | _ByteType) and getattr(value, "array", None) is None:
                raise _Refused("has an array without content")
        return {key: getattr(value, "array", value) for key, value in found.items()}

    def _popped(self, count: int) -> list[Any]:
        """So many from the top, none from below the last mark."""
        place = len(self.stack) - count
        if place < (self.marks[-1] if self.marks else 0):
            raise IndexError
        items = self.stack[place:]
        del self.stack[place:]
        return items

    def _above_mark(self) -> list[Any]:
        """What stands above the last mark, which is taken off with it."""
        place = self.marks.pop()
        if place > len(self.stack):
            raise IndexError
        items = self.stack[place:]
        del self.stack[place:]
        return items

    def mark(self, _: Any) -> None:
        self.marks.append(len(self.stack))

    def put(self, place: Any) -> None:
        self.memo[len(self.memo) if place is None else int(place)] = self.stack[-1]

    def get(self, place: Any) -> None:
        self.stack.append(self.memo[int(place)])

    def append(self, _: Any) -> None:
        (item,) = self._popped(1)
        _kind(self.stack[-1], list).append(item)

    def appends(self, _: Any) -> None:
        items = self._above_mark()
        _kind(self.stack[-1], list).extend(items)

    def set_item(self, _: Any) -> None:
        items = self._popped(2)
        _fill(_kind(self.stack[-1], dict), items)

    def set_items(self, _: Any) -> None:
        items = self._above_mark()
        _fill(_kind(self.stack[-1], dict), items)

    def marked_tuple(self, _: Any) -> None:
        self.stack.append(tuple(self._above_mark()))

    def marked_list(self, _: Any) -> None:
        self.stack.append(self._above_mark())

    def marked_dict(self, _: Any) -> None:
        table: dict[Any, Any] = {}
        _fill(table, self._above_mark())
        self.stack.append(table)

    def global_(self, name: Any) -> None:
        if name is None:
            module, attribute = self._popped(2)
            name = f"{_text(module)} {_text(attribute)}"
        self.stack.append(_Name(str(name)))

    def reduce(self, _: Any) -> None:
        name, arguments = self._popped(2)
        told = name.text if isinstance(name, _Name) else ""
        first = _kind(arguments, tuple)[:1]
        if told in _RECONSTRUCT and first == (_NDARRAY,):
            self.stack.append(_Bytes())
        elif told == _DTYPE and first and _text(first[0]) == "u1":
            self.stack.append(_ByteType())
        else:
            shown = name.shown if isinstance(name, _Name) else repr(type(name).__name__)
            raise _Refused(f"asks for {shown}" + " of another kind" * (told == _DTYPE))

    def build(self, _: Any) -> None:
        made, state = self._popped(2)
        self.stack.append(made)
        if isinstance(made, _ByteType):
            if any(part is not None for part in _kind(state, tuple)[2:5]):  # parts of a record
                raise _Refused("has an array that is no table of bytes")
            return
        if not isinstance(made, _Bytes):
            raise _Refused(f"gives a state to a {type(made).__name__}")
        made.array = _table(*_kind(state, tuple))


def _table(version: Any, shape: Any, kind: Any, by_columns: Any, content: Any) -> Any:
    """The array of a state, whose sizes are counted only once each is known to be small."""
    known = version == 1 and by_columns is False and isinstance(kind, _ByteType)
    whole = known and isinstance(content, bytes) and isinstance(shape, tuple)
    if (
        not whole
        or len(shape) > _MOST_DIMENSIONS
        or not all(type(n) is int and 0 <= n <= len(content) for n in shape)
        or math.prod(shape) != len(content)
    ):
        raise _Refused("has an array that is no table of bytes, or not as long as it says")
    return np.frombuffer(content, dtype=np.uint8).reshape(shape)


def _fill(table: dict[Any, Any], items: list[Any]) -> None:
    for key, value in zip(items[::2], items[1::2], strict=True):
        if not isinstance(key, str | bytes):
            raise _Refused("has a dictionary whose keys are no text")
        if key in table:
            raise _Refused(f"has {_text(key)!r:.80} twice")
        table[key] = value


def _kind(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise _Refused(f"has a {type(value).__name__} where a {kind.__name__} belongs")
    return value


def _text(value: Any) -> str:
    """Of text alone: what stands for another object may be endless when it is written out."""
    if not isinstance(value, str | bytes):
        raise _Refused(f"has a {type(value).__name__} where text belongs")
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _latin(text: Any) -> bytes:
    """The bytes of a text of Python 2, which pickletools shows as text."""
    return str(text).encode("latin-1")


_PUSHED: Mapping[str, Callable[[], Any]] = {
    "EMPTY_DICT": dict,
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple,
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
}
_ARGUMENTS: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("STRING", "BINSTRING", "SHORT_BINSTRING"), _latin),
    **dict.fromkeys(("BINBYTES", "SHORT_BINBYTES", "BINBYTES8"), bytes),
    **dict.fromkeys(("UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"), str),
    **dict.fromkeys(("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4"), int),
    **dict.fromkeys(("FLOAT", "BINFLOAT"), float),
}
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_NOTHING = {"PROTO", "FRAME", "STOP"}
_ACTIONS: Mapping[str, Callable[[_Machine, Any], None]] = {
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"), _Machine.put),
    **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), _Machine.get),
    "MARK": _Machine.mark,
    "APPEND": _Machine.append,
    "APPENDS": _Machine.appends,
    "SETITEM": _Machine.set_item,
    "SETITEMS": _Machine.set_items,
    "TUPLE": _Machine.marked_tuple,
    "LIST": _Machine.marked_list,
    "DICT": _Machine.marked_dict,
    "GLOBAL": _Machine.global_,
    "STACK_GLOBAL": _Machine.global_,
    "REDUCE": _Machine.reduce,
    "BUILD": _Machine.build,
}
