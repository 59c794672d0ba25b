"""Parquet in, Parquet out: the whole table's bits, little memory, whole files or none."""

import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from roundlot.cli import main
from roundlot.solvers import solve
from roundlot.stream import ParquetScores, solve_parquet
from roundlot.theory import InvalidProblemError, Problem

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


def write(path, scores, *, group=700, kind="float64", empty=None):
    columns = {"client": pa.array([f"c{v}" for v in range(len(scores))])}
    for s in range(scores.shape[1]):
        mask = None if empty is None else empty[:, s]
        columns[f"model {s}"] = pa.array(scores[:, s].astype(kind), mask=mask)
    pq.write_table(pa.table(columns), path, row_group_size=group)
    return path


def read(path):
    table = pq.read_table(path)
    names = [name for name in table.column_names if name != "client"]
    return np.column_stack([table.column(name).to_numpy() for name in names])


@pytest.fixture
def scores():
    return np.random.default_rng(0).lognormal(0.0, 1.5, (5000, 3))


@pytest.mark.parametrize("batch_rows", [137, 1 << 16])
@pytest.mark.parametrize("cap", [1.0, 0.6])
def test_same_bits_as_in_memory(scores, batch_rows, cap, tmp_path):
    place = write(tmp_path / "scores.parquet", scores)
    found = solve_parquet(
        place, 900.5, tmp_path / "p.parquet", processor_cap=cap, batch_rows=batch_rows
    )
    whole = solve(Problem(scores, budget=900.5, processor_cap=cap))
    assert np.array_equal(read(tmp_path / "p.parquet"), whole.probabilities)
    assert found.threshold == 1.0 / whole.multipliers.level
    assert found.objective == pytest.approx(whole.objective, rel=1e-13)
    assert found.lower_bound <= whole.objective
    assert 0.0 <= found.gap < 1e-12
    assert found.passes == 3
    assert pq.read_table(tmp_path / "p.parquet").column("client")[4999].as_py() == "c4999"


@pytest.mark.parametrize("kind", ["float64", "float32"])
@pytest.mark.parametrize(("rows", "batch_rows"), [(1, 1), (2, 1), (7, 3), (400, 64), (1365, 1000)])
def test_the_same_bits_of_few_scores(rows, batch_rows, kind, tmp_path):
    scores = np.random.default_rng(rows).lognormal(0.0, 1.5, (rows, 3)).astype(kind)
    scores[:: max(2, rows // 3), 1] = 0.0
    empty = np.random.default_rng(1).random(scores.shape) < 0.1
    empty[0] = False
    place = write(tmp_path / "scores.parquet", scores, group=5, kind=kind, empty=empty)
    found = solve_parquet(place, 0.3 * rows, tmp_path / "p.parquet", batch_rows=batch_rows)
    whole = solve(Problem(np.where(empty, 0, scores), budget=0.3 * rows, available=~empty))
    assert np.array_equal(read(tmp_path / "p.parquet"), whole.probabilities)
    assert found.objective == pytest.approx(whole.objective, rel=1e-13)
    assert 0.0 <= found.gap < 1e-12
    assert solve_parquet(place, 0.3 * rows).passes == 1


def test_empty_cells_are_not_available(scores, tmp_path):
    empty = np.random.default_rng(1).random(scores.shape) < 0.3
    place = write(tmp_path / "scores.parquet", scores, empty=empty)
    solve_parquet(place, 700.0, tmp_path / "p.parquet")
    whole = solve(Problem(scores, budget=700.0, available=~empty))
    assert np.array_equal(read(tmp_path / "p.parquet"), whole.probabilities)


def test_single_precision_folders_and_extreme_scores(scores, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    write(folder / "a.parquet", scores[:2000], kind="float32")
    write(folder / "b.parquet", scores[2000:], kind="float32")
    solve_parquet(folder, 700.0, tmp_path / "p.parquet")
    whole = solve(Problem(scores.astype("float32"), budget=700.0))
    assert np.array_equal(read(tmp_path / "p.parquet"), whole.probabilities)
    for size in (1e-305, 1e300):
        place = write(tmp_path / "scores.parquet", scores * size)
        found = solve_parquet(place, 700.0, tmp_path / "p.parquet")
        whole = solve(Problem(scores * size, budget=700.0))
        assert np.array_equal(read(tmp_path / "p.parquet"), whole.probabilities)
        assert found.gap < 1e-12


def test_a_failure_leaves_the_old_file(scores, tmp_path, monkeypatch):
    from roundlot.stream import solving

    out = tmp_path / "p.parquet"
    out.write_bytes(b"old")
    place = write(tmp_path / "scores.parquet", scores)

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(solving.StreamedLevel, "terms", stop)
    with pytest.raises(KeyboardInterrupt):
        solve_parquet(place, 900.5, out, batch_rows=500)
    assert out.read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["p.parquet", "scores.parquet"]


def test_bad_tables_are_named(scores, tmp_path):
    with pytest.raises(InvalidProblemError, match="no Parquet file"):
        solve_parquet(tmp_path / "none.parquet", 1.0)
    (tmp_path / "x.parquet").write_text("no")
    with pytest.raises(InvalidProblemError, match="not a Parquet file"):
        solve_parquet(tmp_path / "x.parquet", 1.0)
    pq.write_table(pa.table({"client": ["a"], "m": ["b"]}), tmp_path / "x.parquet")
    with pytest.raises(InvalidProblemError, match="'m' is string"):
        solve_parquet(tmp_path / "x.parquet", 1.0)
    place = write(tmp_path / "scores.parquet", -scores)
    with pytest.raises(InvalidProblemError, match="negative"):
        solve_parquet(place, 1.0)


def test_command(scores, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(Path("big.parquet"), scores)
    assert (
        main(["solve", "big.parquet", "--budget", "900.5", "--out", "p.parquet", "--stream"]) == 0
    )
    assert "5000 processors x 3 models, read 3 times" in capsys.readouterr().out
    assert np.array_equal(read("p.parquet"), solve(Problem(scores, budget=900.5)).probabilities)
    assert main(["solve", "big.parquet", "--budget", "1", "--stream", "--floor", "0.1"]) == 2
    assert main(["solve", "--stream"]) == 2


MEASURED = """
import sys
from roundlot.stream import solve_parquet
peak = lambda: int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) * 1024
solve_parquet(sys.argv[1], 900.5, sys.argv[3])
before = peak()
found = solve_parquet(sys.argv[2], 3e5, sys.argv[3])
assert found.rows == 1_600_000
print(peak() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux")
def test_memory_is_bounded(tmp_path):
    """Sixteen times the rows take a fraction of the larger table more."""
    rng = np.random.default_rng(2)
    for name, groups in (("small", 2), ("big", 32)):
        schema = pa.schema([(model, "f8") for model in "abcdefgh"])
        with pq.ParquetWriter(tmp_path / name, schema) as writer:
            for _ in range(groups):
                writer.write_table(pa.table({m: rng.lognormal(size=50_000) for m in "abcdefgh"}))
    grown = subprocess.run(
        [sys.executable, "-c", MEASURED, *(tmp_path / n for n in ("small", "big", "p.parquet"))],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"NUMBA_NUM_THREADS": "1"},
    )
    assert 0 < int(grown.stdout) < 0.5 * (32 * 50_000 * 8 * 8)


@pytest.mark.slow
def test_cluster_gives_the_same_bits(scores, tmp_path):
    distributed = pytest.importorskip("distributed")
    place = write(tmp_path / "scores.parquet", scores)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with (
            distributed.LocalCluster(
                n_workers=2, threads_per_worker=1, dashboard_address=None
            ) as cluster,
            distributed.Client(cluster) as client,
        ):
            found = solve_parquet(place, 900.5, tmp_path / "out", client=client)
    assert found.gap < 1e-12
    assert len(ParquetScores.at(tmp_path / "out").files) == 8
    parts = [read(file) for file in sorted((tmp_path / "out").iterdir())]
    assert np.array_equal(np.vstack(parts), solve(Problem(scores, budget=900.5)).probabilities)
