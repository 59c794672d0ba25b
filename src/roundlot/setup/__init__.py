"""What every setup shares: keys with their checks and words, sections made of them, one loader."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

from roundlot.setup.document import changed, read_toml
from roundlot.setup.fields import (
    Choice,
    Either,
    Number,
    Section,
    Whole,
    key,
    part,
    section,
    text,
)
from roundlot.setup.reading import existing_file
from roundlot.theory import InvalidProblemError

__all__ = ["Choice", "Either", "Number", "Section", "Setup", "Whole", "key", "part", "section"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Setup(Section):
    """What somebody asks for; each kind adds its sections, see `roundlot.setup.fields`.

    ``document`` is the TOML as parsed and changed, ``folder`` what its paths are relative to,
    ``path`` the file, None where there is none.
    """

    noun: ClassVar[str] = "setup"  # what errors call it
    wanted: ClassVar[str] = "a setup (.toml)"  # what to give in the place of a table

    name: str = part(text)
    about: str = key("", lambda value, place: str(value))
    folder: Path
    path: Path | None = None
    document: Mapping[str, Any]

    @classmethod
    def of(
        cls,
        document: Mapping[str, Any],
        *,
        folder: Path = Path(),
        name: str = "setup",
        path: Path | None = None,
    ) -> Self:
        """The setup of a document as parsed; ``name`` is for one that does not name itself.

        Raises:
            InvalidProblemError: an unknown section or key, a value that does not fit.
        """
        values = cls.checked({"name": name, **document}, "")
        return cls(**values, folder=folder, path=path, document=document)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """The setup in a TOML file; what has a default need not be there, none may be misspelt.

        Raises:
            InvalidProblemError: an unreadable file, a syntax error, an unknown section or key, a
                value that does not fit; one line that names it.
        """
        place = existing_file(path, cls.noun)
        document = read_toml(place, cls.noun, cls.wanted)
        try:
            return cls.of(document, folder=place.parent, name=place.stem, path=place)
        except InvalidProblemError as error:
            raise InvalidProblemError(f"{cls.noun} {place}: {error}") from error

    def replaced(self, changes: Mapping[str, Any]) -> Self:
        """The setup with some keys changed, such as ``{"seed": 3, "problem.budget": 40}``.

        Setting one of ``budget`` and ``budget_fraction`` drops the other. None drops a key.

        Raises:
            InvalidProblemError: an unknown key, a value that does not fit.
        """
        return self._of(changed(self.document, changes))

    def _of(self, document: Mapping[str, Any]) -> Self:
        """The setup of another document in the same place."""
        return type(self).of(document, folder=self.folder, name=self.name, path=self.path)
