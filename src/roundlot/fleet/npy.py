"""One array of numbers from an npy file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy.typing as npt

from roundlot.fleet.files import reason
from roundlot.simulate.array_files import load_array
from roundlot.theory import InvalidProblemError


def read_npy(place: Path, what: str) -> npt.NDArray[Any]:
    """The integers or floats in the file; ``what`` names it in errors.

    Raises:
        InvalidProblemError: anything else, a pickle too, which is never read.
    """
    try:
        array = load_array(place)
        if array.dtype.kind not in "iuf":
            raise ValueError("it does not hold one array of numbers")
    except (ValueError, OSError) as error:
        raise InvalidProblemError(
            f"{what} {place} is not a plain .npy array: {reason(error)}"
        ) from error
    return array
