"""An index is no model; the models are those that the table has, or those that were asked for."""

import warnings
from pathlib import Path

import numpy as np
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
    with pytest.raises(InvalidProblemError, match="column 'index' looks like an index"):
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


@pytest.mark.parametrize("name", ["id", "client_id", "Client", "UserID", "name"])
def test_names_of_clients_are_no_model(tmp_path: Path, name: str) -> None:
    place = table(tmp_path / "t.csv", {"client": ["x", "y"], name: [17, 99], "a": [1, 2]})
    with pytest.raises(InvalidProblemError, match=f"{name!r} looks like the names of clients"):
        read_scores(place)
    assert read_scores(place, models=["a"]).models == ("a",)
    place = table(tmp_path / "t.csv", {name: ["x", "y"], "a": [1, 2]})
    with pytest.raises(InvalidProblemError, match=f"{name!r} holds the names, call it client"):
        read_scores(place)


def test_a_frame_of_pandas_is_read_by_the_rules_of_files() -> None:
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"client": ["NA", "y"], "a": [1.0, 2.0]})  # NA is Namibia's name
    assert read_scores(frame).clients == ("NA", "y")
    mixed = frame.assign(a=np.array([0.1 + 0.2, "1,5"], dtype=object))
    with pytest.raises(InvalidProblemError, match="'1,5' in row 2, which needs a decimal comma"):
        read_scores(mixed)
    mixed = frame.assign(
        a=np.array([0.1 + 0.2, "<NA>"], dtype=object), b=pd.Categorical(["1", "2"])
    )
    assert read_scores(mixed).values[0].tolist() == [0.1 + 0.2, 1.0]
    refused = {
        "a.* is True": frame.assign(a=np.array([2.5, True], dtype=object)),
        "empty in row 1": frame.assign(client=[np.nan, "y"]),
        "empty in row 2": frame.set_index(pd.Index(["x", np.nan])).drop(columns="client"),
        "index of 2 levels": frame.set_index(["client", "a"], drop=False)[["a"]],
        "'a' appears more than once": frame.assign(**{"a ": 1.0}),
    }
    for message, wrong in refused.items():
        with pytest.raises(InvalidProblemError, match=message):
            read_scores(wrong)
    with pytest.raises(InvalidProblemError, match="'a' appears more than once"):
        read_scores(pl.from_pandas(refused["'a' appears more than once"]))


def test_names_in_an_archive_are_spelled_as_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "t.npz"
    for names in (["e\u0301mile ", "y"], ["\u00e9mile".encode(), b"y"]):
        np.savez(path, scores=np.ones((2, 1)), clients=np.array(names))
        assert read_scores(path).clients == ("\u00e9mile", "y")
    for names, message in (([b"\xe9", b"y"], "not UTF-8"), (["e\u0301", "\u00e9"], "two ways")):
        np.savez(path, scores=np.ones((2, 1)), clients=np.array(names))
        with pytest.raises(InvalidProblemError, match=message):
            read_scores(path)
