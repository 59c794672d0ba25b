"""A file about certified rounds, whoever wrote it: read, and judged in fractions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from roundlot.theory.certificates.arithmetic import nearest
from roundlot.theory.certified_rounds import RoundsClaim, claim_in


@dataclass(frozen=True, kw_only=True)
class RoundsJudgement:
    """A claim about rounds that is proved, or refused for reasons.

    Attributes:
        claim: as the file has it: the fleet, what is bounded and by what.
        reasons: why not, in words; empty if it is proved.
    """

    claim: RoundsClaim
    reasons: tuple[str, ...]

    @property
    def proved(self) -> bool:
        """Whether the multipliers prove the bound for every fleet of the setting."""
        return not self.reasons

    def record(self) -> dict[str, Any]:
        """Plain numbers: the bound rounded up, what it is proved under rounded down."""
        claim = self.claim
        return {
            "proved": self.proved,
            "reasons": list(self.reasons),
            "goal": claim.goal,
            "clients": claim.setting.n_clients,
            "rounds": len(claim.uses),
            "initial": nearest(claim.initial, up=False),
            "heterogeneity": nearest(claim.heterogeneity, up=False),
            "bound": nearest(claim.bound, up=True),
        }

    def __str__(self) -> str:
        if self.proved:
            return f"proved: {self.claim}"
        more = len(self.reasons) - 1
        return f"refused: {self.reasons[0]}{f' (and {more} more)' if more else ''}"


def judge_rounds(document: Any) -> RoundsJudgement:
    """The judgement of a parsed document.

    The identity of every round is built again from the fleet's constants, moments and steps; the
    solver that found the multipliers is not asked.

    Raises:
        UnreadableError: it is no such document, or something is missing or misshapen.
    """
    claim = claim_in(document)
    return RoundsJudgement(claim=claim, reasons=claim.failures)
