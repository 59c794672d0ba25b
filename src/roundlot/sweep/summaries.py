"""A sweep's rows, seeds taken together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from roundlot.theory import InvalidProblemError

if TYPE_CHECKING:
    import polars as pl

_NOT_MEASURED = ("status", "error", "label", "variance_is")


def summary(rows: pl.DataFrame | str | Path) -> pl.DataFrame:
    """Means over seeds, one row for everything else that a sweep crosses.

    ``<measure>`` is the mean of the rows that did not fail, ``<measure>_error`` its standard error
    over seeds (null with one), ``cells`` and ``failed`` count rows. Measures that are not there in
    any row are left out.

    Raises:
        InvalidProblemError: rows that are not of a sweep.
        FileExistsError: a folder that is not of a sweep.
    """
    import polars as pl

    from roundlot.sweep.store import read

    frame = rows if isinstance(rows, pl.DataFrame) else read(rows)
    if frame.is_empty():
        return frame
    if not {"key", "seed", "status"} <= set(frame.columns):
        raise InvalidProblemError("these rows are not of a sweep; read them from its folder")
    columns = frame.columns
    named = [name for name in columns[: columns.index("status")] if name not in ("key", "seed")]
    counted = [
        pl.len().alias("cells"),
        (pl.col("status") == "failed").sum().alias("failed"),
    ]
    measured = [one for name in _measures(frame, named) for one in _mean(pl.col(name))]
    return frame.group_by(named, maintain_order=True).agg(*counted, *measured)


def _measures(frame: pl.DataFrame, named: list[str]) -> list[str]:
    return [
        name
        for name, kind in frame.schema.items()
        if kind.is_numeric()
        and name not in (*named, *_NOT_MEASURED, "seed")
        and frame[name].is_not_null().any()
    ]


def _mean(column: Any) -> tuple[Any, Any]:
    name = column.meta.output_name()
    return column.mean(), (column.std() / column.count().sqrt()).alias(f"{name}_error")
