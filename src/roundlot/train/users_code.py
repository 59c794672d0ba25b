"""Code of the user's own: files beside a setup, run from there; what goes wrong, on one line."""

from __future__ import annotations

import importlib.util
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from roundlot.ram import is_short
from roundlot.setup.reading import existing_file
from roundlot.theory import InvalidProblemError

#: What torch raises where a network does not fit.
_OF_TORCH = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
#: Of what an error says: more does not fit on a line.
_MOST_TEXT = 300


@contextmanager
def users_code(what: str, files: Sequence[Path]) -> Iterator[None]:
    """Whatever goes wrong in it, leaving the process included, becomes one line that says where.

    Args:
        what: is run, for the message.
        files: of the user; the last line of theirs on the way to the error is named.
    """
    try:
        yield
    except InvalidProblemError:
        raise
    except (Exception, SystemExit) as error:
        raise InvalidProblemError(_message(what, error, _line(error, files))) from error


@contextmanager
def where_users_code_fails(
    files: Sequence[Path], what: str = "", kept: Path | None = None
) -> Iterator[None]:
    """An error in code of ours that a line of the user's caused, or a network of theirs, is theirs.

    Errors that have nothing to do with their files, and those that we word, pass as they are.

    Args:
        files: of the user.
        what: was trained, for the message; else the file is named.
        kept: the checkpoint that the run could go on from, if it is there.
    """
    try:
        yield
    except (Exception, SystemExit) as error:
        if _is_worded(error) or is_short(error):
            raise
        place = _line(error, files)
        if place is None and not (files and isinstance(error, _OF_TORCH) and _in_torch(error)):
            raise
        known = "a network or loss" if place is None else "" if what else place.partition(",")[0]
        doing = " ".join(filter(None, (f"{what}{_round(error)}", known)))
        message = _message(doing, error, place)
        if kept is not None and kept.exists():
            message += f"; its checkpoint {kept} is kept"
        raise InvalidProblemError(message) from error


def loaded(module: str, folder: Path, place: str, kind: str = "function") -> Callable[..., Any]:
    """``function`` of ``file.py``, run from the setup's folder; ``kind`` of thing, for errors.

    Raises:
        InvalidProblemError: no such file, one that fails, or one without that function.
    """
    file, _, function = split(module, place, kind)
    path = existing_file(folder / file, place)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise InvalidProblemError(f"{place}: {path} is no Python file")
    made = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(path.stem, made)  # dataclasses look their module up
    with users_code(f"{place}: {path}", [path]):
        spec.loader.exec_module(made)
    found = getattr(made, function, None)
    if not callable(found):
        raise InvalidProblemError(f"{place}: {path} has no {kind} {function!r}")
    return found  # type: ignore[no-any-return]


def split(module: str, place: str, kind: str = "function") -> tuple[str, str, str]:
    """The file, a colon and the name in "file.py:function".

    Raises:
        InvalidProblemError: anything else.
    """
    file, colon, function = module.rpartition(":")
    if not colon or not file or not function.isidentifier():
        raise InvalidProblemError(f'{place} is {module!r}; give "file.py:{kind}"')
    return file if file.endswith(".py") else f"{file}.py", colon, function


def _message(what: str, error: BaseException, place: str | None) -> str:
    text = " ".join(str(error).split())[:_MOST_TEXT]
    where = "" if place is None else f" ({place})"
    return f"{what} fails: {type(error).__name__}: {text}{where}; mend it"


def _line(error: BaseException, files: Sequence[Path]) -> str | None:
    """The last line in one of the files on the way to the error."""
    if isinstance(error, SyntaxError) and error.lineno is not None:
        return f"{Path(error.filename or '').name}, line {error.lineno}"
    known = {path.resolve() for path in files}
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if (path.is_absolute() and path.resolve() in known) or path in files:
            return f"{path.name}, line {frame.lineno}"
    return None


def _is_worded(error: BaseException) -> bool:
    """Whether it is an error of ours, which says what to do."""
    return isinstance(error, InvalidProblemError) or type(error).__module__.startswith("roundlot")


def _round(error: BaseException) -> str:
    """The round of a training that it happened in, if it was in one."""
    notes = [note for note in getattr(error, "__notes__", ()) if note.startswith("in round ")]
    return f" {notes[0]}" if notes else ""


def _in_torch(error: BaseException) -> bool:
    """Whether it came out of a network or a loss of torch."""
    frames = traceback.extract_tb(error.__traceback__)
    return bool(frames) and "/torch/nn/" in Path(frames[-1].filename).as_posix()
