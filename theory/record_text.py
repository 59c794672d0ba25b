"""Records in one line: shapes in place of arrays, key numbers, nothing that runs on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

LONGEST = 160
_FEW = 4
_WORD = 40


def short_repr(record: Any) -> str:
    """``Name(field=value, ...)`` of a dataclass, at most some 160 characters.

    Arrays are shown by shape unless they hold at most four numbers, longer tuples and mappings by
    their size, records within by their name; what is None or empty is left out. For a class body:
    ``__repr__ = short_repr``.
    """
    name = type(record).__name__
    parts = [
        f"{one.name}={_shown(getattr(record, one.name))}"
        for one in fields(record)
        if one.repr and not _is_nothing(getattr(record, one.name))
    ]
    kept: list[str] = []
    for part in parts:
        if len(name) + len(", ".join([*kept, part])) > LONGEST:
            return f"{name}({', '.join([*kept, '...'])})"
        kept.append(part)
    return f"{name}({', '.join(kept)})"


def _is_nothing(value: Any) -> bool:
    return value is None or (isinstance(value, tuple | list | Mapping | str) and len(value) == 0)


def _shown(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return _array(value)
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, float | np.floating):
        return f"{value:.6g}"
    if isinstance(value, int | np.integer):
        return str(int(value))
    if isinstance(value, str):
        return repr(value if len(value) <= _WORD else f"{value[:_WORD]}...")
    if isinstance(value, tuple | list | Mapping):
        return _several(value)
    if is_dataclass(value):
        return f"{type(value).__name__}(...)"
    text = " ".join(repr(value).split())
    return text if len(text) <= _WORD else f"{type(value).__name__}(...)"


def _array(values: np.ndarray[Any, Any]) -> str:
    if values.ndim < 2 and values.size <= _FEW:
        return np.array2string(values, precision=4, separator=", ").replace("\n", "")
    return f"array({' x '.join(map(str, values.shape))})"


def _several(values: Any) -> str:
    few = not isinstance(values, Mapping) and len(values) <= _FEW
    if few and all(isinstance(one, str | int | float) for one in values):
        return f"({', '.join(_shown(one) for one in values)})"
    return "1 item" if len(values) == 1 else f"{len(values)} items"
