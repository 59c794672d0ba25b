"""The base program over Parquet files: the level in a few passes, the probabilities in one more."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from roundlot.folders.atomic import replaced_file, replaced_folder
from roundlot.solvers.water.streaming import StreamedLevel, Terms, streamed_level
from roundlot.stream.parquet import BATCH_ROWS, ClusterScores, ParquetScores, scores_of
from roundlot.theory import InvalidProblemError


@dataclass(frozen=True, kw_only=True)
class StreamedSolution:
    """The optimum of a table that was never in RAM whole.

    Attributes:
        rows, models: of the table.
        budget, cap: ``m`` and the cap of every row.
        threshold: ``t``: ``q_v = min(c, t M_v)``; infinite when the budget is slack.
        passes: how often the scores were read, the writing included.
        objective, lower_bound, gap: ``Σ a²/p``, what no feasible probabilities undercut, and the
            proved relative distance; None when nothing was written.
        seconds: wall-clock time.
        out: what was written.
    """

    rows: int
    models: tuple[str, ...]
    budget: float
    cap: float
    threshold: float
    passes: int
    seconds: float
    objective: float | None = None
    lower_bound: float | None = None
    gap: float | None = None
    out: Path | None = field(default=None)


def solve_parquet(
    source: str | os.PathLike[str] | ParquetScores,
    budget: float,
    out: str | os.PathLike[str] | None = None,
    *,
    processor_cap: float = 1.0,
    batch_rows: int = BATCH_ROWS,
    client: Any = None,
    overwrite: bool = True,
) -> StreamedSolution:
    """Optimal probabilities of scores in Parquet, in memory for ``batch_rows`` rows and a few MB.

    The probabilities are those of :func:`roundlot.solve` on the whole table, bit for bit.

    Args:
        source: a file, a folder of files or :class:`ParquetScores`; empty cells are not available.
        budget: ``m > 0``.
        out: where to write them, with the columns that are not models; nothing without it. One
            file, whole or not at all; with ``client`` a new folder, one file for a row group.
        processor_cap: ``c > 0``, the same for every row.
        client: a ``dask.distributed.Client``: its workers read, and write, row groups each. They
            have to see the files under the same names.
        overwrite: whether an existing file may be replaced.

    Raises:
        InvalidProblemError: as :func:`streamed_level`, or files that are not a table of scores.
        FileExistsError: something is in the way.
    """
    begin = time.perf_counter()
    scores = (
        source
        if isinstance(source, ParquetScores)
        else ParquetScores.at(source, batch_rows=batch_rows)
    )
    if client is not None:
        blocks: Any = ClusterScores(client, scores)
    else:
        blocks = scores
    found = streamed_level(blocks, len(scores.models), budget, processor_cap)
    proof: dict[str, Any] = {}
    if out is not None:
        sums = _written(found, scores, blocks, Path(out), overwrite)
        objective, bound, gap = found.proof(sums)
        proof = {"out": Path(out), "objective": objective, "lower_bound": bound, "gap": gap}
    return StreamedSolution(
        rows=found.rows,
        models=scores.models,
        budget=found.budget,
        cap=found.cap,
        threshold=found.threshold,
        passes=found.passes + (out is not None),
        seconds=time.perf_counter() - begin,
        **proof,
    )


def _written(
    found: StreamedLevel, scores: ParquetScores, blocks: Any, out: Path, overwrite: bool
) -> Terms:
    if blocks is scores:
        if out.suffix.lower() != ".parquet":
            raise InvalidProblemError(f"{out} must end in .parquet; probabilities are streamed")
        with replaced_file(out, overwrite=overwrite) as place:
            return write_part(scores, found, place)
    with replaced_folder(out) as folder:
        sums: Terms = blocks.write(write_part, found, folder)
        return sums


def write_part(scores: ParquetScores, found: StreamedLevel, place: Path) -> Terms:
    """Writes the probabilities of these scores to one file; what they cost and prove."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer, sums = None, Terms()
    # Probabilities hardly repeat, names do.
    names = [n for n in ("client", "processor") if n in scores.names]
    try:
        for batch in scores.batches():
            table = scores_of(batch, scores.models)
            line = found.line(table)
            design = line.probabilities()
            columns = [
                pa.array(np.ascontiguousarray(design[:, scores.models.index(name)]))
                if name in scores.models
                else batch.column(name)
                for name in batch.schema.names
            ]
            written = pa.record_batch(columns, names=batch.schema.names)
            writer = writer or pq.ParquetWriter(place, written.schema, use_dictionary=names)
            writer.write_batch(written)
            sums += found.terms(line, design)
    finally:
        if writer is not None:
            writer.close()
    return sums
