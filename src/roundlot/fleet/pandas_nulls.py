"""What a Parquet file that pandas wrote tells of its frame: nulls, and names in levels.

A null is a missing cell, or a client that diverged: pandas writes both as a null unless the column
has one of its types that tell them apart.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from roundlot.setup.reading import one_spelling
from roundlot.theory.errors import warn

#: The key of a Parquet file under which pandas says what its columns were.
PANDAS = "pandas"
_NAMED = 3


def undecided_columns(record: str | bytes | None) -> frozenset[str]:
    """The columns of numbers in which a null may be either; none of a file that pandas did not
    write.

    Args:
        record: what the file holds under ``PANDAS``.
    """
    try:
        columns = json.loads(record or "{}").get("columns", [])
    except (ValueError, AttributeError):
        return frozenset()
    return frozenset(
        one_spelling(str(column.get("field_name") or column.get("name")))
        for column in columns
        if isinstance(column, dict) and _is_float(column)
    )


def column_in_levels(record: str | bytes | None) -> str | None:
    """The first column of a frame whose columns had levels (a MultiIndex), None of any other.

    Args:
        record: what the file holds under ``PANDAS``.
    """
    try:
        said = json.loads(record or "{}")
        levels, columns = said.get("column_indexes", []), said.get("columns", [])
        return str(columns[0]["name"]) if len(levels) > 1 else None
    except (ValueError, AttributeError, TypeError, LookupError):
        return None


def _is_float(column: Mapping[str, object]) -> bool:
    """Whether it was NumPy's floats, objects that were written as floats, or categories."""
    kind, written = str(column.get("numpy_type")), str(column.get("pandas_type"))
    return (
        kind in ("float16", "float32", "float64")
        or (kind == "object" and written.startswith("float"))
        or written == "categorical"
    )


def tell_of_nulls(file: str, nulls: Mapping[str, int]) -> None:
    """Warn of nulls, by column, that are read as not available and may be clients that diverged.

    Warns:
        RoundlotWarning: if there are any.
    """
    found = {name: count for name, count in nulls.items() if count}
    if not found:
        return
    parts = [f"{count:,} in {name!r}" for name, count in list(found.items())[:_NAMED]]
    more = f" and {len(found) - _NAMED:,} more columns" if len(found) > _NAMED else ""
    warn(
        f"{file}: empty cells, {', '.join(parts)}{more}, are read as not available; pandas wrote "
        "the file, and empties missing cells and clients that diverged (NaN) alike: look for NaN, "
        "then save frame.convert_dtypes(), which says that they are missing"
    )
