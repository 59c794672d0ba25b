"""What a study of stragglers found, as records and as plain numbers and words."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any

from roundlot.simulate.workers.straggler_descent import TimeToTarget, Trajectories
from roundlot.solvers.stragglers import BestDeadline, Plan, RoundLaw
from roundlot.straggle.setup import StraggleSettings, Workers
from roundlot.theory.arrays import FloatArray
from roundlot.verify.tests.verdict import Verdict


@dataclass(frozen=True, kw_only=True, eq=False)
class RuleRow:
    """One rule with one estimator; seconds include communication, units are mini-batches.

    ``mean_inverse`` is ``E[1/N | N >= 1]`` in units, ``bias`` relative to the gradient at the
    start, ``variance`` of a step there. An estimator that the rule rules out has a ``note``.
    """

    rule: str
    estimator: str
    seconds: float
    units: float
    mean_inverse: float
    nobody: float
    bias: float
    variance: float
    time: TimeToTarget
    relative: float
    note: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Curve:
    """Time to the target against the deadline, for an estimator; relative to the full wait."""

    estimator: str
    deadlines: FloatArray = field(repr=False)
    relative: FloatArray = field(repr=False)


@dataclass(frozen=True, kw_only=True, eq=False)
class Descent:
    """A drawn descent and its exact expectation."""

    rule: str
    drawn: Trajectories
    expected: FloatArray = field(repr=False)


@dataclass(frozen=True, kw_only=True, eq=False)
class StraggleResult:
    """All that a study found."""

    settings: StraggleSettings
    workers: Workers
    laws: tuple[RoundLaw, ...]
    rows: tuple[RuleRow, ...]
    best: BestDeadline
    deadline: float
    plan: Plan
    curves: tuple[Curve, ...]
    descents: tuple[Descent, ...]
    verdicts: tuple[Verdict, ...]
    notes: tuple[str, ...]

    def to_record(self) -> dict[str, Any]:
        """Plain numbers and words, for JSON."""
        return {
            "format": "roundlot.run/straggle-1",
            "settings": asdict(self.settings),
            "workers": {
                "names": self.workers.names,
                "speed": self.workers.speed.tolist(),
                "communication_seconds": self.workers.network.seconds,
            },
            "shares": self.laws[0].shares.tolist(),
            "rows": rule_records(self),
            "deadline": self.deadline,
            "best_deadline": {
                "seconds": self.best.seconds,
                "relative_to_full_wait": self.best.relative,
                "lower_bound": self.best.lower_bound,
                "gap": self.best.gap,
                "rigorous": self.best.rigorous,
            },
            "splits": split_records(self),
            "verdicts": [{**vars(verdict), "passed": verdict.passed} for verdict in self.verdicts],
            "notes": self.notes,
        }


def rule_records(result: StraggleResult) -> list[dict[str, Any]]:
    """Every rule with every estimator."""
    return [
        {**{k: v for k, v in vars(row).items() if k != "time"}, **_time(row.time)}
        for row in result.rows
    ]


def split_records(result: StraggleResult) -> list[dict[str, Any]]:
    """The splits that were tried, each with its best deadline."""
    records = []
    full = result.best.full_wait
    for candidate in result.plan.candidates:
        split, found = candidate.split, candidate.deadline
        records.append(
            {
                "split": split.method,
                "shares": split.shares.tolist(),
                "deadline": found.seconds,
                "relative": found.value / full,
                "deadline_gap": found.gap,
                "split_gap": None if math.isnan(split.value) else split.gap,
                "fresh": split.fresh,
                "fresh_error": split.fresh_error,
                "best": candidate is result.plan.best,
            }
        )
    return records


def _time(time: TimeToTarget) -> dict[str, float]:
    return {"step": time.step, "rounds_to_target": time.rounds, "seconds_to_target": time.seconds}
