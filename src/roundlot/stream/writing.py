"""Probabilities written batch by batch beside the columns that are not models."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from roundlot.stream.scores import ParquetScores
from roundlot.theory.arrays import FloatArray


@dataclass(kw_only=True, eq=False)
class Writer:
    """Writes one file of Parquet, or nothing without a place.

    Attributes:
        scores: the table whose models are replaced by probabilities.
        place: of the file.
    """

    scores: ParquetScores
    place: Path | None
    _file: Any = field(default=None, init=False)

    def __enter__(self) -> Writer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()

    def write(self, batch: Any, probabilities: FloatArray) -> None:
        """A record batch with ``(rows, S)`` in place of its models."""
        if self.place is None:
            return
        import pyarrow as pa
        import pyarrow.parquet as pq

        models = self.scores.models
        columns = [
            pa.array(np.ascontiguousarray(probabilities[:, models.index(name)]))
            if name in models
            else batch.column(name)
            for name in batch.schema.names
        ]
        written = pa.record_batch(columns, names=batch.schema.names)
        if self._file is None:
            # Probabilities hardly repeat, names do.
            names = [
                n for n in ("client", "processor", *self.scores.others) if n in batch.schema.names
            ]
            self._file = pq.ParquetWriter(self.place, written.schema, use_dictionary=names)
        self._file.write_batch(written)
