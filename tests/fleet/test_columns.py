"""An index is no model; the models are those that the table has, or those that were asked for."""

import warnings
from pathlib import Path

import polars as pl
import pytest

from roundlot.fleet import read_scores
from roundlot.theory import InvalidProblemError, RoundlotWarning


def table(path: Path, columns: dict[str, list[object]]) -> Path:
    frame = pl.DataFrame(columns)
    (frame.write_csv if path.suffix == ".csv" else frame.write_parquet)(path)
    return path


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize("name", ["Unnamed: 0", "Unnamed: 0.1", "__index_level_0__", "index", ""])
def test_an_index_is_left_out_aloud(tmp_path: Path, suffix: str, name: str) -> None:
    columns = {name: [0, 1], "client": ["x", "y"], "a": [3.0, 4.0]}
    place = table(tmp_path / f"t{suffix}", columns)
    with pytest.warns(RoundlotWarning, match="left out the index"):
        found = read_scores(place)
    assert found.models == ("a",)
    assert found.ignored == (name,)
    with pytest.warns(RoundlotWarning, match="left out the index"):
        assert read_scores(pl.DataFrame(columns)).models == ("a",)


def test_a_column_that_may_count_or_score_is_refused(tmp_path: Path) -> None:
    names = [f"c{i}" for i in range(12)]
    columns = {"client": names, "a": [2.5] * 12, "k": list(range(12))}
    with pytest.raises(InvalidProblemError, match=r"column 'k' counts the rows.*--models A,B"):
        read_scores(table(tmp_path / "t.csv", columns))
    assert read_scores(tmp_path / "t.csv", models=["k"]).models == ("k",)
    assert read_scores(tmp_path / "t.csv", models=["a"]).ignored == ("k",)
    with pytest.raises(InvalidProblemError, match="has no model 'b'; valid: a, k"):
        read_scores(tmp_path / "t.csv", models=["b"])
    alone = {"client": names, "k": list(range(12))}  # there is nothing else that could be scores
    assert read_scores(table(tmp_path / "t.csv", alone)).models == ("k",)
    unordered = columns | {"k": [*range(11), 0], "index": [*range(11), 0]}
    with pytest.raises(InvalidProblemError, match="column 'index' is called like an index"):
        read_scores(table(tmp_path / "t.csv", unordered))


def test_an_index_that_holds_the_names_is_asked_for_them(tmp_path: Path) -> None:
    for name in ("", "__index_level_0__"):
        place = table(tmp_path / "t.csv", {name: ["x", "y"], "a": [3.0, 4.0]})
        with pytest.raises(InvalidProblemError, match=r"holds the names, call it client"):
            read_scores(place)


def test_few_rows_in_order_are_scores(tmp_path: Path) -> None:
    place = table(tmp_path / "t.csv", {"client": ["x", "y"], "a": [1, 2], "b": [0, 1]})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_scores(place).models == ("a", "b")
