"""A setup to start from: a commented TOML file with small tables beside it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from roundlot.data import data_bytes
from roundlot.fleet.files import plain_path, write_atomically
from roundlot.theory import InvalidProblemError

_TABLES = ("clients", "samples", "norms")


def new_setup(path: str | os.PathLike[str]) -> tuple[Path, ...]:
    """Write a setup at ``path`` (``.toml``) and its tables beside it; returns the files written.

    Nothing is overwritten: if one of the files exists, none is written.

    Raises:
        InvalidProblemError: a file exists, or the folder does not.
    """
    target = plain_path(path, "setup")
    if target.suffix.lower() != ".toml":
        raise InvalidProblemError(f"a setup is a TOML file; call it {target.stem or 'setup'}.toml")
    tables = {name: target.with_name(f"{target.stem}-{name}.csv") for name in _TABLES}
    setup = data_bytes("new.toml").decode().replace("@name@", _toml(target.stem))
    for name, place in tables.items():
        setup = setup.replace(f"@{name}@", _toml(place.name))
    content = {place: data_bytes(f"new-{name}.csv") for name, place in tables.items()}
    content[target] = setup.encode()  # last, so that a setup that exists is complete
    written: list[Path] = []
    try:
        for place, text in content.items():
            written.append(write_atomically(place, _writer(text), overwrite=False))
    except BaseException:
        for place in written:
            place.unlink(missing_ok=True)
        raise
    return tuple(written)


def _writer(content: bytes) -> Callable[[Path], None]:
    return lambda place: (place.write_bytes(content), None)[1]


def _toml(name: str) -> str:
    """``name`` inside a TOML basic string; it is printable."""
    return name.replace("\\", "\\\\").replace('"', '\\"')
