"""Pages of Parquet that unpack to more than a batch can hold are refused before they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from roundlot.cli import main
from roundlot.stream import pages
from roundlot.stream.solving import ParquetScores
from roundlot.theory import InvalidProblemError
from roundlot.theory.plain_files import opened

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")
MANY = 3000
NAMES = [f"c{k}" for k in range(MANY)]


def table(names: object = None) -> object:
    return pa.table({"client": NAMES if names is None else names, "a": np.linspace(1.0, 2.0, MANY)})


@pytest.mark.parametrize("compression", ["none", "snappy", "gzip", "lz4", "zstd"])
@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("repeated", [False, True])
def test_heads_say_what_arrow_knows(
    tmp_path: Path, compression: str, version: str, repeated: bool
) -> None:
    """Every value is counted, and the sizes add up to what the end of the file says."""
    place = tmp_path / "t.parquet"
    options = {"compression": compression, "data_page_version": version, "data_page_size": 4000}
    pq.write_table(table(), place, use_dictionary=repeated, row_group_size=1000, **options)
    footer = pq.ParquetFile(place).metadata
    with opened(place) as file:
        for group in range(3):
            for at in range(2):
                column = footer.row_group(group).column(at)
                found = list(pages._pages(file, column))
                assert sum(page.values for page in found if not page.is_dictionary) == 1000
                heads = column.total_uncompressed_size - sum(page.unpacked for page in found)
                assert 0 < heads < 100 * len(found)
                assert found[0].is_dictionary is repeated
    assert len(ParquetScores.at(place).models) == 1


def test_files_of_polars_are_read(tmp_path: Path) -> None:
    frame = pl.DataFrame({"client": NAMES, "a": np.linspace(1.0, 2.0, MANY)})
    frame.write_parquet(tmp_path / "t.parquet", row_group_size=700)
    assert ParquetScores.at(tmp_path / "t.parquet").models == ("a",)


def test_a_page_beyond_the_limit_is_refused_with_it(tmp_path: Path, monkeypatch) -> None:
    pq.write_table(table(), tmp_path / "t.parquet", use_dictionary=False)
    monkeypatch.setattr(pages, "MOST_PAGE", 24_000 - 1)  # the scores are 24,000 bytes
    said = r"t.parquet: a page of column 'client' unpacks to 2\d+ bytes, and 23999 bytes are read"
    with pytest.raises(InvalidProblemError, match=said):
        ParquetScores.at(tmp_path / "t.parquet")


@pytest.mark.parametrize("repeated", [False, True])
def test_a_name_that_rows_repeat_is_bounded(tmp_path: Path, repeated: bool, capsys) -> None:
    """A megabyte that 3,000 rows refer to is a kilobyte of file and three gigabytes of names."""
    place = tmp_path / "t.parquet"
    if repeated:
        column = pa.DictionaryArray.from_arrays(np.zeros(MANY, dtype=np.int32), ["x" * 1_000_000])
    else:
        column = ["x" * 50_000, *NAMES[1:]]
    pages_of_one = {} if repeated else {"data_page_size": 1, "write_batch_size": 1}
    pq.write_table(table(column), place, use_dictionary=repeated, **pages_of_one)
    assert main(["solve", str(place), "--stream", "--budget", "2"]) == 2
    out, err = capsys.readouterr()
    (line,) = err.splitlines()
    assert "column 'client' has a text of more than 40000 bytes, the limit for a name" in line
    assert out == ""


def test_as_many_columns_as_any_table_has(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(pages, "MOST_COLUMNS", 3)
    monkeypatch.setattr("roundlot.fleet.delimited.MOST_COLUMNS", 3)
    frame = pl.DataFrame({f"m{k}": [1.0] for k in range(5)})
    frame.write_parquet(tmp_path / "t.parquet")
    with pytest.raises(InvalidProblemError, match="5 columns, 3 at most"):
        ParquetScores.at(tmp_path / "t.parquet")


@pytest.mark.parametrize("place", ["head", "size"])
def test_damaged_heads_are_one_line(tmp_path: Path, place: str) -> None:
    pq.write_table(table(), tmp_path / "t.parquet", use_dictionary=False, compression="none")
    content = bytearray((tmp_path / "t.parquet").read_bytes())
    content[4:9] = b"\xff" * 5 if place == "head" else b"\x15\x00\x15\x01\x15"
    (tmp_path / "t.parquet").write_bytes(content)
    with pytest.raises(
        InvalidProblemError, match=r"t.parquet is not a Parquet file .* page at byte"
    ):
        ParquetScores.at(tmp_path / "t.parquet")
