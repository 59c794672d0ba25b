"""Why a document is no proof: it cannot be read, or it does not prove what it claims."""

from __future__ import annotations

from roundlot.theory.json_text import UnreadableError

__all__ = ["RefusedError", "UnreadableError"]


class RefusedError(ValueError):
    """A proof that does not stand; ``where`` names the theorem and the step that fails."""

    def __init__(self, reason: str, where: str = "") -> None:
        super().__init__(f"{where}: {reason}" if where else reason)
        self.reason = reason
        self.where = where
