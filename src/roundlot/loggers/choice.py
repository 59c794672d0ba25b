"""Loggers by name, for setups and the command line: "tensorboard:runs", "mlflow", "wandb:mine"."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from roundlot import loggers
from roundlot.setup import Section, key
from roundlot.setup.fields import texts
from roundlot.setup.reading import closest
from roundlot.simulate.runs.callbacks import Callback
from roundlot.theory import InvalidProblemError

#: Names, with what makes a logger of the place behind the colon.
KINDS: Mapping[str, Callable[..., Callback]] = {
    "tensorboard": lambda *where: loggers.TensorBoardLogger(*where),
    "mlflow": lambda *where: loggers.MLflowLogger(*where),
    "wandb": lambda *where: loggers.WandbLogger(*where),
}


def make_logger(name: str) -> Callback:
    """The logger called "tensorboard", "mlflow" or "wandb", with ``:where`` behind it or without.

    Raises:
        InvalidProblemError: an unknown name; its package is not installed.
    """
    kind, colon, where = name.partition(":")
    if kind not in KINDS:
        raise InvalidProblemError(f"no logger is called {kind!r}; {closest(kind, KINDS)}")
    if colon and not where:
        raise InvalidProblemError(f"{name!r} ends with a colon; give the place after it")
    return KINDS[kind](*([where] if where else []))


def _names(value: Any, place: str) -> tuple[str, ...]:
    """A list of loggers, or a text with commas between."""
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",")]
    names = texts(value, place)
    for name in names:
        kind = name.partition(":")[0]
        if kind not in KINDS:
            raise InvalidProblemError(f"{place} has {kind!r:.60}; {closest(kind, KINDS)}")
    if len(set(names)) < len(names):
        raise InvalidProblemError(f"{place} has a logger twice; give each once")
    return names


@dataclass(frozen=True, kw_only=True)
class LogSection(Section, table="log"):
    """``[log]``: which loggers are told of every round; see docs/logs.md."""

    to: tuple[str, ...] = key(
        (),
        _names,
        "Log every round to tensorboard[:folder], mlflow[:address] or wandb[:project]; several "
        "with commas.",
    )

    def loggers(self) -> tuple[Callback, ...]:
        """The loggers, new.

        Raises:
            InvalidProblemError: a package is not installed.
        """
        return tuple(make_logger(name) for name in self.to)
