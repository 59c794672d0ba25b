"""A study of stragglers: every rule with every estimator, the best deadline, splits, verdicts.

It finds rows, curves, descents, verdicts and notes. Rows hold every end of rounds with every
estimator: bias, variance, and time to the target. Curves hold that time against the deadline,
descents what is drawn beside what is expected, verdicts drawn rounds against theory, notes what a
reader should know of the laws that were used.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from roundlot.fleet.straggle_section import StraggleSettings
from roundlot.folders.job import Job
from roundlot.plot.figures import straggler_figures
from roundlot.progress import Ahead, Progress, plan, silent
from roundlot.simulate.workers.straggler_descent import (
    TimeToTarget,
    WorkerQuadratics,
    descend,
    expected_excess,
    time_to_target,
)
from roundlot.simulate.workers.straggler_rounds import simulate_stragglers
from roundlot.solvers.stragglers import (
    ESTIMATORS,
    BestDeadline,
    Deadline,
    FastestWorker,
    FullWait,
    RoundLaw,
    Stragglers,
    Trace,
    best_deadline,
    best_plan,
    equalised_split,
    estimator_moments,
    even_split,
    proportional_split,
    round_law,
)
from roundlot.solvers.stragglers.counts import SampledCounts
from roundlot.solvers.stragglers.laws import NEAR
from roundlot.solvers.stragglers.round_laws import chance_late
from roundlot.straggle.page import render_straggle
from roundlot.straggle.study import (
    Curve,
    Descent,
    RuleRow,
    StraggleResult,
    Workers,
    chosen_workers,
    rule_records,
    split_records,
)
from roundlot.theory import AssumptionError, InfeasibleError
from roundlot.theory.arrays import FloatArray, IntArray
from roundlot.theory.json_text import dumps
from roundlot.verify.agreement.stragglers import Rates, check_stragglers
from roundlot.verify.tests.verdict import Verdict

_SPLITS = {"even": even_split, "proportional": proportional_split, "equalised": equalised_split}


#: The estimator that is shown where there is room for one.
SHOWN = "horvitz-thompson"
BY_TIME = "seconds × 1/samples"  # what the search for the best deadline makes least
HORIZON_SHARE = 0.9  # of full waits: where figures end, before the flat tail
SHOWN_BEYOND = 1.5  # times the best deadline that figures show at least
ZOOMS, ZOOM_POINTS = 12, 400
CURVE_POINTS = 24  # deadlines of a curve: enough for a smooth line, each some milliseconds
MOST_DRAWN_ROUNDS = 1500  # of a descent that is shown
RARE = 1e-9  # chance of an empty round from which it is mentioned
RUNS, RUN_ROUNDS, RUN_SEED = 200, 100, 0x5107  # of drawn runs under slow spells
RUN_CONFIDENCE = 0.999
DISCREPANCY = 0.05  # that verdicts must be able to see, relative


def straggle(
    fleet: Any,
    settings: StraggleSettings,
    *,
    folder: str | Path = "",
    progress: Progress = silent,
) -> StraggleResult:
    """Study the devices of a fleet under stragglers.

    Args:
        fleet: with ``speed``, ``link`` and ``clients``.
        settings: what is asked.
        folder: where its trace is, if its path is relative.
        progress: told of every stage.

    Raises:
        InvalidProblemError: a fleet without speeds, settings out of range.
        InfeasibleError: a deadline before anybody finishes anything.
    """
    workers = chosen_workers(fleet, settings, Path(folder))
    settings = replace(settings, workers=workers.speed.size)
    stragglers, wait = workers.stragglers, workers.network.seconds
    shares = _SPLITS[settings.split](stragglers, settings.units)
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
        workers.speed.size,
        dissimilarity=settings.dissimilarity,
        noise=settings.noise / settings.unit,
        seed=settings.seed,
    )
    rows = rule_rows(laws, problem, settings, wait)
    horizon = likely_end(stragglers, shares, float(best.tried[-1]))
    full = min(row.time.seconds for row in rows if row.rule == FullWait.name)
    return StraggleResult(
        settings=settings,
        workers=workers,
        laws=laws,
        rows=rows,
        best=best,
        deadline=deadline,
        plan=plan,
        horizon=horizon,
        cut=share_cut(stragglers, shares, deadline),
        curves=deadline_curves(workers, laws[0], best, problem, settings, full, horizon),
        descents=drawn_descents(laws, rows, workers, problem, settings),
        verdicts=check_rules(laws, workers, problem, settings, progress),
        notes=law_notes(laws, best, settings, workers),
    )


def _tables(result: StraggleResult) -> Mapping[str, Any]:
    return {"rules": rule_records(result), "splits": split_records(result)}


def _pages(result: StraggleResult, figures: Sequence[Any]) -> Mapping[str, str]:
    return {"index.html": render_straggle(result, figures)}


def _record(result: StraggleResult) -> str:
    return dumps(result.to_record())


#: Rules that do not wait for the slowest worker, on the devices of a fleet.
STRAGGLERS = Job(
    run=straggle,
    record=_record,
    figures=straggler_figures,
    tables=_tables,
    pages=_pages,
    sorted_out=False,
)


def rule_rows(
    laws: tuple[RoundLaw, ...], problem: WorkerQuadratics, settings: StraggleSettings, wait: float
) -> tuple[RuleRow, ...]:
    """A row for every law and estimator; ``wait`` seconds of communication are added to each."""
    found = [
        rule_row(law, name, problem, settings, law.seconds.value + wait)
        for law in laws
        for name in ESTIMATORS
    ]
    full = min(row.time.seconds for row in found if row.rule == FullWait.name)
    return tuple(replace(row, relative=ratio(row.time.seconds, full)) for row in found)


def rule_row(
    law: RoundLaw, name: str, problem: WorkerQuadratics, settings: StraggleSettings, seconds: float
) -> RuleRow:
    """One law with one estimator, a round taking ``seconds``; not yet relative to the full wait."""
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


def ratio(seconds: float, full: float) -> float:
    """Time relative to the full wait's; NaN where that never arrives."""
    return seconds / full if math.isfinite(full) else math.nan


def deadline_curves(
    workers: Workers,
    full_law: RoundLaw,
    best: BestDeadline,
    problem: WorkerQuadratics,
    settings: StraggleSettings,
    full: float,
    horizon: float,
) -> tuple[Curve, ...]:
    """Two estimators and the criterion of the search over deadlines of use up to the horizon.

    ``full`` are the full wait's seconds to the target.
    """
    usable = best.tried[np.isfinite(best.values)]
    last = min(float(usable[-1]), max(horizon, SHOWN_BEYOND * _finite(best.seconds)))
    first = min(max(float(usable[0]), 1e-3 * last), 0.5 * last)
    deadlines = np.geomspace(first, last, CURVE_POINTS)
    found = {name: np.full(CURVE_POINTS, math.nan) for name in ("pooled", SHOWN, BY_TIME)}
    for k, deadline in enumerate(deadlines):
        try:
            law = round_law(Deadline(seconds=float(deadline)), workers.stragglers, full_law.shares)
        except InfeasibleError:
            continue  # before anybody can finish
        wait = workers.network.seconds
        found[BY_TIME][k] = law.seconds_per_information(wait) / best.full_wait
        for name in ("pooled", SHOWN):
            row = rule_row(law, name, problem, settings, law.seconds.value + wait)
            found[name][k] = ratio(row.time.seconds, full)
    return tuple(
        Curve(estimator=name, deadlines=deadlines, relative=values)
        for name, values in found.items()
    )


def _finite(seconds: float) -> float:
    return seconds if math.isfinite(seconds) else 0.0


def chance_done(stragglers: Stragglers, shares: IntArray, t: FloatArray) -> FloatArray:
    """``P(all shares are done by t)``, of the shape of ``t``, rising moments."""
    measured = stragglers.measured
    if measured is not None:
        last = np.sort((measured * shares).max(axis=1))
        return np.asarray(np.searchsorted(last, t * (1.0 + NEAR), side="right") / last.size)
    found = np.zeros(t.shape)
    for chance, calm in stragglers.conditions():
        reach = calm.reach(int(shares.max()), float(t.max()))
        found += chance * (1.0 - chance_late(calm, shares, t, reach=reach))
    return found


def likely_end(stragglers: Stragglers, shares: IntArray, horizon: float) -> float:
    """Seconds by which `HORIZON_SHARE` of the full waits have ended, at most ``horizon``."""
    last = horizon
    for _ in range(ZOOMS):
        t = np.linspace(0.0, last, ZOOM_POINTS)
        done = np.flatnonzero(chance_done(stragglers, shares, t) >= HORIZON_SHARE)
        if not done.size or done[0] > ZOOM_POINTS // 4:
            return float(t[done[0]]) if done.size else last
        last = float(t[max(done[0], 1)])
    return last


def share_cut(stragglers: Stragglers, shares: IntArray, deadline: float) -> float:
    """Share of rounds that a deadline cuts."""
    if math.isinf(deadline):
        return 0.0
    done = chance_done(stragglers, shares, np.array([deadline]))
    return min(max(1.0 - float(done[0]), 0.0), 1.0)


def drawn_descents(
    laws: tuple[RoundLaw, ...],
    rows: tuple[RuleRow, ...],
    workers: Workers,
    problem: WorkerQuadratics,
    settings: StraggleSettings,
) -> tuple[Descent, ...]:
    """A descent for every rule that reaches the target, of ``MOST_DRAWN_ROUNDS`` at most."""
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


def trace_notes(workers: Workers, settings: StraggleSettings) -> list[str]:
    """How the measured rounds are used."""
    order = settings.trace_order or "independent"
    law = workers.stragglers.law
    assert isinstance(law, Trace)
    used = {
        "independent": "every worker's measured times are drawn by themselves",
        "rounds": "whole measured rounds are drawn at random, workers together",
        "in order": "the measured rounds are taken in order, over and over; means and biases are "
        "over all of them, not of a round",
    }[order]
    told = [f"trace of {len(law.factors)} rounds: {used}"]
    if not workers.linked:
        told.append("the trace's workers are no clients of the fleet: communication takes no time")
    return told


def slowness_notes(laws: tuple[RoundLaw, ...], workers: Workers) -> list[str]:
    """What spells and shocks change, and the length of drawn runs of a full wait beside its law."""
    stragglers = workers.stragglers
    slowness = stragglers.slowness
    if slowness is None:
        return []
    told = [
        f"each worker is slow in {slowness.stationary:.1%} of the rounds and a shock slows all in "
        f"{slowness.shock:.1%}; all numbers are of a round in the long run",
        "rounds of a spell are alike: means of steps and of lengths are exact, the loss after "
        "several rounds is computed as if they were independent",
    ]
    if slowness.start != "stationary" and slowness.factor > 1.0:
        law = round_law(FullWait(), stragglers, laws[0].shares, round_=0)
        told.append(
            f"all start {slowness.start}: a full wait in round 0 takes {law.seconds}; "
            "Horvitz-Thompson needs the expected counts of its round until the chances settle"
        )
    told.append(_drawn_runs(laws[0], stragglers))
    return told


def _drawn_runs(full: RoundLaw, stragglers: Stragglers) -> str:
    """Mean length of a round over runs of the chain in the long run, with Student's interval."""
    from scipy.stats import t

    if math.isinf(stragglers.law.variance):
        return "drawn runs are not averaged: times have an infinite variance"
    assert stragglers.slowness is not None
    settled = replace(stragglers, slowness=replace(stragglers.slowness, start="stationary"))
    means = np.array(
        [
            full.rule.draw(settled, full.shares, RUN_ROUNDS, seed=RUN_SEED + run).seconds.mean()
            for run in range(RUNS)
        ]
    )
    half = float(t.ppf(0.5 + 0.5 * RUN_CONFIDENCE, RUNS - 1) * means.std(ddof=1) / math.sqrt(RUNS))
    return (
        f"full wait over {RUNS} drawn runs of {RUN_ROUNDS} rounds: {means.mean():.4g} ± "
        f"{half:.2g} s ({RUN_CONFIDENCE:.1%} interval), expected {full.seconds.value:.4g} s"
    )


def law_notes(
    laws: tuple[RoundLaw, ...], best: BestDeadline, settings: StraggleSettings, workers: Workers
) -> tuple[str, ...]:
    """Seconds of a round, rounds in which nobody finishes, errors of samples and lattices."""
    notes = [f"{law.rule.name}: a round takes {law.seconds}" for law in laws]
    for law in laws:
        if law.counts.chance_of_nobody > RARE:
            chance = float(law.counts.chance_of_nobody)
            notes.append(
                f"{law.rule.name}: nobody finishes anything with chance {chance:.4g}; such rounds "
                "make no step, and that counts as bias and as time"
            )
        if isinstance(law.counts, SampledCounts) and not law.counts.complete:
            error = law.counts.error / settings.unit
            notes.append(
                f"{law.rule.name}: from drawn rounds, 1/samples with a standard error of "
                f"{error:.1g}"
            )
        elif law.counts.error:
            notes.append(
                f"{law.rule.name}: chances from a lattice, each within {law.counts.error:.1g}"
            )
    notes += slowness_notes(laws, workers)
    if math.isinf(best.seconds):
        notes.append("waiting for all workers is best here")
    if settings.trace is not None:
        notes += trace_notes(workers, settings)
    if settings.model == "empirical":
        notes.append("every worker is a device of the fleet, drawn afresh: all have the same law")
    return tuple(notes)


def check_rules(
    laws: tuple[RoundLaw, ...],
    workers: Workers,
    problem: WorkerQuadratics,
    settings: StraggleSettings,
    progress: Progress,
) -> tuple[Verdict, ...]:
    """Verdicts on every rule, with the estimators that it allows."""
    gradients = problem.gradients(problem.start)
    found: list[Verdict] = []
    plan(progress, [Ahead(stage="verdicts", work=1.0)])
    for k, law in enumerate(laws):
        progress("verdicts", k, len(laws))
        names = [name for name in ESTIMATORS if name != SHOWN or law.counts.mean.min() > 0.0]
        rounds = simulate_stragglers(
            law.rule,
            workers.stragglers.memoryless(),  # tests need rounds that are independent
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
    return replace(verdict, claim=f"{rule}, {verdict.claim}")
