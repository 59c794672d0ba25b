"""``roundlot partition``: points in, owners, a table and figures out; mistakes in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def points(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    kind = np.array(["cat", "dog"])[np.arange(40) % 2]
    frame = pl.DataFrame({"a": rng.normal(size=40), "label": kind, "b": rng.normal(size=40)})
    frame.write_csv(tmp_path / "points.csv")
    return tmp_path / "points.csv"


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".npy"])
def test_owners_are_written(call: Call, points: Path, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"owner{suffix}"
    code, text, error = call("partition", points, "--speeds", "3,1", "--out", out)
    assert (code, error) == (0, "")
    assert "none with as many points of every class exceeds" in text
    if suffix == ".npy":
        owner = np.load(out).reshape(-1)
    else:
        owner = (pl.read_csv if suffix == ".csv" else pl.read_parquet)(out)["owner"].to_numpy()
    assert np.bincount(owner.astype(int)).tolist() == [30, 10]


def test_a_name_without_ending_is_a_folder_with_a_page(
    call: Call, points: Path, tmp_path: Path
) -> None:
    out = tmp_path / "shards"
    arguments = ("partition", points, "--speeds", "3,1", "--out", out)
    code, text, _ = call(*arguments)
    assert code == 0
    names = {path.name for path in out.iterdir()}
    assert {"index.html", "partition.json", "owner.csv", "workers.csv", "shares.svg"} <= names
    assert np.bincount(pl.read_csv(out / "owner.csv")["owner"].to_numpy()).tolist() == [30, 10]
    assert "index.html" in text
    code, _, error = call(*arguments)
    assert (code, error.count("\n")) == (2, 1)
    assert "--overwrite" in error
    assert call(*arguments, "--overwrite")[0] == 0
    code, _, error = call(*arguments[:-1], tmp_path / "owner.csv", "--overwrite")
    assert code == 2
    assert "leave it out" in error


def test_json_has_quality_beside_the_baselines(call: Call, points: Path, tmp_path: Path) -> None:
    speeds = tmp_path / "speeds.csv"
    speeds.write_text("worker,rate\nx,2\ny,1\n", "utf-8")
    figures = tmp_path / "figures"
    code, text, _ = call(
        *("partition", points, "--speeds", speeds, "--speed-column", "rate", "--method"),
        *("round-robin", "--function", "graph-cut", "--figures", figures, "--json"),
    )
    found = json.loads(text)
    assert code == 0
    assert found["value"] <= found["upper_bound"]
    assert [row["method"] for row in found["quality"]][1:] == ["equal", "proportional", "dirichlet"]
    names = {path.name for path in figures.iterdir()}
    assert names == {f"{n}{s}" for n in ("finish_times", "values") for s in (".svg", ".pdf")}


def test_array_with_the_class_last_and_the_shipped_phones(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "points.npy"
    rng = np.random.default_rng(1)
    np.save(path, np.column_stack([rng.normal(size=(30, 2)), np.arange(30) % 2]))
    code, text, _ = call("partition", path, "--workers", 3, "--method", "random")
    assert code == 0
    assert "30 points in 2 classes, 3 workers" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--speeds", "1,0"], "speed of worker 1 is 0"),
        (["--speeds", "fast"], "numbers with commas"),
        (["--speeds", "1,2", "--workers", "3"], "leave --workers out"),
        (["--label", "kind"], "'kind'"),
        (["--method", "best"], "choose from"),
        (["--out", "owner.txt"], "end it in .csv"),
        (["--method", "exact", "--workers", "2"], "too large"),
    ],
)
def test_mistakes_take_one_line(
    call: Call, points: Path, arguments: list[str], message: str
) -> None:
    if "exact" in arguments:
        points.write_text("a,label\n" + "".join(f"{i},x\n" for i in range(300)), "utf-8")
    code, _, error = call("partition", points, *arguments)
    assert code == 2
    assert message in error
    assert error.count("\n") == 1


@pytest.mark.filterwarnings("default::roundlot.theory.RoundlotWarning")
def test_a_small_class_is_said(call: Call, points: Path) -> None:
    points.write_text(points.read_text("utf-8") + "0.5,cow,0.5\n0.1,cow,0.2\n", "utf-8")
    code, _, error = call("partition", points, "--speeds", "equal", "--workers", 3)
    assert code == 0
    assert "class cow has fewer points than the 3 workers" in error
