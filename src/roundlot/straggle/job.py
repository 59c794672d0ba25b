"""A study of stragglers: every rule with every estimator, the best deadline, splits, verdicts."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from roundlot.run.progress import Progress, silent
from roundlot.simulate.straggler_descent import (
    TimeToTarget,
    Trajectories,
    WorkerQuadratics,
    descend,
    expected_excess,
    time_to_target,
)
from roundlot.simulate.stragglers import simulate_stragglers
from roundlot.solvers.stragglers import (
    ESTIMATORS,
    BestDeadline,
    Deadline,
    FastestWorker,
    FullWait,
    Plan,
    RoundLaw,
    best_deadline,
    best_plan,
    estimator_moments,
    round_law,
)
from roundlot.straggle.settings import (
    SPLITS,
    FloatArray,
    StraggleSettings,
    Workers,
    chosen_workers,
)
from roundlot.theory import AssumptionError
from roundlot.verify.stragglers import Rates, check_stragglers
from roundlot.verify.verdict import Verdict

SHOWN = "horvitz-thompson"
CURVE_POINTS = 30
DISCREPANCY = 0.05
MOST_DRAWN_ROUNDS = 1500
RARE = 1e-9


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
            "rows": [
                {**{k: v for k, v in vars(row).items() if k != "time"}, **_time(row.time)}
                for row in self.rows
            ],
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


def straggle(
    fleet: Any, settings: StraggleSettings, *, progress: Progress = silent
) -> StraggleResult:
    """Study the devices of a fleet under stragglers.

    Args:
        fleet: with ``speed``, ``link`` and ``clients``.
        settings: what is asked.
        progress: told of every stage.

    Raises:
        InvalidProblemError: a fleet without speeds, settings out of range.
        InfeasibleError: a deadline before anybody finishes anything.
    """
    workers = chosen_workers(fleet, settings)
    stragglers, wait = workers.stragglers, workers.network.seconds
    shares = SPLITS[settings.split](stragglers, settings.units)
    progress("deadline and split", 0, 2)
    best = best_deadline(stragglers, shares, communication=wait)
    deadline = best.seconds if settings.deadline is None else settings.deadline
    laws = tuple(
        round_law(rule, stragglers, shares)
        for rule in (FullWait(), FastestWorker(), Deadline(seconds=deadline))
    )
    progress("deadline and split", 1, 2)
    plan = best_plan(
        stragglers,
        settings.units,
        communication=wait,
        seed=settings.seed,
        time_limit=settings.time_limit,
    )
    progress("deadline and split", 2, 2)
    problem = WorkerQuadratics.random(
        settings.workers,
        dissimilarity=settings.dissimilarity,
        noise=settings.noise / settings.unit,
        seed=settings.seed,
    )
    rows = _rows(laws, problem, settings, wait)
    full = min(row.time.seconds for row in rows if row.rule == FullWait.name)
    return StraggleResult(
        settings=settings,
        workers=workers,
        laws=laws,
        rows=rows,
        best=best,
        deadline=deadline,
        plan=plan,
        curves=_curves(workers, laws[0], best, problem, settings, full),
        descents=_descents(laws, rows, workers, problem, settings),
        verdicts=_verdicts(laws, workers, problem, settings, progress),
        notes=_notes(laws, best, settings),
    )


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


def _rows(
    laws: tuple[RoundLaw, ...], problem: WorkerQuadratics, settings: StraggleSettings, wait: float
) -> tuple[RuleRow, ...]:
    found = [
        _row(law, name, problem, settings, law.seconds.value + wait)
        for law in laws
        for name in ESTIMATORS
    ]
    full = min(row.time.seconds for row in found if row.rule == FullWait.name)
    return tuple(
        RuleRow(**{**vars(row), "relative": _ratio(row.time.seconds, full)}) for row in found
    )


def _row(
    law: RoundLaw, name: str, problem: WorkerQuadratics, settings: StraggleSettings, seconds: float
) -> RuleRow:
    never = TimeToTarget(step=math.nan, rounds=math.inf, seconds=math.inf)
    bias, variance, time, note = math.nan, math.nan, never, ""
    gradients = problem.gradients(problem.start)
    try:
        moments = estimator_moments(name, law.counts, law.shares)
        bias = moments.relative_bias(gradients)
        variance = moments.variance(gradients, problem.noise_variance)
        time = time_to_target(moments, problem, target=settings.target, seconds_per_round=seconds)
    except AssumptionError as error:
        note = str(error)
    return RuleRow(
        rule=law.rule.name,
        estimator=name,
        seconds=seconds,
        units=float(law.counts.mean.sum()),
        mean_inverse=float(law.counts.mean_inverse),
        nobody=float(law.counts.chance_of_nobody),
        bias=bias,
        variance=variance,
        time=time,
        relative=math.nan,
        note=note,
    )


def _ratio(seconds: float, full: float) -> float:
    return seconds / full if math.isfinite(full) else math.nan


def _curves(
    workers: Workers,
    full_law: RoundLaw,
    best: BestDeadline,
    problem: WorkerQuadratics,
    settings: StraggleSettings,
    full: float,
) -> tuple[Curve, ...]:
    usable = best.tried[np.isfinite(best.values)]
    deadlines = np.geomspace(max(usable[0], 1e-3 * usable[-1]), usable[-1], CURVE_POINTS)
    found = {name: np.full(CURVE_POINTS, math.nan) for name in ("pooled", SHOWN)}
    for k, deadline in enumerate(deadlines):
        law = round_law(Deadline(seconds=float(deadline)), workers.stragglers, full_law.shares)
        seconds = law.seconds.value + workers.network.seconds
        for name, values in found.items():
            row = _row(law, name, problem, settings, seconds)
            values[k] = _ratio(row.time.seconds, full)
    return tuple(
        Curve(estimator=name, deadlines=deadlines, relative=values)
        for name, values in found.items()
    )


def _descents(
    laws: tuple[RoundLaw, ...],
    rows: tuple[RuleRow, ...],
    workers: Workers,
    problem: WorkerQuadratics,
    settings: StraggleSettings,
) -> tuple[Descent, ...]:
    found = []
    for law in laws:
        row = next(r for r in rows if r.rule == law.rule.name and r.estimator == SHOWN)
        if not math.isfinite(row.time.rounds):
            continue
        rounds = int(min(row.time.rounds, MOST_DRAWN_ROUNDS))
        moments = estimator_moments(SHOWN, law.counts, law.shares)
        drawn = descend(
            law,
            workers.stragglers,
            problem,
            SHOWN,
            step=row.time.step,
            rounds=rounds,
            communication=workers.network.seconds,
            seed=settings.seed,
        )
        expected = expected_excess(moments, problem, row.time.step, rounds=rounds)[:, 0]
        found.append(Descent(rule=law.rule.name, drawn=drawn, expected=expected))
    return tuple(found)


def _verdicts(
    laws: tuple[RoundLaw, ...],
    workers: Workers,
    problem: WorkerQuadratics,
    settings: StraggleSettings,
    progress: Progress,
) -> tuple[Verdict, ...]:
    gradients = problem.gradients(problem.start)
    found: list[Verdict] = []
    for k, law in enumerate(laws):
        progress("verdicts", k, len(laws))
        names = [name for name in ESTIMATORS if name != SHOWN or law.counts.mean.min() > 0.0]
        rounds = simulate_stragglers(
            law.rule,
            workers.stragglers,
            law.shares,
            gradients,
            noise_variance=problem.noise_variance,
            rounds=settings.rounds,
            estimators=names,
            seed=settings.seed,
        )
        checks = check_stragglers(
            rounds,
            law,
            workers.stragglers,
            gradients,
            noise_variance=problem.noise_variance,
            rates=Rates(discrepancy=DISCREPANCY),
        )
        found += [_named(check, law.rule.name) for check in checks]
    progress("verdicts", len(laws), len(laws))
    return tuple(found)


def _named(verdict: Verdict, rule: str) -> Verdict:
    return Verdict(**{**vars(verdict), "claim": f"{rule}, {verdict.claim}"})


def _notes(
    laws: tuple[RoundLaw, ...], best: BestDeadline, settings: StraggleSettings
) -> tuple[str, ...]:
    notes = [f"{law.rule.name}: a round takes {law.seconds}" for law in laws]
    for law in laws:
        if law.counts.chance_of_nobody > RARE:
            chance = float(law.counts.chance_of_nobody)
            notes.append(
                f"{law.rule.name}: nobody finishes anything in {chance:.2g} of the rounds; these "
                "make no step, and that counts as bias and as time"
            )
        if law.counts.error:
            notes.append(f"{law.rule.name}: E[1/N] is known up to {law.counts.error:.1g}")
    if math.isinf(best.seconds):
        notes.append("to wait for everybody is best here")
    if settings.model == "empirical":
        notes.append("every worker is a device of the fleet, drawn afresh: all have the same law")
    return tuple(notes)
