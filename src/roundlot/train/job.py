"""Train every method of a setup with every seed; what is done is kept and not done again."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from roundlot.folders.job import Job
from roundlot.folders.provenance import versions
from roundlot.loggers.background import OF_PACKAGES
from roundlot.plot.figures import Figure, training_figures, workers_figures
from roundlot.progress import Ahead, Progress, plan, silent
from roundlot.report.page import render_training
from roundlot.simulate.processes.group import joined
from roundlot.simulate.runs.callbacks import Callback, new_key
from roundlot.simulate.runs.run import staged
from roundlot.simulate.training import Bench, Federation, History, Processes, train
from roundlot.simulate.workers import WorkerBench, WorkerHistory, train_workers
from roundlot.theory import InvalidProblemError
from roundlot.theory.errors import TrainingError, warn
from roundlot.theory.json_text import dumps
from roundlot.theory.text import plural
from roundlot.train.diverged import Diverged, complete_methods
from roundlot.train.folder import (
    PAGE,
    RESULT,
    checkpoint_path,
    kept_engines,
    kept_or_trained,
    opened,
    rounds_kept,
    training_key,
)
from roundlot.train.logs import TrainingLogs, opened_logs
from roundlot.train.marks import files_of, steps_of
from roundlot.train.privacy import spent, warn_of_no_accountant
from roundlot.train.result import (
    TrainingOutcome,
    TrainingResult,
    WorkersResult,
    drawn_facts,
    mixing_facts,
)
from roundlot.train.setup import MethodsSetup, TrainSetup
from roundlot.train.users_code import where_users_code_fails
from roundlot.train.workers_setup import WorkersSetup
from roundlot.verify import Verdict, check_training_variance

AnyHistory = TypeVar("AnyHistory", History, WorkerHistory)
AnyOutcome = TypeVar("AnyOutcome", bound=TrainingOutcome[Any])
#: What torch says of a network with a part that it cannot run for many clients at once.
_NOT_BATCHED = re.compile(
    r"There is a performance drop because we have not yet implemented the batching rule for "
    r"(\S+?)\.? Please file.*",
    re.DOTALL,
)
_ONE_BY_ONE = (
    r"torch runs \1 for one client after the other where many train at once, which is slow; try"
    r" engine = 'plain' in [run]"
)
#: Trains a method, named by its record, into a folder that keeps its run.
Trainer = Callable[[Any, Path | None, Progress], AnyHistory]


def run_training(
    setup: TrainSetup,
    folder: Path | None = None,
    *,
    resume: bool = False,
    progress: Progress = silent,
    callbacks: Sequence[Callback] = (),
    processes: int | Processes = 1,
) -> TrainingResult:
    """Train a setup and, with a folder, write histories, tables, figures and a page into it.

    Seeds are the outer loop, so that what is done at any time compares all methods. A run that is
    complete is kept in the folder; with ``resume`` it is read instead of trained, and one that was
    cut off goes on from its checkpoint to the same bits. ``callbacks``, and the loggers of the
    setup's ``[log]``, are told of all of them; see `roundlot.loggers`. ``processes`` train the
    clients, how many or those that are there already; of those, it is the first that calls this.

    Raises:
        InvalidProblemError: settings or data that do not fit; a folder of another setup.
        FileExistsError: a folder with an earlier training and no ``resume``, or one in use.
        TrainingError: all methods diverged; names the first method, seed, round and model. Where
            some did, they are named in the result and are in none of its means.
        LostProcessError: one of several processes was killed, hangs or failed.
    """
    guards = opened_logs(setup, callbacks)
    with joined(processes) as crew:

        def trained(place: Path | None) -> TrainingResult:
            federations: list[Federation] = []
            warn_of_no_accountant(setup.private)
            logs = TrainingLogs(setup=setup, key=_key(place), guards=guards)

            def opened_with(seed: int) -> Trainer[History]:
                federations.clear()  # no two at a time: their data may be the largest thing there
                federations.append(setup.new_federation(seed))
                return _federated(setup, federations[-1], seed, crew, logs)

            with where_users_code_fails(setup.files()):
                histories, diverged = _every_run(setup, place, progress, opened_with)
            return federated_result(setup, histories, federations[-1], diverged)

        return _performed(TRAINING, setup, folder, resume, trained)


def run_workers(
    setup: WorkersSetup,
    folder: Path | None = None,
    *,
    resume: bool = False,
    progress: Progress = silent,
    callbacks: Sequence[Callback] = (),
) -> WorkersResult:
    """Train a setup with workers and, with a folder, write histories, tables, figures and a page.

    A run that is complete is kept in the folder; with ``resume`` it is read instead of trained, and
    one that was cut off goes on from its checkpoint to the same bits. ``callbacks``, and the
    loggers of the setup's ``[log]``, are told of all of them; see `roundlot.loggers`.

    Raises:
        InvalidProblemError: settings or data that do not fit; a folder of another setup.
        FileExistsError: a folder with an earlier training and no ``resume``, or one in use.
        TrainingError: all methods diverged, as of `run_training`.
    """
    guards = opened_logs(setup, callbacks)
    if folder is not None:
        for source in setup.methods:  # a graph that does not fit is to leave nothing behind
            if source.gossips:
                progress(f"links of {source.name}", 0, 0)
                source.refuse_misfit(setup.folder)

    def trained(place: Path | None) -> WorkersResult:
        _warn_of_heavy_tails(setup)
        logs = TrainingLogs(setup=setup, key=_key(place), guards=guards)
        with where_users_code_fails(setup.files()):
            histories, diverged = _every_run(
                setup, place, progress, lambda seed: _by_workers(setup, seed, logs)
            )
        return _workers_result(setup, histories, diverged)

    return _performed(WORKERS, setup, folder, resume, trained)


def _warn_of_heavy_tails(setup: WorkersSetup) -> None:
    """Say where means of simulated time over seeds estimate nothing.

    Warns:
        RoundlotWarning: times without a variance.
    """
    heavy = [
        source.name
        for source in setup.methods
        if source.workers.speed is not None and math.isinf(source.workers.law_of_times().variance)
    ]
    if heavy:
        warn(
            f"computing times of {', '.join(heavy)} have an infinite variance: means of simulated "
            "time over seeds and their intervals do not settle and are no expected times; compare "
            "by rounds, or take expected seconds of a round from roundlot straggle"
        )


def _key(place: Path | None) -> str:
    return new_key() if place is None else training_key(place)


def _performed(
    job: Job[AnyOutcome],
    setup: MethodsSetup[Any, Any],
    folder: Path | None,
    resume: bool,
    trained: Callable[[Path | None], AnyOutcome],
) -> AnyOutcome:
    """The outcome, with all that was warned of, in its folder if there is one."""
    with _caught_warnings() as caught:
        if folder is None:
            return _warned(trained(None), caught)
        steps, files = steps_of(setup), files_of(setup)
        with opened(folder, setup.document, resume=resume, steps=steps, files=files) as place:
            outcome = _warned(trained(place), caught)
            job.contents(outcome).write(place)
            return outcome


@contextmanager
def _caught_warnings() -> Iterator[list[warnings.WarningMessage]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.filterwarnings("ignore", module=OF_PACKAGES)
        yield caught


def _warned(outcome: AnyOutcome, caught: Sequence[warnings.WarningMessage]) -> AnyOutcome:
    texts = (_NOT_BATCHED.sub(_ONE_BY_ONE, str(one.message)) for one in caught)
    return replace(outcome, warnings=tuple(dict.fromkeys(texts)))


def _every_run(
    setup: MethodsSetup[Any, Any],
    folder: Path | None,
    progress: Progress,
    opened_with: Callable[[int], Trainer[AnyHistory]],
) -> tuple[dict[str, tuple[AnyHistory, ...]], tuple[Diverged, ...]]:
    """Histories of the methods that did not diverge with any seed, and the runs that did."""
    runs: dict[str, list[AnyHistory]] = {method.name: [] for method in setup.methods}
    diverged: list[Diverged] = []
    plan(progress, list(_stages(setup, folder)))
    for seed in setup.seeds:
        train_one = opened_with(seed)
        for method in setup.methods:
            told = staged(progress, _stage(setup, method.name, seed))
            try:
                runs[method.name].append(train_one(method, folder, told))
            except TrainingError as error:
                kept = None if folder is None else checkpoint_path(folder, method.name, seed)
                diverged.append(Diverged.of(error, method.name, seed, kept))
        del train_one  # holds the data of the seed
    return complete_methods(runs, diverged), tuple(diverged)


def _stages(setup: MethodsSetup[Any, Any], folder: Path | None) -> Iterator[Ahead]:
    """The runs that are not kept already; those of one method take the same time."""
    for seed in setup.seeds:
        for method in setup.methods:
            left = setup.run.rounds - rounds_kept(folder, method.name, seed)
            if left > 0:
                yield Ahead(stage=_stage(setup, method.name, seed), work=left, kind=method.name)


def _stage(setup: MethodsSetup[Any, Any], name: str, seed: int) -> str:
    return f"{name}, seed {setup.seeds.index(seed) + 1} of {len(setup.seeds)}"


def _federated(
    setup: TrainSetup,
    federation: Federation,
    seed: int,
    processes: Processes,
    logs: TrainingLogs,
) -> Trainer[History]:
    """Trains one method after the other on the federation of a seed."""
    run = setup.run
    models = tuple(task.name for task in federation.tasks)
    settings: dict[str, Any] = {
        **_common(setup, seed),
        **round_settings(setup, federation),
        "plan": setup.plans(federation.n_models),
        "stop_early": setup.stops(federation.n_models),
        "processes": processes,
    }

    def load(kept: Path) -> History:
        history = History.load(kept)
        fits = history.rounds == run.rounds or (history.complete and history.rounds < run.rounds)
        if not fits or history.models != models:
            raise InvalidProblemError(
                f"{kept} has {history.rounds} {plural(history.rounds, 'round')} of "
                f"{', '.join(history.models)}; the setup "
                f"asks for {run.rounds} of {', '.join(models)}: remove it or choose another folder"
            )
        return history

    def one(method: Any, folder: Path | None, progress: Progress) -> History:
        def trained(checkpoint: Path | None) -> History:
            if settings["engine"] == "auto" and folder is not None:
                settings["engine"] = kept_engines(folder, len(models)) or "auto"
            what = f"{method.name}, seed {seed},"
            with where_users_code_fails(setup.files(), what, checkpoint):
                return train(
                    federation,
                    method.make(setup.folder),
                    checkpoint=checkpoint,
                    progress=progress,
                    callbacks=logs.callbacks(method, seed),
                    **settings,
                )

        return kept_or_trained(
            folder,
            method.name,
            seed,
            rounds=setup.run.rounds,
            load=load,
            train=trained,
            kept_before=partial(logs.tell_again, method, seed),
        )

    return one


def round_settings(setup: TrainSetup, federation: Federation) -> dict[str, Any]:
    """What the rounds of a federation are played by, beside what they share with workers'."""
    run = setup.run
    return {
        "budget": run.draws(federation.n_processors),
        "design": run.design,
        "restart": run.restart == "fresh",
        "per_client": run.per_client,
        "server_learning_rate": run.server_learning_rate,
        "server": setup.server.made(),
        "privacy": setup.private,
        "precision": run.precision,
    }


def _by_workers(setup: WorkersSetup, seed: int, logs: TrainingLogs) -> Trainer[WorkerHistory]:
    """Trains one method after the other on the task of a seed."""
    task, settings, rounds = setup.task(seed), _common(setup, seed), setup.run.rounds

    def load(kept: Path) -> WorkerHistory:
        history = WorkerHistory.load(kept)
        if history.rounds != rounds:
            raise InvalidProblemError(
                f"{kept} has {history.rounds} {plural(history.rounds, 'round')} and the setup "
                f"asks for {rounds}: remove it or "
                "choose another folder"
            )
        return history

    def one(source: Any, folder: Path | None, progress: Progress) -> WorkerHistory:
        def trained(checkpoint: Path | None) -> WorkerHistory:
            crew = source.crew(task, seed)
            what = f"{source.name}, seed {seed},"
            with where_users_code_fails(setup.files(), what, checkpoint):
                return train_workers(
                    crew,
                    source.make(crew, setup.folder),
                    plan=source.plan(),
                    checkpoint=checkpoint,
                    progress=progress,
                    callbacks=logs.callbacks(source, seed),
                    **settings,
                )

        return kept_or_trained(
            folder,
            source.name,
            seed,
            rounds=setup.run.rounds,
            load=load,
            train=trained,
            kept_before=partial(logs.tell_again, source, seed),
        )

    return one


def _common(setup: TrainSetup | WorkersSetup, seed: int) -> dict[str, Any]:
    """What clients and workers are trained with alike."""
    names = ("rounds", "device", "engine", "chunk", "evaluate_every", "measure", "checkpoint_every")
    return {name: getattr(setup.run, name) for name in names} | {"seed": seed}


def federated_result(
    setup: TrainSetup,
    histories: Mapping[str, tuple[History, ...]],
    federation: Federation,
    diverged: tuple[Diverged, ...],
) -> TrainingResult:
    """What the runs of all methods and seeds came to."""
    bench = Bench(histories=histories, seeds=setup.seeds, confidence=setup.run.confidence)
    return TrainingResult(
        **_origin(setup, histories),
        diverged=diverged,
        bench=bench,
        clients=federation.n_clients,
        processors=federation.n_processors,
        budget=setup.run.draws(federation.n_processors),
        verdicts=_verdicts(bench),
        privacy=spent(setup.private, histories),
    )


def _workers_result(
    setup: WorkersSetup,
    histories: Mapping[str, tuple[WorkerHistory, ...]],
    diverged: tuple[Diverged, ...],
) -> WorkersResult:
    mixing, verdicts = mixing_facts(setup)
    mixing = tuple(
        row | drawn_facts(histories[row["method"]]) for row in mixing if row["method"] in histories
    )
    return WorkersResult(
        **_origin(setup, histories),
        diverged=diverged,
        bench=WorkerBench(histories=histories, seeds=setup.seeds, confidence=setup.run.confidence),
        target=setup.run.target,
        mixing=mixing,
        verdicts=verdicts,
    )


def _origin(setup: TrainSetup | WorkersSetup, histories: Mapping[str, Any]) -> dict[str, Any]:
    """Where an outcome comes from."""
    return {
        "name": setup.name,
        "about": setup.about,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "baseline": setup.run.baseline if setup.run.baseline in histories else None,
        "setup": setup.document,
        "versions": versions(),
    }


def _verdicts(bench: Bench) -> dict[str, Verdict]:
    return {
        name: check_training_variance(runs, claim=f"variance of the steps of {name}")
        for name, runs in bench.histories.items()
        if any(np.isfinite(run.predicted_variance + run.squared_error).any() for run in runs)
    }


def _record(outcome: TrainingOutcome[Any]) -> str:
    return dumps(outcome.to_record())


def _tables(outcome: TrainingOutcome[Any]) -> Mapping[str, Any]:
    import polars as pl

    return {
        name: pl.DataFrame(list(records), infer_schema_length=None, strict=False)
        for name, records in outcome.tables().items()
    }


def _pages(outcome: TrainingOutcome[Any], figures: Sequence[Figure]) -> Mapping[str, str]:
    return {PAGE: render_training(outcome, figures)}


#: Federated training of every method with every seed.
TRAINING = Job(
    run=run_training,
    record=_record,
    figures=training_figures,
    tables=_tables,
    pages=_pages,
    marker=RESULT,
)
#: Training with workers that mix.
WORKERS = Job(
    run=run_workers,
    record=_record,
    figures=workers_figures,
    tables=_tables,
    pages=_pages,
    marker=RESULT,
)
