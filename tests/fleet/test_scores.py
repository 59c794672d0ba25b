"""Score tables: what is written is what is read, and nothing is half written."""

import re
import warnings
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from roundlot.fleet import read_scores, write_scores, write_table
from roundlot.fleet.tables import read_table
from roundlot.theory import InvalidProblemError, RoundlotWarning

SUFFIXES = (".csv", ".parquet", ".npy")
_VALUE = st.floats(0, 1e300, allow_subnormal=True)


def refusal(path: Path) -> str:
    """What the file was refused for; nothing if it was read, then its shape is right."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RoundlotWarning)  # of letters of Windows-1252
            table = read_scores(path)
    except InvalidProblemError as error:
        return str(error)
    assert table.values.shape == (len(table.clients), len(table.models))
    return ""


@given(arrays(np.float64, (4, 3), elements=_VALUE | st.just(np.nan)), st.sampled_from(SUFFIXES))
def test_round_trip_keeps_every_bit(
    tmp_path_factory: pytest.TempPathFactory, table: np.ndarray, suffix: str
) -> None:
    path = tmp_path_factory.mktemp("scores") / f"scores{suffix}"
    table[0] = 1.0
    table = np.nan_to_num(table, nan=0.0) if suffix == ".npy" else table
    masked = np.ma.masked_invalid(table)
    write_scores(path, masked, models=("a", "b", "c"), clients=("x", "x", "007", "z"))
    clients, models, values, _ = read = read_scores(path)
    np.testing.assert_array_equal(values, table)
    np.testing.assert_array_equal(read.available, ~np.isnan(table))
    if suffix == ".npy":
        assert models == ("model 0", "model 1", "model 2")
        assert clients == ("0", "1", "2", "3")
    else:
        assert models == ("a", "b", "c")
        assert clients == ("x", "x", "007", "z")
        assert read.per_processor


def test_empty_cells_are_not_available(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    path.write_text("client,processor,a,b\nx,0,1,\nx,1, ,2\n")
    table = read_scores(path)
    assert table.models == ("a", "b")
    assert table.available.tolist() == [[True, False], [False, True]]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"table{suffix}"
    write_table(path, {"a": [1.0, 2.0]})
    before = path.read_bytes()
    with pytest.raises((InvalidProblemError, pl.exceptions.PolarsError, TypeError)):
        write_table(path, {"a": [1.0, 2.0], "b": np.array([object(), {}], dtype=object)})
    assert path.read_bytes() == before
    assert [item.name for item in tmp_path.iterdir()] == [path.name]


def test_writing_refuses_what_it_cannot_do(tmp_path: Path) -> None:
    cases = [
        (tmp_path / "a.txt", {"a": [1]}, "end it in .csv, .parquet or .npy"),
        (tmp_path / "no" / "a.csv", {"a": [1]}, "does not exist; create it first"),
        (tmp_path / "a.csv", {}, "there is no column"),
        (tmp_path / "a.csv", {"a": [1], "b": [1, 2]}, "of one length"),
        (tmp_path / "a.npy", {"a": ["x"]}, "is not numbers"),
    ]
    for path, columns, message in cases:
        with pytest.raises(InvalidProblemError, match=re.escape(message)):
            write_table(path, columns)
    (tmp_path / "d.csv").mkdir()
    with pytest.raises(InvalidProblemError, match="is a folder"):
        write_table(tmp_path / "d.csv", {"a": [1]})
    write_table(tmp_path / "b.csv", {"a": [1]})
    with pytest.raises(InvalidProblemError, match="exists and is not overwritten"):
        write_table(tmp_path / "b.csv", {"a": [2]}, overwrite=False)
    for values, message in (
        ([[1.0, np.nan]], "values[0, 1] is nan"),
        ([[1.0, None]], "cannot say what is not available; write a .csv"),
    ):
        with pytest.raises(InvalidProblemError, match=re.escape(message)):
            write_scores(tmp_path / "c.npy", values, models=("a", "b"))
    with pytest.raises(InvalidProblemError, match=re.escape("the names say (1, 2)")):
        write_scores(tmp_path / "c.csv", [[1.0]], models=("a", "b"))
    assert sorted(item.name for item in tmp_path.iterdir()) == ["b.csv", "d.csv"]


def test_arrays_that_are_not_plain_tables(tmp_path: Path) -> None:
    cases = {
        "one.npy": np.ones(3),
        "text.npy": np.array([["a"]]),
        "empty.npy": np.ones((0, 2)),
        "negative.npy": np.array([[-1.0]]),
        "infinite.npy": np.array([[np.inf]]),
        "diverged.npy": np.array([[1.0, np.nan]]),
    }
    for name, array in cases.items():
        np.save(tmp_path / name, array)
    np.save(tmp_path / "pickle.npy", np.array([[{}]], dtype=object), allow_pickle=True)
    (tmp_path / "noise.npy").write_bytes(b"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'shape'")
    for path in tmp_path.iterdir():
        with pytest.raises(InvalidProblemError, match=path.name) as error:
            read_scores(path)
        assert "\n" not in str(error.value)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
@given(
    content=st.binary(max_size=200)
    | st.text(alphabet='client,01\n\r"xé.- \t', max_size=80).map(str.encode)
    | st.binary(max_size=40).map(lambda noise: b"client,a,b\nx,1,2\n" + noise),
    suffix=st.sampled_from(SUFFIXES),
)
def test_noise_is_read_or_refused_in_one_line(tmp_path: Path, content: bytes, suffix: str) -> None:
    path = tmp_path / f"noise{suffix}"
    path.write_bytes(content)
    said = refusal(path)
    assert "\n" not in said
    assert not said or str(path) in said


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
@given(st.data(), st.sampled_from([".parquet", ".npy"]))
def test_damaged_files_are_read_or_refused(
    tmp_path: Path, data: st.DataObject, suffix: str
) -> None:
    path = tmp_path / f"damaged{suffix}"
    write_scores(path, np.ones((5, 2)), models=("a", "b"))
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(content[: data.draw(st.integers(0, len(content)))]))
    assert "\n" not in refusal(path)


def test_parquet_columns_of_other_kinds(tmp_path: Path) -> None:
    path = tmp_path / "scores.parquet"
    pl.DataFrame({"client": [1, 2], "a": [1.5, None], "b": [3, 4]}).write_parquet(path)
    table = read_scores(path)
    assert table.clients == ("1", "2")
    np.testing.assert_array_equal(table.values, [[1.5, 3], [np.nan, 4]])
    for bad in ([[1], [2]], [{"x": 1}, {"x": 2}], [b"a", b"b"]):
        pl.DataFrame({"client": [1, 2], "a": bad}).write_parquet(path)
        with pytest.raises(InvalidProblemError, match="column 'a'"):
            read_scores(path)


def test_a_hundred_thousand_clients(tmp_path: Path) -> None:
    n = 100_000
    rng = np.random.default_rng(0)
    names = [f"c{index:06d}" for index in range(n)]
    samples = rng.integers(1, 100, (n, 5))
    columns = {"client": names} | {f"m{s}": samples[:, s] for s in range(5)}
    write_table(tmp_path / "samples.csv", columns)
    order = rng.permutation(n)
    devices = {"client": np.array(names)[order], "processors": rng.integers(1, 4, n)}
    write_table(tmp_path / "clients.csv", devices)
    (tmp_path / "setup.toml").write_text(
        '[fleet]\nclients = "clients.csv"\nsamples = "samples.csv"\n'
    )
    from roundlot.fleet import load_setup

    fleet = load_setup(tmp_path / "setup.toml").fleet
    assert np.array_equal(fleet.samples, samples)
    assert np.array_equal(fleet.processors[order], devices["processors"])
    np.testing.assert_allclose(fleet.weights.sum(axis=0), 1.0)


def test_names_with_commas_and_quotes_survive(tmp_path: Path) -> None:
    write_table(tmp_path / "t.csv", {"client": ['a,"b"', "é\nü"], "x": [1, 2]})
    assert read_table(tmp_path / "t.csv").texts("client") == ('a,"b"', "é\nü")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("client,a,b\nx,1,2\ny,3\n", "row 2 has 2 cells, 3 expected; leave an empty cell"),
        ("client,a,b\nx,1,2\ny\n", "row 2 has 1 cell, 3 expected; leave an empty cell"),
        ("client,a,b\nx,1,2\n  \n", "row 2 has 1 cell, 3 expected; leave an empty cell"),
        ("client,a,b\nx,1\n", "row 1 has 2 cells, 3 expected; leave an empty cell"),
        ("client,a\nx,1\ny,3,4\n", "row 2 has 3 cells, 2 expected; take out a comma"),
        ("client,a\nx,1,\ny,2,\n", "row 1 has 3 cells, 2 expected; take out a comma"),
        (
            "client,a,\nx,1,2\n",
            "column 3 of its header has no name; name it, or take out the comma",
        ),
        ("client,,a\nx,1,2\n", "column 2 of its header has no name"),
        ("client,a, a\nx,1,2\n", "column 'a' appears more than once; rename or drop one"),
        ("client,client,a\nx,y,2\n", "column 'client' appears more than once"),
        ("client,a\nx,1\n\ny,2\n", "row 2 is an empty line, 2 cells expected; delete the line"),
        ("client,a\r\nx,1\r\n\r\ny,2\r\n", "row 2 is an empty line"),
        ('client,a\n"x,1\ny,2\n', "a quote is not closed or stands inside a cell"),
        ('client,a\nx"x,1\ny,2\n', "a quote is not closed or stands inside a cell"),
        ("\nclient,a\nx,1\n", "its first line is empty; delete the line"),
        ("client;a,b\nx;1,2\n", "its first line has commas and semicolons"),
        ("client,a\n", "has no rows below its header"),
    ],
)
def test_every_row_holds_one_cell_per_column(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "scores.csv"
    path.write_bytes(text.encode())
    with pytest.raises(InvalidProblemError, match=re.escape(said)) as error:
        read_scores(path)
    assert str(error.value).startswith(f"score table {path}")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("end", ["", "\n", "\n\n\n", "\r\n\r\n"])
def test_empty_lines_at_the_end_say_nothing(tmp_path: Path, end: str) -> None:
    path = tmp_path / "scores.csv"
    path.write_bytes(b'client,a,b\n"x\ny",1,2\nz,3,' + end.encode())
    table = read_scores(path)
    assert table.clients == ("x\ny", "z")
    np.testing.assert_array_equal(table.values, [[1, 2], [3, np.nan]])
