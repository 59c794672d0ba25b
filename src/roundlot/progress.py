"""How long work says how far it is."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told that ``done`` of ``total`` steps of a stage are over; ``total`` 0 when not known."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show it."""


def silent(stage: str, done: int, total: int) -> None:
    """Show nothing."""
