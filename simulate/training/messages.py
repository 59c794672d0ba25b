"""What processes tell one another in words: tasks, and what went wrong."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from roundlot.simulate.training.errors import LostProcessError, TrainingError
from roundlot.simulate.training.task import Task
from roundlot.simulate.training.wire import packed, unpacked
from roundlot.theory import (
    AssumptionError,
    ConvergenceError,
    DrawError,
    InfeasibleError,
    InvalidProblemError,
)

_ADVICE = (
    "define its network and its loss by name in a file that can be imported, or start with torchrun"
)
_NAMED: dict[str, type[Exception]] = {
    kind.__name__: kind
    for kind in (
        AssumptionError,
        ConvergenceError,
        DrawError,
        InfeasibleError,
        InvalidProblemError,
    )
}


def packed_tasks(tasks: Sequence[Task]) -> bytes:
    """The tasks with their data.

    Raises:
        InvalidProblemError: a network or loss that cannot be sent to another process.
    """
    try:
        return packed(tuple(tasks))
    except Exception as error:  # pickling runs the user's classes
        raise InvalidProblemError(
            f"a task cannot be sent to other processes ({_line(error)}); {_ADVICE}"
        ) from error


def sources(tasks: Sequence[Task]) -> dict[str, str]:
    """Files of the modules that networks and losses come from, by the modules' names."""
    kinds: set[Any] = {type(part) for task in tasks for part in task.module.modules()}
    kinds |= {task.loss for task in tasks if callable(task.loss)}
    files = {
        name: getattr(sys.modules.get(name), "__file__", None)
        for name in {str(getattr(kind, "__module__", "")) for kind in kinds}
        if name != "__main__" and not name.startswith(("torch.", "roundlot."))
    }
    return {name: file for name, file in files.items() if file}


def load_sources(files: Mapping[str, str]) -> None:
    """Import modules by file where their names alone do not find them."""
    for name, file in files.items():
        if name in sys.modules or _origin(name) == file:
            continue
        spec = importlib.util.spec_from_file_location(name, file)
        if spec is not None and spec.loader is not None:
            sys.modules[name] = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(sys.modules[name])


def failure(error: BaseException) -> bytes:
    """An error, to be raised in another process by `raise_failure`."""
    told: dict[str, Any] = {"kind": type(error).__name__, "text": _line(error)}
    if isinstance(error, TrainingError):
        told |= {"task": error.task, "client": error.client, "round_": error.round}
        told |= {"what": error.what}
    return packed(told)


def raise_failure(told: bytes, *, rank: int, size: int) -> None:
    """Raise what ``failure`` was told by process ``rank``.

    Raises:
        TrainingError: it was one.
        InvalidProblemError: it was one, or a task cannot be read there.
        Exception: another error of `roundlot.theory`, as it was.
        LostProcessError: it was anything else.
    """
    known: dict[str, Any] = unpacked(told)
    kind, text = known.pop("kind"), known.pop("text")
    if kind == "TrainingError":
        raise TrainingError(**known)
    if kind in _NAMED:
        raise _NAMED[kind](text)
    if "Can't get attribute" in text:
        raise InvalidProblemError(f"a task cannot be read by other processes ({text}); {_ADVICE}")
    raise LostProcessError(rank=rank, size=size, how=f"failed ({kind}: {text})")


def _origin(name: str) -> str | None:
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return None
    return None if spec is None else spec.origin


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())
