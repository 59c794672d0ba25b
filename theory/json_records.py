"""Frozen records of plain data and arrays, to JSON and back.

Arrays are written as nested lists. A number that JSON cannot hold is written, wherever it stands,
as ``{"number": "NaN"}``, ``{"number": "Infinity"}`` or ``{"number": "-Infinity"}``.
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np

from roundlot.theory.errors import InvalidProblemError
from roundlot.theory.json_text import as_json

Record = TypeVar("Record")


def encode(value: Any) -> Any:
    """``value`` as what ``json`` writes: dict, list, str, int, float, bool or None.

    Raises:
        InvalidProblemError: a value of a kind that has no plain form.
    """
    if isinstance(value, np.ndarray):
        return _encode_array(value)
    if isinstance(value, np.generic):
        return encode(value.item())
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return as_json(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: encode(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [encode(item) for item in value]
    raise InvalidProblemError(
        f"a {type(value).__name__} has no plain form; give numbers, text, lists, dicts or arrays"
    )


def dumps(value: Any) -> str:
    """``value`` as one line of JSON."""
    return json.dumps(encode(value), ensure_ascii=False, allow_nan=False)


def loads(text: str) -> Any:
    """What :func:`dumps` wrote, with the numbers JSON cannot hold put back.

    Raises:
        InvalidProblemError: the text is not JSON.
    """
    try:
        return json.loads(text, object_hook=_unwrap)
    except RecursionError as error:
        raise InvalidProblemError(
            "not JSON of ours: it nests too deep; give the file that was written"
        ) from error
    except ValueError as error:
        raise InvalidProblemError(f"not JSON: {error}; give the file that was written") from error


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


def _encode_array(array: np.ndarray[Any, Any]) -> Any:
    plain = array.tolist()
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        return encode(plain)
    return plain


def _unwrap(data: dict[str, Any]) -> Any:
    if data.keys() == {"number"} and data["number"] in ("NaN", "Infinity", "-Infinity"):
        return float(data["number"])
    return data
