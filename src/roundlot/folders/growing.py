"""A folder that a job adds to while it runs: one owner at a time, and what is complete is kept."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from roundlot.files import reworded, write_text
from roundlot.folders.atomic import take_lock
from roundlot.folders.checks import check_addable
from roundlot.theory.json_text import UnreadableError, dumps, parse
from roundlot.theory.plain_files import text_in

LOCK = ".lock"
# A pipe in the place of the lock is refused and not waited for.
_LOCK_FLAGS = os.O_WRONLY | os.O_CREAT | getattr(os, "O_NONBLOCK", 0)
_HALVES = ".*.part*"  # of a write that was killed


@dataclass(frozen=True, kw_only=True)
class GrowingFolder:
    """One folder of one kind of job.

    Attributes:
        path: the folder; it need not be there yet.
        noun, verb: what the job is called and what its process does: "training", "trains".
        head_name: the file that says what the folder is of.
        formats: that the head may have; the first one is written.
        started: whether anything is kept in a folder.
    """

    path: Path
    noun: str
    verb: str
    head_name: str
    formats: tuple[str, ...]
    started: Callable[[Path], bool]

    def head(self) -> Mapping[str, Any]:
        """What the folder says of itself: its format, its setup, and what else was written.

        Raises:
            FileExistsError: the folder is of something else.
        """
        with suppress(OSError, ValueError, KeyError, TypeError):
            found = _parsed(text_in(self.path / self.head_name))
            if found["format"] in self.formats:
                return dict(found)
        raise FileExistsError(
            f"{self.path} is not empty and holds no {self.head_name} of a {self.noun}; "
            "choose another folder"
        )

    def write_head(self, **facts: Any) -> None:
        """Say what the folder is of, in place of what it said."""
        head = {"format": self.formats[0], **plain(facts)}
        write_text(self.path / self.head_name, dumps(head, indent=1))

    def require_free(self, *, resume: bool) -> None:
        """Refuse now what `owned` would refuse.

        Raises:
            FileExistsError: the folder holds something that may not be added to, or is a file.
            OSError: the place cannot be written.
        """
        check_addable(self.path)
        if not self._holds_anything():
            return
        self.head()
        if not resume and self.started(self.path):
            raise FileExistsError(
                f"{self.path} holds an earlier {self.noun}; choose another folder, or go on with "
                "--resume"
            )

    @contextmanager
    def owned(self, *, resume: bool) -> Iterator[Mapping[str, Any] | None]:
        """The folder for this process alone; gives the head of what is kept there, if anything is.

        Raises:
            FileExistsError: an earlier job without ``resume``; something else is in the way;
                another process works in the folder now.
            OSError: the place cannot be written.
        """
        self.require_free(resume=resume)
        with reworded(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            lock = os.fdopen(os.open(self.path / LOCK, _LOCK_FLAGS, 0o666), "a", encoding="utf-8")
        with lock:
            take_lock(
                lock,
                f"another process {self.verb} into {self.path} now; wait for it or choose another "
                "folder",
                place=self.path,
            )
            self.require_free(resume=resume)
            for half in (*self.path.glob(_HALVES), *self.path.glob(f"*/{_HALVES}")):
                with suppress(OSError):
                    half.unlink()
            yield self.head() if self.started(self.path) else None

    def _holds_anything(self) -> bool:
        """But for a lock, halves of files and empty folders, which a killed process leaves."""
        if not self.path.is_dir():
            return False
        halves = set(self.path.glob(_HALVES))
        return any(
            item.name != LOCK and item not in halves and not _is_empty_folder(item)
            for item in self.path.iterdir()
        )


def plain(value: Any) -> Any:
    """A document of TOML as JSON has it: dates become text."""
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value if value is None or isinstance(value, str | bool | int | float) else str(value)


def flat(document: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested settings by dotted name."""
    out: dict[str, Any] = {}
    for name, value in document.items():
        if isinstance(value, Mapping):
            out |= flat(value, f"{prefix}{name}.")
        else:
            out[prefix + name] = value
    return out


def _parsed(text: str) -> Any:
    try:
        return parse(text)
    except UnreadableError:
        return json.loads(text)  # the first version wrote a bare Infinity or NaN


def _is_empty_folder(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())
