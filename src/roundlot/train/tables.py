"""The tables of a training, each as CSV and as Parquet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roundlot.files import replaced_file

if TYPE_CHECKING:
    from roundlot.train.result import TrainingResult


def result_tables(result: TrainingResult) -> dict[str, Sequence[Mapping[str, Any]]]:
    """Records by the table's name: summary, evaluations, rounds.

    ``method`` is the name in the setup, of which there may be several with one method.
    """
    runs = [(name, run) for name, row in result.bench.histories.items() for run in row]
    return {
        "summary": result.summary(),
        "evaluations": [row | {"method": name} for name, run in runs for row in run.to_records()],
        "rounds": [row | {"method": name} for name, run in runs for row in run.to_round_records()],
    }


def write_tables(folder: Path, result: TrainingResult) -> tuple[str, ...]:
    """Write every table as ``folder/<name>.csv`` and ``.parquet``; gives their names."""
    import polars as pl

    folder.mkdir(exist_ok=True)
    tables = result_tables(result)
    for name, records in tables.items():
        frame = pl.DataFrame(list(records), infer_schema_length=None, strict=False)
        with replaced_file(folder / f"{name}.csv") as part:
            frame.write_csv(part)
        with replaced_file(folder / f"{name}.parquet") as part:
            frame.write_parquet(part, compression="zstd")
    return tuple(tables)
