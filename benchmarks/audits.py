"""How often audits refute honest samplers, and planted faults: stated against measured rates.

``python -m benchmarks audits``: honest samplers of many kinds, each at two false-alarm rates, then
faults of a stated size. Intervals are exact (Clopper and Pearson) at 95 %, one kind at a time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from scipy.stats import beta

from benchmarks.harness import Row
from benchmarks.honest_samplers import Kind, kinds
from benchmarks.planted_samplers import Fault, faults
from roundlot.verify import audit

RATES = (0.05, 0.01)
AUDITS = int(os.environ.get("AUDITS", "50"))  # of every honest kind and rate
FAULT_AUDITS = max(1, AUDITS // 5)
ROUNDS = 300
FAULT_RATE = 0.01


def interval(count: int, total: int, miss: float = 0.05) -> tuple[float, float]:
    """Covers a probability except with rate ``miss``."""
    low = float(beta.ppf(miss / 2, count, total - count + 1)) if count else 0.0
    high = float(beta.ppf(1 - miss / 2, count + 1, total - count)) if count < total else 1.0
    return low, high


def alarms(kind: Kind, rate: float, audits: int) -> int:
    """Honest audits that refute something."""
    total = 0
    for seed in range(audits):
        sampler, claims = kind.make()
        found = audit(sampler, rounds=ROUNDS, false_alarm=rate, seed=seed, **claims)
        total += bool(found.refuted)
    return total


def seen(fault: Fault, audits: int) -> int:
    """Audits of a fault that refute the claim that it breaks."""
    total = 0
    for seed in range(audits):
        options: dict[str, Any] = {"rounds": fault.rounds, "false_alarm": FAULT_RATE, "seed": seed}
        found = audit(fault.make(), stop_early=False, **options, **fault.claims)
        total += any(fault.claim in verdict.claim for verdict in found.refuted)
    return total


def rows() -> Iterator[Row]:
    """False alarms of every kind and rate, all together, then every fault."""
    for rate in RATES:
        counts = {kind.name: alarms(kind, rate, AUDITS) for kind in kinds()}
        for name, count in counts.items():
            yield _alarm_row(f"honest: {name}", count, AUDITS, rate)
        yield _alarm_row("honest: all", sum(counts.values()), AUDITS * len(counts), rate)
    for fault in faults():
        count = seen(fault, FAULT_AUDITS)
        low, high = interval(count, FAULT_AUDITS)
        yield Row(
            what=f"fault: {fault.name}",
            measured=f"{count} of {FAULT_AUDITS}",
            against=f"{fault.claim}, {fault.rounds:,} rounds",
            ratio=count / FAULT_AUDITS,
            goal=f"{low:.2f} to {high:.2f}",
            holds=count == FAULT_AUDITS,
        )


def _alarm_row(what: str, count: int, audits: int, rate: float) -> Row:
    low, high = interval(count, audits)
    return Row(
        what=what,
        measured=f"{count} of {audits}",
        against=f"stated {rate:g}",
        ratio=count / audits,
        goal=f"{low:.4f} to {high:.4f}",
        holds=low <= rate,
    )
