"""A new setup to start from: with small tables beside it, or around a table of one's own."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from roundlot.data import data_bytes
from roundlot.fleet.data_sets import is_data_set
from roundlot.fleet.setup import read_setup
from roundlot.fleet.tables import write_atomically
from roundlot.setup.reading import plain_path
from roundlot.theory import InvalidProblemError

_NEW = ("clients", "samples", "norms")
_SCORES = """\
[scores]
# "scores" takes the numbers as they are; "norms" and "losses" times each client's share of data.
source = "scores"
path = "@path@"
"""
_NO_SCORES = """\
[scores]
# "train" trains every client once, and needs the labels of a data set; or what each client
# measured, in a table with the columns client and model:
source = "train"
# source = "norms"
# path = "norms.csv"
"""


def new_setup(
    path: str | os.PathLike[str], source: str | os.PathLike[str] | None = None
) -> tuple[Path, ...]:
    """Write a setup at ``path`` (``.toml``) and its tables beside it; returns the files written.

    Nothing is overwritten: if one of the files exists, none is written.

    Args:
        path: where.
        source: a table of scores, or a data set, which the setup is to be around: then nothing
            else is written. It is read first, and its models are in the setup by name.

    Raises:
        InvalidProblemError: a file exists, or the folder does not; a source that is malformed.
    """
    target = plain_path(path, "setup")
    if target.suffix.lower() != ".toml":
        raise InvalidProblemError(f"a setup is a TOML file; call it {target.stem or 'setup'}.toml")
    content = _examples(target) if source is None else _around(target, Path(source))
    written: list[Path] = []
    try:
        for place, text in content.items():
            written.append(write_atomically(place, _writer(text), overwrite=False))
    except BaseException:
        for place in written:
            place.unlink(missing_ok=True)
        raise
    return tuple(written)


def _examples(target: Path) -> dict[Path, bytes]:
    """The setup of the example, after its tables, so that a setup that exists is complete."""
    tables = {name: target.with_name(f"{target.stem}-{name}.csv") for name in _NEW}
    setup = data_bytes("new.toml").decode().replace("@name@", _toml(target.stem))
    for name, place in tables.items():
        setup = setup.replace(f"@{name}@", _toml(place.name))
    content = {place: data_bytes(f"new-{name}.csv") for name, place in tables.items()}
    return {**content, target: setup.encode()}


def _around(target: Path, source: Path) -> dict[Path, bytes]:
    """The setup of a table of scores or of a data set, which stays where it is."""
    if source.suffix.lower() == ".toml":
        raise InvalidProblemError(f"{source} is a setup; copy it, or give a table")
    fleet = read_setup(source).fleet
    place = Path(os.path.relpath(source.absolute(), target.absolute().parent)).as_posix()
    held = is_data_set(source)
    parts = {
        "@fleet@": f'samples = "{_toml(place)}"' if held else 'source = "scores"  # a row a client',
        "@scores@": _NO_SCORES if held else _SCORES.replace("@path@", _toml(place)),
        "@models@": f"[{', '.join(_quoted(name) for name in fleet.models)}]",
        "@budget@": f"{0.1 * fleet.n_processors:.12g}",
        "@table@": place,
        "@name@": _toml(target.stem),
    }
    setup = data_bytes("around.toml").decode()
    for mark, text in parts.items():
        setup = setup.replace(mark, text.rstrip())
    return {target: setup.encode()}


def _writer(content: bytes) -> Callable[[Path], None]:
    return lambda place: (place.write_bytes(content), None)[1]


def _quoted(name: str) -> str:
    """A name as a TOML string; line ends and their like are written out."""
    text = "".join(
        f"\\u{ord(letter):04x}" if ord(letter) < 32 or ord(letter) == 127 else letter
        for letter in _toml(name)
    )
    return f'"{text}"'


def _toml(name: str) -> str:
    """``name`` inside a TOML basic string; it is printable."""
    return name.replace("\\", "\\\\").replace('"', '\\"')
