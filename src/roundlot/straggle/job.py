"""A study of stragglers: every rule with every estimator, the best deadline, splits, verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from roundlot.folders.job import Job
from roundlot.plot.figures import straggler_figures
from roundlot.progress import Progress, silent
from roundlot.simulate.workers.straggler_descent import WorkerQuadratics
from roundlot.solvers.stragglers import (
    Deadline,
    FastestWorker,
    FullWait,
    best_deadline,
    best_plan,
    equalised_split,
    even_split,
    proportional_split,
    round_law,
)
from roundlot.straggle.records import StraggleResult, rule_records, split_records
from roundlot.straggle.setup import StraggleSettings, chosen_workers
from roundlot.straggle.study import (
    check_rules,
    deadline_curves,
    drawn_descents,
    law_notes,
    rule_rows,
)
from roundlot.theory.json_text import dumps

_SPLITS = {"even": even_split, "proportional": proportional_split, "equalised": equalised_split}


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
        settings.workers,
        dissimilarity=settings.dissimilarity,
        noise=settings.noise / settings.unit,
        seed=settings.seed,
    )
    rows = rule_rows(laws, problem, settings, wait)
    full = min(row.time.seconds for row in rows if row.rule == FullWait.name)
    return StraggleResult(
        settings=settings,
        workers=workers,
        laws=laws,
        rows=rows,
        best=best,
        deadline=deadline,
        plan=plan,
        curves=deadline_curves(workers, laws[0], best, problem, settings, full),
        descents=drawn_descents(laws, rows, workers, problem, settings),
        verdicts=check_rules(laws, workers, problem, settings, progress),
        notes=law_notes(laws, best, settings),
    )


def _tables(result: StraggleResult) -> Mapping[str, Any]:
    return {"rules": rule_records(result), "splits": split_records(result)}


def _record(result: StraggleResult) -> str:
    return dumps(result.to_record())


#: Rules that do not wait for the slowest worker, on the devices of a fleet.
STRAGGLERS = Job(
    run=straggle,
    record=_record,
    figures=straggler_figures,
    tables=_tables,
    sorted_out=False,
)
