"""Runs of odd little fleets: certain draws, one processor, scores of 0, several rows a client."""

import json
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("bare_report")


def verdicts(call, tmp_path: Path, table: str, budget: float) -> dict[str, str]:
    path = tmp_path / "scores.csv"
    path.write_text(table, "utf-8")
    out = tmp_path / "result"
    code, _, err = call("run", path, "--budget", budget, "--out", out)
    assert code == 0, err
    record = json.loads((out / "run.json").read_text())
    return {verdict["claim"]: verdict["outcome"] for verdict in record["verdicts"]}


@pytest.mark.parametrize(
    ("table", "budget"),
    [
        ("client,a\nx,1\ny,2\nz,0.5\n", 3),
        ("client,a\nx,1\n", 0.5),
        ("client,a,b\nx,0,1\ny,2,3\nz,1,1\n", 1.5),
        ("client,a,b\nx,1,3\nx,1,3\ny,2,1\n", 2),
        pytest.param("client,a,b\nx,1,3\nx,2,1\ny,2,1\n", 2, marks=pytest.mark.slow),
    ],
    ids=["everybody certain", "one processor", "a score of 0", "two rows alike", "two rows"],
)
def test_every_claim_is_supported(call, tmp_path: Path, table: str, budget: float) -> None:
    assert set(verdicts(call, tmp_path, table, budget).values()) == {"supported"}


def test_weights_are_not_judged_where_they_are_biased(call, tmp_path: Path) -> None:
    claims = verdicts(call, tmp_path, "client,a\nx,0\ny,2\nz,1\n", 1.5)
    assert "aggregate weights have mean 1" not in claims


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("client,a,b\nx,0,0\ny,0,0\n", "every score is 0"),
        ("client,a,b\nx,1e-300,1e300\ny,1,5\n", "1e+300"),
    ],
)
def test_scores_that_cannot_be_simulated(call, tmp_path: Path, table: str, words: str) -> None:
    path = tmp_path / "scores.csv"
    path.write_text(table, "utf-8")
    code, _, err = call("run", path, "--budget", 1.5, "--out", tmp_path / "result")
    assert code == 2
    assert words in err.splitlines()[-1]
    assert not (tmp_path / "result").exists()
    assert call("solve", path, "--budget", 1.5)[0] == 0
