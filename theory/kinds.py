"""What an argument is, by its annotation: a number, a whole number, a switch, a record.

Anything else in its place is refused by name, before it is compared, counted or indexed with.
Annotations that say more than that, tables and functions among them, are left to who reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import wraps
from inspect import Parameter, signature
from typing import Any, ParamSpec, TypeGuard, TypeVar

import numpy as np

from roundlot.theory.errors import InvalidProblemError, in_one_line

P = ParamSpec("P")
R = TypeVar("R")
MOST = 2**64 - 1  # the largest seed
# What Python or NumPy would turn into a float, and is no real number.
NO_REAL = bool | np.bool_ | str | bytes | Decimal | complex | np.complexfloating | np.timedelta64
Reader = Callable[[Any, str], Any]


def real_number(value: Any, name: str) -> float:
    """One real number as a float.

    Raises:
        InvalidProblemError: it is true or false, complex, text, a Decimal, a table, a gradient.
    """
    one = value[()] if type(value) is np.ndarray and value.ndim == 0 else value
    wrong = isinstance(one, NO_REAL) or np.ma.is_masked(value)
    wrong = wrong or str(getattr(value, "dtype", "")) == "torch.bool"
    wrong = wrong or getattr(value, "requires_grad", False)
    try:
        if wrong or np.ndim(value) != 0:
            raise TypeError
        return float(value)
    except (TypeError, ValueError, OverflowError, RuntimeError) as error:
        raise InvalidProblemError(f"{name} must be a number, got {in_one_line(value)}") from error


def is_whole(value: object) -> TypeGuard[int]:
    """Whether it is an integer; true and false are none, nor is a time, which NumPy calls one."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool | np.timedelta64)


def whole_number(value: Any, name: str) -> int:
    """One integer.

    Raises:
        InvalidProblemError: it is none.
    """
    if not is_whole(value) or abs(value) > MOST:
        raise InvalidProblemError(f"{name} is {in_one_line(value)}; give a whole number below 2^64")
    return int(value)


def is_true(value: Any, name: str) -> bool:
    """True or False, said so: text such as "no" would be taken for yes.

    Raises:
        InvalidProblemError: anything else.
    """
    if not isinstance(value, bool | np.bool_):
        raise InvalidProblemError(f"{name} is {in_one_line(value)}; give True or False")
    return bool(value)


def as_annotated(function: Callable[P, R]) -> Callable[P, R]:
    """Of a function: refuses arguments that are not what their annotations say, by name."""
    names, readers = tuple(signature(function).parameters), readers_of(function)

    def read(name: str, value: Any) -> Any:
        return readers[name](value, name) if name in readers else value

    @wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        first: Any = map(read, names, args) if len(args) <= len(names) else args
        named: Any = {name: read(name, value) for name, value in kwargs.items()}
        return function(*first, **named)

    return checked


def readers_of(function: Callable[..., Any]) -> dict[str, Reader]:
    """How the arguments of a function are read, of those whose annotation says what they are."""
    found = {}
    for name, parameter in signature(function).parameters.items():
        one = parameter.kind not in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
        names = getattr(function, "__globals__", {})
        reader = _reader(parameter.annotation, names) if one else None
        if reader is not None:
            found[name] = _unless(parameter.default, reader)
    return found


def _unless(default: Any, reader: Reader) -> Reader:
    """The default is what its function says, also where it is of another kind."""
    return lambda value, name: value if value is default else reader(value, name)


def _reader(annotation: Any, names: Mapping[str, Any]) -> Reader | None:
    if not isinstance(annotation, str):
        return None
    parts = [part.strip() for part in annotation.split("|")]
    kinds = [part for part in parts if part != "None"]
    scalar = SCALARS.get(kinds[0]) if len(kinds) == 1 else None
    reader = scalar or _of_records(kinds, names)
    if reader is None or len(kinds) == len(parts):
        return reader
    return lambda value, name: None if value is None else reader(value, name)


def _of_records(kinds: list[str], names: Mapping[str, Any]) -> Reader | None:
    """Of one of several classes, if all are known and each is one that can be asked for."""
    classes = tuple(x for x in map(names.get, kinds) if isinstance(x, type) and _is_class(x))
    if not kinds or len(classes) < len(kinds) or SAID.intersection(kinds):
        return None

    def read(value: Any, name: str) -> Any:
        if not isinstance(value, classes):
            given, wanted = type(value).__name__, " or ".join(kinds)
            raise InvalidProblemError(f"{name} is a {given}; give a {wanted}")
        return value

    return read


def _is_class(kind: Any) -> bool:
    """Whether instances can be told: neither anything nor a protocol."""
    return kind is not Any and not getattr(kind, "_is_protocol", False)


def _number(value: Any, name: str) -> float:
    number = real_number(value, name)
    return value if isinstance(value, int | float) else number


# Functions that take these say themselves how one is made.
SAID = {"Problem", "Solution"}
SCALARS: dict[str, Reader] = {
    "float": _number,
    "int": whole_number,
    "bool": is_true,
}
