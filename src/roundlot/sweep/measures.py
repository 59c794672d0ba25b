"""What a cell measures: a method's variance with rounds drawn, or one training of a method."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roundlot import simulate, train
from roundlot.fleet import FleetSetup
from roundlot.run.case import Case
from roundlot.run.job import compare_case
from roundlot.run.simulation import design_for, predict, require_drawable
from roundlot.solvers import solve
from roundlot.sweep.grid import Cell
from roundlot.sweep.setup import TRAINING, VARIANCE
from roundlot.sweep.sources import WORKERS, Source
from roundlot.theory import InvalidProblemError

if TYPE_CHECKING:
    from roundlot.simulate.designs import Design
    from roundlot.simulate.runs.callbacks import Callback
    from roundlot.solvers import ComparisonRow

#: What a row holds, in order. Of variances: numbers of the fleet, of theory, of the rounds drawn;
#: of training: bytes and objective are of workers, uploads of clients.
COLUMNS: dict[str, dict[str, type]] = {
    VARIANCE: {
        "clients": int,
        "processors": int,
        "models": int,
        "budget": float,
        "label": str,
        "variance": float,
        "variance_is": str,
        "ratio": float,
        "gap": float,
        "certificate_gap": float,
        "participation_variance": float,
        "expected_draws": float,
        "expected_uploads": float,
        "predicted": float,
        "realised": float,
        "standard_error": float,
        "draws": float,
        "uploads": float,
        "rounds": int,
        "method_seconds": float,
    },
    TRAINING: {
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
    },
}


def measure_variance(case: Case, cell: Cell) -> dict[str, Any]:
    """The columns of a cell.

    ``variance`` is the method's, for its own design and the problem's scores; ``predicted`` what
    theory says of the design that is drawn, for these updates; both are squared units of scores.

    Raises:
        InvalidProblemError: a method that needs what the setup does not say; a design that does
            not take these probabilities or this fleet.
        InfeasibleError: limits that nothing satisfies.
    """
    comparison = compare_case(case, methods=[cell.method], repeats=1)
    try:
        row = comparison.row(cell.method)
    except KeyError as error:
        raise InvalidProblemError(str(error.args[0])) from error
    fleet = case.fleet
    return {
        "clients": fleet.n_clients,
        "processors": fleet.n_processors,
        "models": fleet.n_models,
        "budget": case.problem.budget,
        "label": row.label,
        "variance": row.variance,
        "variance_is": row.variance_is,
        "ratio": row.ratio,
        "gap": row.gap,
        "certificate_gap": _certified(case) if cell.method == "optimum" else None,
        "participation_variance": row.participation_variance,
        "expected_draws": row.expected_draws,
        "expected_uploads": row.expected_uploads,
        "method_seconds": row.seconds,
        **_drawn(case, row, cell),
    }


def posed(case: Case, setup: FleetSetup) -> Case:
    """The same fleet and updates under another setup's limits."""
    return replace(case, setup=setup, problem=setup.problem(case.problem.scores))


def _certified(case: Case) -> float:
    return float(solve(case.problem).certificate.gap)


def _drawn(case: Case, row: ComparisonRow, cell: Cell) -> dict[str, Any]:
    """What the rounds gave; nothing for a design of the method's own that is not drawn."""
    if cell.design not in {kind.name for kind in simulate.DESIGNS} or not cell.rounds:
        return {"rounds": 0}
    require_drawable(case)
    drawn: Design = design_for(case, row, cell.design)
    prediction = predict(case, drawn)
    realised = simulate.simulate(
        drawn, case.updates, rounds=cell.rounds, seed=cell.seed, device=cell.device, workers=1
    )
    errors = realised.squared_error
    spread = float(errors.std(ddof=1)) if errors.size > 1 else math.nan
    return {
        "predicted": prediction.mean,
        "realised": realised.mean_squared_error,
        "standard_error": spread / math.sqrt(errors.size),
        "draws": realised.mean_draws,
        "uploads": realised.mean_uploads,
        "rounds": realised.rounds,
    }


def measure_training(
    source: Source, cell: Cell, callbacks: Sequence[Callback] = ()
) -> dict[str, Any]:
    """The columns of a cell; ``seconds`` are simulated, losses and accuracies where it ended.

    ``callbacks`` are told of its rounds.

    Raises:
        InvalidProblemError: settings or data that do not fit.
        TrainingError: a loss that is not finite; names round, task and client.
    """
    document = _document(source, cell)
    if source.kind == WORKERS:
        return _by_workers(source, cell, document, callbacks)
    setup = train.TrainSetup.of(document, folder=Path(source.folder), name=source.label)
    setup = setup if source.data is None else setup.with_data(source.data)
    result = train.run_training(setup, callbacks=callbacks)
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
        "rounds": history.trained_rounds,
        "label": history.label,
        "draws": float(history.draws.sum()),
        "trainings": float(history.trainings.sum()),
        "predicted_variance": float(history.predicted_variance.sum(axis=1).mean()),
        "squared_error": float(history.squared_error.sum(axis=1).mean()),
    }


def _by_workers(
    source: Source, cell: Cell, document: dict[str, Any], callbacks: Sequence[Callback]
) -> dict[str, Any]:
    result = train.run_workers(
        train.WorkersSetup.of(document, folder=Path(source.folder), name=source.label),
        callbacks=callbacks,
    )
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
