"""Odd columns, encodings and numbers mean the same from every format, or one line refuses them."""

import datetime
import decimal
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from roundlot.fleet import read_scores
from roundlot.theory import InvalidProblemError, Problem

CLIENTS = ["ann", "bob", "cy"]


def of(values: Any) -> pl.DataFrame:
    return pl.DataFrame({"client": CLIENTS, "a": values, "b": [1.0, 2.0, 3.0]})


def everywhere(folder: Path, frame: pl.DataFrame) -> list[Any]:
    """What reads the frame: as it is, as Arrow, as a problem, from a file, by pandas if it can."""
    frame.write_parquet(folder / "s.parquet")
    return [
        lambda: read_scores(frame).values,
        lambda: read_scores(frame.to_arrow()).values,
        lambda: read_scores(folder / "s.parquet").values,
        lambda: np.where((p := Problem(frame, budget=1)).available, p.scores, np.nan),
        lambda: read_scores(frame.to_pandas(use_pyarrow_extension_array=True)).values,
    ]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([decimal.Decimal("1.25"), None, decimal.Decimal("3")], [1.25, np.nan, 3]),
        (pl.Series(["1", "2.5", "NA"], dtype=pl.Enum(["1", "2.5", "NA"])), [1, 2.5, np.nan]),
        (pl.Series(["1", "2.5", None], dtype=pl.Categorical), [1, 2.5, np.nan]),
        (pl.Series([1, None, 3], dtype=pl.UInt8), [1, np.nan, 3]),
        ([2**53 + 2, 1, None], [9007199254740994.0, 1, np.nan]),
        (pl.Series([0.1, None, 2], dtype=pl.Float32), [np.float32(0.1), np.nan, 2]),
    ],
)
def test_columns_of_numbers(tmp_path: Path, values: Any, expected: list[float]) -> None:
    pytest.importorskip("pandas")
    for read in everywhere(tmp_path, of(values)):
        found = read()
        assert found[:, 0].tolist() == pytest.approx(expected, rel=0, abs=0, nan_ok=True)
        assert found[:, 1].tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    "values",
    [
        [True, False, None],
        [datetime.date(2026, 1, day) for day in (1, 2, 3)],
        [datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)] * 3,
        [datetime.timedelta(1)] * 3,
        [[1.0], [2.0], [3.0]],
        [{"x": 1}] * 3,
        ["1", "two", "3"],
    ],
)
def test_columns_of_something_else_are_refused_in_one_line(tmp_path: Path, values: Any) -> None:
    pytest.importorskip("pandas")
    for read in everywhere(tmp_path, of(values)):
        with pytest.raises(InvalidProblemError, match="'a'") as refused:
            read()
        assert "\\n" not in repr(str(refused.value))


def test_a_cell_of_pandas_is_told_by_its_client() -> None:
    library = pytest.importorskip("pandas")
    named = library.DataFrame({"a": [True, False]}, index=["ann", "bob"])
    for frame in (named, named.rename_axis("client").reset_index()):
        with pytest.raises(InvalidProblemError, match="client 'ann', column 'a', row 1 is True"):
            read_scores(frame)


@pytest.mark.parametrize(
    ("content", "remedy"),
    [
        ("client,a\nHélène,2\n".encode("cp1252"), "'Hélène' or 'Hélčne'; save it as UTF-8"),
        ("client;a\r\nPeña;2\r\n".encode("cp1252"), "'Peña' or 'Peńa'; save it as UTF-8"),
        ("client,a\nKami\u0144ski,2\n".encode("cp1250"), "'Kamiñski' or 'Kamiński'"),
        ("client,a\nJosé,1\n".encode("cp850"), "'Jos‚' or 'José'; save it as UTF-8"),
        ("client,a\nJosé,1\n".encode("mac-roman"), "cannot be told"),
        ("client,a\n表,1\n".encode("shift-jis"), "cannot be told"),
        (b"ann,1\nbob,2\n", "its first line seems to be a row: put client and the models"),
        (
            b"client,a\nann,1e-400\nbob,1\n",
            "client 'ann', column 'a', row 1 is '1e-400', too small",
        ),
    ],
)
def test_what_cannot_be_told_is_refused_with_the_cure(
    tmp_path: Path, content: bytes, remedy: str
) -> None:
    (tmp_path / "s.csv").write_bytes(content)
    with pytest.raises(InvalidProblemError) as refused:
        read_scores(tmp_path / "s.csv")
    assert remedy in str(refused.value)
    assert "\n" not in str(refused.value)


def test_two_marks_of_byte_order_and_zeros_of_any_sign(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("\ufeff\ufeffclient,a\nann,-0\nbob,0e5\ncy,1\n", "utf-8")
    found = read_scores(tmp_path / "s.csv")
    assert found.values.ravel().tolist() == [0, 0, 1]
    assert not np.signbit(found.values).any()
