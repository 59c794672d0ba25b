"""Code planted in a file that a command reads is never run: refused, or read as plain data."""

from __future__ import annotations

import io
import os
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from roundlot.cli import main

READ = {
    "run": ("run", "{}", "--budget", "1", "--rounds", "5", "--out", "result"),
    "solve": ("solve", "{}", "--budget", "1"),
    "stream": ("solve", "{}", "--budget", "1", "--stream", "--out", "p.parquet"),
    "compare": ("compare", "{}", "--budget", "1"),
    "train": ("train", "{}", "--rounds", "1"),
    "bound": ("bound", "{}"),
    "decide": ("decide", "{}"),
    "graph": ("graph", "{}"),
    "partition": ("partition", "{}", "--speeds", "1,1"),
    "speeds": ("partition", "p.csv", "--speeds", "{}"),
    "straggle": ("straggle", "{}"),
    "audit": ("audit", "math:sqrt", "--probabilities", "{}"),
    "fleet": ("fleet", "check", "{}"),
    "plot": ("plot", "{}"),
}
MADE = "a pickle was read"


class Trap:
    """Makes a folder where it is unpickled, even if the error that follows is caught."""

    def __reduce__(self):
        return (os.mkdir, (MADE,))


@pytest.fixture(autouse=True)
def nothing_runs(here: Path):
    yield
    assert not (here / MADE).exists()


def test_the_trap_works(here: Path) -> None:
    pickle.loads(pickle.dumps(Trap(), protocol=0))
    (here / MADE).rmdir()


def planted(ending: str) -> bytes:
    """A file of a kind with a trap in it."""
    trapped = np.array([[Trap(), 1.0], [2.0, 3.0]], dtype=object)
    out = io.BytesIO()
    if ending == ".npy":
        np.save(out, trapped, allow_pickle=True)
    elif ending == ".npz":
        np.savez(out, client=trapped, weights=trapped, arr_0=trapped)
    elif ending == ".pt":
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("model/data.pkl", pickle.dumps(Trap()))
            archive.writestr("model/version", b"3\n")
    else:
        out.write(pickle.dumps(Trap()))
    return out.getvalue()


@pytest.mark.parametrize("ending", [".npy", ".npz", ".pt", ".pkl", ".csv", ".toml", ".parquet"])
@pytest.mark.parametrize("name", READ)
def test_pickles_are_refused_in_one_line(here: Path, capsys, name: str, ending: str) -> None:
    (here / f"trap{ending}").write_bytes(planted(ending))
    before = sorted(here.rglob("*"))
    assert main([word.format(f"trap{ending}") for word in READ[name]]) == 2
    err = capsys.readouterr().err.splitlines()
    assert len(err) == 1, err
    assert "internal" not in err[0]
    assert sorted(here.rglob("*")) == before


def parquet_with_traps(path: Path, where: str, rows: int) -> None:
    """Columns of an extension type whose parameters are a pickle, or tables with such metadata."""
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    trap = pickle.dumps(Trap(), protocol=0)  # ASCII, so that it is not refused for its bytes
    marks = {
        b"ARROW:extension:name": b"arrow.py_extension_type",
        b"ARROW:extension:metadata": trap,
    }
    fields = [
        pa.field("client", pa.string()),
        pa.field("a", pa.float64(), metadata=marks if where == "columns" else None),
        pa.field("b", pa.float64(), metadata=marks if where == "columns" else None),
    ]
    columns = [[str(k) for k in range(rows)], list(range(1, rows + 1)), list(range(rows, 0, -1))]
    table = pa.table(
        [pa.array(column, field.type) for column, field in zip(columns, fields, strict=True)],
        schema=pa.schema(fields, metadata=None if where == "columns" else {where.encode(): trap}),
    )
    pq.write_table(table, path)
    if where == "columns" and trap not in (pq.read_schema(path).field("a").metadata or {}).values():
        pytest.skip(f"pyarrow {pa.__version__} keeps no metadata of columns")


@pytest.mark.parametrize("where", ["columns", "pandas", "ARROW:schema"])
@pytest.mark.parametrize("name", [name for name in READ if name not in ("train", "plot", "fleet")])
def test_pickles_beside_the_numbers_are_not_read(here: Path, capsys, name: str, where: str) -> None:
    """The numbers are taken, or the file is refused; PyArrow may say that it reads no such type."""
    parquet_with_traps(here / "trap.parquet", where, 30_000 if name == "stream" else 2)
    code = main([word.format("trap.parquet") for word in READ[name]])
    err = [line for line in capsys.readouterr().err.splitlines() if "note: " not in line]
    assert code in (0, 2)
    assert len(err) == (1 if code else 0), err
    assert "internal" not in "".join(err)
