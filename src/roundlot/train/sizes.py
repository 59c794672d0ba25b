"""What a setup of training will take, before it is trained: a row a method, and the sum."""

from __future__ import annotations

from typing import Any

from roundlot.progress import Progress, silent
from roundlot.simulate.training.sizes import RunSizes, measure_sizes
from roundlot.train.job import round_settings
from roundlot.train.setup import TrainSetup
from roundlot.user_text import printable

#: What a column of the table is called, by the key of its figure.
HEADINGS = {
    "method": "method",
    "round": "s/round",
    "evaluation": "s/evaluation",
    "run": "a run",
    "all": "all seeds",
    "memory": "remembers",
    "uploads": "uploads/round",
}


def planned(setup: TrainSetup, *, progress: Progress = silent) -> dict[str, Any]:
    """Sizes of the setup, and of every method's runs from its first rounds with the first seed.

    Seconds are of one process on this machine, without checkpoints, tables and figures; a method
    whose costs grow with what it remembers takes longer. Nothing is written.

    Raises:
        InvalidProblemError: settings or data that do not fit.
        TrainingError: a method that diverges in its first rounds.
    """
    federation = setup.new_federation(setup.seed)
    run, plans = setup.run, setup.plans(federation.n_models)
    rows = []
    for number, source in enumerate(setup.methods):
        progress("first rounds", number, len(setup.methods))
        names = ("device", "engine", "chunk", "measure", "evaluate_every")
        settings = {name: getattr(run, name) for name in names}
        settings |= round_settings(setup, federation)
        sizes = measure_sizes(
            federation, source.make(setup.folder), plans=plans, seed=setup.seed, **settings
        )
        rows.append(_row(source.name, sizes, run.rounds, run.evaluate_every, run.seeds))
    progress("first rounds", len(rows), len(rows))
    return {
        "clients": federation.n_clients,
        "models": [
            {
                "model": task.name,
                "parameters": task.n_parameters,
                "clients": int((task.train.counts > 0).sum()),
                "samples": len(task.train.inputs),
            }
            for task in federation.tasks
        ],
        "rounds": run.rounds,
        "seeds": run.seeds,
        "seconds": sum(row["all_seconds"] for row in rows),
        "methods": rows,
    }


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
        "parameter_bytes": sizes.parameter_bytes,
        "data_bytes": sizes.data_bytes,
        "uploads": sizes.uploads,
    }
