"""The tables of a report, as frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from polars import DataFrame

    from roundlot.run.result import RunResult


def result_tables(result: RunResult) -> dict[str, DataFrame]:
    """The tables by name: probabilities, processors, comparison, simulation, verdicts, bound."""
    tables = {
        "probabilities": _probabilities(result),
        "processors": _processors(result),
        "comparison": _records(result.comparison),
        "simulation": _records(_simulation_rows(result)),
        "verdicts": _records(result.verdicts),
        "bound": _records(_bound_rows(result)),
        "bound_curves": _records(_curve_rows(result)),
    }
    return {name: frame for name, frame in tables.items() if frame.height}


def processor_index(client: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """``(V,)``, the number ``b`` of each processor among those of its client, from 0."""
    order = np.argsort(client, kind="stable")
    ordered = client[order]
    first = np.searchsorted(ordered, ordered, side="left")
    index = np.empty_like(client)
    index[order] = np.arange(len(client)) - first
    return index


def _probabilities(result: RunResult) -> DataFrame:
    import polars as pl

    rows, columns = result.scores.shape
    names, models = pl.Series(result.clients), pl.Series(result.models)
    return pl.DataFrame(
        {
            "client": names[np.repeat(result.client, columns)],
            "processor": np.repeat(processor_index(result.client), columns),
            "model": models[np.tile(np.arange(columns), rows)],
            "available": result.available.ravel(),
            "score": result.scores.ravel(),
            "probability": result.probabilities.ravel(),
        }
    )


def _processors(result: RunResult) -> DataFrame:
    import polars as pl

    return pl.DataFrame(
        {
            "client": pl.Series(result.clients)[result.client],
            "processor": processor_index(result.client),
            "score": result.processor_scores,
            "inclusion": result.totals,
            "cap": result.processor_cap,
            "capped": result.capped,
            "reason": list(result.reasons),
        }
    )


def _records(rows: Sequence[Mapping[str, Any]]) -> DataFrame:
    import polars as pl

    return pl.DataFrame(
        [{str(key): _cell(value) for key, value in row.items()} for row in rows],
        infer_schema_length=None,
        strict=False,
    )


def _cell(value: Any) -> Any:
    """A cell is a number, a text or nothing; what has parts becomes text."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, tuple | list | np.ndarray):
        return "; ".join(str(part) for part in np.asarray(value, dtype=object).ravel())
    return str(value)


def _simulation_rows(result: RunResult) -> list[dict[str, Any]]:
    return [
        {
            "method": row.method,
            "design": row.design,
            "model": model,
            "rounds": row.rounds,
            "predicted_variance": row.predicted,
            "realised_variance": row.realised,
            "low": row.low,
            "high": row.high,
            "confidence": row.confidence,
            "ratio": row.ratio,
            "weight_mean": float(mean),
            "weight_variance_predicted": float(predicted),
            "weight_variance_realised": float(realised),
            "draws": row.draws,
            "uploads": row.uploads,
            "rounds_per_second": row.rounds_per_second,
            "device": row.device,
        }
        for row in result.simulation
        for model, mean, predicted, realised in zip(
            result.models, row.weight_mean, row.weight_predicted, row.weight_realised, strict=True
        )
    ]


def _bound_rows(result: RunResult) -> list[dict[str, Any]]:
    if result.bound is None:
        return []
    names = dict.fromkeys(name for row in result.bound.methods for name in row.constants)
    return [
        {
            "method": row.method,
            "model": row.model,
            "schedule": row.schedule,
            "target": result.bound.target,
            "rounds_to_target": row.rounds_to_target,
            "rounds_at_least": row.rounds_at_least,
            "gap": row.gap,
            "refusal": row.refusal,
            **{name: row.constants.get(name) for name in names},
        }
        for row in result.bound.methods
    ]


def _curve_rows(result: RunResult) -> list[dict[str, Any]]:
    if result.bound is None:
        return []
    return [
        {
            "method": row.method,
            "model": row.model,
            "rounds": float(after),
            "bound": float(error),
            "at_least": float(least),
        }
        for row in result.bound.methods
        for after, error, least in zip(row.rounds, row.error, result.bound.least(row), strict=True)
    ]
