"""What a setup of training will take, before it is trained: a row a method, and the sum."""

from __future__ import annotations

import tempfile
import time
import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roundlot.progress import Progress, silent
from roundlot.simulate.engines.timed_choice import Choice
from roundlot.simulate.resident_memory import peak_bytes, restart_peak
from roundlot.simulate.training.sizes import RunSizes, measure_sizes
from roundlot.train.job import TRAINING, federated_result, round_settings
from roundlot.train.setup import TrainSetup
from roundlot.user_text import printable

if TYPE_CHECKING:
    from roundlot.simulate.training import Federation
    from roundlot.train.result import TrainingResult
    from roundlot.train.sources import MethodSource

#: What a column of the table is called, by the key of its figure.
HEADINGS = {
    "method": "method",
    "round": "s/round",
    "evaluation": "s/evaluation",
    "run": "a run",
    "all": "all seeds",
    "memory": "remembers",
    "peak": "RAM",
    "uploads": "uploads/round",
}


def planned(setup: TrainSetup, *, progress: Progress = silent) -> dict[str, Any]:
    """Sizes of the setup, and of every method's runs from its first rounds with the first seed.

    Seconds are of one process on this machine: those of the runs, of making the data of every seed,
    of choosing engines, and of tables, figures and page, which are made of the first rounds in a
    temporary folder. Those of the program's start and of checkpoints are not in them, and a method
    whose costs grow with what it remembers takes longer. Engines are chosen for the rounds of the
    setup, in the first method's run for all, as a training does; with early stop, seconds are those
    of runs in which no model stops. RAM is the most that this process holds for a method or for
    tables, figures and page. Nothing stays written.

    Raises:
        InvalidProblemError: settings or data that do not fit.
        TrainingError: a method that diverges in its first rounds.
    """
    began = time.perf_counter()
    federation = setup.new_federation(setup.seed)
    data_seconds = time.perf_counter() - began
    run, rows, histories = setup.run, [], {}
    engine: Any = run.engine
    engine_seconds = 0.0
    for number, source in enumerate(setup.methods):
        progress("first rounds", number, len(setup.methods))
        sizes = _first_rounds(setup, federation, source, engine)
        if not number:
            engine_seconds = sizes.start_seconds
            kinds = zip(sizes.history.engines, sizes.history.engine_choice, strict=True)
            engine = tuple(Choice(kind=kind, why=why) for kind, why in kinds)
        rows.append(_row(source.name, sizes, run.rounds, run.evaluate_every, run.seeds))
        histories[source.name] = tuple(replace(sizes.history, seed=s) for s in setup.seeds)
    progress("tables, figures and page", len(rows), len(rows))
    report_seconds, report_peak = _report(federated_result(setup, histories, federation, ()))
    seconds = sum(row["all_seconds"] for row in rows) + run.seeds * data_seconds
    seconds += engine_seconds
    return {
        "clients": federation.n_clients,
        "models": [
            {
                "model": task.name,
                "engine": choice.kind,
                "engine_choice": choice.why,
                "parameters": task.n_parameters,
                "clients": int((task.train.counts > 0).sum()),
                "samples": len(task.train.inputs),
            }
            for task, choice in zip(federation.tasks, engine, strict=True)
        ],
        "rounds": run.rounds,
        "seeds": run.seeds,
        "stops_early": setup.stop_early is not None,
        "engine_seconds": engine_seconds,
        "data_seconds": run.seeds * data_seconds,
        "report_seconds": report_seconds,
        "seconds": seconds + report_seconds,
        "peak_bytes": max(report_peak, *(row["peak_bytes"] for row in rows)),
        "methods": rows,
    }


def _first_rounds(
    setup: TrainSetup, federation: Federation, source: MethodSource, engine: Any
) -> RunSizes:
    names = ("device", "chunk", "measure", "evaluate_every", "rounds")
    settings = {name: getattr(setup.run, name) for name in names}
    return measure_sizes(
        federation,
        source.make(setup.folder),
        plans=setup.plans(federation.n_models),
        seed=setup.seed,
        engine=engine,
        **settings,
        **round_settings(setup, federation),
    )


def _report(result: TrainingResult) -> tuple[float, int]:
    """Seconds and the most memory that files of such a result take."""
    restart_peak()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of few rounds: what matters is said of the whole runs
        TRAINING.write(Path(folder, "plan"), result)
    return time.perf_counter() - began, peak_bytes()


def planned_rows(plan: dict[str, Any]) -> list[dict[str, str]]:
    """The methods' rows as text, under ``HEADINGS``."""
    return [
        {
            "method": printable(row["method"]),
            "round": f"{row['round_seconds']:.3g}",
            "evaluation": f"{row['evaluation_seconds']:.3g}",
            "run": span(row["run_seconds"]),
            "all": span(row["all_seconds"]),
            "memory": size(row["memory_bytes"]),
            "peak": size(row["peak_bytes"]),
            "uploads": f"{row['uploads']:.3g}",
        }
        for row in plan["methods"]
    ]


def span(seconds: float) -> str:
    """Seconds, minutes or hours in a few letters."""
    if seconds < 90.0:
        return f"{seconds:.2g} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400.0 else f"{seconds / 3600:.1f} h"


def size(count: float) -> str:
    """Bytes in a few letters."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= factor:
            return f"{count / factor:.3g} {unit}"
    return f"{count:.0f} B"


def _row(name: str, sizes: RunSizes, rounds: int, every: int, seeds: int) -> dict[str, Any]:
    seconds = sizes.seconds(rounds, every)
    return {
        "method": name,
        "round_seconds": sizes.round_seconds,
        "evaluation_seconds": sizes.evaluation_seconds,
        "run_seconds": seconds,
        "all_seconds": seeds * seconds,
        "memory_bytes": sizes.memory_bytes,
        "peak_bytes": sizes.peak_bytes,
        "parameter_bytes": sizes.parameter_bytes,
        "data_bytes": sizes.data_bytes,
        "uploads": sizes.uploads,
    }
