"""What a check says: supported, refuted or inconclusive, with the numbers behind it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self, get_args

from roundlot.theory import InvalidProblemError
from roundlot.theory.kinds import as_annotated
from roundlot.theory.names import entries_of
from roundlot.theory.tabular import Tabular, records
from roundlot.theory.text import plural

Outcome = Literal["supported", "refuted", "inconclusive"]
FALSE_ALARM = 1e-9  # once in the lifetime of a test suite would be too often
MISS = 1e-3  # a fault that is overlooked is met again in the next run


@dataclass(frozen=True, kw_only=True, eq=False)
class Verdict(Tabular):
    """One claim, held against the evidence.

    Attributes:
        claim: what was checked, in one line.
        outcome: "refuted"; "supported" if it was not refuted and the check would have refuted a
            discrepancy of the stated size, missing it with probability at most ``miss``; else
            "inconclusive", which is never a pass.
        estimate, expected: what was seen, and what the claim predicts.
        detectable: smallest discrepancy that would have been seen: relative to ``expected``
            unless ``detail`` says that it is absolute; 0 for an exact check.
        false_alarm: most probable a refusal is if the claim is true; 0 for an exact check.
        miss: most probable it is to overlook a discrepancy of size ``detectable``.
        rounds: rounds simulated, or outcomes enumerated, or entries checked.
        statistic, threshold: the claim is refused when the first reaches the second.
        detail: what else is worth knowing.
    """

    claim: str
    outcome: Outcome
    estimate: float
    expected: float
    detectable: float
    false_alarm: float
    miss: float
    rounds: int
    statistic: float
    threshold: float
    detail: str = ""

    def __post_init__(self) -> None:
        if self.outcome not in get_args(Outcome):
            raise InvalidProblemError(f"outcome is {self.outcome!r}; give one of {Outcome}")

    @classmethod
    def exact(
        cls,
        claim: str,
        faults: float,
        *,
        estimate: float,
        expected: float,
        rounds: int,
        detectable: float = 0.0,
        outcome: Outcome | None = None,
        detail: str = "",
    ) -> Self:
        """The verdict of a check that spends no error rate: refuted by one fault or more.

        ``outcome`` is for what is neither refuted nor shown.
        """
        return cls(
            claim=claim,
            outcome=outcome or ("refuted" if faults else "supported"),
            estimate=estimate,
            expected=expected,
            detectable=detectable,
            false_alarm=0.0,
            miss=0.0,
            rounds=rounds,
            statistic=float(faults),
            threshold=1.0,
            detail=detail,
        )

    @property
    def passed(self) -> bool:
        """True only if the claim is supported."""
        return self.outcome == "supported"

    def _columns(self) -> Mapping[str, Any]:
        return records([asdict(self)])

    def __bool__(self) -> bool:
        raise TypeError("a verdict has three outcomes; ask for .passed or .outcome")

    def __str__(self) -> str:
        """Claim, numbers and power in one line; ``lines()`` has the detail as well."""
        found = f"{self.outcome}: {self.claim}"
        exact_zero = self.miss == 0.0 and self.estimate == self.expected == 0.0
        if not (math.isnan(self.estimate) or exact_zero):
            found += f": {self.estimate:.6g} against {self.expected:.6g}"
        return f"{found} ({self._how()}{self.rounds:,} {plural(self.rounds, 'round')})"

    def lines(self) -> list[str]:
        """``str`` and, indented below it, the detail."""
        return [str(self), *([f"  {self.detail}"] if self.detail else [])]

    def _how(self) -> str:
        if self.false_alarm == 0.0 and self.miss == 0.0:
            return "exact, "
        if math.isinf(self.detectable):
            return "would see no difference, however large; "
        return (
            f"sees differences of {self.detectable:.2g}, misses {self.miss:.1g} of them, "
            f"false alarm {self.false_alarm:.1g}; "
        )

    def __repr__(self) -> str:
        return f"Verdict({self})"


def decide(*, refuted: bool, powered: bool) -> Outcome:
    """The outcome of a test that did or did not refuse, with or without the power it needs."""
    if refuted:
        return "refuted"
    return "supported" if powered else "inconclusive"


@as_annotated
def share(false_alarm: float, checks: int) -> float:
    """What each of ``checks`` tests may spend so that together they stay below ``false_alarm``.

    Bonferroni: no assumption on how the tests depend on each other.

    Raises:
        InvalidProblemError: a false-alarm rate outside ``(0, 1)``, fewer than one check.
    """
    check_rate(false_alarm, "false_alarm")
    if checks < 1:
        raise InvalidProblemError(f"checks is {checks}; share an error rate among at least 1")
    return false_alarm / checks


def combine(claim: str, verdicts: Sequence[Verdict]) -> Verdict:
    """One verdict on all the claims at once; the numbers are those of the most doubtful one.

    Refuted if any is refuted, supported only if all are; false-alarm rates add up (union bound).

    Raises:
        InvalidProblemError: no verdicts.
    """
    listed = entries_of(verdicts, "verdicts: give a list of verdicts")
    if not listed or not all(isinstance(one, Verdict) for one in listed):
        raise InvalidProblemError("verdicts: give at least one verdict, and nothing else")
    order: dict[Outcome, int] = {"refuted": 0, "inconclusive": 1, "supported": 2}
    worst = min(listed, key=lambda v: (order[v.outcome], v.threshold - v.statistic))
    return Verdict(
        claim=claim,
        outcome=worst.outcome,
        estimate=worst.estimate,
        expected=worst.expected,
        detectable=max(v.detectable for v in listed),
        false_alarm=math.fsum(v.false_alarm for v in listed),
        miss=max(v.miss for v in listed),
        rounds=min(v.rounds for v in listed),
        statistic=worst.statistic,
        threshold=worst.threshold,
        detail=f"{len(listed)} checks, shown: {worst.claim}; {worst.detail}",
    )


def check_rate(rate: float, name: str) -> None:
    """Refuse an error rate outside ``(0, 1)``.

    Raises:
        InvalidProblemError: naming the rate.
    """
    if not 0.0 < rate < 1.0:
        raise InvalidProblemError(f"{name} is {rate}; give a probability above 0 and below 1")


def check_discrepancy(discrepancy: float, *, open_: bool = True) -> None:
    """Refuse a discrepancy that rules out nothing: one that is infinite, NaN or below 0.

    ``open_``: 0 is refused as well, as no number of rounds sees it.

    Raises:
        InvalidProblemError: naming it.
    """
    if not (math.isfinite(discrepancy) and (discrepancy > 0.0 if open_ else discrepancy >= 0.0)):
        least = "above 0" if open_ else "of at least 0"
        raise InvalidProblemError(f"discrepancy is {discrepancy}; give a finite number {least}")
