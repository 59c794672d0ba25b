"""JSON as every file of ours has it: nothing that JSON does not have, no key twice, exact numbers.

Floats are written as the shortest decimals that give them back exactly. A number that JSON cannot
hold is ``{"number": "NaN"}``, ``{"number": "Infinity"}`` or ``{"number": "-Infinity"}``, wherever
it stands; arrays are nested lists. A document says what it is: ``"format"`` and ``"version"``.

Nothing here loads NumPy: the kernel of the proofs reads with it.
"""

from __future__ import annotations

import json
import math
import re
import sys
import types
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from roundlot.theory.errors import InvalidProblemError
from roundlot.theory.plain_files import NotPlainError, opened

MOST = 1 << 27  # bytes of a document; larger arrays lie beside it
Record = TypeVar("Record")
_NUMBERS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


class UnreadableError(ValueError):
    """A document that is truncated, malformed, of another version, or lacks a part of itself."""


class AlteredError(ValueError):
    """An array that is not the one that its document was written with."""


def as_json(value: float) -> float | dict[str, str]:
    """The number itself, or ``{"number": "NaN"}``, ``"Infinity"`` or ``"-Infinity"``."""
    if math.isfinite(value):
        return value
    return {"number": "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"}


def encode(value: Any) -> Any:
    """``value`` as what ``json`` writes: dict, list, str, int, float, bool or None.

    Records, mappings, sequences, arrays and numbers of NumPy are written out.

    Raises:
        InvalidProblemError: a value of a kind that has no plain form.
    """
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return as_json(float(value))
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: encode(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [encode(item) for item in value]
    if hasattr(value, "tolist"):
        plain = value.tolist()
        return plain if _is_finite(value) else encode(plain)
    raise InvalidProblemError(
        f"a {type(value).__name__} has no plain form; give numbers, text, lists, dicts or arrays"
    )


def _is_finite(array: Any) -> bool:
    """Whether an array's list needs no second look: it holds no float that JSON lacks."""
    if array.dtype.kind in "iub" or array.size == 0:
        return True
    # least and greatest are NaN if any entry is
    return bool(array.dtype.kind == "f" and -math.inf < array.min() and array.max() < math.inf)


def dumps(value: Any, *, indent: int | None = None) -> str:
    """``value`` as JSON, on one line without ``indent``."""
    return json.dumps(encode(value), ensure_ascii=False, allow_nan=False, indent=indent)


def parse(text: str, *, exact: bool = False, most: int | None = None) -> Any:
    """The value of a text.

    Args:
        text: of a document.
        exact: whether a number with a decimal point is refused, too.
        most: characters.

    Raises:
        UnreadableError: the text is not JSON, has a key twice, is too long or nested too deep.
    """
    if most is not None and len(text) > most:
        raise UnreadableError(f"{len(text)} characters are beyond the limit of {most}")
    try:
        return json.loads(
            text,
            object_pairs_hook=_exact_object if exact else _object,
            parse_constant=_refuse_float if exact else _refuse_word,
            parse_float=_refuse_float if exact else None,
        )
    except UnreadableError:
        raise
    except RecursionError:
        raise UnreadableError("it is nested too deep") from None
    except ValueError as error:  # no JSON, or a number with more digits than Python reads
        raise UnreadableError(long_number(text, error) or f"it is not JSON: {error}") from None


def long_number(text: str, error: Exception) -> str:
    """What to say of the whole number that was too long for Python; nothing of another error."""
    if "int_max_str_digits" not in str(error):
        return ""
    most = sys.get_int_max_str_digits()
    found = re.search(rf"(?<![\d_])\d[\d_]{{{most},}}", text)
    if found is None:
        return f"it has a number of more than {most} digits; shorten it"
    digits, line = len(found[0].replace("_", "")), text.count("\n", 0, found.start()) + 1
    return (
        f"line {line} has a number of {digits} digits, {found[0][:8]}..., and {most} are read at "
        "most; shorten it"
    )


def text_of(file: Path) -> str:
    """The text of a document.

    Raises:
        UnreadableError: no regular file, too long, not UTF-8, or the system refuses.
    """
    try:
        with opened(file) as stream:
            content = stream.read(MOST + 1)
    except NotPlainError as error:
        raise UnreadableError(f"it is {error.said}") from None
    except OSError as error:
        raise UnreadableError(f"it cannot be read: {error.strerror}") from None
    if len(content) > MOST:
        raise UnreadableError(f"it is longer than {MOST} bytes; put its arrays beside it")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise UnreadableError("it is not text in UTF-8") from None


def version_of(document: Any, name: str, versions: Collection[int]) -> int:
    """The version of a document whose ``"format"`` is ``name``.

    Raises:
        UnreadableError: it has another format, or none of these versions.
    """
    if not isinstance(document, dict) or document.get("format") != name:
        raise UnreadableError(f"it does not have the format {name!r}")
    version = document.get("version")
    if type(version) is not int or version not in versions:  # True is no version
        known = ", ".join(map(str, versions))
        raise UnreadableError(f"it has version {version!r:.20}, not {known}")
    return version


def _exact_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise UnreadableError(f"the key {twice!r:.40} stands twice")
    return found


def _object(pairs: list[tuple[str, Any]]) -> Any:
    found = _exact_object(pairs)
    word = found.get("number") if len(found) == 1 else None
    return _NUMBERS[word] if isinstance(word, str) and word in _NUMBERS else found


def _refuse_word(word: str) -> Any:
    raise UnreadableError(f'{word} is not JSON; write {{"number": "{word}"}}')


def _refuse_float(text: str) -> Any:
    raise UnreadableError(f'{text[:40]} is not exact: write a fraction as ["/", a, b]')


def loads(text: str) -> Any:
    """What :func:`dumps` wrote.

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
    hints = get_type_hints(kind)
    put: dict[str, Any] = {}
    for field in fields(kind):  # type: ignore[arg-type]
        if field.name in data:
            put[field.name] = _decode(hints[field.name], data[field.name])
    try:
        return kind(**put)
    except TypeError as error:
        raise InvalidProblemError(f"{kind.__name__} cannot be read: {error}") from error


def _seen_through(hint: Any) -> Any:
    # NumPy 2.5 makes NDArray an alias that is evaluated late, so its origin is no class of arrays.
    alias = getattr(get_origin(hint), "__value__", None)
    return hint if alias is None else alias[get_args(hint)]


def _decode(hint: Any, data: Any) -> Any:
    hint = _seen_through(hint)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (types.UnionType, Union):
        inner = [argument for argument in arguments if argument is not type(None)]
        return None if data is None else _decode(inner[0], data)
    if getattr(origin, "__name__", "") == "ndarray":
        import numpy as np  # whoever has such a record has loaded it

        return np.array(data, dtype=get_args(arguments[1])[0])
    if origin is tuple:
        return tuple(_decode(arguments[0], item) for item in data)
    if is_dataclass(hint):
        return decode(cast("type[Any]", hint), data)
    return float(data) if hint is float else data
