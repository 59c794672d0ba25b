"""Tables that nobody should write: an answer or one line that says what is wrong, never a part."""

from __future__ import annotations

import decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from roundlot.solvers import solve
from roundlot.stream import solve_parquet
from roundlot.theory import InvalidProblemError, Problem

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

TWO = [1.0, 2.0]
CAPPED = {"client_cap": 0.9}


def refused(place: Path, words: str, kind: type[Exception], **given: Any) -> None:
    out = place.parent / "p.parquet"
    with pytest.raises(kind, match=words) as said:
        solve_parquet(place, 1.0, out, **given)
    assert "\n" not in str(said.value)
    assert not out.exists()
    assert {x.name for x in place.parent.iterdir()} == {place.name}


@pytest.mark.parametrize("limits", [{}, {"floor": 0.01}], ids=["plain", "limited"])
@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"m": [[1.0], [2.0]]}, r"column 'm' is list<.*>; give numbers"),
        ({"m": [{"x": 1.0}, {"x": 2.0}]}, r"column 'm' is struct<.*>; give numbers"),
        ({"m": [decimal.Decimal("1.5"), decimal.Decimal("2.5")]}, "column 'm' is decimal"),
        ({"m": [True, False]}, "column 'm' is bool"),
        ({"m": [None, None]}, "column 'm' is null"),
        ({"m": [1.0, np.nan]}, "column 'm', row 2 is nan"),
        ({"m": [1.0, np.inf]}, "column 'm', row 2 is inf; scores must not be"),
        ({"m": [9.0, 2.0], "n": [1.0, -1.0]}, "column 'n', row 2 is -1; scores must not be"),
    ],
    ids=range(8),
)
def test_no_scores(columns: Any, words: str, limits: Any, tmp_path: Path) -> None:
    pq.write_table(pa.table(columns), tmp_path / "s.parquet")
    refused(tmp_path / "s.parquet", words, InvalidProblemError, **limits)


def test_a_negative_score_in_a_row_whose_sum_is_positive_is_seen_in_a_large_table(
    tmp_path: Path,
) -> None:
    scores = np.ones((3000, 2))
    scores[1700, 0] = -0.5
    table = pa.table({"a": scores[:, 0], "b": scores[:, 1]})
    pq.write_table(table, tmp_path / "s.parquet", row_group_size=500)
    words = "column 'a', row 1701 is -0.5; scores must not be negative"
    refused(tmp_path / "s.parquet", words, InvalidProblemError, batch_rows=100)


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        (["a", "b"], [1, 2], "column 'client' is int64, and string in a.parquet"),
        (pa.array(["a", "b"]).dictionary_encode(), ["b", "c"], "write it with one type in all"),
    ],
    ids=["numbers", "dictionary"],
)
@pytest.mark.parametrize("limits", [{}, CAPPED], ids=["plain", "limited"])
def test_files_of_a_folder_that_differ(
    first: Any, second: Any, words: str, limits: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    pq.write_table(pa.table({"client": first, "m": TWO}), folder / "a.parquet")
    pq.write_table(pa.table({"client": second, "m": TWO}), folder / "b.parquet")
    refused(folder, words, InvalidProblemError, **limits)


def test_columns_of_one_name_and_groups_without_names(tmp_path: Path) -> None:
    place = tmp_path / "s.parquet"
    pq.write_table(pa.Table.from_arrays([pa.array(TWO), pa.array(TWO)], names=["m", "m"]), place)
    refused(place, "has two columns 'm'; give each a name", InvalidProblemError)
    pq.write_table(pa.table({"g": [[1], [2]], "m": TWO}), place)
    words = "column 'g' is list<.*>; name clients and groups by text or numbers"
    refused(place, words, InvalidProblemError, groups="g", group_caps=0.9)


@pytest.mark.parametrize("end", [b"", b"PAR1", b"no table at all"])
def test_a_file_that_was_not_written_to_its_end(end: bytes, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.parquet").write_bytes(end)
    pq.write_table(pa.table({"m": TWO}), folder / "b.parquet")
    refused(folder, r"a\.parquet is not a Parquet file", InvalidProblemError)
    for file in folder.iterdir():
        file.unlink()
    refused(folder, "there is no Parquet file", InvalidProblemError)


@pytest.mark.parametrize("limits", [{}, CAPPED], ids=["plain", "limited"])
@pytest.mark.parametrize(
    "names",
    [
        pa.array(["a", "b", "c"]).dictionary_encode(),
        pa.array([2**53, 2**53 + 1, 2**53 + 2]),
        pa.array([b"\xff", b"a", b"b"]),
        pa.array(["a", "b", "c"], pa.large_string()),
        pa.array(["a", "b", "c"], pa.string_view()),
        pa.array([1, 2, 3], pa.timestamp("ms")),
    ],
    ids=lambda x: str(x.type)[:12],
)
def test_names_of_any_kind_are_kept(names: Any, limits: Any, tmp_path: Path) -> None:
    scores = pa.array([1.0, 2.0, 3.0]).dictionary_encode()
    pq.write_table(pa.table({"client": names, "m": scores}), tmp_path / "s.parquet")
    solve_parquet(tmp_path / "s.parquet", 1.0, tmp_path / "p.parquet", batch_rows=2, **limits)
    found = pq.read_table(tmp_path / "p.parquet")
    assert found["client"].to_pylist() == names.to_pylist()
    whole = solve(Problem([[1.0], [2.0], [3.0]], budget=1.0, **{"processor_cap": 0.9}))
    np.testing.assert_allclose(found["m"].to_numpy(), whole.probabilities[:, 0], rtol=1e-12)


def test_files_and_groups_of_rows_without_rows(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    empty = pa.table({"client": pa.array([], pa.string()), "m": pa.array([], pa.float32())})
    some = pa.table({"client": ["a", "b"], "m": pa.array(TWO, pa.float32())})
    for name, parts in (("a", [empty]), ("b", [empty, some, empty]), ("c", [empty])):
        with pq.ParquetWriter(folder / f"{name}.parquet", some.schema) as writer:
            for part in parts:
                writer.write_table(part)
    for limits in ({}, CAPPED, {"floor": 0.01, "model_floors": 0.5}):
        solve_parquet(folder, 0.9, tmp_path / "p.parquet", **limits)
        found = pq.read_table(tmp_path / "p.parquet")
        np.testing.assert_allclose(found["m"].to_numpy(), [0.3, 0.6], rtol=1e-12)
    for file in ("b.parquet",):
        (folder / file).unlink()
    for limits in ({}, {"floor": 0.01}):
        with pytest.raises(InvalidProblemError, match=r"a\.parquet holds no rows"):
            solve_parquet(folder, 0.9, tmp_path / "q.parquet", **limits)
        assert not (tmp_path / "q.parquet").exists()
