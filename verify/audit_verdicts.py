"""Verdicts of an audit that no error rate is spent on."""

from __future__ import annotations

import math

from roundlot.verify.audit_tally import Tally
from roundlot.verify.claims import Claims
from roundlot.verify.rounds_of import Source
from roundlot.verify.verdict import Verdict


def soundness(source: Source, tally: Tally, claims: Claims, false_alarm: float) -> list[Verdict]:
    """Exact verdicts: every draw could be read, and draws are not always the same."""
    well = source.fault is None
    verdicts = [
        _exact(
            "draws are well formed" if well else source.fault_kind,
            good=well,
            rounds=tally.rounds,
            detail=source.fault or f"every round read as {source.form}",
        )
    ]
    stuck = tally.stuck(claims, false_alarm)
    if tally.rounds >= 2:
        detail = "every round drew the same" if stuck else ""
        verdicts.append(_exact("draws vary from round to round", not stuck, tally.rounds, detail))
    return verdicts


def _exact(claim: str, good: bool, rounds: int, detail: str) -> Verdict:
    return Verdict(
        claim=claim,
        outcome="supported" if good else "refuted",
        estimate=0.0 if good else 1.0,
        expected=0.0,
        detectable=0.0,
        false_alarm=0.0,
        miss=0.0,
        rounds=rounds,
        statistic=0.0 if good else 1.0,
        threshold=1.0,
        detail=detail,
    )


def nothing_tested(rounds: int) -> Verdict:
    """What is said when nothing was claimed."""
    return Verdict(
        claim="the sampler does what it claims",
        outcome="inconclusive",
        estimate=math.nan,
        expected=math.nan,
        detectable=math.inf,
        false_alarm=0.0,
        miss=1.0,
        rounds=rounds,
        statistic=0.0,
        threshold=math.inf,
        detail="nothing was claimed, so nothing was tested: the facts are estimates",
    )
