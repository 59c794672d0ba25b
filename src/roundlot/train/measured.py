"""Constants of a setup's training: its run again, measured at some of its rounds."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from roundlot.progress import Progress, silent
from roundlot.setup.reading import closest
from roundlot.simulate.measuring import (
    MeasuringPlan,
    Objective,
    measure_constants,
    record_points,
)
from roundlot.simulate.training import ServerOptimizer
from roundlot.theory import InvalidProblemError
from roundlot.train.folder import training_folder
from roundlot.train.setup import TrainSetup
from roundlot.train.workers_setup import load_training

if TYPE_CHECKING:
    from roundlot.theory.estimates import Constants


def training_setup(source: str | os.PathLike[str]) -> TrainSetup:
    """The setup of a name, of a TOML file, or of a folder that ``roundlot train`` wrote.

    Raises:
        InvalidProblemError: no such setup, or one of workers.
        FileExistsError: a folder of something else.
    """
    place = Path(source)
    if place.is_dir():
        found = TrainSetup.of(training_folder(place).head()["setup"], name=str(source))
    else:
        loaded = load_training(str(source))
        if not isinstance(loaded, TrainSetup):
            raise InvalidProblemError(
                f"{source} is a setup of workers; constants are measured of clients with a server"
            )
        found = loaded
    return found


def measure_training(
    setup: TrainSetup,
    plan: MeasuringPlan,
    *,
    method: str | None = None,
    model: str | None = None,
    progress: Progress = silent,
) -> Constants:
    """The constants of one model along a training by one method, with the setup's first seed.

    Args:
        setup: what is trained.
        plan: how much is measured.
        method: the setup's first one if left out.
        model: name of a task; the first one if left out.
        progress: told of the rounds, and of the points.

    Raises:
        InvalidProblemError: an unknown method or model, data that do not fit.
        TrainingError: a loss that is not finite.
    """
    source = setup.methods[0] if method is None else setup.with_methods([method]).methods[0]
    federation = setup.new_federation(setup.seed)
    names = [task.name for task in federation.tasks]
    if model is not None and model not in names:
        raise InvalidProblemError(f"model is {model!r}; {closest(model, names)}")
    index = 0 if model is None else names.index(model)
    plans = setup.plans(federation.n_models)
    if (
        setup.server.made() != ServerOptimizer()
        or setup.privacy is not None
        or setup.stop_early is not None
        or not all(plan.plain for plan in plans)
    ):
        raise InvalidProblemError(
            "constants are measured along plain steps; leave [server], [privacy], [stop_early] and"
            " the momentum, optimizer and clip of [local] out"
        )
    rounds, points = record_points(
        federation,
        source.make(setup.folder),
        rounds=setup.run.rounds,
        plans=plans,
        budget=setup.run.draws(federation.n_processors),
        model=index,
        points=plan.points,
        seed=setup.seed,
        design=setup.run.design,
        server_learning_rate=setup.run.server_learning_rate,
        progress=progress,
    )
    objective = Objective(task=federation.tasks[index], plan=plans[index])
    found = measure_constants(objective, points, plan, rounds=rounds, progress=progress)
    at = ", ".join(map(str, rounds))
    said = (
        f"setup {setup.name}, model {names[index]}, method {source.name}, seed {setup.seed}; after "
        f"rounds {at}"
    )
    return replace(found, notes=(said, *found.notes))
