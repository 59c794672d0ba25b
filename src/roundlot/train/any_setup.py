"""What setups of both kinds of training have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, Self, TypeVar

from roundlot.fleet.files import closest
from roundlot.fleet.values import text, whole
from roundlot.theory import InvalidProblemError
from roundlot.train.document import changed, merged


class _Run(Protocol):
    """A section ``[run]``."""

    @property
    def seeds(self) -> int: ...

    @property
    def baseline(self) -> str | None: ...


class _Named(Protocol):
    @property
    def name(self) -> str: ...


AnyRun = TypeVar("AnyRun", bound=_Run)
AnyMethod = TypeVar("AnyMethod", bound=_Named)


@dataclass(frozen=True, kw_only=True, eq=False)
class AnySetup(ABC, Generic[AnyRun, AnyMethod]):
    """Everything that training needs, checked.

    ``document`` is the TOML as parsed and changed, ``folder`` what its paths are relative to.

    Raises:
        InvalidProblemError: a baseline that is not among the methods.
    """

    name: str
    about: str
    seed: int
    run: AnyRun
    methods: tuple[AnyMethod, ...]
    folder: Path
    document: Mapping[str, Any]

    def __post_init__(self) -> None:
        names, baseline = [method.name for method in self.methods], self.run.baseline
        if baseline is not None and baseline not in names:
            raise InvalidProblemError(
                f"run.baseline is {baseline!r}, which is not among the methods; "
                + closest(baseline, names)
            )

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds of the runs."""
        return tuple(range(self.seed, self.seed + self.run.seeds))

    def replaced(self, changes: Mapping[str, Any]) -> Self:
        """The setup with some keys changed, such as ``{"run.rounds": 20}``; None drops a key."""
        return self._of(changed(self.document, changes))

    def at_full_size(self) -> Self:
        """The setup with its section ``[full]`` put over the others.

        Raises:
            InvalidProblemError: it has none.
        """
        full = self.document.get("full")
        if not full:
            raise InvalidProblemError(f"setup {self.name!r} has no [full]; leave --full out")
        return self._of(merged(self.document, full))

    @abstractmethod
    def _of(self, document: Mapping[str, Any]) -> Self:
        """The setup of another document in the same place."""


def head(document: Mapping[str, Any], folder: Path, fallback: str) -> dict[str, Any]:
    """What a setup says of itself, and where it is from."""
    return {
        "name": text(document.get("name", fallback), "name"),
        "about": str(document.get("about", "")),
        "seed": whole(low=0, high=2**40)(document.get("seed", 0), "seed"),
        "folder": folder,
        "document": document,
    }


def full_document(document: Mapping[str, Any]) -> dict[str, Any] | None:
    """The document with its ``[full]`` over it, if there is one.

    Raises:
        InvalidProblemError: one that is no section.
    """
    full = document.get("full", {})
    if not isinstance(full, Mapping):
        raise InvalidProblemError("[full] must hold sections; give [full.run] rounds = 150, say")
    return merged(document, full) if full else None
