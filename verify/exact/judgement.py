"""What the judge says of a claim."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from roundlot.theory import Problem
from roundlot.theory.certificates import Claim, Findings, claim_of
from roundlot.theory.certificates.plans import Plan, findings_of
from roundlot.theory.text import in_decimals, rounded_up

LEAST = Fraction(sys.float_info.min)  # below it floats have fewer digits to agree in
LARGEST = Fraction(sys.float_info.max)
NEAR = Fraction(1, 10**12)  # relative: two ways to add up the same terms


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """A claim that is proved, or refused for a reason.

    Attributes:
        findings: what was computed afresh, and what is wrong.
        entries: pairs of a processor and a model.
    """

    findings: Findings
    entries: int

    @property
    def proved(self) -> bool:
        """Whether design and prices prove every number that is claimed."""
        return self.findings.proved

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why not, in words: what is false, then what cannot be decided."""
        return (*self.findings.complaints, *self.findings.undecided)

    def __str__(self) -> str:
        """One line: the numbers that are proved, or the first reason of a refusal."""
        if not self.proved:
            more = len(self.reasons) - 1
            return f"refused: {self.reasons[0]}{f' (and {more} more)' if more else ''}"
        found = self.findings
        least = in_decimals(found.lower_bound, found.unit, digits=9, side="down")
        text = (
            f"proved: objective {in_decimals(found.objective, found.unit, digits=9)}, none below "
            f"{least} (gap at most {rounded_up(found.gap, 2):.2g})"
        )
        if not math.isnan(found.variance):
            text += f", variance {in_decimals(found.variance, found.unit, digits=9)}"
        if not found.variance_gap < math.inf:
            return text
        return f"{text} (at most {rounded_up(found.variance_gap, 2):.2g} above the least)"


def judge(claim: Claim | Plan) -> Judgement:
    """The judgement of a claim, from its problem, design and prices alone."""
    size = claim.entries if isinstance(claim, Plan) else int(claim.problem.scores.size)
    return Judgement(findings=findings_of(claim), entries=size)


def judge_solution(solution: Any) -> Judgement:
    """The judgement of a solution's certificate, about the solution's own problem and design.

    Args:
        solution: a record with ``problem``, ``probabilities``, ``objective`` and ``certificate``,
            or with a ``claim()`` of its own.
    """
    if hasattr(solution, "claim"):
        return judge(solution.claim())
    judgement = judge(claim_of(solution.certificate, solution=solution))
    other = _another(solution)
    if not other:
        return judgement
    found = judgement.findings
    findings = Findings(complaints=(*other, *found.complaints), undecided=found.undecided)
    return Judgement(findings=findings, entries=judgement.entries)


def _another(solution: Any) -> tuple[str, ...]:
    """What the solution's certificate says of itself and the solution does not."""
    certificate = solution.certificate
    unit = getattr(certificate, "unit", 0)
    pairs = [("objective", solution.objective, getattr(certificate, "objective", None))]
    if unit and hasattr(solution, "variance"):
        pairs.append(("variance", solution.variance, solution.variance_in(unit)))
    lost = _lost(solution.problem) if unit else LEAST
    return tuple(
        f"the solution's {name} {float(stated)!r} is not the certificate's, "
        f"{in_decimals(claimed, unit) if unit else repr(float(claimed))}"
        for name, stated, claimed in pairs
        if claimed is not None and not _is_near(float(stated), float(claimed), unit, lost)
    )


def _lost(problem: Problem) -> Fraction:
    """What sums over all pairs may lose below the range of float64."""
    weight = max(1.0, float(problem.model_weights.max()))
    return min(LEAST, 8 * problem.scores.size * Fraction(weight) * Fraction(math.ulp(0.0)))


def _is_near(stated: float, claimed: float, unit: int, lost: Fraction) -> bool:
    """Whether a number is ``claimed * 4**unit``; infinite above float64, next to 0 below it."""
    if stated == claimed and not unit:
        return True
    if not math.isfinite(claimed):
        return False
    plain = Fraction(claimed) * Fraction(4) ** unit
    if stated == math.inf:
        return plain * (1 + NEAR) > LARGEST
    if not math.isfinite(stated) or (stated > 0.0) != (plain > 0):
        return False
    return abs(Fraction(stated) - plain) <= max(NEAR * plain, lost)
