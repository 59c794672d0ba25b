"""One cell of training: one method with one seed, by the code of ``roundlot train``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from roundlot.sweep.source import WORKERS, Source

if TYPE_CHECKING:
    from roundlot.sweep.grid import Cell

#: What a row holds, in order; bytes and objective are of workers, uploads of clients.
COLUMNS: dict[str, type] = {
    "clients": int,
    "processors": int,
    "models": int,
    "budget": float,
    "rounds": int,
    "label": str,
    "accuracy": float,
    "worst_accuracy": float,
    "loss": float,
    "worst_loss": float,
    "objective": float,
    "seconds": float,
    "uploads": float,
    "bytes": float,
    "draws": float,
    "trainings": float,
    "predicted_variance": float,
    "squared_error": float,
}
#: What the rows of two computations may differ in, beside the seconds of a cell.
TIMINGS = ()


def measure_training(source: Source, cell: Cell) -> dict[str, Any]:
    """The columns of a cell; ``seconds`` are simulated, losses and accuracies where it ended.

    Raises:
        InvalidProblemError: settings or data that do not fit.
        TrainingError: a loss that is not finite; names round, task and client.
    """
    document = _document(source, cell)
    if source.kind == WORKERS:
        return _by_workers(source, cell, document)
    from roundlot.train import TrainSetup
    from roundlot.train.job import run_training

    setup = TrainSetup.of(document, folder=Path(source.folder), name=source.label)
    setup = setup if source.data is None else setup.with_data(source.data)
    result = run_training(setup)
    history = result.bench.histories[cell.method][0]
    found = {
        name: result.bench.interval(cell.method, name).mean
        for name in ("accuracy", "worst_accuracy", "loss", "worst_loss", "seconds", "uploads")
    }
    return found | {
        "clients": result.clients,
        "processors": result.processors,
        "models": len(history.models),
        "budget": result.budget,
        "rounds": history.rounds,
        "label": history.label,
        "draws": float(history.draws.sum()),
        "trainings": float(history.trainings.sum()),
        "predicted_variance": float(history.predicted_variance.sum(axis=1).mean()),
        "squared_error": float(history.squared_error.sum(axis=1).mean()),
    }


def _by_workers(source: Source, cell: Cell, document: dict[str, Any]) -> dict[str, Any]:
    from roundlot.train import WorkersSetup
    from roundlot.train.workers_job import run_workers

    result = run_workers(WorkersSetup.of(document, folder=Path(source.folder), name=source.label))
    history = result.bench.histories[cell.method][0]
    names = ("objective", "worst_loss", "accuracy", "worst_accuracy", "seconds", "bytes")
    found = {name: result.bench.interval(cell.method, name).mean for name in names}
    return found | {
        "clients": history.n_workers,
        "models": 1,
        "rounds": history.rounds,
        "label": history.label,
        "loss": float(history.loss[-1]),
    }


def _document(source: Source, cell: Cell) -> dict[str, Any]:
    """The setup with one method and one seed; whatever it compares them with is left out."""
    left_out = ("seeds", "baseline")
    run = {k: v for k, v in source.document.get("run", {}).items() if k not in left_out}
    return {
        **source.document,
        "seed": cell.seed,
        "run": {**run, "seeds": 1},
        "methods": [{**source.methods[cell.method], "name": cell.method}],
    }
