"""``roundlot train`` with ``[workers]``: a setup in, a folder out; mistakes in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from roundlot.simulate.workers import WorkerHistory
from roundlot.theory import AssumptionError, InvalidProblemError
from roundlot.train import load_workers_setup, run_workers

Call = Callable[..., tuple[int, str, str]]

SETUP = """
name = "crew"
methods = [
  "all-reduce",
  { method = "d-psgd", name = "full", batch_size = "proportional" },
  { method = "matcha", name = "half", delay = 1 },
  { method = "adjacent-leader", base = "matcha", graph = "links.csv" },
  { method = "non-blocking", rule = "deadline", estimator = "pooled", shares = "proportional" },
  { method = "local-sgd", partition = "greedy" },
]
[tasks]
kind = "digits"
samples = 160
network = "64-4-10"
[workers]
count = 4
graph = "ring"
speed = [10, 20, 30, 40]
link = 1.0
law = "shifted"
[steps]
batch_mean = 6
learning_rate = 0.2
[run]
rounds = 6
seeds = 2
evaluate_every = 3
target = 2.0
baseline = "full"
measure = true
[theory]
smoothness = 0.1
[full.run]
rounds = 7
"""


@pytest.fixture
def setup_file(tmp_path: Path) -> Path:
    path = tmp_path / "crew.toml"
    path.write_text(SETUP, "utf-8")
    (tmp_path / "links.csv").write_text("# links\nfrom,to\nann,bob\nbob,cy\ncy,dee\n", "utf-8")
    return path


def test_folder_holds_everything(setup_file: Path, tmp_path: Path, call: Call) -> None:
    out = tmp_path / "out"
    code, said, errors = call("train", str(setup_file), "--out", str(out))
    assert code == 0, errors
    assert "mixing of full contracts as predicted" in said
    assert "full: mean squared gradient at most" in said
    assert "adjacent-leader: no rate" in said
    assert "inconclusive: mixing of adjacent-leader contracts as predicted" in said
    assert "not that of the base" in said
    assert "adjacent-leader: the matrices that were drawn have column drift" in said
    record = json.loads((out / "result.json").read_text())
    assert [row["method"] for row in record["methods"]][:3] == ["all-reduce", "full", "half"]
    assert {row["method"]: row["graph"] for row in record["mixing"]}["adjacent-leader"] == (
        "links.csv"
    )
    for name in ("rounds", "bytes", "seconds", "worst", "worst-accuracy", "consensus"):
        assert (out / "figures" / f"{name}.svg").exists()
        assert (out / "figures" / f"{name}.pdf").exists()
    assert pl.read_csv(out / "tables" / "rounds.csv").height == 6 * 2 * 6
    assert "Mixing: predicted and drawn" in (out / "index.html").read_text("utf-8")
    kept = sorted((out / "runs").glob("*.npz"))
    assert len(kept) == 12
    stamp = kept[0].stat().st_mtime_ns
    assert call("train", str(setup_file), "--out", str(out), "--resume", "--seeds", "3")[0] == 0
    assert kept[0].stat().st_mtime_ns == stamp
    assert len(list((out / "runs").glob("*.npz"))) == 18
    assert call("train", str(setup_file), "--out", str(out))[0] == 2


def test_methods_and_sizes(setup_file: Path, tmp_path: Path, call: Call) -> None:
    out = tmp_path / "out"
    some = ("--methods", "half,d-psgd", "--rounds", "2", "--seeds", "1", "--budget", "0.9")
    code, said, errors = call("train", str(setup_file), "--out", str(out), *some, "--json")
    assert code == 0, errors
    record = json.loads(said)
    assert [row["method"] for row in record["methods"]] == ["half", "d-psgd"]
    assert record["setup"]["workers"]["budget"] == 0.9
    assert load_workers_setup(setup_file).at_full_size().run.rounds == 7
    assert "matcha" in call("train", "--list")[1]


def test_from_python_is_the_same(setup_file: Path, tmp_path: Path, call: Call) -> None:
    setup = load_workers_setup(setup_file).with_methods(["half"])
    result = run_workers(setup)
    call("train", str(setup_file), "--methods", "half", "--out", str(tmp_path / "out"))
    kept = WorkerHistory.load(tmp_path / "out" / "runs" / "half-seed1.npz")
    np.testing.assert_array_equal(kept.parameters, result.bench.histories["half"][1].parameters)
    assert result.bench.methods == ("half",)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("count = 4", "count = 5", "speed has 4 numbers for 5 workers"),
        ('graph = "ring"', 'graph = "rign"', "rign"),
        ('graph = "ring"', 'graph = "nowhere.csv"', "nowhere.csv"),
        ("[10, 20, 30, 40]", "[10, 20, 0, 40]", r"speed\[2\] is 0"),
        ('law = "shifted"', 'law = "normal"', "workers.law"),
        ("rounds = 6", "rouns = 6", "rouns"),
        ('"all-reduce",', '"all-reduced",', "all-reduce"),
        ('"all-reduce",', '{ method = "all-reduce", delay = 1 },', "delay"),
        ('baseline = "full"', 'baseline = "none"', "baseline"),
        ("samples = 160", "models = 2", "2 models"),
        ("[steps]", "[federation]\n[steps]", "federation"),
        ("smoothness = 0.1", "smoothness = -1", "theory.smoothness"),
        ('rule = "deadline"', 'rule = "soon"', "soon"),
        ('rule = "deadline"', 'graph = "ring"', "does not use 'graph': .*; give base"),
        ('rule = "deadline"', 'base = "matcha"', "pooled needs the counts of all workers"),
        (
            'rule = "deadline"',
            "batch_size = 3",
            "does not use 'batch_size': its batches are shares",
        ),
        ('rule = "deadline"', "steps = 3", "does not use 'steps'"),
        ('"all-reduce",', '{ method = "all-reduce", graph = "star" },', "does not use 'graph'"),
        ('"all-reduce",', '{ method = "d-psgd", budget = 0.5 },', "every link is used in every"),
        ('name = "half"', 'name = "half", graphs = ["ring"]', "has no setting 'graphs'"),
        ('base = "matcha", graph = "links.csv"', 'graphs = ["ring"]', "two or more graphs"),
        (
            'base = "matcha", graph',
            'base = "matcha", graphs = ["ring", "star"], graph',
            "does not use 'graph': graphs is given",
        ),
        ('base = "matcha"', 'base = "all-reduce"', "base of adjacent-leader is 'all-reduce'"),
        ('"all-reduce",', '{ method = "d2", graph = "star" },', "least eigenvalue .* lazy = true"),
    ],
)
def test_mistakes_are_named(setup_file: Path, old: str, new: str, words: str) -> None:
    setup_file.write_text(SETUP.replace(old, new), "utf-8")
    with pytest.raises((InvalidProblemError, AssumptionError), match=words):
        run_workers(load_workers_setup(setup_file))


def test_rate_is_refused_out_of_its_range(setup_file: Path) -> None:
    steep = SETUP.replace("smoothness = 0.1", "smoothness = 50.0")
    setup_file.write_text(steep, "utf-8")
    result = run_workers(load_workers_setup(setup_file).with_methods(["full"]))
    assert "ηL" in result.mixing[0]["refused"]


def test_methods_of_the_sources(setup_file: Path) -> None:
    """Non-blocking over links, leaders over graphs in turn, D², gradient tracking: what is told."""
    given = """methods = [
  { method = "non-blocking", name = "cut", base = "matcha", rule = "deadline", shares = 6 },
  { method = "non-blocking", name = "own", base = "d-psgd", estimator = "own mean" },
  { method = "adjacent-leader", name = "turns", graphs = ["ring", "star"], base = "matcha" },
  { method = "d2", lazy = true }, { method = "gradient-tracking", base = "matcha" }, "d-psgd"
]"""
    start, end = SETUP.index("methods = ["), SETUP.index("[tasks]")
    text = SETUP[:start] + given + "\n" + SETUP[end:].replace('"full"', '"d-psgd"')
    setup_file.write_text(text.replace("seeds = 2", "seeds = 1"), "utf-8")
    result = run_workers(load_workers_setup(setup_file))
    rows = {row["method"]: row for row in result.mixing}
    assert set(rows) == {"cut", "own", "turns", "d2", "gradient-tracking", "d-psgd"}
    assert rows["turns"]["graph"] == "ring and star"
    assert rows["turns"]["links"] == pytest.approx((2.0 + 1.5) / 2)  # half of 4 links, of 3
    assert rows["cut"]["rho"] == pytest.approx(rows["gradient-tracking"]["rho"])
    assert "rate is of D-PSGD and MATCHA" in rows["own"]["refused"]
    assert "refused" not in rows["d-psgd"]
    figures = result.bench.histories["turns"][0].figures
    for name in ("spread", "column_drift"):
        assert rows["turns"][name] == pytest.approx(figures[name].mean())
        assert name not in rows["cut"]


@pytest.mark.parametrize(
    "name", ["workers", "workers-leaders", "workers-stragglers", "workers-shards"]
)
def test_shipped_setups_train(name: str) -> None:
    setup = load_workers_setup(name).replaced(
        {"run.rounds": 2, "run.seeds": 1, "run.evaluate_every": 2}
    )
    assert run_workers(setup).rounds == 2


def test_a_graph_that_does_not_fit_leaves_nothing_behind(call: Call, tmp_path: Path) -> None:
    text = (
        '[tasks]\nkind = "digits"\n[workers]\ncount = 4\ngraph = "links.csv"\n[run]\nrounds = 1\n'
    )
    place = tmp_path / "crew.toml"
    place.write_text(text + 'seeds = 1\n[[methods]]\nmethod = "d-psgd"\n', "utf-8")
    (tmp_path / "links.csv").write_text("from,to\na,b\nb,c\n", "utf-8")
    code, _, error = call("train", place, "--out", tmp_path / "out")
    assert code == 2
    assert "has 3 nodes and workers.count is 4" in error, "the names of columns are no nodes"
    assert not (tmp_path / "out").exists()


def test_times_without_a_variance_warn_that_their_means_do_not_settle(call, tmp_path) -> None:
    setup = tmp_path / "heavy.toml"
    text = (
        'name = "heavy"\n[tasks]\nkind = "quadratics"\n[workers]\ncount = 3\nspeed = 10.0\n'
        'law = "pareto"\nshape = {shape}\n[run]\nrounds = 2\nseeds = 1\nevaluate_every = 1\n'
        '[[methods]]\nmethod = "all-reduce"\n'
        '[[methods]]\nmethod = "all-reduce"\nname = "steady"\nlaw = "exponential"\n'
    )
    told = {}
    for shape in (1.5, 3.0):
        setup.write_text(text.format(shape=shape))
        code, _, error = call("train", setup, "--out", tmp_path / f"run{shape}")
        assert code == 0, error
        told[shape] = json.loads((tmp_path / f"run{shape}" / "result.json").read_text())["warnings"]
    assert [w for w in told[1.5] if "all-reduce have an infinite variance" in w]
    assert not [w for w in told[3.0] if "variance" in w]
    setup.write_text(text.format(shape=0.9))
    code, _, error = call("train", setup, "--out", tmp_path / "none")
    assert code == 2
    assert "mean time is infinite" in error
    setup.write_text(text.format(shape=2.0).replace('law = "pareto"', 'law = "shifted"'))
    code, _, error = call("train", setup, "--out", tmp_path / "none")
    assert code == 2
    assert 'law = "weibull", "lognormal" or "pareto"' in error
    assert not (tmp_path / "none").exists()
