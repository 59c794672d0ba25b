"""The tasks there are, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from roundlot.simulate.tasks import (
    characters,
    cifar10,
    digits,
    emnist,
    fashion_mnist,
    femnist,
    mnist,
    panel,
    quadratics,
    shakespeare,
    tabular,
    words,
)
from roundlot.simulate.tasks.task import Task
from roundlot.theory import InvalidProblemError
from roundlot.theory.names import require_choice


def _quadratic_tasks(**options: Any) -> tuple[Task, ...]:
    """The tasks of ``quadratics`` without their constants."""
    return quadratics(**options).tasks


# Those that need no file, then those that read a folder, their first argument.
#: Every task by its name: a function of options that makes it.
TASKS: Mapping[str, Callable[..., tuple[Task, ...]]] = {
    "digits": digits,
    "words": words,
    "quadratics": _quadratic_tasks,
    "characters": characters,
    "tabular": tabular,
    "mnist": mnist,
    "panel": panel,
    "fashion-mnist": fashion_mnist,
    "emnist": emnist,
    "cifar10": cifar10,
    "shakespeare": shakespeare,
    "femnist": femnist,
}


def make_tasks(name: str, *arguments: Any, **options: Any) -> tuple[Task, ...]:
    """The tasks of one of ``TASKS``, with its options.

    Raises:
        InvalidProblemError: an unknown name or option, or as the task's own function.
    """
    require_choice(name, "task", TASKS)
    try:
        return TASKS[name](*arguments, **options)
    except TypeError as error:
        if "argument" not in str(error):
            raise
        raise InvalidProblemError(f"task {name!r}: {error}; see its function's options") from error
