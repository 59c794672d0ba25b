"""Train workers by every method of a setup with every seed; what is done is kept."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from roundlot.folders.provenance import versions
from roundlot.progress import Progress, silent
from roundlot.simulate.runs.run import staged
from roundlot.simulate.tasks.task import Task
from roundlot.simulate.workers import (
    DPSGD,
    AdjacentLeader,
    Matcha,
    WorkerBench,
    WorkerHistory,
    train_workers,
)
from roundlot.simulate.workers.consensus import MixingLaw, drawn_matrices, empirical_rho
from roundlot.solvers.graphs import gradient_bound, largest_step
from roundlot.theory import AssumptionError, InvalidProblemError
from roundlot.train.folder import opened
from roundlot.train.runs import kept_or_trained
from roundlot.train.workers_methods import WorkerMethodSource
from roundlot.train.workers_result import WorkersResult
from roundlot.train.workers_setup import WorkersSetup
from roundlot.train.write import write_result
from roundlot.verify import Verdict, check_contraction
from roundlot.verify.agreement.variance import not_predicted

DRAWS = 20_000  # mixing matrices whose contraction is measured
DISCREPANCY = 0.05
_RATE_NEEDS = "the rate is for one local step, no delay, no leaders, no decay"
_LEADERS = "leaders follow the losses, so the matrix that mixes is not that of the base"


def run_workers(
    setup: WorkersSetup,
    folder: Path | None = None,
    *,
    resume: bool = False,
    progress: Progress = silent,
) -> WorkersResult:
    """Train a setup with workers and, with a folder, write histories, tables, figures and a page.

    A run that is complete is kept in the folder; with ``resume`` it is read instead of trained, and
    one that was cut off goes on from its checkpoint to the same bits.

    Raises:
        InvalidProblemError: settings or data that do not fit; a folder of another setup.
        FileExistsError: a folder with an earlier training and no ``resume``, or one in use.
        TrainingError: a loss that is not finite; names round, task and worker.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if folder is None:
            return _result(setup, _train_all(setup, None, progress), caught)
        for source in setup.methods:  # a graph that does not fit is to leave nothing behind
            if source.gossips:
                progress(f"links of {source.name}", 0, 0)
                source.design(setup.folder)
        with opened(folder, setup.document, resume=resume) as place:
            result = _result(setup, _train_all(setup, place, progress), caught)
            write_result(place, result)
            return result


def _train_all(
    setup: WorkersSetup, folder: Path | None, progress: Progress
) -> dict[str, tuple[WorkerHistory, ...]]:
    runs: dict[str, list[WorkerHistory]] = {source.name: [] for source in setup.methods}
    for number, seed in enumerate(setup.seeds):
        task = setup.task(seed)
        for source in setup.methods:
            told = staged(progress, f"{source.name}, seed {number + 1} of {len(setup.seeds)}")
            runs[source.name].append(_train_one(setup, source, task, seed, folder, told))
    return {name: tuple(row) for name, row in runs.items()}


def _train_one(
    setup: WorkersSetup,
    source: WorkerMethodSource,
    task: Task,
    seed: int,
    folder: Path | None,
    progress: Progress,
) -> WorkerHistory:
    run = setup.run
    settings: dict[str, Any] = {
        "rounds": run.rounds,
        "plan": source.plan(),
        "seed": seed,
        "device": run.device,
        "engine": run.engine,
        "chunk": run.chunk,
        "evaluate_every": run.evaluate_every,
        "measure": run.measure,
        "checkpoint_every": run.checkpoint_every,
        "progress": progress,
    }

    def trained(resumable: Path | None) -> WorkerHistory:
        crew = source.crew(task, seed)
        method = source.make(crew, setup.folder)
        return train_workers(crew, method, checkpoint=resumable, **settings)

    return kept_or_trained(
        folder, source.name, seed, load=lambda kept: _loaded(kept, run.rounds), train=trained
    )


def _loaded(kept: Path, rounds: int) -> WorkerHistory:
    """A kept run, refused if it is not of this many rounds."""
    history = WorkerHistory.load(kept)
    if history.rounds != rounds:
        raise InvalidProblemError(
            f"{kept} has {history.rounds} rounds and the setup asks for {rounds}: remove it or "
            "choose another folder"
        )
    return history


def _result(
    setup: WorkersSetup,
    histories: dict[str, tuple[WorkerHistory, ...]],
    caught: list[warnings.WarningMessage],
) -> WorkersResult:
    mixing, verdicts = _mixing(setup)
    run = setup.run
    return WorkersResult(
        name=setup.name,
        about=setup.about,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        bench=WorkerBench(histories=histories, seeds=setup.seeds, confidence=run.confidence),
        baseline=run.baseline if run.baseline in histories else None,
        target=run.target,
        mixing=mixing,
        verdicts=verdicts,
        setup=setup.document,
        versions=versions(),
        warnings=tuple(dict.fromkeys(str(one.message) for one in caught)),
    )


def _mixing(setup: WorkersSetup) -> tuple[tuple[dict[str, Any], ...], dict[str, Verdict]]:
    """What is known of every method's matrices, and verdicts on draws of them."""
    rows, verdicts = [], {}
    task = setup.task(setup.seed)
    for source in setup.methods:
        if not source.gossips:
            continue
        method: Any = source.make(source.crew(task, setup.seed), setup.folder)
        base: DPSGD | Matcha = method.base if isinstance(method, AdjacentLeader) else method
        row = {"method": source.name, "graph": source.workers.graph, "links": _links(base)}
        claim = f"mixing of {source.name} contracts as predicted"
        if base is not method:
            verdicts[source.name] = not_predicted(claim, (), _LEADERS)
            rows.append(row | _of_leaders(setup))
            continue
        law = MixingLaw.of(base)
        drawn = drawn_matrices(base, DRAWS, seed=setup.seed)
        verdicts[source.name] = check_contraction(drawn, law, discrepancy=DISCREPANCY, claim=claim)
        known = {"rho": law.rho, "empirical_rho": empirical_rho(drawn)}
        rows.append(row | known | _rate(setup, source, law.rho, base))
    return tuple(rows), verdicts


def _of_leaders(setup: WorkersSetup) -> dict[str, Any]:
    """What is known where the matrix follows the losses: nothing of the contraction."""
    nothing = float("nan")
    row: dict[str, Any] = {"rho": nothing, "empirical_rho": nothing}
    return row if setup.theory is None else row | {"rate": nothing, "refused": _RATE_NEEDS}


def _links(base: DPSGD | Matcha) -> float:
    """Links expected in a round."""
    assert base.links is not None
    sizes = base.links.sizes
    return float(base.p @ sizes) if isinstance(base, Matcha) else float(sizes.sum())


def _rate(setup: WorkersSetup, source: WorkerMethodSource, rho: float, base: Any) -> dict[str, Any]:
    """The theory's rate with the constants of [theory], or why there is none."""
    theory, step = setup.theory, source.steps.learning_rate
    if theory is None:
        return {}
    row: dict[str, Any] = {"rate": float("nan")}
    if rho < 1.0:
        row["largest_step"] = largest_step(rho, theory.smoothness, order=base.order)
    if base.delay or source.steps.steps > 1 or source.steps.decay < 1.0:
        return row | {"refused": _RATE_NEEDS}
    try:
        row["rate"] = gradient_bound(
            rho,
            step=step,
            smoothness=theory.smoothness,
            variance=theory.noise,
            dissimilarity=theory.dissimilarity,
            workers=setup.workers.count,
            value=theory.gap,
            rounds=setup.run.rounds,
            order=base.order,
        )
    except AssumptionError as error:
        row["refused"] = str(error)
    return row
