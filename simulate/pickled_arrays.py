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

_MOST_STEPS = 10_000_000  # of one file: CIFAR-10's have some 60,000


@dataclass(frozen=True)
class _Name:
    """What a pickle would import."""

    text: str


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
        for step, (opcode, argument, _) in enumerate(pickletools.genops(content)):
            if step >= _MOST_STEPS:
                raise _Refused(f"takes more than {_MOST_STEPS:,} steps to read")
            machine.step(opcode.name, argument)
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
        """The dictionary on top of the stack, with arrays in place of what stood for them."""
        found = _kind(self.stack[-1], dict)
        return {key: getattr(value, "array", value) for key, value in found.items()}

    def _popped(self, count: int) -> list[Any]:
        return [self.stack.pop() for _ in range(count)][::-1]

    def _above_mark(self) -> list[Any]:
        """What stands above the last mark, which is taken off with it."""
        place = self.marks.pop()
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
        item = self.stack.pop()
        _kind(self.stack[-1], list).append(item)

    def appends(self, _: Any) -> None:
        items = self._above_mark()
        _kind(self.stack[-1], list).extend(items)

    def set_item(self, _: Any) -> None:
        _fill(_kind(self.stack[-3], dict), self._popped(2))

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
            attribute, module = self.stack.pop(), self.stack.pop()
            name = f"{_text(module)} {_text(attribute)}"
        self.stack.append(_Name(str(name)))

    def reduce(self, _: Any) -> None:
        arguments, name = self.stack.pop(), self.stack.pop()
        told = name.text if isinstance(name, _Name) else ""
        if told in _RECONSTRUCT and arguments[0] == _NDARRAY:
            self.stack.append(_Bytes())
        elif told == _DTYPE and _text(arguments[0]) == "u1":
            self.stack.append(_ByteType())
        else:
            shown = told.replace(" ", ".") or type(name).__name__
            raise _Refused(f"asks for {shown!r:.80}" + " of another kind" * (told == _DTYPE))

    def build(self, _: Any) -> None:
        state, made = self.stack.pop(), self.stack[-1]
        if isinstance(made, _ByteType):
            return
        if not isinstance(made, _Bytes):
            raise _Refused(f"gives a state to a {type(made).__name__}")
        _, shape, kind, by_columns, content = state
        whole = isinstance(content, bytes) and isinstance(kind, _ByteType) and not by_columns
        sizes = [int(n) for n in shape]
        if not whole or min(sizes, default=0) < 0 or math.prod(sizes) != len(content):
            raise _Refused("has an array that is no table of bytes, or not as long as it says")
        made.array = np.frombuffer(content, dtype=np.uint8).reshape(sizes)


def _fill(table: dict[Any, Any], items: list[Any]) -> None:
    for key, value in zip(items[::2], items[1::2], strict=True):
        if not isinstance(key, str | bytes):
            raise _Refused("has a dictionary whose keys are no text")
        table[key] = value


def _kind(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise _Refused(f"has a {type(value).__name__} where a {kind.__name__} belongs")
    return value


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


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
