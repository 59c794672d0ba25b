"""A file by pandas says with a warning that its empty cells may be clients that diverged."""

import warnings
from pathlib import Path

import numpy as np
import pytest

from roundlot.fleet import read_scores, read_setup
from roundlot.fleet.pandas_nulls import undecided_columns
from roundlot.stream import ParquetScores
from roundlot.theory import InvalidProblemError, RoundlotWarning

pandas = pytest.importorskip("pandas")
pytest.importorskip("pyarrow")


def frame(kind: str) -> object:
    """Three clients, bob without a number for ``a``, all with one for ``b``."""
    column = pandas.Series([1.0, None, 3.0], dtype=kind)
    return pandas.DataFrame({"client": ["ann", "bob", "cy"], "a": column, "b": [1.0, 2.0, 3.0]})


@pytest.mark.parametrize("kind", ["float64", "float32", "object"])
def test_one_empty_cell_of_floats_is_told_with_its_column_and_the_cure(
    tmp_path: Path, kind: str
) -> None:
    place = tmp_path / "s.parquet"
    frame(kind).to_parquet(place)  # type: ignore[attr-defined]
    with pytest.warns(RoundlotWarning, match=r"1 in 'a', are read.*convert_dtypes\(\)") as said:
        found = read_scores(place)
    assert len(said) == 1
    assert said[0].filename == __file__
    assert found.available.tolist() == [[True, True], [False, True], [True, True]]
    with pytest.warns(RoundlotWarning, match="1 in 'a'"):
        ParquetScores.at(place)


@pytest.mark.parametrize("kind", ["Float64", "Int64", "double[pyarrow]"])
def test_a_type_that_tells_them_apart_is_read_in_silence(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "s.parquet"
    frame(kind).to_parquet(place)  # type: ignore[attr-defined]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_scores(place).available[:, 0].tolist() == [True, False, True]
        ParquetScores.at(place)


def test_the_cure_is_one(tmp_path: Path) -> None:
    made = pandas.DataFrame({"client": ["ann", "bob"], "a": [1.5, np.nan]})
    made.convert_dtypes().to_parquet(tmp_path / "s.parquet")
    made.to_csv(tmp_path / "s.csv", index=False, na_rep="nan")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        setup = read_setup(tmp_path / "s.parquet")
        assert setup.fleet.offline.tolist() == [False, True]
    with pytest.raises(ValueError, match="client 'bob', column 'a', row 2 is nan"):
        read_scores(tmp_path / "s.csv")


@pytest.mark.parametrize("record", [None, "", "[]", "{", '{"columns": [1, {}]}'])
def test_a_record_of_another_kind_says_nothing(record: str | None) -> None:
    assert undecided_columns(record) == frozenset()


def test_columns_in_levels_are_refused_in_a_frame_and_in_its_file(tmp_path: Path) -> None:
    columns = pandas.MultiIndex.from_tuples([("ward", "eye"), ("ward", "ear")])
    given = pandas.DataFrame([[1.0, 2.0], [3.0, 4.0]], index=["ann", "bob"], columns=columns)
    place = tmp_path / "s.parquet"
    given.rename_axis("client").to_parquet(place)
    for source in (given, place):
        with pytest.raises(InvalidProblemError, match=r"levels, such as \('ward', 'eye'\); give"):
            read_scores(source)
    with pytest.raises(InvalidProblemError, match="columns in levels"):
        ParquetScores.at(place)
