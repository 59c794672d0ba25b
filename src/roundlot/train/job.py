"""Train every method of a setup with every seed; what is done is kept and not done again."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from roundlot.folders.provenance import versions
from roundlot.progress import Progress, silent
from roundlot.simulate.processes.group import joined
from roundlot.simulate.runs.run import staged
from roundlot.simulate.training import Bench, Federation, History, Processes, train
from roundlot.theory import InvalidProblemError
from roundlot.train.folder import opened
from roundlot.train.result import TrainingResult
from roundlot.train.runs import kept_or_trained
from roundlot.train.setup import TrainSetup
from roundlot.train.sources import MethodSource
from roundlot.train.write import write_result
from roundlot.verify import Verdict, check_training_variance


def run_training(
    setup: TrainSetup,
    folder: Path | None = None,
    *,
    resume: bool = False,
    progress: Progress = silent,
    processes: int | Processes = 1,
) -> TrainingResult:
    """Train a setup and, with a folder, write histories, tables, figures and a page into it.

    Seeds are the outer loop, so that what is done at any time compares all methods. A run that is
    complete is kept in the folder; with ``resume`` it is read instead of trained, and one that was
    cut off goes on from its checkpoint to the same bits. ``processes`` train the clients, how many
    or those that are there already; of those, it is the first that calls this.

    Raises:
        InvalidProblemError: settings or data that do not fit; a folder of another setup.
        FileExistsError: a folder with an earlier training and no ``resume``, or one in use.
        TrainingError: a loss that is not finite; names round, task and client.
        LostProcessError: one of several processes was killed, hangs or failed.
    """
    with warnings.catch_warnings(record=True) as caught, joined(processes) as crew:
        warnings.simplefilter("always")
        if folder is None:
            return _result(setup, _train_all(setup, None, progress, crew), caught)
        with opened(folder, setup.document, resume=resume) as place:
            result = _result(setup, _train_all(setup, place, progress, crew), caught)
            write_result(place, result)
            return result


def _train_all(
    setup: TrainSetup, folder: Path | None, progress: Progress, processes: Processes
) -> tuple[dict[str, tuple[History, ...]], Federation]:
    runs: dict[str, list[History]] = {method.name: [] for method in setup.methods}
    for number, seed in enumerate(setup.seeds):
        federation = setup.new_federation(seed)
        for method in setup.methods:
            told = staged(progress, f"{method.name}, seed {number + 1} of {len(setup.seeds)}")
            given = _settings(setup, federation, seed, told) | {"processes": processes}
            runs[method.name].append(_train_one(setup, federation, method, given, folder))
    return {name: tuple(row) for name, row in runs.items()}, federation


def _train_one(
    setup: TrainSetup,
    federation: Federation,
    method: MethodSource,
    settings: dict[str, Any],
    folder: Path | None,
) -> History:
    return kept_or_trained(
        folder,
        method.name,
        settings["seed"],
        load=lambda kept: _checked(History.load(kept), setup, federation, kept),
        train=lambda resumable: train(federation, method.make(), checkpoint=resumable, **settings),
    )


def _settings(
    setup: TrainSetup, federation: Federation, seed: int, progress: Progress
) -> dict[str, Any]:
    run = setup.run
    return {
        "rounds": run.rounds,
        "plan": setup.plans(federation.n_models),
        "budget": run.draws(federation.n_processors),
        "seed": seed,
        "design": run.design,
        "device": run.device,
        "engine": run.engine,
        "chunk": run.chunk,
        "evaluate_every": run.evaluate_every,
        "server_learning_rate": run.server_learning_rate,
        "measure": run.measure,
        "checkpoint_every": run.checkpoint_every,
        "progress": progress,
    }


def _checked(history: History, setup: TrainSetup, federation: Federation, path: Path) -> History:
    """A kept run, refused if it is not of this many rounds of these tasks."""
    models = tuple(task.name for task in federation.tasks)
    if history.rounds != setup.run.rounds or history.models != models:
        raise InvalidProblemError(
            f"{path} has {history.rounds} rounds of {', '.join(history.models)}; the setup asks "
            f"for {setup.run.rounds} of {', '.join(models)}: remove it or choose another folder"
        )
    return history


def _result(
    setup: TrainSetup,
    trained: tuple[dict[str, tuple[History, ...]], Federation],
    caught: list[warnings.WarningMessage],
) -> TrainingResult:
    histories, federation = trained
    bench = Bench(histories=histories, seeds=setup.seeds, confidence=setup.run.confidence)
    return TrainingResult(
        name=setup.name,
        about=setup.about,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        bench=bench,
        clients=federation.n_clients,
        processors=federation.n_processors,
        budget=setup.run.draws(federation.n_processors),
        baseline=setup.run.baseline if setup.run.baseline in histories else None,
        setup=setup.document,
        versions=versions(),
        verdicts=_verdicts(bench),
        warnings=tuple(dict.fromkeys(str(one.message) for one in caught)),
    )


def _verdicts(bench: Bench) -> dict[str, Verdict]:
    return {
        name: check_training_variance(runs, claim=f"variance of the steps of {name}")
        for name, runs in bench.histories.items()
        if any(np.isfinite(run.predicted_variance + run.squared_error).any() for run in runs)
    }
