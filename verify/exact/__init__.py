"""The judge of certificates: problem, design and prices in, what they prove out; no solver."""

from typing import TYPE_CHECKING

from roundlot.facade import on_first_use

_HOME = {
    "Judgement": "verify.exact.judgement",
    "judge": "verify.exact.judgement",
    "judge_document": "verify.exact.documents",
}

__all__ = ["Judgement", "judge"]

__getattr__, __dir__ = on_first_use(__name__, _HOME, __all__)

if TYPE_CHECKING:
    from roundlot.verify.exact.documents import judge_document as judge_document
    from roundlot.verify.exact.judgement import Judgement, judge
