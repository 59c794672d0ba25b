"""The kernel: judges proofs written as data. Exact fractions, no SymPy, nothing else of ours."""

from roundlot.theory.proofs.judging import ProvedDocument, judge, judge_text
from roundlot.theory.proofs.refusals import RefusedError, UnreadableError

__all__ = ["ProvedDocument", "RefusedError", "UnreadableError", "judge", "judge_text"]
