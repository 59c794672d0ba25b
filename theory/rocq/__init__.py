"""Theorems as Rocq (Coq) files: statement and proof, for a proof assistant to replay."""

from roundlot.theory.rocq.document import document

__all__ = ["document"]
