"""Every command does its work on real input, as text and as JSON."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import roundlot as rl


def test_facade_and_help_load_neither_torch_nor_cvxpy() -> None:
    script = (
        "import sys, roundlot, roundlot.cli\n"
        "roundlot.cli.main(['--help'])\n"
        "heavy = {'torch', 'cvxpy', 'numba', 'sympy', 'matplotlib', 'polars'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, stdout=subprocess.DEVNULL)


@pytest.mark.parametrize(
    "command", ["run", "solve", "compare", "simulate", "verify", "bound", "plot", "fleet show"]
)
def test_help_shows_an_example(call, command: str) -> None:
    code, out, _ = call(*command.split(), "--help")
    assert code == 0
    assert f"Example: roundlot {command}" in out
    assert "--json" in out


def test_solve_writes_what_python_computes(call, scores: Path, tmp_path: Path) -> None:
    out = tmp_path / "p.csv"
    code, text, _ = call("solve", scores, "--budget", 2, "--out", out)
    assert code == 0
    assert "proved" in text
    table = pl.read_csv(out)
    problem = rl.Problem(
        [[1.0, 0.2], [2.0, 0.0], [0.5, 3.0], [1.5, 0.7]],
        budget=2,
        available=[[1, 1], [1, 0], [1, 1], [1, 1]],
    )
    assert table["client"].to_list() == ["ann", "bob", "cy", "dee"]
    written = table.select("digits", "words").to_numpy()
    assert np.array_equal(written, rl.solve(problem).probabilities)


@pytest.mark.parametrize("kind", ["parquet", "npy"])
def test_solve_writes_other_formats(call, scores: Path, tmp_path: Path, kind: str) -> None:
    out = tmp_path / f"p.{kind}"
    assert call("solve", scores, "--budget", 2, "--out", out)[0] == 0
    assert out.stat().st_size > 0


def test_conic_and_exact_agree(call, scores: Path) -> None:
    values = [
        json.loads(call("solve", scores, "--budget", 2, "--method", method, "--json")[1])
        for method in ("exact", "conic")
    ]
    assert values[0]["objective"] == pytest.approx(values[1]["objective"], rel=1e-6)


def test_compare(call, scores: Path) -> None:
    code, text, _ = call("compare", scores, "--budget", 2)
    assert code == 0
    assert "uniform" in text
    records = json.loads(call("compare", scores, "--budget", 2, "--json")[1])["methods"]
    assert records[0]["name"] == "optimum"
    assert all(row["ratio"] >= 1 - 1e-12 for row in records if row["ratio"] is not None)


def test_caps_above_1_are_not_biased_but_have_no_design(call, tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("client,m,n\nann,3,3\nbob,1,1\n")
    limits = ("--budget", 2.5, "--processor-cap", 2)
    code, text, _ = call("compare", tmp_path / "s.csv", *limits)
    assert code == 0
    assert "biased" not in text
    assert "pairs: probabilities of independent draws of pairs, for which there is no" in text
    code, _, error = call("simulate", tmp_path / "s.csv", *limits)
    assert code == 2
    assert "where a cap is above 1, give each pair a row of its own" in " ".join(error.split())


def test_simulate_measures_what_is_predicted(call, setup: Path) -> None:
    code, text, _ = call("simulate", setup)
    assert code == 0
    assert "optimum" in text
    (row,) = json.loads(call("simulate", setup, "--method", "uniform", "--json")[1])["simulations"]
    assert row["rounds"] == 400
    assert row["realised"] == pytest.approx(row["predicted"], rel=0.2)


@pytest.mark.filterwarnings("ignore:not simulated")
def test_verify_says_inconclusive_with_few_rounds(call, setup: Path) -> None:
    code, text, _ = call("verify", setup)
    assert code == 0
    assert "inconclusive: variance of optimum" in text
    verdicts = json.loads(call("verify", setup, "--json")[1])["verdicts"]
    assert {verdict["outcome"] for verdict in verdicts} == {"supported", "inconclusive"}


def test_bound(call, setup: Path) -> None:
    code, text, _ = call("bound", setup, "--target", "1e-3")
    assert code == 0
    assert "proved by" in text
    methods = json.loads(call("bound", setup, "--target", "1e-3", "--json")[1])["methods"]
    proved = {row["method"]: row for row in methods if not row["refusal"]}
    assert "power-of-choice" not in proved
    assert all(row["rounds_at_least"] <= row["rounds_to_target"] for row in proved.values())
    assert proved["optimum"]["rounds_to_target"] < proved["uniform"]["rounds_to_target"]


@pytest.mark.usefixtures("bare_report")
def test_fleet_new_check_show(call, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    assert call("fleet", "new", path)[0] == 0
    assert call("fleet", "check", path)[0] == 0
    code, text, _ = call("fleet", "show", path)
    assert code == 0
    assert "clients" in text
    assert call("fleet", "new", path)[0] == 2
    out = tmp_path / "result"
    assert call("run", path, "--out", out)[0] == 0
    record = json.loads((out / "run.json").read_text())
    assert {verdict["outcome"] for verdict in record["verdicts"]} == {"supported"}
    assert record["bound"] is not None


def test_run_then_plot(call, setup: Path, tmp_path: Path) -> None:
    out = tmp_path / "result"
    code, text, _ = call("run", setup, "--out", out)
    assert code == 0
    assert f"report: {out / 'index.html'}" in text
    names = {path.name for path in out.iterdir()}
    assert names == {"index.html", "explore.html", "run.json", "figures", "tables"}
    figures = tmp_path / "figures"
    assert call("plot", out, "--figure", "comparison", "--out", figures)[0] == 0
    assert {path.name for path in figures.iterdir()} == {"comparison.svg", "comparison.pdf"}


@pytest.mark.usefixtures("bare_report")
def test_run_of_plain_scores(call, scores: Path, tmp_path: Path) -> None:
    out = tmp_path / "result"
    code, _, _ = call("run", scores, "--budget", 2, "--rounds", 500, "--out", out, "--json")
    assert code == 0
    record = json.loads((out / "run.json").read_text())
    assert any("directions are random" in text for text in record["assumptions"])


def test_simulate_by_another_design(call, setup: Path) -> None:
    (row,) = json.loads(call("simulate", setup, "--design", "pivotal", "--json")[1])["simulations"]
    assert row["design"] == "pivotal"
    assert row["realised"] == pytest.approx(row["predicted"], rel=0.1)
    (row,) = json.loads(call("simulate", setup, "--design", "rounding", "--json")[1])["simulations"]
    assert row["realised"] == pytest.approx(row["predicted"], rel=0.1)
    assert call("simulate", setup, "--design", "sytematic")[0] == 2


def test_verify_another_design(call, setup: Path) -> None:
    code, text, _ = call("verify", setup, "--design", "pivotal")
    assert code == 0
    assert "assumed: κ <=" not in text
    assert "assumed: κ <=" in call("verify", setup, "--design", "rounding")[1]
