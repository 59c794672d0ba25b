"""The tables of a training, each as CSV and as Parquet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from roundlot.folders.atomic import replaced_file


def write_tables(folder: Path, tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Write every table as ``folder/<name>.csv`` and ``.parquet``."""
    import polars as pl

    folder.mkdir(exist_ok=True)
    for name, records in tables.items():
        frame = pl.DataFrame(list(records), infer_schema_length=None, strict=False)
        with replaced_file(folder / f"{name}.csv") as part:
            frame.write_csv(part)
        with replaced_file(folder / f"{name}.parquet") as part:
            frame.write_parquet(part, compression="zstd")
