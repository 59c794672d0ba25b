"""Labels that a frame or a column brings along, of pandas, polars or another library of tables."""

from __future__ import annotations

from typing import Any

import numpy as np

from roundlot.theory.errors import InvalidProblemError

# What has no labels, most of what is given; a list of such is not looked through.
PLAIN = (float, int, str, bytes, np.ndarray, np.generic, type(None))


def library_of(given: Any) -> str | None:
    """Whose frame or column it is: "pandas", "polars", or None."""
    for kind in type(given).__mro__:
        root = kind.__module__.partition(".")[0]
        if root in ("pandas", "polars"):
            return root
    return None


def label_of(given: Any) -> str | None:
    """A label of a frame or column, or None where there is none or they merely count."""
    if isinstance(given, PLAIN):
        return None
    library = library_of(given)
    if library == "pandas":
        indices = getattr(given, "axes", ())
        return next((str(index[0]) for index in indices if not _counts(index)), None)
    columns = getattr(given, "columns" if library else "column_names", None)
    if library is None and not hasattr(given, "__arrow_c_stream__"):
        return None
    if columns is None or [*columns] == [f"column_{at}" for at in range(len(columns))]:
        return None  # polars' own names for the columns of an array
    return str(columns[0])


def require_unlabelled(given: Any, name: str) -> None:
    """Refuses what has labels, alone or in a sequence, as an argument that is read by position.

    Raises:
        InvalidProblemError: naming the argument, a label, and the cure.
    """
    if isinstance(given, list | tuple):
        if given and not isinstance(given[0], float | int | str):
            for at, part in enumerate(given):
                require_unlabelled(part, f"{name}[{at}]")
        return
    label = label_of(given)
    if label is not None:
        cure = ".to_numpy()" if library_of(given) else ".to_pandas().to_numpy()"
        raise InvalidProblemError(
            f"{name} has labels ({label[:40]!r}, ...) but is read by position; "
            f"put it in order and give {name}{cure}"
        )


def _counts(index: Any) -> bool:
    """Whether the labels of a pandas index are 0, 1, 2, ..."""
    if index.nlevels > 1 or getattr(index.dtype, "kind", "O") not in "iu":
        return len(index) == 0
    return bool(np.array_equal(np.asarray(index), np.arange(len(index))))
