"""Frozen records of plain data and arrays, back from JSON as `json_text` writes it."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np

from roundlot.theory.errors import InvalidProblemError
from roundlot.theory.json_text import UnreadableError, parse

Record = TypeVar("Record")


def loads(text: str) -> Any:
    """What :func:`roundlot.theory.json_text.dumps` wrote.

    Raises:
        InvalidProblemError: the text is not JSON of ours.
    """
    try:
        return parse(text)
    except UnreadableError as error:
        said = str(error).removeprefix("it is ")
        raise InvalidProblemError(f"{said}; give the file that was written") from error


def decode(kind: type[Record], data: Any) -> Record:
    """A record of class ``kind`` from what :func:`encode` made of one.

    Raises:
        InvalidProblemError: a field is missing, or of the wrong kind.
    """
    if not isinstance(data, Mapping):
        raise InvalidProblemError(f"{kind.__name__} must be a JSON object, got {data!r:.60}")
    hints = typing.get_type_hints(kind)
    put: dict[str, Any] = {}
    for field in dataclasses.fields(kind):  # type: ignore[arg-type]
        if field.name in data:
            put[field.name] = _decode(hints[field.name], data[field.name])
    try:
        return kind(**put)
    except TypeError as error:
        raise InvalidProblemError(f"{kind.__name__} cannot be read: {error}") from error


def _decode(hint: Any, data: Any) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        inner = [argument for argument in arguments if argument is not type(None)]
        return None if data is None else _decode(inner[0], data)
    if origin is np.ndarray:
        return np.array(data, dtype=typing.get_args(arguments[1])[0])
    if origin is tuple:
        return tuple(_decode(arguments[0], item) for item in data)
    if dataclasses.is_dataclass(hint):
        return decode(typing.cast("type[Any]", hint), data)
    return float(data) if hint is float else data
