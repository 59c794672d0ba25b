"""Theorems and certified rounds as Rocq (Coq) files, for a proof assistant to replay."""

from roundlot.theory.rocq.document import document
from roundlot.theory.rocq.rounds import rounds_document

__all__ = ["document", "rounds_document"]
