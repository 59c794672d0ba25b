"""One client whose name is written in two ways is refused, in every format alike."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from roundlot.fleet import read_scores
from roundlot.theory import InvalidProblemError, Problem

Names = list[str]


def csv(folder: Path, names: Names) -> Any:
    rows = "".join(f'"{name}",1,2\n' for name in names)
    (folder / "s.csv").write_text("client,a,b\n" + rows, "utf-8")
    return read_scores(folder / "s.csv")


def parquet(folder: Path, names: Names) -> Any:
    frame(names).write_parquet(folder / "s.parquet")
    return read_scores(folder / "s.parquet")


def npz(folder: Path, names: Names) -> Any:
    np.savez(folder / "s.npz", scores=np.ones((len(names), 2)), clients=names)
    return read_scores(folder / "s.npz")


def pandas_index(_: Path, names: Names) -> Any:
    library = pytest.importorskip("pandas")
    return read_scores(library.DataFrame({"a": 1.0, "b": 2.0}, index=names))


def frame(names: Names) -> pl.DataFrame:
    return pl.DataFrame({"client": names, "a": 1.0, "b": 2.0})


def problem_of_pandas(_: Path, names: Names) -> Any:
    library = pytest.importorskip("pandas")
    return Problem(library.DataFrame({"a": 1.0, "b": 2.0}, index=names), budget=1)


READERS: dict[str, Callable[[Path, Names], Any]] = {
    "csv": csv,
    "parquet": parquet,
    "npz": npz,
    "polars": lambda _, names: read_scores(frame(names)),
    "pandas": pandas_index,
    "problem of polars": lambda _, names: Problem(frame(names), budget=1),
    "problem of pandas": problem_of_pandas,
    "problem of columns": lambda _, names: Problem(
        {"client": names, "a": [1.0] * len(names)}, budget=1
    ),
    "problem with clients": lambda _, names: Problem([[1.0]] * 2, budget=1, clients=names),
    "problem with client": lambda _, names: Problem([[1.0]] * 2, budget=1, client=names),
}


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    ("names", "how"),
    [
        (["ann", "ann "], "spaces around it"),
        ([" ann", "ann"], "spaces around it"),
        (["\u00e9va", "e\u0301va"], "Unicode NFC and NFD"),
        (["ann", "ann\u200b"], "characters that cannot be seen"),
        (["\ufeffann", "ann"], "characters that cannot be seen"),
    ],
)
def test_two_spellings_of_a_name_are_refused(
    tmp_path: Path, read: str, names: Names, how: str
) -> None:
    with pytest.raises(InvalidProblemError, match=f"in two ways that look alike .{how}"):
        READERS[read](tmp_path, names)


@pytest.mark.parametrize("read", [name for name in READERS if "client" not in name])
def test_one_spelling_of_a_name_in_two_rows_is_two_processors(tmp_path: Path, read: str) -> None:
    found = READERS[read](tmp_path, ["ann ", "ann "])
    rows = found.names.rows if isinstance(found, Problem) else found.clients
    assert rows == ("ann", "ann")


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("names", [["Ann", "ann"], ["an n", "ann"], ["stra\u00dfe", "strasse"]])
def test_other_names_are_other_clients(tmp_path: Path, read: str, names: Names) -> None:
    found = READERS[read](tmp_path, names)
    rows = found.names.rows if isinstance(found, Problem) else found.clients
    assert rows == tuple(names)
