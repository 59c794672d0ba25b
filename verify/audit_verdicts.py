"""Verdicts of an audit that no error rate is spent on."""

from __future__ import annotations

import math
from dataclasses import replace

from roundlot.verify.audit_tally import Tally
from roundlot.verify.rounds_of import Source
from roundlot.verify.verdict import Verdict


def soundness(source: Source, tally: Tally, rate: float) -> list[Verdict]:
    """What is seen outright: every draw is sound, and draws are not always the same."""
    well = source.fault is None
    verdicts = [
        _exact(
            "draws are well formed" if well else source.fault_kind,
            good=well,
            rounds=tally.rounds,
            detail=source.fault or f"every round read as {source.words}",
        )
    ]
    if tally.rounds >= 2 and not tally.stepped:
        verdicts.append(_varied(tally, rate))
    return verdicts


def _varied(tally: Tally, rate: float) -> Verdict:
    """All rounds the same: refuted if that is too unlikely by what was claimed."""
    claim = "draws vary from round to round"
    chance = tally.same_throughout()
    if chance is None:
        return _exact(claim, good=True, rounds=tally.rounds, detail="")
    found = _exact(
        claim, good=chance > rate, rounds=tally.rounds, detail="every round was the same"
    )
    if chance > rate:
        why = "" if tally.claimed else ", and nothing claimed says otherwise"
        return replace(
            found,
            outcome="inconclusive" if chance < 1.0 or not tally.claimed else "supported",
            false_alarm=rate,
            miss=1.0,
            detail=f"{found.detail}{why}",
        )
    return replace(found, false_alarm=rate)


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
