"""Scores in a Parquet file: time against reading it once, memory against holding it."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.harness import Row, at_least, at_most, medians, megabytes, scores_of

ROWS, MODELS = 2_000_000, 10
CHILD = """
import json, sys
from roundlot.stream import solve_parquet
peak = lambda: int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) * 1024
solve_parquet(sys.argv[1], 3000.0, sys.argv[3])
before = peak()
found = solve_parquet(sys.argv[2], 0.3 * int(sys.argv[4]), sys.argv[3])
print(json.dumps([found.passes, found.gap, peak() - before]))
"""


def rows() -> Iterator[Row]:
    """Two passes and a writing one over 2e6 x 10 scores in row groups of 1e5."""
    from roundlot.stream import ParquetScores, solve_parquet

    with tempfile.TemporaryDirectory() as folder:
        small, big, out = (Path(folder) / f"{name}.parquet" for name in ("small", "big", "out"))
        _write(small, 10_000)
        _write(big, ROWS)
        source = ParquetScores.at(big)
        taken = medians(
            {
                "read": lambda: source.total(lambda block: float(block[0, 0])),
                "t": lambda: solve_parquet(big, 0.3 * ROWS),
                "p": lambda: solve_parquet(big, 0.3 * ROWS, out),
            },
            repeats=3,
        )
        done = subprocess.run(
            [sys.executable, "-c", CHILD, small, big, out, str(ROWS)],
            check=True,
            capture_output=True,
            text=True,
        )
    passes, _, grown = json.loads(done.stdout.splitlines()[-1])
    size, table = f"{ROWS:.0e} x {MODELS} in Parquet", ROWS * MODELS * 8
    yield at_most(f"t, {size}", taken["t"], "read file once", taken["read"])
    yield at_most(f"t and p, {size}, {passes} passes", taken["p"], "read file once", taken["read"])
    yield at_least(
        f"memory, {size}",
        megabytes(grown),
        f"the table: {megabytes(table)}",
        table / max(grown, 1),
        2.0,
    )


def _write(path: Path, count: int, group: int = 100_000) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = [f"model {s}" for s in range(MODELS)]
    with pq.ParquetWriter(path, pa.schema([(name, "f8") for name in names])) as writer:
        for start in range(0, count, group):
            scores = scores_of(min(group, count - start), MODELS, seed=start)
            writer.write_table(pa.table(dict(zip(names, scores.T.copy(), strict=True))))
