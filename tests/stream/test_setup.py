"""``solve --stream`` of tables and setups: limits are kept, or refused with what to do."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from roundlot.cli import main
from roundlot.solvers import solve
from roundlot.theory import Problem

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

SETUP = """
[fleet]
source = "scores"
[scores]
source = "scores"
path = "s.parquet"
[problem]
budget = 20.0
"""


@pytest.fixture(autouse=True)
def scores(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    scores = np.random.default_rng(0).lognormal(size=(60, 2))
    clients = [f"c{v // 2}" for v in range(60)]
    columns = {"client": clients, "a": scores[:, 0], "b": scores[:, 1]}
    pq.write_table(pa.table(columns), "s.parquet")
    return scores


def written() -> np.ndarray:
    table = pq.read_table("p.parquet")
    return np.column_stack([table.column(name).to_numpy() for name in "ab"])


def test_a_floor_of_a_table(scores, capsys):
    options = ["--budget", "20", "--floor", "0.05", "--processor-cap", "0.7"]
    assert main(["solve", "s.parquet", *options, "--stream", "--out", "p.parquet"]) == 0
    said = capsys.readouterr().out
    assert "60 processors x 2 models" in said
    assert "optimal within" in said
    whole = solve(Problem(scores, budget=20.0, floor=0.05, processor_cap=0.7))
    np.testing.assert_allclose(written(), whole.probabilities, rtol=1e-12)
    assert main(["solve", "s.parquet", "--budget", "1", "--floor", "0.5", "--stream"]) == 2
    assert "floors sum to 60, 59 above the budget 1" in capsys.readouterr().err


def test_a_setup(scores, capsys):
    more = """
    floor = 0.02
    ceiling = 0.6
    client_cap = 1.1
    model_weights = [1.0, 3.0]
    [problem.model_budgets]
    a = 5.0
    """
    Path("s.toml").write_text(SETUP + "\n".join(line.strip() for line in more.splitlines()))
    assert main(["solve", "s.toml", "--stream", "--out", "p.parquet", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert main(["solve", "s.toml", "--json"]) == 0
    whole = json.loads(capsys.readouterr().out)
    assert answer["objective"] == pytest.approx(whole["objective"], rel=1e-12)
    assert answer["prices"]["models"][0] > 0.0
    problem = Problem(
        scores,
        budget=20.0,
        floor=0.02,
        ceiling=0.6,
        client=np.arange(60) // 2,
        client_cap=1.1,
        model_weights=[1.0, 3.0],
        model_budgets=[5.0, 20.0],
    )
    np.testing.assert_allclose(written(), solve(problem).probabilities, rtol=1e-10)


def test_floors_of_clients_and_models_are_streamed(capsys):
    more = "client_floor = 0.2\nmodel_floors = {a = 13.0}\nfloor = 0.01\n"
    Path("s.toml").write_text(SETUP + more)
    assert main(["solve", "s.toml", "--stream", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert main(["solve", "s.toml", "--json"]) == 0
    whole = json.loads(capsys.readouterr().out)
    assert answer["objective"] == pytest.approx(whole["objective"], rel=1e-11)
    assert answer["prices"]["model_floors"][0] > 0.0


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ('groups = "g.csv"\ngroup_caps = {x = 1.0}', "problem.groups cannot be streamed.*columns"),
        ('groups = "client"\ngroup_floors = {c1 = 0.1}', "problem.group_floors cannot be streamed"),
        ('costs = {j = "j.csv"}\ncost_budgets = {j = 1.0}', "problem.costs cannot be streamed"),
    ],
)
def test_tables_by_client_are_refused(more, words, capsys):
    Path("s.toml").write_text(SETUP + more)
    assert main(["solve", "s.toml", "--stream"]) == 2
    error = " ".join(capsys.readouterr().err.split())
    assert re.search(words, error), error


def test_what_streams_cannot_do_is_refused_by_name(capsys):
    for option in (
        ["--certificate", "c.json"],
        ["--objective", "max"],
        ["--method", "conic"],
        ["--variance-ceiling", "1"],
    ):
        assert main(["solve", "s.parquet", "--budget", "2", "--stream", *option]) == 2
        assert f"leave out {option[0]}" in " ".join(capsys.readouterr().err.split())
    assert main(["solve", "s.parquet", "--stream"]) == 2
    assert "--budget" in capsys.readouterr().err
    Path("f.toml").write_text("[problem]\nbudget = 2.0\n")
    assert main(["solve", "f.toml", "--stream"]) == 2
    assert "reads scores from Parquet" in " ".join(capsys.readouterr().err.split())
