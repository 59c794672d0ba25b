"""JSON as it is defined: no key twice, no NaN, no bottomless nesting."""

from __future__ import annotations

import json
import math
from collections import Counter
from pathlib import Path
from typing import Any

MOST = 1 << 27  # bytes of a document; larger arrays lie beside it
_NUMBERS = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


class UnreadableError(ValueError):
    """A document that is truncated, malformed, of another version, or lacks a part of itself."""


class AlteredError(ValueError):
    """An array that is not the one that its document was written with."""


def text_of(file: Path) -> str:
    """The text of a document.

    Raises:
        UnreadableError: no regular file, too long, not UTF-8, or the system refuses.
    """
    try:
        if not file.is_file():
            raise UnreadableError("it is not a file")
        if file.stat().st_size > MOST:
            raise UnreadableError(f"it is longer than {MOST} bytes; put its arrays beside it")
        return file.read_text("utf-8")
    except OSError as error:
        raise UnreadableError(f"it cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UnreadableError("it is not text in UTF-8") from None


def parse(text: str) -> Any:
    """The value of a text.

    Raises:
        UnreadableError: the text is not JSON.
    """
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_refuse)
    except UnreadableError:
        raise
    except RecursionError:
        raise UnreadableError("it is nested too deep") from None
    except ValueError as error:
        raise UnreadableError(f"it is not JSON: {error}") from None


def _object(pairs: list[tuple[str, Any]]) -> Any:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise UnreadableError(f"the key {twice!r:.40} stands twice")
    if found.keys() == {"number"}:
        if found["number"] not in list(_NUMBERS):
            raise UnreadableError(f"{found['number']!r:.40} is no number; write it as JSON does")
        return _NUMBERS[found["number"]]
    return found


def _refuse(word: str) -> Any:
    raise UnreadableError(f'{word} is not JSON; write {{"number": "{word}"}}')


def as_json(value: float) -> float | dict[str, str]:
    """The number itself, or ``{"number": "NaN"}``, ``"Infinity"`` or ``"-Infinity"``."""
    if math.isfinite(value):
        return value
    return {"number": "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"}
