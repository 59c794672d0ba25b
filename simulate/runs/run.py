"""How training says how far it is."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told that ``done`` of ``total`` rounds of a stage are over."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show it."""


def silent(stage: str, done: int, total: int) -> None:
    """Show nothing."""


def staged(progress: Progress, name: str) -> Progress:
    """Tells ``progress`` under another name."""

    def show(stage: str, done: int, total: int) -> None:
        progress(name, done, total)

    return show
