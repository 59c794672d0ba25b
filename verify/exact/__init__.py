"""The judge of certificates: problem, design and prices in, what they prove out; no solver."""

from roundlot.verify.exact.judgement import Judgement, judge

__all__ = ["Judgement", "judge"]
