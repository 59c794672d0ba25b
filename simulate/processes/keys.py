"""The key that all processes of ``torchrun`` know and nobody else does."""

from __future__ import annotations

import hashlib
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from roundlot.private import private_folder
from roundlot.theory import InvalidProblemError

VARIABLE = "ROUNDLOT_WIRE_KEY"
SHORTEST = 32  # characters
_SIZE = 32  # bytes


@dataclass(frozen=True, kw_only=True)
class SharedKey:
    """A key by a variable of the environment, or on one machine by a file of this account.

    Attributes:
        given: what the variable holds, None where there is none.
        place: of the file.
    """

    given: str | None
    place: Path

    @classmethod
    def of(cls, *, size: int, local_size: int) -> SharedKey:
        """That of the processes that ``torchrun`` started.

        Raises:
            InvalidProblemError: they are on several machines without the variable; it is short.
        """
        given = os.environ.get(VARIABLE)
        if given is None and local_size < size:
            raise InvalidProblemError(
                "these processes are on several machines and know each other by no key; set "
                f"{VARIABLE} to the same {SHORTEST} letters and digits or more on all of them, "
                "drawn at random, such as by: openssl rand -hex 32"
            )
        if given is not None and len(given) < SHORTEST:
            raise InvalidProblemError(
                f"{VARIABLE} has {len(given)} characters; give {SHORTEST} or more, drawn at random"
            )
        names = ("MASTER_ADDR", "MASTER_PORT", "TORCHELASTIC_RUN_ID")
        run = " ".join(os.environ.get(name, "") for name in names)
        name = f"wire-{hashlib.sha256(run.encode()).hexdigest()[:16]}"
        return cls(given=given, place=private_folder() / name)

    def lay(self) -> None:
        """The first process does so before it meets the others."""
        if self.given is None:
            self.place.unlink(missing_ok=True)
            handle = os.open(self.place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(secrets.token_bytes(_SIZE))

    def read(self) -> bytes:
        """The key, once the processes have met.

        Raises:
            InvalidProblemError: there is none here.
        """
        if self.given is not None:
            return hashlib.sha256(self.given.encode()).digest()
        with suppress(OSError):
            key = self.place.read_bytes()
            if len(key) == _SIZE:
                return key
        raise InvalidProblemError(
            f"the first process left no key in {self.place}; set {VARIABLE} for all processes"
        )

    def remove(self) -> None:
        """The first process does so at the end."""
        if self.given is None:
            self.place.unlink(missing_ok=True)
