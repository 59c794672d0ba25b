"""What runs keep in files: named arrays, and plain data as the bytes of its JSON.

NumPy's own format, without pickle. Torch's own files are pickles, even where weights alone are
read, and then take no arrays of NumPy, which methods may remember.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from roundlot.simulate.array_files import Arrays, load_arrays
from roundlot.simulate.array_files import save_arrays as write_archive
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import AnyArray
from roundlot.theory.json_text import long_number

__all__ = ["Arrays", "array_text", "malformed", "read_archive", "text_array", "write_archive"]


def read_archive(path: str | os.PathLike[str], what: str) -> Arrays:
    """The arrays that were written; ``what`` the file should hold, for errors.

    Raises:
        InvalidProblemError: a file that is not such an archive.
        OSError: a file that cannot be read.
    """
    try:
        return load_arrays(path)
    except ValueError as error:
        raise InvalidProblemError(
            f"{path} does not hold {what} ({error}); remove it and start again"
        ) from error


@contextmanager
def malformed(what: str, remedy: str) -> Iterator[None]:
    """Turns what malformed content raises into one line: ``what (why); remedy``.

    Raises:
        InvalidProblemError: a missing entry, or one of another kind or shape.
    """
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        why = " ".join(str(error).split())[:200]
        raise InvalidProblemError(f"{what} ({why}); {remedy}") from error


def text_array(value: Any) -> npt.NDArray[np.uint8]:
    """Plain data as the bytes of its JSON, in an array."""
    return np.frombuffer(json.dumps(value).encode(), dtype=np.uint8)


def array_text(array: AnyArray) -> Any:
    """What ``text_array`` was given.

    Raises:
        ValueError: anything else.
    """
    if array.dtype != np.uint8:
        raise ValueError(f"text is bytes, not {array.dtype}")
    text = array.tobytes().decode()
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("its text nests too deep") from error
    except ValueError as error:
        raise ValueError(long_number(text, error) or str(error)) from error
