"""Setups with limits that processors share go through every command."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

LIMITS = """budget = 4.0
client_cap = 0.45
model_budgets = { digits = 1.2 }
model_weights = { commands = 0.5 }
"""


@pytest.fixture
def limited(tmp_path: Path, call) -> Path:
    path = tmp_path / "limited.toml"
    assert call("fleet", "new", path)[0] == 0
    content = path.read_text("utf-8")
    assert content.count("budget = 6.0") == 1
    path.write_text(content.replace("budget = 6.0", LIMITS + "#"), "utf-8")
    return path


def test_solve_and_compare_respect_them(call, limited: Path, tmp_path: Path) -> None:
    assert call("fleet", "check", limited)[0] == 0
    out = tmp_path / "p.csv"
    assert call("solve", limited, "--out", out)[0] == 0
    table = pl.read_csv(out)
    total = table.select("digits", "commands").sum_horizontal()
    clients = table.with_columns(total=total).group_by("client").agg(pl.col("total").sum())
    assert table["digits"].sum() <= 1.2
    assert clients["total"].max() <= 0.45
    assert clients["total"].max() == pytest.approx(0.45)
    code, output, _ = call("compare", limited, "--json")
    assert code == 0
    rows = json.loads(output)["methods"]
    assert {row["name"] for row in rows} >= {"optimum", "uniform"}
    assert all(row["ratio"] >= 1 - 1e-12 for row in rows if row["ratio"] is not None)


def test_the_main_job_runs_under_them(call, limited: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert call("run", limited, "--out", out)[0] == 0
    record = json.loads((out / "run.json").read_text("utf-8"))
    solution = record["solution"]
    assert solution["price"] is not None
    assert solution["level"] is None
    assert solution["gap"] < 1e-12
    assert any("its client is at its cap" in reason for reason in record["reasons"])
    assert {verdict["outcome"] for verdict in record["verdicts"]} == {"supported"}
    # The bound is on the plain sum of variances, which is above the one weighted by λ = (1, 1/2).
    bound = {row["method"]: row["constants"]["variance"] for row in record["bound"]["methods"]}
    assert solution["variance"] == pytest.approx(np.dot([1, 0.5], solution["model_variance"]))
    assert bound["optimum"] >= sum(solution["model_variance"])
