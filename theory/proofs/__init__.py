"""Proofs: theorems as objects, and the kernel that judges them as data.

Names load on first use: a proof is judged without SymPy, and a theorem is read without the kernel.
"""

from typing import TYPE_CHECKING

from roundlot.facade import on_first_use

_HOME = {
    "ProvedDocument": "theory.proofs.kernel.judging",
    "judge": "theory.proofs.kernel.judging",
    "judge_text": "theory.proofs.kernel.judging",
    "RefusedError": "theory.proofs.kernel.scopes",
    "UnreadableError": "theory.json_text",
}

__all__ = ["ProvedDocument", "RefusedError", "UnreadableError", "judge", "judge_text"]

__getattr__, __dir__ = on_first_use(__name__, _HOME, __all__)

if TYPE_CHECKING:
    from roundlot.theory.json_text import UnreadableError
    from roundlot.theory.proofs.kernel.judging import ProvedDocument, judge, judge_text
    from roundlot.theory.proofs.kernel.scopes import RefusedError
