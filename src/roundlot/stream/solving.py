"""The base program over Parquet files: the level in a few passes, the probabilities in one more."""

from __future__ import annotations

import math
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from roundlot.folders.atomic import replaced_file, replaced_folder
from roundlot.stream.parquet import BATCH_ROWS, ParquetScores, scores_of
from roundlot.theory import InvalidProblemError
from roundlot.theory.arrays import FloatArray

TARGET = 300


@dataclass(frozen=True, kw_only=True)
class StreamedSolution:
    """The optimum of a table that was never in memory.

    Attributes:
        rows, models: of the table.
        budget, cap: ``m`` and the cap of every row.
        threshold: ``t``: ``q_v = min(c, t M_v)``; infinite when the budget is slack.
        passes: how often the scores were read, the writing included.
        objective, lower_bound, gap: ``Σ a²/p``, what no feasible design undercuts, and the proved
            relative distance; None when nothing was written.
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


@dataclass(frozen=True, kw_only=True)
class _Sums:
    """Cost, and positive and negative part of the bound, of each batch, to be added exactly."""

    cost: tuple[float, ...]
    up: tuple[float, ...]
    down: tuple[float, ...]

    def __add__(self, other: _Sums) -> _Sums:
        return _Sums(
            cost=self.cost + other.cost, up=self.up + other.up, down=self.down + other.down
        )


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
    from roundlot.solvers.water.streaming import streamed_level

    begin = time.perf_counter()
    scores = (
        source
        if isinstance(source, ParquetScores)
        else ParquetScores.at(source, batch_rows=batch_rows)
    )
    if client is not None:
        from roundlot.stream.cluster import ClusterScores

        blocks: Any = ClusterScores(client, scores)
    else:
        blocks = scores
    found = streamed_level(blocks, len(scores.models), budget, processor_cap)
    proof: dict[str, Any] = {}
    if out is not None:
        sums = _written(found, scores, blocks, Path(out), overwrite)
        proof = {"out": Path(out), **_proof(found, sums)}
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


def _written(found: Any, scores: ParquetScores, blocks: Any, out: Path, overwrite: bool) -> _Sums:
    if blocks is scores:
        if out.suffix.lower() != ".parquet":
            raise InvalidProblemError(f"{out} must end in .parquet; probabilities are streamed")
        with replaced_file(out, overwrite=overwrite) as place:
            return write_part(scores, found, place)
    with replaced_folder(out) as folder:
        sums: _Sums = blocks.write(found, folder)
        return sums


def write_part(scores: ParquetScores, found: Any, place: Path) -> _Sums:
    """Writes the probabilities of these scores to one file; what they cost and prove."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer, sums = None, _Sums(cost=(), up=(), down=())
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
            sums += _terms(found, line, design)
    finally:
        if writer is not None:
            writer.close()
    return sums


def _unit(found: Any) -> int:
    """The exponent of the unit in which squares of scores and roots stay in range."""
    greatest = math.frexp(found.greatest)[1]
    level = math.frexp(found.level)[1] + found.exponent if found.level else greatest
    return max(greatest + math.frexp(1.0 / found.cap)[1] + len(bin(found.rows)), level) - TARGET


def _terms(found: Any, line: Any, design: FloatArray) -> _Sums:
    from roundlot.solvers.kernels.bound import base_terms, design_cost

    shift = found.exponent - _unit(found)
    scores, rest = (np.ldexp(line.scores, shift), 0) if abs(shift) > 1000 else (line.scores, shift)
    scale = math.ldexp(1.0, rest)
    rows = np.ldexp(line.row_divisors, shift)
    caps = np.full(len(rows), found.cap)
    level = math.ldexp(found.level, shift)
    up, down = base_terms(scores, caps, rows, level, scale)
    cost = design_cost(scores.reshape(-1), design.reshape(-1), scale)
    return _Sums(cost=(cost,), up=(up,), down=(down,))


def _proof(found: Any, sums: _Sums) -> dict[str, float]:
    from roundlot.solvers.kernels.bound import RUN
    from roundlot.solvers.kernels.sums import UNIT
    from roundlot.solvers.proof.bound import rounded_down
    from roundlot.solvers.proof.certificate import in_user_units, relative_gap

    unit = _unit(found)
    margin = (min(found.models, RUN) + 40) * UNIT
    level = math.ldexp(found.level, found.exponent - unit)
    down = math.fsum(sums.down) + level * level * found.budget
    bound = rounded_down(math.fsum(sums.up), down, margin)
    cost = math.fsum(sums.cost) * (1.0 + margin)
    return {
        "objective": in_user_units(cost, unit, up=True),
        "lower_bound": in_user_units(bound, unit, up=False),
        "gap": relative_gap(cost, bound),
    }
