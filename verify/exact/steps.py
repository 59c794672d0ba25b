"""A file about rounds of one step with independent draws: read, and judged in fractions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from roundlot.theory.certificates.arithmetic import nearest
from roundlot.theory.certified_rounds import StepsClaim, steps_in


@dataclass(frozen=True, kw_only=True)
class StepsJudgement:
    """A claim about rounds of one step that is proved, or refused for reasons.

    Attributes:
        claim: as the file has it.
        reasons: why not, in words; empty if it is proved.
    """

    claim: StepsClaim
    reasons: tuple[str, ...]

    @property
    def proved(self) -> bool:
        """Whether the theorems' conditions hold and give the bound."""
        return not self.reasons

    def record(self) -> dict[str, Any]:
        """Plain numbers: the bound rounded up, what it is proved under rounded down."""
        claim = self.claim
        return {
            "proved": self.proved,
            "reasons": list(self.reasons),
            "clients": claim.n_clients,
            "rounds": claim.rounds,
            "initial": nearest(claim.initial, up=False),
            "theorems": list(claim.theorems) if self.proved else [],
            "bound": nearest(claim.bound, up=True),
        }

    def __str__(self) -> str:
        if self.proved:
            return f"proved: {self.claim}; by theorems {', '.join(self.claim.theorems)}"
        return f"refused: {self.reasons[0]}"


def judge_steps(document: Any) -> StepsJudgement:
    """The judgement of a parsed document, by the conditions of the theorems it rests on.

    Raises:
        UnreadableError: it is no such document, or something is missing or misshapen.
    """
    claim = steps_in(document)
    return StepsJudgement(claim=claim, reasons=claim.failures)
