"""``solve`` with a plan: values by hand, files that are judged, tables that are read back."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import roundlot as rl
from roundlot import solvers
from roundlot.fleet import FleetSetup, read_scores
from roundlot.fleet.plan_section import PlanSettings
from roundlot.run.plan import answer_plan, prepare_plan


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tables = {
        "alike": "client,m\nann,1\nbob,1\n",
        "twice": "client,m\nbob,2\nann,2\n",
        "one": "client,m\nann,2\n",
        "smaller": "client,m\nann,1\n",
        "online": "client,online\nbob,0.25\nann,1\n",
        "cost": "client,m\nann,3\n",
        "other": "client,n\nann,3\n",
    }
    for name, text in tables.items():
        (tmp_path / f"{name}.csv").write_text(text, "utf-8")
    return tmp_path


CASES = {
    # P = α p has Σ P <= 0.4: 0.2 each, and 1/0.2 + 1/0.2
    "online": ("alike", ["--budget", 0.4, "--online", "online.csv"], "objective", 10.0),
    # 1/2 each, and 3/0.5 of the one that deviates
    "uncertain": (
        "alike", ["--budget", 1, "--highest", "twice.csv", "--deviations", 1], "objective", 10.0,
    ),
    # 1.2 in proportion to 1, 1, 2, 2: 0.2 and 0.4, so 2/0.2 + 2 * 4/0.4
    "rounds": ("alike", ["--rounds", "twice.csv", "--shared-budget", 1.2], "objective", 30.0),
    # 3 in proportion, as each counts half: 1/2 and 1, so (2/0.5 + 2 * 4)/2
    "states": (
        "alike",
        ["--rounds", "twice.csv", "--shared-budget", 1.5, "--chances", "0.5,0.5"],
        "objective",
        6.0,
    ),
    # 4 (1/p − 1) = 6 at p = 2/5
    "least budget": ("one", ["--variance-ceiling", 6], "budget", 0.4),
    "least cost": ("one", ["--variance-ceiling", 6, "--cost", "cost.csv"], "total", 1.2),
    "several": (
        "one",
        ["--variables", "a=one.csv,b=smaller.csv", "--variable-ceilings", "a=6,b=9", "--cost", 3],
        "total",
        1.2,
    ),
}  # fmt: skip


def solved(call, folder: Path, monkeypatch, name: str, *more: object):
    monkeypatch.chdir(folder)
    table, options, key, value = CASES[name]
    code, output, error = call("solve", f"{table}.csv", *options, *more)
    assert code == 0, error
    return output, key, value


@pytest.mark.parametrize("name", CASES)
def test_values_by_hand_and_files_that_are_judged(call, folder, monkeypatch, name) -> None:
    output, key, value = solved(
        call, folder, monkeypatch, name, "--json", "--certificate", "c.json"
    )
    record = json.loads(output)
    assert record[key] == pytest.approx(value, rel=1e-12)
    assert record["lower_bound"] == pytest.approx(value, rel=1e-9)
    assert record["rigorous"] is True
    code, said, _ = call("check", "c.json")
    assert code == 0
    assert said.startswith("proved: objective")
    document = json.loads((folder / "c.json").read_text("utf-8"))
    document["lower_bound"] *= 1.001
    (folder / "c.json").write_text(json.dumps(document), "utf-8")
    assert call("check", "c.json")[0] == 1


@pytest.mark.parametrize("name", CASES)
def test_text_says_what_was_found(call, folder, monkeypatch, name) -> None:
    output, _, value = solved(call, folder, monkeypatch, name)
    assert f"{value:.9g}" in output.splitlines()[0]
    assert "(proved)" in output.splitlines()[0]


@pytest.mark.parametrize("name", ["online", "uncertain", "several"])
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_tables_are_read_back(call, folder, monkeypatch, name, kind) -> None:
    output, _, _ = solved(call, folder, monkeypatch, name, "--json", "--out", f"p.{kind}")
    read = read_scores(folder / f"p.{kind}")
    assert np.array_equal(read.values, json.loads(output)["probabilities"])


def test_rounds_are_one_table(call, folder, monkeypatch) -> None:
    solved(call, folder, monkeypatch, "rounds", "--out", "p.csv")
    table = pl.read_csv(folder / "p.csv")
    assert table["round"].to_list() == [0, 0, 1, 1]
    assert table["client"].to_list() == ["ann", "bob", "bob", "ann"]
    assert table["m"].to_list() == pytest.approx([0.2, 0.2, 0.4, 0.4], rel=1e-12)
    code, _, error = call(
        "solve", "alike.csv", "--rounds", "twice.csv", "--shared-budget", 1, "--out", "p.npy"
    )
    assert code == 2
    assert "give .csv or .parquet" in error


def test_a_setup_asks_the_same(call, folder, monkeypatch) -> None:
    setup = FleetSetup.of(
        {
            "fleet": {"source": "scores"},
            "scores": {"source": "scores", "path": "alike.csv"},
            "problem": {"budget": 0.4},
            "plan": {"online": "online.csv"},
        },
        folder=folder,
    )
    found = answer_plan(prepare_plan(setup))
    assert isinstance(found, solvers.OnlineSolution)
    assert found.objective == pytest.approx(10, rel=1e-12)
    (folder / "plan.toml").write_text(
        '[fleet]\nsource = "scores"\n[scores]\nsource = "scores"\npath = "alike.csv"\n'
        '[problem]\nbudget = 0.4\n[plan]\nonline = "online.csv"\n',
        "utf-8",
    )
    monkeypatch.chdir(folder)
    assert call("solve", "plan.toml")[0] == 0
    for command in ("compare", "simulate"):
        code, _, error = call(command, "plan.toml")
        assert code == 2
        assert "[plan] asks for what `roundlot solve` finds (online)" in error


def test_limits_of_a_table_hold_in_every_round(call, folder, monkeypatch) -> None:
    output, _, _ = solved(call, folder, monkeypatch, "rounds", "--json", "--ceiling", 0.3)
    assert max(max(row) for p in json.loads(output)["probabilities"] for row in p) == 0.3


@pytest.mark.parametrize("columns", ["client,m,n", "client,n,m"])
def test_columns_of_a_further_round_are_found_by_name(call, folder, monkeypatch, columns) -> None:
    monkeypatch.chdir(folder)
    (folder / "first.csv").write_text("client,m,n\nann,4,1\nbob,1,2\n", "utf-8")
    rows = [("ann", {"m": 1, "n": 6}), ("bob", {"m": 2, "n": 3})]
    order = columns.split(",")[1:]
    text = "".join(f"{who},{','.join(str(of[s]) for s in order)}\n" for who, of in rows)
    (folder / "second.csv").write_text(f"{columns}\n{text}", "utf-8")
    limits = ["--model-budgets", "m=0.4,n=0.9", "--shared-budget", 1.5]
    code, output, error = call("solve", "first.csv", "--rounds", "second.csv", *limits, "--json")
    assert code == 0, error
    first, second = json.loads(output)["probabilities"]
    both = [
        rl.Problem(scores, budget=None, model_budgets=[0.4, 0.9])
        for scores in ([[4, 1], [1, 2]], [[1, 6], [2, 3]])
    ]
    wanted = solvers.solve_rounds(both, budget=1.5).probabilities
    np.testing.assert_allclose([first, second], wanted, rtol=1e-9)


TWO = ["--rounds", "one.csv", "--shared-budget", 1]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--variance-ceiling", 6, "--budget", 1], "finds the least budget; leave out --budget"),
        (["--variance-ceiling", 0], "plan.variance_ceiling is 0; give a number above 0"),
        (["--variance-ceiling", "n=6"], "there is no model 'n'"),
        (["--variance-ceiling", 6, "--cost", -1], "plan.cost is -1; give a number at least 0"),
        (["--variance-ceiling", 6, "--cost", "none.csv"], "none.csv does not exist"),
        (["--variance-ceiling", 6, "--cost", "other.csv"], "other.csv: the fleet has no model 'n'"),
        (["--cost", 1], "plan.cost needs plan.variance_ceiling or plan.variables"),
        (["--highest", "twice.csv"], "plan.highest and plan.deviations need each other"),
        (
            ["--highest", "smaller.csv", "--deviations", 1],
            "'ann' for model 'm' is 1, below the score, 2",
        ),
        (["--highest", "one.csv", "--deviations", "nan"], "plan.deviations is nan"),
        (["--online", 1.5], "plan.online is 1.5; give a number above 0 and at most 1"),
        (["--online", "cost.csv"], "table of chances"),
        (["--rounds", "other.csv", "--shared-budget", 1], "has the models n, the first round m"),
        (["--rounds", ",", "--shared-budget", 1], "',' has an empty name"),
        (["--rounds", "one.csv", "--shared-budget", "inf"], "is inf; give a finite number above 0"),
        (["--rounds", "one.csv"], "plan.rounds and plan.shared_budget need each other"),
        (
            ["--rounds", "one.csv", "--shared-budget", 1, "--chances", "1"],
            "has 1 number for 2 rounds",
        ),
        (
            ["--rounds", "one.csv", "--shared-budget", 1, "--chances", "a=1"],
            "--chances: 'a=1' has names",
        ),
        ([*TWO, "--chances", "0.5,0.6"], "add up to 1.1"),
        (["--chances", "0.5,0.5"], "plan.chances needs plan.rounds"),
        (["--variables", "a=one.csv"], "plan.variables and plan.variable_ceilings need each other"),
        (
            ["--variables", "a=one.csv", "--variable-ceilings", "b=3"],
            "must name the same quantities; 'a' is in one of them only",
        ),
        (["--online", 0.5, "--variance-ceiling", 3], "ask two questions; leave out one"),
        (["--online", 0.5, "--objective", "max"], "--online finds another optimum; leave out"),
    ],
)
def test_what_does_not_fit_is_one_line(call, folder, monkeypatch, options, said) -> None:
    monkeypatch.chdir(folder)
    code, output, error = call("solve", "one.csv", *options)
    assert code == 2
    assert output == ""
    assert said in " ".join(error.split())


def test_a_client_without_a_chance_is_named(call, folder, monkeypatch) -> None:
    monkeypatch.chdir(folder)
    (folder / "few.csv").write_text("client,online\nann,1\n", "utf-8")
    code, _, error = call("solve", "alike.csv", "--online", "few.csv", "--budget", 1)
    assert code == 2
    assert "few.csv has no row for client 'bob'; add it" in error
    (folder / "few.csv").write_text("client,online\nann,1\nbob,0\n", "utf-8")
    code, _, error = call("solve", "alike.csv", "--online", "few.csv", "--budget", 1)
    assert code == 2
    assert "'bob'" in error
    assert "0" in error


def test_every_key_of_a_plan_is_an_option(call) -> None:
    said = call("solve", "--help")[1]
    for key in PlanSettings.keys():  # noqa: SIM118
        assert f"--{key.replace('_', '-')}" in said
