"""Streams read cells by the same rule: a null is not available, a NaN diverged, no index counts."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from roundlot.solvers import solve
from roundlot.stream import solve_parquet
from roundlot.theory import InvalidProblemError, Problem, RoundlotWarning

pytest.importorskip("pyarrow")


def table(**other: list[float | None]) -> pl.DataFrame:
    scores = np.random.default_rng(0).lognormal(size=(9000, 2))
    names = [f"c{i}" for i in range(9000)]
    return pl.DataFrame({"client": names, "a": scores[:, 0], "b": scores[:, 1], **other})


def test_a_nan_is_named_and_a_null_is_not_available(tmp_path: Path) -> None:
    frame = table()
    place = tmp_path / "t.parquet"
    for cell, says in ((float("nan"), True), (None, False)):
        column = frame["a"].to_list()
        column[8000] = cell
        frame.with_columns(pl.Series("a", column)).write_parquet(place)
        if says:
            message = "client 'c8000', column 'a', row 8001 is nan.*write a null"
            with pytest.raises(InvalidProblemError, match=message):
                solve_parquet(place, 50, tmp_path / "p.parquet", batch_rows=500)
            assert not (tmp_path / "p.parquet").exists()
    solve_parquet(place, 50, tmp_path / "p.parquet", batch_rows=500)
    found = pl.read_parquet(tmp_path / "p.parquet").select("a", "b").to_numpy()
    whole = solve(Problem(pl.read_parquet(place).select("a", "b"), budget=50)).probabilities
    np.testing.assert_array_equal(found, whole)


def test_an_index_is_no_model_and_models_can_be_chosen(tmp_path: Path) -> None:
    place = tmp_path / "t.parquet"
    counter = list(map(float, range(9000)))
    table(**{"__index_level_0__": counter}).write_parquet(place)
    with pytest.warns(RoundlotWarning, match="left out the index '__index_level_0__'"):
        assert solve_parquet(place, 50).models == ("a", "b")
    assert solve_parquet(place, 50, models=["b"]).models == ("b",)
    with pytest.raises(InvalidProblemError, match="has no model 'd'"):
        solve_parquet(place, 50, models=["d"])
    table(index=counter).write_parquet(place)
    with pytest.raises(InvalidProblemError, match="'index' looks like an index"):
        solve_parquet(place, 50)
