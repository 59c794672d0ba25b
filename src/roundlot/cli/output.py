"""What commands print: aligned text for people, JSON for programs, progress on standard error."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import typer

from roundlot import progress
from roundlot.cli.columns import paragraph, width
from roundlot.cli.stages import Lines, Shown
from roundlot.files import refusal
from roundlot.theory.json_text import encode
from roundlot.user_text import printable

if TYPE_CHECKING:
    from rich.console import Console

QUIET = "ROUNDLOT_QUIET"
_BESIDE_NAMES = 47  # columns of the shortest bar, a clock, the longest estimate, gaps between
_LONGEST_NAME, _LONGEST_BAR, _LEAST_BAR = 32, 40, 4
_UNWATCHED = ("JPY_PARENT_PID", "CI")


def say(text: object, *, error: bool = False, whole: bool = False) -> None:
    """Print lines for a person, on standard error where standard output is JSON.

    What is wider than the terminal goes on below, set in; a pipe and a file get whole lines, and
    so does a terminal that gets what is to be copied, ``whole``.
    """
    shown = printable(str(text))
    put(shown if whole else _fitted(shown, error=error), error=error)


def complain(text: str) -> None:
    """Print one line on standard error: what went wrong, or what is to be known."""
    line = printable(f"roundlot: {' '.join(text.split())}")
    with suppress(OSError):  # a log that is full, or that nobody reads; the exit code says it, too
        typer.echo(_fitted(line, error=True), err=True)


class UnreadError(Exception):
    """Whoever read the output has gone; no error of the system, which typer would answer itself."""


def put(text: str, *, error: bool = False) -> None:
    """Print a text as it is.

    Raises:
        UnreadError: whoever read it has gone.
        OSError: its place is full; the message says so.
    """
    with _told_as_ours("standard error" if error else "standard output"):
        typer.echo(text, err=error)


def settle() -> None:
    """See to it that what was printed has arrived; raises as `put`."""
    with _told_as_ours("standard output"):
        if sys.stdout is not None:  # None where it was closed
            sys.stdout.flush()


def is_unread() -> bool:
    """Whether the other end of standard output is closed."""
    try:
        from select import POLLERR, poll
    except ImportError:  # not on this system
        return True
    looked = poll()
    with suppress(OSError, ValueError, AttributeError):
        looked.register(sys.__stdout__.fileno(), 0)  # type: ignore[union-attr]
    return any(event & POLLERR for _, event in looked.poll(0))


@contextmanager
def _told_as_ours(place: str) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError as error:
        raise UnreadError from error
    except OSError as error:
        raise OSError(f"cannot write {place}: {refusal(error)}") from error


def _fitted(text: str, *, error: bool) -> str:
    return paragraph(text, within=width(of=sys.stderr) if error else None)


def say_json(value: Any) -> None:
    """Print one JSON document; infinities and NaN are written as they are in files."""
    put(json.dumps(encode(value), indent=2, allow_nan=False))


_LATER: list[tuple[str, bool]] = []


def say_later(text: str, *, error: bool = False) -> None:
    """Print a line after the answer, if there is one: a refusal stays one line."""
    _LATER.append((text, error))


@contextmanager
def what_is_said_later() -> Iterator[None]:
    """A command: what it has for later is said when it ends well, and forgotten otherwise."""
    _LATER.clear()
    try:
        yield
        for text, error in _LATER:
            say(text, error=error)
    finally:
        _LATER.clear()


@contextmanager
def progress_bar() -> Iterator[progress.Progress]:
    """Bars on standard error, one a stage, or lines where no terminal redraws; none if quiet."""
    if not _is_watched():
        quiet = _is_set(QUIET)
        yield progress.silent if quiet else Lines(put=complain)
        return
    from rich.console import Console

    with bars_on(Console(stderr=True)) as shown:
        yield shown


@contextmanager
def bars_on(console: Console) -> Iterator[Shown]:
    """Bars that fit a console, gone at the end."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.table import Column

    names = max(min(console.width - _BESIDE_NAMES, _LONGEST_NAME), _LEAST_BAR)
    columns = (  # names of methods are somebody's own: no markup
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=None, table_column=Column(max_width=_LONGEST_BAR)),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}", markup=False),
    )
    with Progress(*columns, console=console, transient=True) as bars:
        yield Shown(bars=bars, names=names)


_KEPT: list[str] = []


@contextmanager
def kept_when_interrupted(folder: Path) -> Iterator[None]:
    """Whoever stops the work is told where what is done is kept."""
    _KEPT.clear()
    try:
        yield
    except BaseException:
        if folder.exists():
            _KEPT.append(
                f"what is done is kept in {folder}; the same command with --resume goes on"
            )
        raise


def what_is_kept() -> str:
    """What to say of it, once; nothing where nothing is."""
    return _KEPT.pop() if _KEPT else ""


def _is_watched() -> bool:
    """Whether standard error is a terminal that can redraw a line, and nobody asked for quiet.

    Jupyter gives ``!command`` a pty and prints what it receives, escape codes and all; so do the
    logs of continuous integration. rich knows about TERM and TTY_COMPATIBLE.
    """
    stream: TextIO | None = sys.stderr  # None where it was closed
    if stream is None or not stream.isatty() or any(_is_set(name) for name in (QUIET, *_UNWATCHED)):
        return False
    from rich.console import Console

    return Console(stderr=True).is_interactive


def _is_set(name: str) -> bool:
    return os.environ.get(name, "").lower() not in ("", "0", "false")
